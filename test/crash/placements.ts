/**
 * Who is killed when, in the order of the campaign: 20 times a controller, five times the API server. Each placed
 * moment says what must be true right then, by the objects and by what the simulated device knows: a kill that
 * missed its moment proves nothing, so it fails the test.
 */
import { expect } from "chai";
import fc from "fast-check";
import type { WorldLogEntry, WorldLogKind } from "../../src/simulator/modelEvent.ts";
import type { Evidence } from "./crashStage.ts";
import type { Moment } from "./messages.ts";
import type { DeviceLook } from "./simulatorProtocol.ts";

export type Victim = "controller" | "API server" | "API server and controller";

/** How the moment is found. */
export type Found =
  /** The process comes to it in its own work. */
  | { readonly by: "process"; readonly moment: Moment }
  /** The simulator says that a device has come to it. */
  | { readonly by: "simulator"; readonly when: (device: DeviceLook) => boolean };

export interface Placement {
  readonly victim: Victim;
  readonly found: Found;
  /** Completes "killed the … ", with the device or object and the effect put in. */
  readonly where: (object: string, action: string) => string;
  /** Only on devices of this batch; on whichever comes there first by default. */
  readonly batch?: number;
  /** The API server stays away for longer than a lease, and then until this is so. */
  readonly awayUntil?: (device: DeviceLook, awaySeconds: number) => boolean;
  /** Throws unless this is the moment. Where it is on no device there is nothing to check. */
  readonly check?: (evidence: Evidence) => void;
}

const within = (when: Moment["when"], action: string): Found => ({
  by: "process",
  moment: { when, action },
});

const SEED = 20_261_122;

/** Kills of the controller at effects that nobody has chosen, at most so many effects after the kill before. */
function byChance(kills: number, { within: max, seed }: { within: number; seed: number }): Placement[] {
  const moments = fc.record({
    when: fc.constantFrom<"before" | "after">("before", "after"),
    nth: fc.integer({ min: 1, max }),
  });
  return fc.sample(moments, { seed: SEED + seed, numRuns: kills }).map((moment) => ({
    victim: "controller",
    found: { by: "process", moment },
    where: (object, action) => `${moment.when} ${action} of ${object}, by chance`,
  }));
}

export const isInstalling = ({ counters }: DeviceLook): boolean =>
  counters.installsStarted > counters.installsFinished;

export const isDown = ({ management }: DeviceLook): boolean => !management;

