/**
 * The upgrade of a cluster with the controller killed right before and right after each of its effects on the device and
 * on what is written of it. Whoever takes over knows only what is written, and what the nodes say.
 */
import { expect } from "chai";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import type { Timings } from "../../../src/simulator/description.ts";
import { dieAroundEach, effectsOf, WHOLE_SWEEP, type Endurance } from "../../support/controllerDies.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
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

const ENDURANCE: Endurance = {
  device: FIREWALL,
  options: { stage: firewallStage({ cluster: SPLIT }), timings: QUICK },
  expectPerfect,
};

describe("drivers: crashes during the upgrade of an SRX cluster", function () {
  this.timeout(300_000);

  let effects: readonly Effect[];

  before(async () => {
    const seen = await effectsOf(ENDURANCE);
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
      await dieAroundEach(moment, effects, ENDURANCE);
    });
  }
});
