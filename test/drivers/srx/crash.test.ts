/**
 * The upgrade of a cluster with the controller killed right before and right after each of its effects on the device and
 * on what is written of it. Whoever takes over knows only what is written, and what the nodes say.
 */
import { expect } from "chai";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import type { Timings } from "../../../src/simulator/description.ts";
import { startFabricRun, type FabricRun } from "../../support/fabricRun.ts";
import { FIREWALL, FIREWALL_TARGET, firewallStage } from "../../support/firewallFabric.ts";

/** A cluster that is quick: what is asked here does not depend on how long a boot takes. */
const QUICK: Partial<Timings> = {
  bootSeconds: 60,
  fpcOnlineSeconds: 10,
  installSeconds: 40,
  copySeconds: 20,
  replicationSeconds: 10,
  upgradeValidateSeconds: 20,
  upgradeLineCardsSeconds: 15,
};

const SPLIT =
  "{groups: [{id: 0, priorities: {node0: 200, node1: 100}}, {id: 1, priorities: {node0: 100, node1: 200}, primary: node1}]}";

const STAGE = { stage: firewallStage({ cluster: SPLIT }), timings: QUICK };

/** All effects instead of the first of each sort. */
const WHOLE_SWEEP = process.env["HITLESS_SWEEP"] === "all";

async function expectPerfect(fabric: FabricRun): Promise<void> {
  await fabric.untilPhase("Completed");
  const { controlPlanes } = fabric.device(FIREWALL).truth();
  expect(
    controlPlanes.map(({ name, release, counters }) => `${name} ${release} ${String(counters.reboots)}`),
  ).to.deep.equal([`node0 ${FIREWALL_TARGET} 1`, `node1 ${FIREWALL_TARGET} 1`]);
  expect(fabric.device(FIREWALL).counters).to.include({ installsStarted: 2 });
  expect(fabric.simulator.traffic.report().lost).to.equal(0);
  expect((await fabric.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
  expect(fabric.configurationOf(FIREWALL)).to.equal(fabric.foundConfigurationOf(FIREWALL));
}

const nameOf = ({ action, number }: Effect): string => `${action} (effect ${String(number)})`;

describe("drivers: crashes during the upgrade of an SRX cluster", function () {
  this.timeout(300_000);

  let effects: readonly Effect[];

  before(async () => {
    const seen: Effect[] = [];
    const fabric = await startFabricRun({
      ...STAGE,
      hooks: {
        before: (effect) => {
          if (effect.object === FIREWALL) seen.push(effect);
        },
      },
    });
    try {
      await expectPerfect(fabric);
    } finally {
      await fabric.stop();
    }
    // Those that follow are the same act again, and how many there are depends on the looks.
    const isFirst = ({ action }: Effect, index: number): boolean =>
      seen.findIndex((other) => other.action === action) === index;
    effects = seen.filter((effect, index) => WHOLE_SWEEP || isFirst(effect, index));
  });

  for (const moment of ["before", "after"] as const) {
    it(`EX-9 RE-8 killed ${moment} each effect, each node is rebooted once, and the groups are as found`, async () => {
      expect(effects.map(({ action }) => action)).to.include.members([
        "WriteIntent",
        "InServiceUpgrade",
        "ConsolidateGroups",
        "RestoreGroups",
        "TakeOutOfService",
        "ReturnToService",
        "SaveBackup",
      ]);
      for (const fatal of effects) {
        let died = false;
        const at = ({ object, number }: Effect): boolean => {
          const isFatal = object === fatal.object && number === fatal.number;
          died ||= isFatal;
          return isFatal;
        };
        const fabric = await startFabricRun({ ...STAGE, crash: { moment, at } });
        try {
          await expectPerfect(fabric);
          expect(died, "the effect was reached").to.equal(true);
        } catch (error) {
          throw new Error(`killed ${moment} ${nameOf(fatal)}`, { cause: error });
        } finally {
          await fabric.stop();
        }
      }
    });
  }
});
