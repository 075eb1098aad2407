/** Schemas of Kubernetes' own kinds, as far as this product uses them, in the form of our own kinds' schemas. */
import type { StructuralSchema } from "./structural.ts";

const DATA_KEYS: StructuralSchema = { type: "object", additionalProperties: { type: "string" } };
const BASE64_VALUES: StructuralSchema = {
  type: "object",
  additionalProperties: { type: "string", format: "byte" },
};
const MICRO_TIME: StructuralSchema = {
  type: "string",
  pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|[+-]\d\d:\d\d)$`,
};
const REFERENCE: StructuralSchema = {
  type: "object",
  properties: {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    namespace: { type: "string" },
    name: { type: "string" },
    uid: { type: "string" },
  },
};

export const CONFIG_MAP_SCHEMA: StructuralSchema = {
  type: "object",
  properties: { data: DATA_KEYS, binaryData: BASE64_VALUES, immutable: { type: "boolean" } },
};

export const SECRET_SCHEMA: StructuralSchema = {
  type: "object",
  required: ["type"],
  properties: {
    type: { type: "string", minLength: 1, default: "Opaque" },
    data: BASE64_VALUES,
    immutable: { type: "boolean" },
  },
};

export const LEASE_SCHEMA: StructuralSchema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      default: {},
      properties: {
        holderIdentity: { type: "string" },
        leaseDurationSeconds: { type: "integer", format: "int32", minimum: 1 },
        acquireTime: MICRO_TIME,
        renewTime: MICRO_TIME,
        leaseTransitions: { type: "integer", format: "int32", minimum: 0 },
      },
    },
  },
};

/** What pods are made of is for the API server to judge: everything in it is kept. */
export const JOB_SCHEMA: StructuralSchema = {
  type: "object",
  required: ["spec"],
  properties: { spec: {}, status: {} },
};

export const CRON_JOB_SCHEMA: StructuralSchema = JOB_SCHEMA;

export const EVENT_SCHEMA: StructuralSchema = {
  type: "object",
  required: ["eventTime", "type", "reason", "action", "reportingController", "reportingInstance"],
  properties: {
    eventTime: MICRO_TIME,
    type: { type: "string", enum: ["Normal", "Warning"] },
    reason: { type: "string", minLength: 1, maxLength: 128 },
    action: { type: "string", minLength: 1, maxLength: 128 },
    note: { type: "string", maxLength: 1024 },
    reportingController: { type: "string", minLength: 1 },
    reportingInstance: { type: "string", minLength: 1, maxLength: 128 },
    regarding: REFERENCE,
    related: REFERENCE,
    series: {
      type: "object",
      required: ["count", "lastObservedTime"],
      properties: { count: { type: "integer", minimum: 2 }, lastObservedTime: MICRO_TIME },
    },
  },
};
