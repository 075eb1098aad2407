/**
 * A site run by GitOps: a repository, an Application of Argo CD made from our example, a namespace, and the real
 * controller over toy devices whose time runs fast.
 */
import { expect } from "chai";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CampaignPhase } from "../../src/api/campaignPhase.ts";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { KINDS, type CustomKind, type ObjectOf } from "../../src/api/kinds.ts";
import type { Store } from "../../src/store/store.ts";
import { toyDevices, type ToyDevices } from "../controllers/toyFabric.ts";
import { startToyController } from "../controllers/toyRun.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { kubeConfigOf } from "../support/cluster/sharedCluster.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";
import { createRepository, type GitRepository } from "./gitRepository.ts";
import { NAMESPACE } from "./startArgocd.ts";

const EXAMPLES = path.resolve(import.meta.dirname, "../../deploy/argocd");

/** How many times faster than real time the devices live. */
const SPEED = 60;

/** The folder in the repository that the Application is about. */
export const FOLDER = "dc1";

/** The part of an Application that is looked at. */
export interface Application {
  readonly status?: {
    readonly health?: { readonly status?: string };
    readonly sync?: { readonly status?: string; readonly revision?: string };
    readonly operationState?: {
      readonly phase: string;
      readonly message?: string;
      readonly syncResult?: { readonly revision?: string };
    };
  };
}

type SyncStatus = "Synced" | "OutOfSync";

export interface Site {
  readonly name: string;
  readonly repository: GitRepository;
  readonly devices: ToyDevices;
  application(): Promise<Application>;
  /** A campaign of the site; undefined while there is none. */
  campaign(name?: string): Promise<ObjectOf<"UpgradeCampaign"> | undefined>;
  /** The DeviceUpgrades of the site. */
  upgrades(): Promise<readonly ObjectOf<"DeviceUpgrade">[]>;
  /** Whether what stands behind the campaign was applied. */
  hasFollowUp(): Promise<boolean>;
  /** Holds the campaign for that reason, by annotation; releases it without one. */
  hold(reason: string | undefined): Promise<void>;
  /** Waits until the answer is something. Prints what changes meanwhile. */
  until<T>(what: string, answer: () => Promise<T | undefined>): Promise<T>;
  /** Waits until the Application has that health and is (or is not) in sync with Git. */
  untilHealth(health: string, sync?: SyncStatus): Promise<void>;
  /** Waits until Argo CD has compared the site with that commit, and says that. */
  untilSynced(revision: string, sync: SyncStatus): Promise<void>;
  /** Waits until the campaign is in that phase. Returns the hash of its plan. */
  untilPhase(phase: CampaignPhase): Promise<string>;
  kubectl(args: readonly string[], user?: string): Promise<string>;
  stop(): Promise<void>;
}

export interface SiteOptions {
  readonly name: string;
  /** Whether the account that syncs may approve. */
  readonly gitApproves: boolean;
}

