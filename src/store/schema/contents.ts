/** What Kubernetes demands of Secrets, ConfigMaps and Events beyond their schema: sizes, keys, immutability. */
import { isDeepStrictEqual } from "node:util";
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import type { FieldCause } from "../errors.ts";

/** etcd refuses larger requests. */
const MAX_OBJECT_BYTES = 1.5 * 1024 * 1024;
const MAX_DATA_BYTES = 1024 * 1024;
const DATA_KEY = /^[-._a-zA-Z0-9]{1,253}$/;

/** What is wrong with the size and the keys of an object. */
export function contentViolations(object: ObjectOf<Kind>): FieldCause[] {
  const causes: FieldCause[] = [];
  if (Buffer.byteLength(JSON.stringify(object)) > MAX_OBJECT_BYTES) {
    causes.push({ field: "", message: "is larger than 1.5 MiB, more than etcd takes" });
  }
  if (object.kind !== "ConfigMap" && object.kind !== "Secret") return causes;
  let dataBytes = 0;
  for (const [field, data] of Object.entries(dataFields(object))) {
    for (const [key, value] of Object.entries(data)) {
      dataBytes += Buffer.byteLength(value, field === "text" ? "utf8" : "base64");
      if (!DATA_KEY.test(key) || key === "." || key === "..") {
        causes.push({ field: `data[${key}]`, message: "must be letters, digits, '-', '_' or '.'" });
      }
    }
  }
  if (dataBytes > MAX_DATA_BYTES) causes.push({ field: "data", message: "must have at most 1 MiB together" });
  return causes;
}

function dataFields(object: ObjectOf<"ConfigMap"> | ObjectOf<"Secret">): {
  text: Record<string, string>;
  base64: Record<string, string>;
} {
  if (object.kind === "Secret") return { text: {}, base64: object.data ?? {} };
  return { text: object.data ?? {}, base64: object.binaryData ?? {} };
}

/** The fields of an object that differ from before although they may not. */
export function immutableViolations(before: ObjectOf<Kind>, after: ObjectOf<Kind>): FieldCause[] {
  return immutableFields(before)
    .filter((field) => !isDeepStrictEqual(Reflect.get(before, field), Reflect.get(after, field)))
    .map((field) => ({ field, message: "cannot be changed" }));
}

function immutableFields(object: ObjectOf<Kind>): readonly string[] {
  switch (object.kind) {
    case "ConfigMap":
      return object.immutable === true ? ["immutable", "data", "binaryData"] : [];
    case "Secret":
      return object.immutable === true ? ["immutable", "type", "data"] : ["type"];
    case "Event":
      return [
        "eventTime",
        "type",
        "reason",
        "action",
        "note",
        "reportingController",
        "reportingInstance",
        "regarding",
        "related",
      ];
    case "Job":
      return ["spec"];
    case "CronJob":
    case "Lease":
    case "Fabric":
    case "DeviceImage":
    case "UpgradeCampaign":
    case "DeviceUpgrade":
      return [];
  }
}
