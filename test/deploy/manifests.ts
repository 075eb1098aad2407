/** What `deploy/` and the chart say, as a list of objects. */
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { kubectl } from "../support/cluster/kubectl.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";

export const ROOT = path.resolve(import.meta.dirname, "../..");
export const DEPLOY = path.join(ROOT, "deploy");
export const CHART = path.join(ROOT, "helm/hitless");

export interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

interface Probe {
  readonly httpGet?: { readonly path?: string; readonly port?: string | number };
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[];
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly resources?: Readonly<Record<"requests" | "limits", Readonly<Record<string, string>>>>;
  readonly [field: string]: unknown;
}

export interface PodTemplate {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly serviceAccountName?: string;
    readonly [field: string]: unknown;
  };
}

/** The parts of rendered objects that tests look at. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
  readonly spec?: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: PodTemplate;
    readonly policyName?: string;
    readonly [field: string]: unknown;
  };
}

/** Reads what a tool has rendered. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text)
    .map((document): Manifest | null => document.toJS())
    .filter((manifest) => manifest !== null);
}

/** What `kubectl apply -k` would send. */
export async function kustomized(cluster: Cluster, folder = DEPLOY): Promise<Manifest[]> {
  return parseManifests(await kubectl(cluster, ["kustomize", folder]));
}

/** The one object of that kind, and of that name where there are several. */
export function findManifest(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name),
  );
  const [manifest] = found;
  if (manifest === undefined || found.length > 1) {
    throw new Error(`${String(found.length)} objects of kind ${kind} ${name ?? ""}`);
  }
  return manifest;
}

/** The template of the controller's Pods. */
export function podTemplate(manifests: readonly Manifest[]): PodTemplate {
  const template = findManifest(manifests, "Deployment").spec?.template;
  if (template === undefined) throw new Error("the Deployment has no template");
  return template;
}

/** The controller's container. */
export function controllerContainer(manifests: readonly Manifest[]): Container {
  const [container] = podTemplate(manifests).spec.containers;
  if (container === undefined) throw new Error("the Deployment has no container");
  return container;
}
