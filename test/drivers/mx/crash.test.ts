/**
 * RE-8: the controller dies before or after an act on a router with two routing engines, and another one goes on from what
 * the engines say. `HITLESS_SWEEP=all` takes every effect of the run instead of the acts.
 */
import { expect } from "chai";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import { mx } from "../../../src/drivers/mx.ts";
import { dieAroundEach, effectsOf, WHOLE_SWEEP, type Endurance } from "../../support/controllerDies.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { assigned } from "../../support/largeDevices.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { TARGET_RELEASE } from "../../support/smallFabric.ts";

async function expectPerfect(run: FabricRun): Promise<void> {
  await run.untilPhase("Completed");
  const device = run.device("spine1");
  for (const plane of device.truth().controlPlanes) {
    expect(plane, plane.name).to.deep.include({
      release: TARGET_RELEASE,
      counters: { reboots: 1, installsStarted: 1, installsFinished: 1 },
    });
  }
  expect(device.counters.switchovers, "switchovers").to.equal(1);
  expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
  expect((await run.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
  expect(run.lost, "lost packets").to.equal(0);
}

const ENDURANCE: Endurance = {
  device: "spine1",
  options: { stage: mixedFabric(), campaign: assigned({ spine1: "mx" }) },
  expectPerfect,
};

describe("drivers: a controller that dies while it upgrades a router", function () {
  this.timeout(WHOLE_SWEEP ? 3_600_000 : 300_000);

  let effects: readonly Effect[];
  before(async () => {
    effects = await effectsOf(ENDURANCE);
  });

  for (const moment of ["before", "after"] as const) {
    it(`RE-8 EX-9 N5 dies ${moment} each act: one install and one reboot of each engine, one switchover, as found`, async () => {
      const names: ReadonlySet<string> = new Set(mx.procedure.steps.map(({ name }) => name));
      const acts = effects.filter(({ action }) => WHOLE_SWEEP || names.has(action));
      expect(acts.length).to.be.greaterThan(8);
      process.stdout.write(`      ${String(acts.length)} of ${String(effects.length)} effects\n`);
      await dieAroundEach(moment, acts, ENDURANCE);
    });
  }
});