export const PLACEMENTS: readonly Placement[] = [
  {
    victim: "controller",
    found: within("after", "SavePlan"),
    where: (object) => `between the plan of ${object} and the status that names it`,
  },
  ...byChance(1, { within: 12, seed: 1 }),
  {
    victim: "controller",
    found: within("dial", "DrainRoutes"),
    where: (device) => `between the drain commit of ${device} and its confirmation`,
    batch: 1,
    check: isDrainedForNow,
  },
  {
    victim: "controller",
    found: within("before", "Install"),
    where: (device) => `between the intent and the Install of ${device}`,
    batch: 1,
    check({ upgrade, device }) {
      expect(upgrade.status?.intent?.step).to.equal("Install");
      expect(device.counters.installsStarted, "installs").to.equal(0);
    },
  },
  {
    victim: "controller",
    found: { by: "simulator", when: isInstalling },
    where: (device) => `during the install on ${device}`,
    batch: 1,
    check: isBeingInstalled,
  },
  ...byChance(1, { within: 6, seed: 2 }),
  {
    victim: "controller",
    found: within("before", "Reboot"),
    where: (device) => `between the intent and the Reboot of ${device}`,
    batch: 1,
    check: isAboutToReboot,
  },
  {
    victim: "controller",
    found: within("after", "UndrainAccess"),
    where: (device) => `between the undrains of access and routes of ${device}`,
    batch: 1,
    check({ device }) {
      expect(device.counters.reboots).to.equal(1);
      expect(lastCommit(device.log)).to.match(/: undrain access done$/);
    },
  },
  ...byChance(2, { within: 10, seed: 3 }),
  {
    victim: "API server",
    found: within("after", "DrainAccess"),
    where: (device) => `once ${device} was drained`,
    batch: 2,
    // A minute of the model beyond the lease.
    awayUntil: (_device, seconds) => seconds > 60,
    check({ device, inLedger }) {
      expect(lastCommit(device.log)).to.match(/: drain access done$/);
      expect(inLedger, "the ledger has it").to.equal(true);
    },
  },
  {
    victim: "controller",
    found: { by: "simulator", when: isDown },
    where: (device) => `while ${device} was down`,
    batch: 2,
    check: isRebooting,
  },
  ...byChance(2, { within: 10, seed: 4 }),
  {
    victim: "API server and controller",
    found: within("dial", "DrainRoutes"),
    where: (device) => `between the drain commit of ${device} and its confirmation`,
    batch: 3,
    check: isDrainedForNow,
  },
  {
    victim: "API server",
    found: { by: "simulator", when: isInstalling },
    where: (device) => `during the install on ${device}`,
    batch: 3,
    check: isBeingInstalled,
  },
  {
    victim: "API server",
    found: within("after", "WriteIntent"),
    where: (device) => `right after the intent to reboot ${device} was written`,
    batch: 3,
    check: isAboutToReboot,
  },
  {
    victim: "controller",
    found: within("before", "ReturnToService"),
    where: (device) => `after the last undrain of ${device}, before the ledger was struck`,
    batch: 3,
    // That its last undrain is done may be written later.
    check({ inLedger, device }) {
      expect(lastCommit(device.log)).to.match(/: undrain routes done$/);
      expect(inLedger, "the ledger still has it").to.equal(true);
    },
  },
  ...byChance(1, { within: 4, seed: 5 }),
  ...byChance(1, { within: 10, seed: 6 }),
  {
    victim: "controller",
    found: within("after", "Reboot"),
    where: (device) => `right after the reboot request to ${device} was sent`,
    batch: 4,
    check({ upgrade, device }) {
      expect(upgrade.status?.intent?.step).to.equal("Reboot");
      expect(count(device.log, "RebootRequested"), "requests").to.equal(1);
    },
  },
  {
    victim: "API server",
    found: { by: "simulator", when: isDown },
    where: (device) => `while ${device} rebooted`,
    batch: 4,
    awayUntil: ({ management }) => management,
    check: isRebooting,
  },
  ...byChance(2, { within: 4, seed: 7 }),
];

function isDrainedForNow({ device, inLedger }: Evidence): void {
  expect(lastCommit(device.log)).to.match(/: drain routes to be confirmed$/);
  expect(inLedger, "the ledger has it").to.equal(true);
}

function isBeingInstalled({ upgrade, device }: Evidence): void {
  expect(upgrade.status?.intent?.step).to.equal("Install");
  expect(device.counters).to.include({ installsStarted: 1, reboots: 0 });
}

export function isAboutToReboot({ upgrade, device }: Evidence): void {
  expect(upgrade.status?.intent?.step).to.equal("Reboot");
  expect(device.counters).to.include({ installsFinished: 1, reboots: 0 });
  expect(count(device.log, "RebootRequested"), "requests").to.equal(0);
}

function isRebooting({ upgrade, device, inLedger }: Evidence): void {
  expect(upgrade.status?.intent?.step).to.equal("Reboot");
  expect(count(device.log, "WentDown")).to.equal(1);
  expect(inLedger, "the ledger has it").to.equal(true);
}

function count(log: readonly WorldLogEntry[], kind: WorldLogKind): number {
  return log.filter((entry) => entry.kind === kind).length;
}

/** The text that the last commit on a device was made with. */
function lastCommit(log: readonly WorldLogEntry[]): string | undefined {
  return log.findLast(({ kind }) => kind === "Committed")?.message;
}
