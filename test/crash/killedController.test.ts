/**
 * The crash test: a whole campaign over real SSH, whose controller is a process of its own and is killed with
 * `kill -9` at placed moments, then started again over the same store. The simulated devices live in this process
 * and count for themselves how often they were installed and rebooted.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { formatInstant } from "../../src/api/time.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { QUICKSTART } from "../../src/cli/commands/demo.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { createTwinObjects } from "../../src/cli/twin/twinObjects.ts";
import { twinReport, type TwinReport } from "../../src/cli/twin/twinReport.ts";
import { loadPlan } from "../../src/controllers/planStore.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { ObjectKey, Store } from "../../src/store/store.ts";
import {
  startControllerProcess,
  type ControllerHandle,
  type Exit,
  type OwnDeath,
} from "./controllerHandle.ts";
import { PLACEMENTS, type Evidence, type Placement } from "./placements.ts";

/** Model seconds in a second. A restart takes some seconds, and a drain may stay unconfirmed for 600 of model time. */
const SPEED = 64;
/** Short, so that a successor needs not wait for long. Real time. */
const PATIENCE = { leaseDurationSeconds: 2, intentValidSeconds: 3 } as const;
/** Between two looks at the simulator. Real time; far less than any of the moments lasts. */
const LOOK_MILLISECONDS = 10;

/**
 * The quickstart's devices boot quicker here, but an install takes longer than it takes a successor to lead and to
 * wait until the intent has run out: it must find the install running, and keep its hands off.
 */
const TIMINGS = { installSeconds: 600, bootSeconds: 240 } as const;

interface Stage {
  readonly folder: string;
  readonly file: string;
  readonly clock: { readonly anchorModel: number; readonly anchorReal: number; readonly speed: number };
  readonly simulator: FabricSimulator;
  readonly description: SimulationDescription;
  readonly fabric: ObjectKey;
  readonly campaign: ObjectKey;
  /** The devices' configurations before anything was done. */
  readonly found: ReadonlyMap<string, string>;
  readonly controllers: ControllerHandle[];
}

async function openStage(): Promise<Stage> {
  const objects = await campaignInput(await storeOf(await readManifests([QUICKSTART]), { now: Date.now }));
  const quickstart = await readSimulation([QUICKSTART], objects.fabric);
  const description = { ...quickstart, timings: { ...quickstart.timings, ...TIMINGS } };
  const startedAt = Date.now();
  const clock = { anchorModel: startedAt, anchorReal: startedAt, speed: SPEED };
  const folder = await mkdtemp(path.join(tmpdir(), "hitless-crash-"));
  const simulator = createFabricSimulator({ description, clock: scaledClock(clock) });
  const stage: Stage = {
    folder,
    file: path.join(folder, "store.json"),
    clock,
    simulator,
    description,
    fabric: objects.fabric.metadata,
    campaign: objects.campaign.metadata,
    found: configurationsOf(simulator),
    controllers: [],
  };
  try {
    const served = await simulator.serve({ freePorts: true });
    await withStore(stage, (store) => createTwinObjects(store, objects, served));
    return stage;
  } catch (error) {
    await closeStage(stage);
    throw error;
  }
}

async function closeStage({ folder, simulator, controllers }: Stage): Promise<void> {
  for (const controller of controllers) if (controller.isRunning()) controller.kill();
  await Promise.all(controllers.map(({ exited }) => exited));
  await simulator.close();
  await rm(folder, { recursive: true, force: true });
}

