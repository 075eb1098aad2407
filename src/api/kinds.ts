/**
 * The kinds of object this product works with: our own, and those of Kubernetes. A kind's name is the key to its
 * type (`ObjectOf<"Fabric">`) and to how the API server addresses it (`KINDS.Fabric`).
 */
import type { ConfigMap, CronJob, Event, Job, Lease, Secret } from "./coreKinds.ts";
import type { DeviceImage } from "./deviceImage.gen.ts";
import type { DeviceUpgrade } from "./deviceUpgrade.gen.ts";
import type { Fabric } from "./fabric.gen.ts";
import { API_VERSION } from "./names.ts";
import type { OwnerReference } from "./objectMeta.ts";
import type { UpgradeCampaign } from "./upgradeCampaign.gen.ts";

/** Every kind and the type of its objects. */
export interface KindMap {
  Fabric: Fabric;
  DeviceImage: DeviceImage;
  UpgradeCampaign: UpgradeCampaign;
  DeviceUpgrade: DeviceUpgrade;
  ConfigMap: ConfigMap;
  Secret: Secret;
  Lease: Lease;
  Event: Event;
  Job: Job;
  CronJob: CronJob;
}

export type Kind = keyof KindMap;

/** Our own kinds: those with a CustomResourceDefinition, and the only ones whose status is written here. */
export type CustomKind = "Fabric" | "DeviceImage" | "UpgradeCampaign" | "DeviceUpgrade";

/** The type of the objects of a kind. */
export type ObjectOf<K extends Kind> = KindMap[K];

/** How the API server addresses a kind. All kinds are namespaced. */
export interface KindInfo<K extends Kind> {
  readonly apiVersion: ObjectOf<K>["apiVersion"];
  /** The name in URLs. */
  readonly plural: string;
  /** Whether it is ours: its schema is in `crds/`, it has a status and a generation. */
  readonly custom: boolean;
}

export const KINDS: { readonly [K in Kind]: KindInfo<K> } = {
  Fabric: { apiVersion: API_VERSION, plural: "fabrics", custom: true },
  DeviceImage: { apiVersion: API_VERSION, plural: "deviceimages", custom: true },
  UpgradeCampaign: { apiVersion: API_VERSION, plural: "upgradecampaigns", custom: true },
  DeviceUpgrade: { apiVersion: API_VERSION, plural: "deviceupgrades", custom: true },
  ConfigMap: { apiVersion: "v1", plural: "configmaps", custom: false },
  Secret: { apiVersion: "v1", plural: "secrets", custom: false },
  Lease: { apiVersion: "coordination.k8s.io/v1", plural: "leases", custom: false },
  Event: { apiVersion: "events.k8s.io/v1", plural: "events", custom: false },
  Job: { apiVersion: "batch/v1", plural: "jobs", custom: false },
  CronJob: { apiVersion: "batch/v1", plural: "cronjobs", custom: false },
};

export const KIND_NAMES: readonly Kind[] = [
  "Fabric",
  "DeviceImage",
  "UpgradeCampaign",
  "DeviceUpgrade",
  "ConfigMap",
  "Secret",
  "Lease",
  "Event",
  "Job",
  "CronJob",
];

/** Whether a text is the name of a kind this product works with. */
export function isKind(text: string): text is Kind {
  return Object.hasOwn(KINDS, text);
}

/** Whether a kind is one of ours. */
export function isCustomKind(kind: Kind): kind is CustomKind {
  return KINDS[kind].custom;
}

/** An owner reference to an object of ours: when the owner goes, the object that carries it goes too. */
export function ownerReference(owner: ObjectOf<Kind>): OwnerReference {
  const { name, uid } = owner.metadata;
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name,
    uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
