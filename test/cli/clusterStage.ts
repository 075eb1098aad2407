/** A toy campaign in a namespace of a real API server, and the commands of `kubectl hitless` on it. */
import type { CampaignPhase } from "../../src/api/campaignPhase.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import type { EffectHooks } from "../../src/controllers/leadership/effects.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { isStoreError } from "../../src/store/errors.ts";
import { keyOf, type Store } from "../../src/store/store.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";
import { eventually } from "../support/eventually.ts";
import { applyToyObjects, toyDevices } from "../controllers/toyFabric.ts";
import { startToyController, type ToyController, type ToyStage } from "../controllers/toyRun.ts";
import { run, start, type CommandOptions, type CommandResult, type RunningCommand } from "./support.ts";

/** Model seconds in a second: a toy takes five minutes. */
const SPEED = 300;
/** Slow enough for a watch, which tells at most once a second, to see each device under way. */
export const SPEED_TO_WATCH = 60;

export interface CliStage extends ToyStage {
  readonly cluster: Cluster;
  /** Runs `kubectl hitless` on the campaign's namespace. */
  readonly hitless: (args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;
  readonly startHitless: (args: readonly string[], options?: CommandOptions) => RunningCommand;
  readonly campaign: () => Promise<UpgradeCampaign>;
  readonly change: (change: (campaign: UpgradeCampaign) => void) => Promise<void>;
  readonly startController: (hooks?: EffectHooks) => Promise<ToyController>;
  readonly untilPhase: (...phases: readonly CampaignPhase[]) => Promise<UpgradeCampaign>;
  /** Lets a controller work until that phase, with a plan unless there shall be none, and no longer. */
  readonly workUntil: (
    phase: CampaignPhase,
    options?: { readonly withPlan: boolean },
  ) => Promise<UpgradeCampaign>;
}

/** The stages of the suite that is being declared; they end with each test. */
export function cliStages(): CliStages {
  const stages = new CliStages();
  beforeEach(function () {
    // A machine that other work keeps busy gets its time.
    this.currentTest?.timeout(120_000);
  });
  afterEach(async function () {
    this.timeout(60_000);
    await stages.end();
  });
  return stages;
}

class CliStages {
  readonly #ends: (() => Promise<void>)[] = [];

  /** Fabric, image and a campaign `toys` of two leaves that waits for approval; `change` changes it first. */
  async make(
    cluster: Cluster,
    change: (campaign: UpgradeCampaign) => void = () => undefined,
    speed = SPEED,
  ): Promise<CliStage> {
    const namespace = await newNamespace(cluster);
    const store = kubernetesStore({
      kubeConfig: kubeConfigOf(cluster),
      clock: { monotonicMilliseconds: () => performance.now() },
      namespaces: [namespace],
    });
    this.#ends.push(
      () => store.close(),
      () => removeAll(store, namespace),
    );
    const now = Date.now();
    const clock = scaledClock({ anchorModel: now, anchorReal: now, speed });
    const key = { namespace, name: "toys" };
    const changeCampaign: CliStage["change"] = async (edit) => {
      await update({ store, kind: "UpgradeCampaign", key }, (copy) => edit(copy));
    };
    await applyToyObjects(store, namespace);
    await changeCampaign((campaign) => {
      campaign.spec.approval = { policy: "Manual" };
      change(campaign);
    });

    const inNamespace = (args: readonly string[], options: CommandOptions): Parameters<typeof run> => [
      [...args, "-n", namespace],
      { invocation: "kubectl hitless", environment: { KUBECONFIG: cluster.kubeconfig }, ...options },
    ];
    const campaign = async (): Promise<UpgradeCampaign> => {
      const found = await store.get("UpgradeCampaign", key);
      if (found === undefined) throw new Error("the campaign is gone");
      return found;
    };
    const until = async (
      what: string,
      isSo: (campaign: UpgradeCampaign) => boolean,
    ): Promise<UpgradeCampaign> =>
      eventually(async () => {
        const found = await campaign();
        if (!isSo(found)) throw new Error(`not ${what}, but ${JSON.stringify(found.status)}`);
        return found;
      }, 2000);
    const isIn = ({ status }: UpgradeCampaign, phases: readonly CampaignPhase[]): boolean =>
      status?.phase !== undefined && phases.includes(status.phase);
    const stage: ToyStage = {
      clock,
      store,
      namespace,
      devices: toyDevices(clock),
      settled: async (promise) => promise,
    };
    const startController: CliStage["startController"] = async (hooks) => {
      const controller = await startToyController(stage, hooks === undefined ? {} : { hooks });
      this.#ends.push(() => controller.running.stop());
      return controller;
    };
    return {
      ...stage,
      cluster,
      campaign,
      change: changeCampaign,
      startController,
      untilPhase: async (...phases) => until(phases.join(" or "), (found) => isIn(found, phases)),
      workUntil: async (phase, { withPlan } = { withPlan: true }) => {
        const { running } = await startToyController(stage);
        try {
          const found = await until(
            phase,
            (each) => isIn(each, [phase]) && (each.status?.plan !== undefined) === withPlan,
          );
          // The plan may be ready before the reading of the fabric is.
          await eventually(async () => {
            const fabric = await store.get("Fabric", { namespace, name: found.spec.fabricRef.name });
            if (fabric?.status?.discoveredAt === undefined) throw new Error("the fabric is not read");
          });
          return found;
        } finally {
          await running.stop();
        }
      },
      hitless: async (args, options = {}) => run(...inNamespace(args, options)),
      startHitless: (args, options = {}) => start(...inNamespace(args, options)),
    };
  }

  async end(): Promise<void> {
    for (const end of this.#ends.splice(0).toReversed()) await end();
  }
}

/** Controllers of other suites look into all namespaces: nothing is left there for them to do. */
async function removeAll(store: Store, namespace: string): Promise<void> {
  for (const kind of ["UpgradeCampaign", "DeviceUpgrade", "Fabric", "DeviceImage"] as const) {
    for (const object of await store.list(kind, namespace)) {
      await update({ store, kind, key: keyOf(object) }, ({ metadata }) => {
        metadata.finalizers = [];
      });
      await store.delete(kind, keyOf(object)).catch((error: unknown) => {
        if (!isStoreError(error, "NotFound")) throw error;
      });
    }
  }
}