/** Opens the store's file. Only while no controller runs. */
async function withStore<T>({ file, clock }: Stage, work: (store: Store) => Promise<T>): Promise<T> {
  const store = memoryStore({ clock: scaledClock(clock), file });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function launch(stage: Stage, death?: OwnDeath): ControllerHandle {
  const { namespace, name } = stage.campaign;
  const controller = startControllerProcess({
    file: stage.file,
    campaign: `${namespace}/${name}`,
    clock: stage.clock,
    ...PATIENCE,
    ...(death === undefined ? {} : { death }),
  });
  stage.controllers.push(controller);
  return controller;
}

interface Kill {
  readonly device: string;
  /** Model time. */
  readonly at: number;
}

/** Starts the controller and has it killed at the moment. Throws when it ends, or dies, without coming there. */
async function killAt(stage: Stage, { killer, where, batch }: Placement): Promise<Kill> {
  const missed = ({ last, log }: Exit): Error =>
    new Error(`the controller was not killed ${where("a device")}: it said ${JSON.stringify(last)}\n${log}`);
  const devices = batch === undefined ? undefined : await devicesOf(stage, batch);
  if (killer.by === "itself") {
    const death: OwnDeath = { ...killer.death, ...(devices === undefined ? {} : { devices }) };
    const exit = await launch(stage, death).exited;
    if (exit.signal !== "SIGKILL" || exit.last?.event !== "kills itself") throw missed(exit);
    return exit.last;
  }
  const candidates = [...stage.simulator.devices.values()].filter(
    ({ name }) => devices?.includes(name) !== false,
  );
  const controller = launch(stage);
  while (controller.isRunning()) {
    const device = controller.leads() ? candidates.find((each) => killer.when(each)) : undefined;
    if (device !== undefined) {
      controller.kill();
      const at = scaledClock(stage.clock).now();
      await controller.exited;
      return { device: device.name, at };
    }
    await pause(LOOK_MILLISECONDS);
  }
  throw missed(await controller.exited);
}

/** The devices of a batch of the approved plan. */
async function devicesOf(stage: Stage, batch: number): Promise<readonly string[]> {
  const upgrades = await withStore(stage, (store) => store.list("DeviceUpgrade"));
  return upgrades.filter(({ spec }) => spec.batch === batch).map(({ spec }) => spec.deviceName);
}

async function evidenceOf(stage: Stage, name: string): Promise<Evidence> {
  const { simulator } = stage;
  const device = simulator.devices.get(name);
  return await withStore(stage, async (store) => {
    const upgrades = await store.list("DeviceUpgrade");
    const upgrade = upgrades.find(({ spec }) => spec.deviceName === name);
    if (device === undefined || upgrade === undefined) throw new Error(`nothing is known of ${name}`);
    const fabric = await store.get("Fabric", stage.fabric);
    return {
      upgrade,
      inLedger: (fabric?.status?.outOfService ?? []).some((entry) => entry.device === name),
      device,
      log: simulator.log().filter((entry) => entry.device === name),
    };
  });
}

/** Configurations as sets of statements, without the release that every commit writes into them. */
function configurationsOf(simulator: FabricSimulator): ReadonlyMap<string, string> {
  return new Map(
    [...simulator.devices].map(([name, device]) => [
      name,
      device.committedConfiguration("text").replace(/^version .*;$/m, ""),
    ]),
  );
}

async function reportOf(stage: Stage, store: Store): Promise<TwinReport> {
  const campaign = await store.get("UpgradeCampaign", stage.campaign);
  if (campaign === undefined) throw new Error("the campaign is gone");
  const phase = campaign.status?.phase ?? "Planning";
  return twinReport({
    end: {
      outcome: phase === "Completed" ? "Succeeded" : "Failed",
      phase,
      message: "",
      plan: await loadPlan(store, campaign),
    },
    upgrades: await store.list("DeviceUpgrade"),
    simulator: stage.simulator,
    description: stage.description,
    startedAt: stage.clock.anchorModel,
    endedAt: scaledClock(stage.clock).now(),
  });
}

describe("crash: the controller is killed and started again", function () {
  this.timeout(300_000);

  const opened: Stage[] = [];
  // A test that ran out of time still waits for its controller: this ends it, and so the test.
  afterEach(async () => {
    await Promise.all(opened.splice(0).map(closeStage));
  });

  function tell(text: string): void {
    process.stdout.write(`      ${text}\n`);
  }

  it("EX-9 N5 survives kill -9 at eight placed moments: every device is installed and rebooted once, nothing is lost", async () => {
    expect(PLACEMENTS).to.have.lengthOf.at.least(8);
    const stage = await openStage();
    opened.push(stage);
    for (const placement of PLACEMENTS) {
      const { device, at } = await killAt(stage, placement);
      tell(`killed the controller ${placement.where(device)}, at ${formatInstant(at)}`);
      placement.check(await evidenceOf(stage, device));
    }

    const { code, last, log } = await launch(stage).exited;
    expect(last, log).to.deep.include({ event: "ended", outcome: "Succeeded", phase: "Completed" });
    expect(code, log).to.equal(0);

    await withStore(stage, async (store) => {
      const { devices, packets, plan, modelSeconds } = await reportOf(stage, store);
      const { others, exposed } = packets;
      tell(
        `${String(devices.length)} devices, ${String(modelSeconds)} s of model time; packets lost: ` +
          `${String(others.lost)} of ${String(others.sent)}, and ${String(exposed.lost)} of the exposed server's`,
      );
      expect(plan?.exposed.map(({ device }) => device)).to.deep.equal(["leaf8"]);
      expect(packets.losing, "flows that lost packets").to.deep.equal([]);
      expect(others.lost, "packets lost").to.equal(0);
      expect(exposed.lost, "the exposed server's packets").to.be.greaterThan(0);
      expect(devices).to.have.lengthOf(stage.simulator.devices.size);
      const fabric = await store.get("Fabric", stage.fabric);
      expect(fabric?.status?.outOfService, "the ledger").to.deep.equal([]);
    });
    const configurations = configurationsOf(stage.simulator);
    for (const [name, device] of stage.simulator.devices) {
      expect(device.counters, name).to.include({ installsStarted: 1, installsFinished: 1, reboots: 1 });
      for (const rpc of ["request-package-add", "request-reboot"]) {
        const received = device.rpcLog.filter((entry) => entry.rpc === rpc);
        expect(received, `${rpc} sent to ${name}`).to.have.lengthOf(1);
      }
      expect(device.truth(), name).to.include({ power: "Running", release: "23.4R2-S3.9" });
      expect(configurations.get(name), `the configuration of ${name}`).to.equal(stage.found.get(name));
    }
  });
});