/** Opens a site with its first files in Git; Argo CD does the rest. */
export async function openSite(
  cluster: Cluster,
  { name, gitApproves }: SiteOptions,
  files: Readonly<Record<string, string>>,
): Promise<Site> {
  const folder = await mkdtemp(path.join(cluster.folder, `${name}-`));
  const repository = await createRepository(path.join(folder, "repository"));
  const inNamespace = (args: readonly string[], user = "admin"): Promise<string> =>
    kubectl(cluster, ["--namespace", name, ...args], { user });
  const applyExample = async (file: string): Promise<void> => {
    const text = (await readFile(path.join(EXAMPLES, file), "utf8"))
      .replaceAll("https://git.example.com/network/fabrics.git", repository.url)
      .replaceAll(/\b(namespace|project): fabrics$/gm, `$1: ${name}`)
      .replaceAll(/^ {2}name: (fabrics|dc1)$/gm, `  name: ${name}`);
    await writeFile(path.join(folder, file), text);
    await kubectl(cluster, ["apply", "--filename", path.join(folder, file)]);
  };

  await kubectl(cluster, ["create", "namespace", name]);
  await applyExample("access.yaml");
  await grantRights(inNamespace, { name, gitApproves });
  const inFolder = Object.entries(files).map(([file, text]) => [`${FOLDER}/${file}`, text]);
  await repository.commit("the first files", Object.fromEntries(inFolder));
  await applyExample("application.yaml");
  const { store, devices, stop } = await startController(cluster, name);

  const get = async (at: string): Promise<string | undefined> => {
    const { statusCode, text } = await cluster.request({ path: at });
    return statusCode === 200 ? text : undefined;
  };
  const application = async (): Promise<Application> => {
    const text = await get(`/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications/${name}`);
    return text === undefined ? {} : JSON.parse(text);
  };
  const campaign: Site["campaign"] = async (campaignName = "toys") => {
    const text = await get(pathOf("UpgradeCampaign", name, campaignName));
    return text === undefined ? undefined : JSON.parse(text);
  };
  const startedAt = performance.now();
  let told = "";
  const tell = async (): Promise<void> => {
    const { status } = await application();
    const { status: run } = (await campaign()) ?? {};
    const line =
      `${status?.sync?.status ?? "-"} ${status?.health?.status ?? "-"}, ` +
      `sync ${status?.operationState?.phase ?? "-"}; campaign ${run?.phase ?? "-"} ${run?.progress ?? ""}`;
    if (line === told) return;
    told = line;
    console.log(`      ${((performance.now() - startedAt) / 1000).toFixed(1)} s  ${line}`);
  };
  const until: Site["until"] = async (what, answer) => {
    console.log(`      … ${what}`);
    for (;;) {
      await tell();
      const found = await answer();
      if (found !== undefined) return found;
      await sleep(200);
    }
  };
  return {
    name,
    repository,
    devices,
    application,
    campaign,
    until,
    untilHealth: async (health, sync = "Synced") => {
      await until(`${health} and ${sync}`, async () => {
        const { status } = await application();
        return status?.health?.status === health && status.sync?.status === sync ? true : undefined;
      });
    },
    untilSynced: async (revision, expected) => {
      await until(`compared with ${revision.slice(0, 7)}`, async () => {
        const { sync } = (await application()).status ?? {};
        return sync?.revision === revision && sync.status === expected ? true : undefined;
      });
    },
    untilPhase: (phase) =>
      until(`the campaign is ${phase}`, async () => {
        const { status } = (await campaign()) ?? {};
        return status?.phase === phase ? status.plan?.hash : undefined;
      }),
    upgrades: () => store.list("DeviceUpgrade", name),
    hasFollowUp: async () =>
      (await store.get("ConfigMap", { namespace: name, name: "afterwards" })) !== undefined,
    hold: async (reason) => {
      const value = reason === undefined ? `${ANNOTATIONS.hold}-` : `${ANNOTATIONS.hold}=${reason}`;
      await inNamespace(["annotate", "upgradecampaigns", "toys", value], "operator");
    },
    kubectl: inNamespace,
    stop,
  };
}

/** What the account that syncs may do beyond access.yaml, and who else may do what. */
async function grantRights(inNamespace: Site["kubectl"], { name, gitApproves }: SiteOptions): Promise<void> {
  const account = `--serviceaccount=${name}:argocd`;
  const bind = (binding: string, role: string, to: string): Promise<string> =>
    inNamespace(["create", "rolebinding", binding, role, to]);
  await inNamespace(["create", "role", "config-maps", "--verb=*", "--resource=configmaps"]);
  await bind("config-maps", "--role=config-maps", account);
  if (gitApproves) await bind("git-approves", "--clusterrole=hitless-approver", account);
  await bind("operators", "--clusterrole=hitless-operator", "--group=hitless-operators");
  await bind("approvers", "--clusterrole=hitless-approver", "--group=hitless-approvers");
}

/** The real controller, for this namespace only, over devices of its own. */
async function startController(
  cluster: Cluster,
  namespace: string,
): Promise<{ store: Store; devices: ToyDevices; stop: () => Promise<void> }> {
  const now = Date.now();
  const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: SPEED });
  const store = kubernetesStore({
    kubeConfig: kubeConfigOf(cluster),
    clock: { monotonicMilliseconds: () => performance.now() },
    namespaces: [namespace],
  });
  const devices = toyDevices(clock);
  const settled = <T>(promise: Promise<T>): Promise<T> => promise;
  const { running } = await startToyController({ clock, store, namespace, devices, settled });
  const stop = async (): Promise<void> => {
    await running.stop();
    await store.close();
  };
  return { store, devices, stop };
}

function pathOf(kind: CustomKind, namespace: string, name: string): string {
  const { apiVersion, plural } = KINDS[kind];
  return `/apis/${apiVersion}/namespaces/${namespace}/${plural}/${name}`;
}

/** Both leaves run the new release, were rebooted once each, and never at the same time or with traffic on them. */
export function expectUpgraded(devices: ToyDevices, release: string): void {
  for (const name of ["leaf1", "leaf2"]) {
    const expected = { release, reboots: 1, installs: 1, rawReboots: 0, pairOut: 0, drained: false };
    expect(devices.get(name), name).to.include(expected);
  }
}
