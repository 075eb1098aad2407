/**
 * The controller dies around each act of a drain, whatever the technique, and another one goes on from what stands on the
 * device; or the reply to the act is lost. `HITLESS_SWEEP=all` takes every effect of the run instead of the acts.
 */
import { expect } from "chai";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import { startFabricRun, type FabricRunOptions } from "../../support/fabricRun.ts";
import { only } from "../../support/smallFabric.ts";
import { drainedBy, expectPerfect, stageOf, techniquesOf, WITH_MAINTENANCE_MODE } from "./drainRuns.ts";

const WHOLE_SWEEP = process.env["HITLESS_SWEEP"] === "all";
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

async function expectDrainedAndBack({ technique, device }: Case, options: FabricRunOptions): Promise<void> {
  const run = await startFabricRun(options);
  try {
    await expectPerfect(run, device);
    expect(await techniquesOf(run, device)).to.have.property(technique);
  } finally {
    await run.stop();
  }
}

for (const [index, each] of CASES.entries()) {
  const { technique, device, options } = each;
  describe(`drivers: trouble in the middle of a drain by ${technique} (${String(index + 1)})`, function () {
    this.timeout(WHOLE_SWEEP ? 3_600_000 : 120_000);

    const effects: Effect[] = [];
    before(async () => {
      const before = (effect: Effect): void => {
        if (effect.object === device) effects.push(effect);
      };
      await expectDrainedAndBack(each, { ...options, hooks: { before } });
    });

    for (const moment of ["before", "after"] as const) {
      it(`EX-9 HL-3 the controller dies ${moment} each act: nothing is lost, and the device is as found`, async () => {
        const acts = effects.filter(({ action }) => WHOLE_SWEEP || ACTS.has(action));
        expect(new Set(acts.map(({ action }) => action)))
          .to.include("DrainRoutes")
          .and.include("UndrainRoutes");
        for (const act of acts) {
          let died = false;
          const at = ({ object, number }: Effect): boolean => {
            const isFatal = object === act.object && number === act.number;
            died ||= isFatal;
            return isFatal;
          };
          try {
            await expectDrainedAndBack(each, { ...options, crash: { moment, at } });
            expect(died, "the effect was reached").to.equal(true);
          } catch (error) {
            throw new Error(`dies ${moment} ${act.action} (${String(act.number)})`, { cause: error });
          }
        }
      });
    }

    // The first commit waits to be confirmed when its session is gone.
    for (const rpc of ["load-configuration", "commit-configuration"] as const) {
      it(`EX-9 HL-3 the session dies with ${rpc}, which was executed`, async () => {
        const fault = { device, fault: "dropSession", rpc, executed: true } as const;
        await expectDrainedAndBack(each, { ...options, faults: [fault] });
      });
    }
  });
}
