/**
 * The stage of the crash tests: a real API server of its own with all of `deploy/` in it, the simulated fabric as a
 * process, and replicas of the controller as processes with the rights of its service account.
 */
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { Plan } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { serviceAccountKubeConfig } from "../../src/cli/demo/kubectl.ts";
import { QUICKSTART } from "../../src/cli/commands/demo.ts";
import { campaignInput, storeOf, type CampaignInput } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { createTwinObjects } from "../../src/cli/twin/twinObjects.ts";
import type { TwinReport } from "../../src/cli/twin/twinReport.ts";
import { loadPlan, type PlanRecord } from "../../src/controllers/campaign/planStore.ts";
import type { SimulationDescription, Timings } from "../../src/simulator/description.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { StoreError } from "../../src/store/errors.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { keyOf, type ObjectKey, type Store } from "../../src/store/store.ts";
import { buildCluster } from "../support/cluster/buildCluster.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { kubeConfigOf } from "../support/cluster/sharedCluster.ts";
import { startCluster, type Cluster } from "../support/cluster/startCluster.ts";
import { startControllerProcess, type ControllerOptions } from "./controllerHandle.ts";
import { Replicas } from "./replicas.ts";
import { startSimulatorProcess, type SimulatorHandle } from "./simulatorHandle.ts";
import type { DeviceFacts, DeviceLook } from "./simulatorProtocol.ts";

/** Real time between two looks at something; far less than any of the moments lasts. */
const LOOK_MILLISECONDS = 20;
/** Real time between two looks at the campaign, which nobody is in a hurry for. */
const CAMPAIGN_LOOK_MILLISECONDS = 250;
const REPLICAS = 2;
const DEPLOY = path.resolve(import.meta.dirname, "../../deploy");
const CONTROLLER = { namespace: "hitless-system", name: "hitless-controller" } as const;

export interface StageOptions {
  readonly objects: CampaignInput;
  readonly description: SimulationDescription;
  /** Model seconds in a second. */
  readonly speed: number;
  readonly leaseDurationSeconds: number;
  readonly intentValidSeconds: number;
}

/** The objects and devices of `examples/quickstart`, with other physical times and a shorter soak. */
export async function quickstart(
  timings: Partial<Timings>,
): Promise<Pick<StageOptions, "objects" | "description">> {
  const objects = await campaignInput(await storeOf(await readManifests([QUICKSTART]), { now: Date.now }));
  const described = await readSimulation([QUICKSTART], objects.fabric);
  const { campaign } = objects;
  const spec = { ...campaign.spec, strategy: { ...campaign.spec.strategy, soak: "30s" } };
  return {
    objects: { ...objects, campaign: { ...campaign, spec } },
    description: { ...described, timings: { ...described.timings, ...timings } },
  };
}

/** What is known of a device at some moment. */
export interface Evidence {
  /** Its upgrade, as the API server has it. */
  readonly upgrade: DeviceUpgrade;
  /** The ledger names the device. */
  readonly inLedger: boolean;
  readonly device: DeviceFacts;
}

type End = () => Promise<void>;

type StageParts = Pick<CrashStage, "cluster" | "simulator" | "replicas" | "store" | "clock" | "found"> & {
  readonly objects: CampaignInput;
  /** Oldest first. */
  readonly ends: readonly End[];
};

export class CrashStage {
  readonly cluster: Cluster;
  readonly simulator: SimulatorHandle;
  readonly replicas: Replicas;
  /** Of an administrator. */
  readonly store: Store;
  readonly clock: ControllerOptions["clock"];
  readonly campaignKey: ObjectKey;
  readonly fabricKey: ObjectKey;
  /** The devices before anything was done. */
  readonly found: readonly DeviceFacts[];
  /** The plan, once it is approved. */
  readonly plan: Promise<Plan>;
  /** The campaign, once it has ended. */
  readonly over: Promise<UpgradeCampaign>;
  #api: Promise<void> = Promise.resolve();
  readonly #closing = new AbortController();
  readonly #ends: readonly End[];

