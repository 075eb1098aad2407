/**
 * The crash test: a whole campaign over real SSH on a real API server, whose controller is killed 20 times and whose
 * API server five times, all with `kill -9`. The devices count for themselves how often they were installed and
 * rebooted, and every controller tells what it does and in which epoch.
 */
import { setTimeout as pause } from "node:timers/promises";
import { expect } from "chai";
import { formatInstant, type Instant } from "../../src/api/time.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import type { ControllerHandle } from "./controllerHandle.ts";
import { quickstart, type CrashStage } from "./crashStage.ts";
import { describeCrashes, secondsSince, tell } from "./crashSuite.ts";
import { monotonicMilliseconds } from "./messages.ts";
import { expectCountedEpochs, expectHitless } from "./outcome.ts";
import { PLACEMENTS, type Found, type Placement } from "./placements.ts";
import { actsOf, problemsOf } from "./record.ts";

/**
 * Model seconds in a second. A change of leader takes some seconds, and what a device waits for (a drain to be
 * confirmed: 600 of model time) has to outlast it.
 */
const SPEED = 48;
/** Short, so that a successor needs not wait for long. Real time. */
const PATIENCE = { leaseDurationSeconds: 3, intentValidSeconds: 3 } as const;
/**
 * The quickstart's devices boot quicker here, but an install takes longer than it takes a successor to lead: it must
 * find the install running, and keep its hands off.
 */
const TIMINGS = { installSeconds: 300, bootSeconds: 200 } as const;

interface Kill {
  readonly where: string;
  /** Model time. */
  readonly at: Instant;
}

/** Brings the run to the moment, kills there, and starts again what was killed. */
async function killAt(stage: CrashStage, placement: Placement): Promise<Kill> {
  const { found, batch } = placement;
  const devices = batch === undefined ? undefined : await devicesOf(stage, batch);
  return found.by === "process"
    ? killWithin(stage, placement, devices === undefined ? found.moment : { ...found.moment, devices })
    : killDuring(stage, placement, { when: found.when, devices });
}

/** At a moment to which the controller comes in its own work. */
async function killWithin(
  stage: CrashStage,
  placement: Placement,
  moment: Extract<Found, { by: "process" }>["moment"],
): Promise<Kill> {
  const { victim, where, check } = placement;
  const fate = victim === "controller" ? "die" : "wait";
  const coming = stage.replicas.reach(moment, fate);
  const { controller, reached } = await stage.during(where("a device", "an effect"), coming);
  const { object, action, at } = reached;
  if (check !== undefined) check(await stage.evidence(object));
  if (fate === "wait") await withoutApi(stage, placement, { device: object, waiting: controller });
  return { where: where(object, action), at };
}

/** At a moment that the devices show. */
async function killDuring(
  stage: CrashStage,
  placement: Placement,
  {
    when,
    devices,
  }: { when: Extract<Found, { by: "simulator" }>["when"]; devices?: readonly string[] | undefined },
): Promise<Kill> {
  const { replicas, clock } = stage;
  const { victim, where, check } = placement;
  const coming = stage.untilDevice(when, devices);
  const { name: device } = await stage.during(where("a device", ""), coming);
  const at = scaledClock(clock).now();
  if (victim === "controller") await replicas.kill(await stage.until(() => replicas.leader));
  if (check !== undefined) check(await stage.evidence(device));
  if (victim !== "controller") await withoutApi(stage, placement, { device });
  return { where: where(device, ""), at };
}

/**
 * Kills the API server, and starts it again when it has been away for as long as the placement says. Meanwhile
 * nobody may lead any more, and so nothing may begin.
 */
async function withoutApi(
  stage: CrashStage,
  { victim, awayUntil }: Placement,
  { device, waiting }: { device: string; waiting?: ControllerHandle },
): Promise<void> {
  const { replicas } = stage;
  await stage.killApi();
  if (victim === "API server and controller" && waiting !== undefined) await replicas.kill(waiting);
  else waiting?.order({ order: "go on" });
  if (awayUntil !== undefined) {
    await pause(PATIENCE.leaseDurationSeconds * 1000);
    const leaseEnded = monotonicMilliseconds();
    const awaySeconds = (): number => ((monotonicMilliseconds() - leaseEnded) / 1000) * SPEED;
    const changes = await changesOf(stage);
    await stage.untilDevice((look) => awayUntil(look, awaySeconds()), [device]);
    expect(await changesOf(stage), "changes of devices while nobody may lead").to.equal(changes);
    const begun = replicas.all.flatMap(({ said }) => actsOf({ name: "", said }));
    const late = begun.filter(({ atMilliseconds }) => atMilliseconds > leaseEnded);
    expect(late, "begun while nobody may lead").to.deep.equal([]);
  }
  stage.restartApi();
}

/** How many requests have changed a device, on all of them together. */
async function changesOf({ simulator }: CrashStage): Promise<number> {
  const devices = await simulator.ask({ ask: "look" });
  return devices.reduce((sum, { counters }) => sum + counters.writes, 0);
}

/** The devices of a batch of the approved plan. */
async function devicesOf({ plan }: CrashStage, batch: number): Promise<readonly string[]> {
  return (await plan).batches.find(({ index }) => index === batch)?.devices ?? [];
}

describeCrashes("crash: controllers and the API server are killed and started again", (open) => {
  it("EX-9 N5 AC-3 HL-9 survives 20 kills of the controller and 5 of the API server: every device is installed and rebooted once, nothing is lost", async () => {
    const killed = (what: string): number => PLACEMENTS.filter(({ victim }) => victim.includes(what)).length;
    expect(killed("controller")).to.equal(20);
    expect(killed("API server")).to.equal(5);

    const startedAt = performance.now();
    const stage = await open({ ...(await quickstart(TIMINGS)), speed: SPEED, ...PATIENCE });
    for (const placement of PLACEMENTS) {
      const { where, at } = await killAt(stage, placement);
      tell(`${secondsSince(startedAt)}: killed the ${placement.victim} ${where}, at ${formatInstant(at)}`);
    }

    const { packets, plan, modelSeconds } = await expectHitless(
      stage,
      stage.found.map(({ name }) => name),
    );
    const { others, exposed } = packets;
    expect(plan?.exposed.map(({ device }) => device)).to.deep.equal(["leaf8"]);
    expect(exposed.lost, "the exposed server's packets").to.be.greaterThan(0);
    const { records, epochs, acts } = await expectCountedEpochs(stage);
    expect(problemsOf(records)).to.deep.equal([]);
    expect(epochs).to.be.greaterThan(killed("controller"));
    tell(
      `${String(killed("controller"))} controllers and ${String(killed("API server"))} API servers killed, ` +
        `${String(epochs)} epochs, ${String(acts)} acts, ${String(stage.found.length)} devices, ` +
        `${String(modelSeconds)} s of model time, ${secondsSince(startedAt)} in all\n` +
        `packets lost: ${String(others.lost)} of ${String(others.sent)}, and ${String(exposed.lost)} of the ` +
        `exposed server's`,
    );
  });
});
