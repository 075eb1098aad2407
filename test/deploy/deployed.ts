/**
 * A cluster of its own with everything of `deploy/` in it, as `kubectl apply --server-side -k deploy/` puts it there:
 * roles and policies hold for a whole cluster, and other suites have no use for them. One for all suites of this
 * folder, gone with the process.
 */
import { skipSuite } from "../support/skipped.ts";
import { eventually } from "../support/eventually.ts";
import { buildCluster, whyNoCluster } from "../support/cluster/buildCluster.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { newNamespace } from "../support/cluster/sharedCluster.ts";
import type { Cluster, ClusterReply, ClusterRequest } from "../support/cluster/startCluster.ts";
import { startCluster, USERS } from "../support/cluster/startCluster.ts";
import type { Kind } from "../../src/api/kinds.ts";
import { ANNOTATIONS, LANDING_FINALIZER } from "../../src/api/names.ts";
import { collectionPath, objectPath } from "../../src/store/kubernetes/paths.ts";
import { draftToWire } from "../../src/store/kubernetes/wireObjects.ts";
import type { Draft, ObjectKey } from "../../src/store/store.ts";
import { campaignDraft, deviceUpgradeDraft } from "../store/objects.ts";
import { AUDIT_FLAGS } from "./audit.ts";
import { DEPLOY } from "./manifests.ts";

const TIMEOUT_MILLISECONDS = 40 * 60_000;

/** Which group has which role, in all namespaces. */
const ROLES: Readonly<Record<string, string>> = {
  "hitless-viewers": "hitless-viewer",
  "hitless-operators": "hitless-operator",
  "hitless-approvers": "hitless-approver",
  "hitless-controllers": "hitless-controller",
  editors: "editor",
};

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Flags that make the API server as strict as the strictest it may meet. */
const STRICT = ["--enable-admission-plugins=OwnerReferencesPermissionEnforcement"];

let shared: Promise<Cluster> | undefined;

/** Declares a suite on that cluster. */
export function describeDeployed(title: string, declare: (cluster: () => Cluster) => void): void {
  describeWithOwnCluster(title, async () => (shared ??= startDeployed()), declare);
}

/** Declares a suite on an empty cluster that nobody else uses, gone at its end: for what is done to a whole one. */
export function describeInEmptyCluster(title: string, declare: (cluster: () => Cluster) => void): void {
  describeWithOwnCluster(
    title,
    async () => startCluster({ binaries: await buildCluster(), users: USERS, flags: STRICT }),
    (cluster) => {
      after(async () => cluster().stop());
      declare(cluster);
    },
  );
}

function describeWithOwnCluster(
  title: string,
  start: () => Promise<Cluster>,
  declare: (cluster: () => Cluster) => void,
): void {
  const why = whyNoCluster();
  if (why !== undefined) {
    skipSuite(title, why);
    return;
  }
  describe(title, () => {
    let cluster: Cluster | undefined;
    before(async function () {
      this.timeout(TIMEOUT_MILLISECONDS);
      cluster = await start();
    });
    declare(() => {
      if (cluster === undefined) throw new Error("the cluster is there from the first hook on");
      return cluster;
    });
  });
}

async function startDeployed(): Promise<Cluster> {
  const binaries = await buildCluster({ onProgress: (line) => console.log(line) });
  // Beside the usual users: Argo CD, which may do what an operator may; and somebody with plain `update`.
  const users = { ...USERS, gitops: ["hitless-operators"], editor: ["editors"] };
  const cluster = await startCluster({ binaries, users, flags: [...STRICT, ...AUDIT_FLAGS] });
  await kubectl(cluster, ["apply", "--server-side", "-k", DEPLOY]);
  await succeed(cluster, {
    method: "POST",
    path: `${RBAC}/clusterroles`,
    body: {
      metadata: { name: "editor" },
      rules: [
        {
          apiGroups: ["hitless.dev"],
          resources: ["fabrics", "upgradecampaigns", "deviceupgrades"],
          verbs: ["update", "patch"],
        },
      ],
    },
  });
  for (const [group, role] of Object.entries(ROLES)) {
    await succeed(cluster, {
      method: "POST",
      path: `${RBAC}/clusterrolebindings`,
      body: {
        metadata: { name: `test-${group}` },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }],
      },
    });
  }
  await untilPoliciesHold(cluster);
  return cluster;
}

/** They hold within a second or so of their creation; until then everything passes. */
async function untilPoliciesHold(cluster: Cluster): Promise<void> {
  const namespace = await newNamespace(cluster);
  const metadata = { namespace, name: "probe", finalizers: [LANDING_FINALIZER] };
  await create(cluster, "admin", { kind: "UpgradeCampaign", draft: campaignDraft(metadata) });
  await create(cluster, "admin", { kind: "DeviceUpgrade", draft: deviceUpgradeDraft(metadata) });
  const probes: readonly (readonly [Kind, object])[] = [
    ["UpgradeCampaign", { spec: { approval: { policy: "Automatic" } } }],
    ["DeviceUpgrade", { metadata: { annotations: { [ANNOTATIONS.abandon]: "" } } }],
    ["DeviceUpgrade", { spec: { batch: 2 } }],
    ["DeviceUpgrade", { metadata: { finalizers: null } }],
  ];
  for (const [kind, body] of probes) {
    await eventually(async () => {
      const { statusCode, text } = await patch(cluster, {
        user: "editor",
        kind,
        key: metadata,
        body,
        dryRun: true,
      });
      if (statusCode !== 403) throw new Error(`${String(statusCode)} ${text}`);
    });
  }
}

export interface Patch {
  readonly user: string;
  readonly kind: Kind;
  readonly key: ObjectKey;
  readonly body: unknown;
  readonly dryRun?: boolean;
}

/** A merge patch, as `kubectl patch --type=merge` sends it. */
export async function patch(
  cluster: Cluster,
  { user, kind, key, body, dryRun = false }: Patch,
): Promise<ClusterReply> {
  return cluster.request({
    user,
    method: "PATCH",
    path: `${objectPath(kind, key)}${dryRun ? "?dryRun=All" : ""}`,
    contentType: "application/merge-patch+json",
    body,
  });
}

/** A server-side apply, as `kubectl apply --server-side` and Argo CD send it. */
export async function apply(cluster: Cluster, { user, kind, key, body }: Patch): Promise<ClusterReply> {
  return cluster.request({
    user,
    method: "PATCH",
    path: `${objectPath(kind, key)}?fieldManager=${user}&force=true`,
    contentType: "application/apply-patch+yaml",
    body,
  });
}

export async function create<K extends Kind>(
  cluster: Cluster,
  user: string,
  { kind, draft }: { readonly kind: K; readonly draft: Draft<K> },
): Promise<ClusterReply> {
  const path = collectionPath(kind, draft.metadata.namespace);
  return cluster.request({ user, method: "POST", path, body: draftToWire(kind, draft) });
}

/** Sends a request that must succeed. */
export async function succeed(cluster: Cluster, request: ClusterRequest): Promise<ClusterReply> {
  const reply = await cluster.request(request);
  if (reply.statusCode >= 300) {
    throw new Error(`${request.method ?? "GET"} ${request.path}: ${String(reply.statusCode)} ${reply.text}`);
  }
  return reply;
}
