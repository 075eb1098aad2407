/**
 * The kinds of Kubernetes itself that this product reads and writes, as far as it uses them. Our own kinds are
 * generated from `crds/`.
 */
import type { ObjectMeta } from "./objectMeta.ts";

/** `v1` ConfigMap. `data` holds text, `binaryData` base64; together at most 1 MiB. */
export interface ConfigMap {
  apiVersion: "v1";
  kind: "ConfigMap";
  metadata: ObjectMeta;
  data?: Record<string, string>;
  /** Values in base64. */
  binaryData?: Record<string, string>;
  /** Once true, the contents can never change again; only the whole object can be deleted. */
  immutable?: boolean;
}

/** `v1` Secret. At most 1 MiB. */
export interface Secret {
  apiVersion: "v1";
  kind: "Secret";
  metadata: ObjectMeta;
  type: string;
  /** Values in base64. */
  data?: Record<string, string>;
  /** Once true, the contents can never change again; only the whole object can be deleted. */
  immutable?: boolean;
}

/** `batch/v1` CronJob: here only a Job that somebody has written and that others may have run. */
export interface CronJob {
  apiVersion: "batch/v1";
  kind: "CronJob";
  metadata: ObjectMeta;
  spec: { jobTemplate: JobTemplate; [field: string]: unknown };
}

export interface JobTemplate {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: JobSpec;
}

/** `batch/v1` Job: pods that run to an end. */
export interface Job {
  apiVersion: "batch/v1";
  kind: "Job";
  metadata: ObjectMeta;
  spec: JobSpec;
  status?: JobStatus;
}

/** What is not named here is passed on as it is. */
export interface JobSpec {
  /** The Job fails once it has been active for so long. */
  activeDeadlineSeconds?: number;
  /** The Job is deleted so long after its end. */
  ttlSecondsAfterFinished?: number;
  template: { spec?: { containers?: Container[]; [field: string]: unknown }; [field: string]: unknown };
  [field: string]: unknown;
}

export interface Container {
  name: string;
  env?: { name: string; value?: string; [field: string]: unknown }[];
  [field: string]: unknown;
}

export interface JobStatus {
  /** `Complete` or `Failed`, once it has ended. */
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  [field: string]: unknown;
}

/** `coordination.k8s.io/v1` Lease: who leads. It gives no fencing by itself; see `leaseTransitions`. */
export interface Lease {
  apiVersion: "coordination.k8s.io/v1";
  kind: "Lease";
  metadata: ObjectMeta;
  spec: LeaseSpec;
}

export interface LeaseSpec {
  /** Empty or absent: nobody holds it. */
  holderIdentity?: string;
  /** How long after `renewTime` others must leave it alone. */
  leaseDurationSeconds?: number;
  /** MicroTime, see `formatMicroTime`. */
  acquireTime?: string;
  /** MicroTime. */
  renewTime?: string;
  /** How often the holder changed: the epoch of intents. */
  leaseTransitions?: number;
}

/** `events.k8s.io/v1` Event: something that happened, for people. Never state. Immutable but for `series`. */
export interface Event {
  apiVersion: "events.k8s.io/v1";
  kind: "Event";
  metadata: ObjectMeta;
  /** MicroTime. */
  eventTime: string;
  type: "Normal" | "Warning";
  /** Why, for machines; at most 128 characters. */
  reason: string;
  /** What was done; at most 128 characters. */
  action: string;
  /** For people; at most 1024 bytes. */
  note?: string;
  reportingController: string;
  reportingInstance: string;
  regarding?: ObjectReference;
  related?: ObjectReference;
  series?: { count: number; lastObservedTime: string };
}

/** What an Event is about (`v1.ObjectReference`). */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
}