  constructor(parts: StageParts) {
    this.cluster = parts.cluster;
    this.simulator = parts.simulator;
    this.replicas = parts.replicas;
    this.store = parts.store;
    this.clock = parts.clock;
    this.found = parts.found;
    this.#ends = parts.ends;
    this.campaignKey = keyOf(parts.objects.campaign);
    this.fabricKey = keyOf(parts.objects.fabric);
    this.plan = this.#approve();
    this.over = this.plan.then(() => this.#untilOver());
    // They are awaited when they are needed; until then they may fail unheard.
    this.plan.catch(() => undefined);
    this.over.catch(() => undefined);
  }

  /** Waits for a moment of the run. Fails when a controller ends by itself or the campaign is over before. */
  async during<T>(what: string, moment: Promise<T>): Promise<T> {
    const missed = this.over.then(({ status }) => {
      throw new Error(`the campaign ended before ${what}: ${JSON.stringify(status?.conditions)}`);
    });
    return Promise.race([moment, this.replicas.broken, missed]);
  }

  /** Looks at the devices until one fits. */
  async untilDevice(fits: (device: DeviceLook) => boolean, names?: readonly string[]): Promise<DeviceLook> {
    return this.until(async () => {
      const devices = await this.simulator.ask({ ask: "look" });
      return devices.find((device) => names?.includes(device.name) !== false && fits(device));
    });
  }

  /** Looks until there is something to see. */
  async until<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (;;) {
      const seen = await look();
      if (seen !== undefined) return seen;
      await pause(LOOK_MILLISECONDS, undefined, { signal: this.#closing.signal });
    }
  }

  /** `kill -9` for the API server. */
  async killApi(): Promise<void> {
    await this.#api;
    await this.cluster.kill();
  }

  /** Starts the API server again. The run goes on before it says that it is ready: nobody waits for that. */
  restartApi(): void {
    this.#api = this.cluster.restart();
    this.#api.catch(() => undefined);
  }

  async evidence(name: string): Promise<Evidence> {
    await this.#api;
    const upgrades = await this.store.list("DeviceUpgrade", this.fabricKey.namespace);
    const upgrade = upgrades.find(({ spec }) => spec.deviceName === name);
    const fabric = await this.store.get("Fabric", this.fabricKey);
    const device = (await this.simulator.ask({ ask: "facts" })).find((each) => each.name === name);
    if (upgrade === undefined || device === undefined) throw new Error(`nothing is known of ${name}`);
    const inLedger = (fabric?.status?.outOfService ?? []).some((entry) => entry.device === name);
    return { upgrade, inLedger, device };
  }

  /** How the campaign went, also by what only the simulator knows. */
  async report(): Promise<TwinReport> {
    const campaign = await this.over;
    const { phase = "Planning", finishedAt } = campaign.status ?? {};
    const end = {
      outcome: phase === "Completed" ? ("Succeeded" as const) : ("Failed" as const),
      phase,
      message: "",
      plan: await loadPlan(this.store, campaign),
    };
    const { anchorModel: startedAt } = this.clock;
    const endedAt = Date.parse(finishedAt ?? "");
    const upgrades = await this.store.list("DeviceUpgrade", this.campaignKey.namespace);
    return this.simulator.ask({ ask: "report", input: { end, upgrades, startedAt, endedAt } });
  }

  /** What there is to see, for whoever has to find out why a run did not come to its end. */
  async describe(): Promise<string> {
    const { namespace } = this.campaignKey;
    const campaign = await this.store.get("UpgradeCampaign", this.campaignKey);
    const upgrades = await this.store.list("DeviceUpgrade", namespace);
    const lease = await this.store.get("Lease", { namespace, name: `hitless-${this.fabricKey.name}` });
    return [
      `campaign ${JSON.stringify(campaign?.status?.conditions?.map(({ type, status, message }) => [type, status, message]))}`,
      ...upgrades.map(
        ({ spec, status }) => `${spec.deviceName}: ${String(status?.state)}: ${String(status?.message)}`,
      ),
      `lease ${JSON.stringify(lease?.spec)}`,
      ...this.replicas.all.filter((each) => each.isRunning()).map((each) => each.log()),
    ].join("\n");
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the stage is closed"));
    await this.#api.catch(() => undefined);
    await endAll(this.#ends);
  }

  /** What a user does who wants the plan. */
  async #approve(): Promise<Plan> {
    const { store, campaignKey: key } = this;
    const { plan } = await this.#untilCampaign(async (campaign): Promise<PlanRecord | undefined> => {
      if (campaign.status?.phase !== "AwaitingApproval") return undefined;
      const record = await loadPlan(store, campaign);
      const planHash = record?.plan.hash;
      if (record === undefined || planHash === undefined || planHash === null) return undefined;
      await update({ store, kind: "UpgradeCampaign", key }, ({ spec }) => {
        spec.approval = { ...spec.approval, planHash };
      });
      return record;
    });
    return plan;
  }

  async #untilOver(): Promise<UpgradeCampaign> {
    return this.#untilCampaign((campaign) =>
      campaign.status?.finishedAt === undefined ? undefined : campaign,
    );
  }

  /** Looks at the campaign until there is something to see, also through times without an API server. */
  async #untilCampaign<T>(
    look: (campaign: UpgradeCampaign) => T | undefined | Promise<T | undefined>,
  ): Promise<T> {
    for (;;) {
      try {
        const campaign = await this.store.get("UpgradeCampaign", this.campaignKey);
        const seen = campaign === undefined ? undefined : await look(campaign);
        if (seen !== undefined) return seen;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== "Unavailable") throw error;
      }
      await pause(CAMPAIGN_LOOK_MILLISECONDS, undefined, { signal: this.#closing.signal });
    }
  }
}

export async function openStage(options: StageOptions): Promise<CrashStage> {
  const { objects, description, speed } = options;
  const now = Date.now();
  const clock = { anchorModel: now, anchorReal: now, speed };
  const ends: End[] = [];
  try {
    const cluster = await startCluster({ binaries: await buildCluster({ onProgress: console.log }) });
    ends.push(() => cluster.stop());
    await kubectl(cluster, ["apply", "--server-side", "-k", DEPLOY]);
    await kubectl(cluster, ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"]);
    const kubeconfig = path.join(cluster.folder, "controller.json");
    const login = await serviceAccountKubeConfig((...args) => kubectl(cluster, args), CONTROLLER);
    // The cluster's folder goes with the cluster, even when the test is killed.
    await copyFile(login.file, kubeconfig);
    await login.remove();
    const simulator = await startSimulatorProcess({ description, clock });
    ends.push(() => simulator.close());
    const store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster), clock: scaledClock(clock) });
    ends.push(() => store.close());
    await createTwinObjects(store, objects, simulator.served);
    const found = await simulator.ask({ ask: "facts" });
    const replicas = new Replicas({
      count: REPLICAS,
      launch: () =>
        startControllerProcess({
          kubeconfig,
          clock,
          leaseDurationSeconds: options.leaseDurationSeconds,
          intentValidSeconds: options.intentValidSeconds,
        }),
    });
    ends.push(() => replicas.close());
    return new CrashStage({ cluster, simulator, replicas, store, clock, found, objects, ends });
  } catch (error) {
    await endAll(ends);
    throw error;
  }
}

async function endAll(ends: readonly End[]): Promise<void> {
  for (const end of ends.toReversed()) await end();
}
