/** Checks that what a DeviceImage declares agrees with the name of its package, before any device is touched. */
import { setCondition } from "../api/conditions.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import { explain, withHint, type Explained } from "../api/reasons.ts";
import { declaredVersionAgrees, readPackageName } from "../release/packageName.ts";
import type { ObjectKey } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { isSameJson } from "./sameJson.ts";

type ImageStatus = NonNullable<DeviceImage["status"]>;

/** What is wrong with the declaration; undefined when nothing is. */
export function judgeImage({ spec }: DeviceImage): Explained | undefined {
  const name = readPackageName(spec.deviceImageName);
  if (name === null) {
    return explain(
      "ImageNameUnreadable",
      `deviceImageName ${spec.deviceImageName} is not the name of a Junos package`,
    );
  }
  if (!declaredVersionAgrees(spec.osVersion, name.release)) {
    return explain(
      "ImageVersionMismatch",
      `osVersion is ${spec.osVersion}, deviceImageName says ${name.release}`,
    );
  }
  return undefined;
}

export async function reconcileDeviceImage(
  { store, clock, door, news }: ControllerContext,
  key: ObjectKey,
): Promise<undefined> {
  const image = await store.get("DeviceImage", key);
  if (image === undefined) return undefined;
  const observedGeneration = image.metadata.generation;
  const problem = judgeImage(image);
  const name = readPackageName(image.spec.deviceImageName);
  const judged = problem ?? explain("Verified", "name, release and family agree");
  let conditions = image.status?.conditions ?? [];
  for (const [type, good] of [
    ["Verified", true],
    ["Ready", true],
    ["Stalled", false],
    ["Reconciling", undefined],
  ] as const) {
    const status = good === undefined ? "False" : (problem === undefined) === good ? "True" : "False";
    conditions = setCondition(
      conditions,
      { type, status, reason: judged.reason, message: withHint(judged), observedGeneration },
      clock.now(),
    );
  }
  const status: ImageStatus = {
    ...image.status,
    ...(name === null ? {} : { vmhost: name.vmhost, parsedVersion: name.release }),
    observedGeneration,
    conditions,
  };
  if (isSameJson(status, image.status)) return undefined;
  const saved = await door.run(`DeviceImage/${key.name}`, "WriteStatus", () =>
    store.replaceStatus("DeviceImage", { ...image, status }),
  );
  news.image(image, saved);
  return undefined;
}
