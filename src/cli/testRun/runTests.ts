/**
 * A test run without a cluster: the same controller as there, on a store in memory that holds this one campaign with
 * `mode: TestRun`, until every device of the plan was tested.
 */
import { Writable } from "node:stream";
import { findCondition } from "../../api/conditions.ts";
import { KNOWN_HOSTS_KEY } from "../../api/names.ts";
import type { Clock } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { startController } from "../../controllers/controller.ts";
import { dialSsh } from "../../controllers/device/devicePool.ts";
import { loadPlan } from "../../controllers/campaign/planStore.ts";
import { testOf } from "../../engine/testRun.ts";
import { createLogger, type Logger } from "../../observability/logger.ts";
import type { SimulationDescription } from "../../simulator/description.ts";
import { createFabricSimulator } from "../../simulator/fabricSimulator.ts";
import { realClock, scaledClock } from "../../simulator/modelClock.ts";
import { memoryStore } from "../../store/memory/memoryStore.ts";
import { keyOf, type ObjectKey, type Store } from "../../store/store.ts";
import { CliError } from "../cliError.ts";
import type { CampaignInput } from "../manifests/campaignInput.ts";
import { DRIVERS } from "../../drivers/registry.ts";
import { createTwinObjects } from "../twin/twinObjects.ts";
import { testRunReport, type TestRunReport } from "./testRunReport.ts";

export interface TestRunOptions {
  readonly objects: CampaignInput;
  readonly signal: AbortSignal;
  /** Nothing is logged by default. */
  readonly log?: Logger;
  /** Is told how many devices of the plan were tested. */
  readonly onProgress?: (message: string) => void;
}

/** Tests the devices that the Fabric names; their login is in `source`. Changes nothing on them. */
export async function testDevices(
  options: TestRunOptions & { readonly source: Store },
): Promise<TestRunReport> {
  const clock = realClock();
  const store = memoryStore({ clock });
  try {
    await copyObjects(options.source, store, options.objects);
    return await runTests(options, { store, clock });
  } finally {
    await store.close();
  }
}

/** Tests the devices of a simulated twin. */
export async function testTwin(
  options: TestRunOptions & { readonly description: SimulationDescription; readonly speed: number },
): Promise<TestRunReport> {
  const { objects, description, speed } = options;
  const startedAt = Date.now();
  const clock = scaledClock({ anchorModel: startedAt, anchorReal: startedAt, speed });
  const store = memoryStore({ clock });
  const simulator = createFabricSimulator({ description, clock });
  try {
    const served = await simulator.serve({ freePorts: true });
    const { campaign } = objects;
    const tested = { ...campaign, spec: { ...campaign.spec, mode: "TestRun" as const } };
    await createTwinObjects(store, { ...objects, campaign: tested }, served);
    return await runTests(options, { store, clock });
  } finally {
    await simulator.close();
    await store.close();
  }
}

/** What a controller needs to reach the devices, and no other campaign. */
async function copyObjects(
  source: Store,
  store: Store,
  { fabric, campaign, images }: CampaignInput,
): Promise<void> {
  const { namespace } = fabric.metadata;
  const { credentialsSecretRef, knownHostsRef } = fabric.spec.connection;
  const login = await source.get("Secret", { namespace, name: credentialsSecretRef.name });
  if (login !== undefined) {
    await store.create("Secret", {
      metadata: { namespace, name: credentialsSecretRef.name },
      type: login.type,
      data: login.data ?? {},
    });
  }
  const hosts = await source.get("ConfigMap", { namespace, name: knownHostsRef.name });
  await store.create("ConfigMap", {
    metadata: { namespace, name: knownHostsRef.name },
    data: { [KNOWN_HOSTS_KEY]: hosts?.data?.[KNOWN_HOSTS_KEY] ?? "" },
  });
  await store.create("Fabric", { metadata: { namespace, name: fabric.metadata.name }, spec: fabric.spec });
  for (const { metadata, spec } of images) {
    await store.create("DeviceImage", { metadata: { namespace, name: metadata.name }, spec });
  }
  await store.create("UpgradeCampaign", {
    metadata: { namespace, name: campaign.metadata.name },
    spec: { ...campaign.spec, mode: "TestRun", paused: false },
  });
}

interface Place {
  readonly store: Store;
  readonly clock: Clock;
}

async function runTests(options: TestRunOptions, { store, clock }: Place): Promise<TestRunReport> {
  const { objects, signal, log = silentLogger(), onProgress } = options;
  signal.throwIfAborted();
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const controller = await startController({
    store,
    clock,
    drivers: DRIVERS,
    dial: dialSsh,
    log,
    registerSecret: (secret) => {
      log.registerSecret(secret);
    },
  });
  try {
    const key = keyOf(objects.campaign);
    const campaign = await untilTested({ store, key, signal: stop, onProgress });
    const upgrades = await store.list("DeviceUpgrade", key.namespace);
    const record = await loadPlan(store, campaign);
    if (record === undefined) {
      const why = findCondition(campaign.status?.conditions, "Ready")?.message ?? "there is no plan";
      throw new CliError("Refused", `nothing could be tested: ${why}`);
    }
    return testRunReport({ campaign, upgrades, record });
  } finally {
    over.abort(new Error("the test run is over"));
    await controller.stop();
  }
}

interface Waiting {
  readonly store: Store;
  readonly key: ObjectKey;
  readonly signal: AbortSignal;
  readonly onProgress: TestRunOptions["onProgress"];
}

/** The campaign, once its test run is over. Rejects with the signal's reason. */
async function untilTested({ store, key, signal, onProgress }: Waiting): Promise<UpgradeCampaign> {
  let changed = (): void => undefined;
  await store.watch(
    "UpgradeCampaign",
    ({ object: { status } }) => {
      const message = findCondition(status?.conditions, "Ready")?.message;
      if (status?.phase === "Testing" && message !== undefined) onProgress?.(message);
      changed();
    },
    signal,
  );
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  for (;;) {
    signal.throwIfAborted();
    const change = new Promise<void>((resolve) => {
      changed = resolve;
    });
    const campaign = await store.get("UpgradeCampaign", key);
    if (campaign === undefined) throw new Error(`UpgradeCampaign ${key.name} is gone`);
    if (await isOver(store, campaign)) return campaign;
    await Promise.race([change, aborted]);
  }
}

/** Every device of the plan was tested, or no plan comes about. */
async function isOver(store: Store, campaign: UpgradeCampaign): Promise<boolean> {
  const { phase, conditions } = campaign.status ?? {};
  if (phase === "Tested") return true;
  if (phase !== "Blocked") return false;
  const record = await loadPlan(store, campaign);
  // An image is verified within a moment.
  if (record === undefined) return findCondition(conditions, "Ready")?.reason !== "ImageNotReady";
  const { hash } = record.plan;
  if (hash === null) return true;
  const upgrades = await store.list("DeviceUpgrade", campaign.metadata.namespace);
  const tested = upgrades.filter(({ status }) => status?.test?.of === testOf(campaign, { hash }));
  return tested.length >= Object.keys(record.plan.devices).length;
}

function silentLogger(): Logger {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  return createLogger({ level: "error", stream: nowhere, redact: [] });
}
