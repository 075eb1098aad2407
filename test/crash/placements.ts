/**
 * The moments at which the controller is killed, in the order of the campaign, each with what must be true right
 * after it: what the store's file says, and what the simulated device knows. A kill that missed its moment proves
 * nothing, so it fails the test.
 */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { WorldLogEntry, WorldLogKind } from "../../src/simulator/modelEvent.ts";
import type { SimulatedDevice } from "../../src/simulator/simulatedDevice.ts";
import type { OwnDeath } from "./controllerHandle.ts";

/** What is known of a device right after the controller died. */
export interface Evidence {
  /** Its upgrade, as it is in the store's file. */
  readonly upgrade: DeviceUpgrade;
  /** The ledger in the store's file names the device. */
  readonly inLedger: boolean;
  readonly device: SimulatedDevice;
  /** What the simulator saw of the device, oldest first. */
  readonly log: readonly WorldLogEntry[];
}

export type Killer =
  /** The process kills itself at an effect. */
  | { readonly by: "itself"; readonly death: Pick<OwnDeath, "moment" | "action"> }
  /** It is killed from outside when the simulator says that a device has come to this. */
  | { readonly by: "parent"; readonly when: (device: SimulatedDevice) => boolean };

export interface Placement {
  /** Completes "killed the controller …", with the device put in. */
  readonly where: (device: string) => string;
  readonly killer: Killer;
  /** Only on devices of this batch; on whichever comes there first by default. */
  readonly batch?: number;
  /** Throws unless the kill has hit its moment. */
  readonly check: (evidence: Evidence) => void;
}

const itself = (moment: OwnDeath["moment"], action: string): Killer => ({
  by: "itself",
  death: { moment, action },
});

export const PLACEMENTS: readonly Placement[] = [
  {
    where: (device) => `between the drain commit of ${device} and its confirmation`,
    killer: itself("dial", "DrainRoutes"),
    check({ log, inLedger }) {
      expect(lastCommit(log)).to.match(/: drain routes to be confirmed$/);
      expect(inLedger, "the ledger has it").to.equal(true);
    },
  },
  {
    where: (device) => `between the intent and the Install of ${device}`,
    killer: itself("before", "Install"),
    check({ upgrade, device }) {
      expect(upgrade.status?.intent?.step).to.equal("Install");
      expect(device.counters.installsStarted, "installs").to.equal(0);
    },
  },
  {
    where: (device) => `during the install on ${device}`,
    killer: {
      by: "parent",
      when: ({ counters }) => counters.installsStarted > counters.installsFinished,
    },
    check({ upgrade, device }) {
      expect(upgrade.status?.intent?.step).to.equal("Install");
      expect(device.counters).to.include({ installsStarted: 1, reboots: 0 });
    },
  },
  {
    where: (device) => `between the intent and the Reboot of ${device}`,
    killer: itself("before", "Reboot"),
    check({ upgrade, device, log }) {
      expect(upgrade.status?.intent?.step).to.equal("Reboot");
      expect(device.counters).to.include({ installsFinished: 1, reboots: 0 });
      expect(count(log, "RebootRequested"), "requests").to.equal(0);
    },
  },
  {
    where: (device) => `between the undrains of access and routes of ${device}`,
    killer: itself("after", "UndrainAccess"),
    check({ device, log }) {
      expect(device.counters.reboots).to.equal(1);
      expect(lastCommit(log)).to.match(/: undrain access done$/);
    },
  },
  {
    where: (device) => `right after the reboot request to ${device} was sent`,
    killer: itself("after", "Reboot"),
    batch: 2,
    check({ upgrade, log }) {
      expect(upgrade.status?.intent?.step).to.equal("Reboot");
      expect(count(log, "RebootRequested"), "requests").to.equal(1);
    },
  },
  {
    where: (device) => `while ${device} was down`,
    killer: { by: "parent", when: (device) => !device.truth().management },
    batch: 3,
    check({ upgrade, log, inLedger }) {
      expect(upgrade.status?.intent?.step).to.equal("Reboot");
      expect(count(log, "WentDown")).to.equal(1);
      expect(inLedger, "the ledger has it").to.equal(true);
    },
  },
  {
    where: (device) => `after the last undrain of ${device}, before the ledger was struck`,
    killer: itself("before", "ReturnToService"),
    batch: 4,
    check({ upgrade, inLedger, log }) {
      expect(upgrade.status?.steps?.find(({ name }) => name === "UndrainRoutes")?.state).to.equal("Done");
      expect(lastCommit(log)).to.match(/: undrain routes done$/);
      expect(inLedger, "the ledger still has it").to.equal(true);
    },
  },
];

function count(log: readonly WorldLogEntry[], kind: WorldLogKind): number {
  return log.filter((entry) => entry.kind === kind).length;
}

/** The text that the last commit on a device was made with. */
function lastCommit(log: readonly WorldLogEntry[]): string | undefined {
  return log.findLast(({ kind }) => kind === "Committed")?.message;
}
