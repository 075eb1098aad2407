/**
 * The controller dies around each act of a drain, whatever the technique, and another one goes on from what stands on the
 * device; or the reply to the act is lost. `HITLESS_SWEEP=all` takes every effect of the run instead of the acts.
 */
import { expect } from "chai";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import {
  dieAroundEach,
  effectsOf,
  expectOf,
  WHOLE_SWEEP,
  type Endurance,
} from "../../support/controllerDies.ts";
import type { FabricRunOptions } from "../../support/fabricRun.ts";
import { only } from "../../support/smallFabric.ts";
import { drainedBy, expectPerfect, stageOf, techniquesOf, WITH_MAINTENANCE_MODE } from "./drainRuns.ts";

const ACTS: ReadonlySet<string> = new Set(["DrainRoutes", "DrainAccess", "UndrainAccess", "UndrainRoutes"]);

interface Case {
  readonly technique: string;
  readonly device: string;
  readonly options: FabricRunOptions;
}

const CASES: readonly Case[] = [
  { technique: "Policy", device: "leaf1", options: { campaign: only("leaf1") } },
  {
    technique: "GracefulShutdown",
    device: "leaf1",
    options: { campaign: drainedBy("GracefulShutdown", "leaf1") },
  },
  {
    technique: "EvpnMaintenanceMode",
    device: "leaf1",
    options: { campaign: only("leaf1"), stage: WITH_MAINTENANCE_MODE },
  },
  ...(["isis", "ospf"] as const).map((underlay) => ({
    technique: "Overload",
    device: "spine1",
    options: {
      campaign: only("spine1"),
      stage: stageOf((usual) => ({ ...usual, underlay })),
    },
  })),
];

function enduranceOf({ technique, device, options }: Case): Endurance {
  return {
    device,
    options,
    async expectPerfect(run) {
      await expectPerfect(run, device);
      expect(await techniquesOf(run, device)).to.have.property(technique);
    },
  };
}

for (const [index, each] of CASES.entries()) {
  const { technique, device } = each;
  const endurance = enduranceOf(each);
  describe(`drivers: trouble in the middle of a drain by ${technique} (${String(index + 1)})`, function () {
    this.timeout(WHOLE_SWEEP ? 3_600_000 : 120_000);

    let effects: readonly Effect[];
    before(async () => {
      effects = await effectsOf(endurance);
    });

    for (const moment of ["before", "after"] as const) {
      it(`EX-9 HL-3 the controller dies ${moment} each act: nothing is lost, and the device is as found`, async () => {
        const acts = effects.filter(({ action }) => WHOLE_SWEEP || ACTS.has(action));
        expect(new Set(acts.map(({ action }) => action)))
          .to.include("DrainRoutes")
          .and.include("UndrainRoutes");
        await dieAroundEach(moment, acts, endurance);
      });
    }

    // The first commit waits to be confirmed when its session is gone.
    for (const rpc of ["load-configuration", "commit-configuration"] as const) {
      it(`EX-9 HL-3 the session dies with ${rpc}, which was executed`, async () => {
        const fault = { device, fault: "dropSession", rpc, executed: true } as const;
        await expectOf(endurance, { faults: [fault] });
      });
    }
  });
}
