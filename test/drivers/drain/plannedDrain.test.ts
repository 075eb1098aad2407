/** The plan says how devices will be drained, and they are drained so. */
import { expect } from "chai";
import { renderPlan } from "../../../src/cli/render/planReport.ts";
import { only } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { drainedBy, plannedOf, planOf, stageOf, techniquesOf, WITH_MAINTENANCE_MODE } from "./drainRuns.ts";

describe("drivers: the drain that a plan tells", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1", "spine1") });

  for (const [title, options] of [
    ["policies", {}],
    ["graceful shutdown", { campaign: drainedBy("GracefulShutdown", "leaf1", "spine1") }],
    ["overload of IS-IS", { stage: stageOf((usual) => ({ ...usual, underlay: "isis" })) }],
    ["the device's own maintenance mode", { stage: WITH_MAINTENANCE_MODE }],
  ] as const) {
    it(`HL-2 PL-7 is the one that is used, and its reasons, too: ${title}`, async () => {
      const run = await start(options);
      await run.untilPhase("Completed");
      for (const device of ["leaf1", "spine1"]) {
        const planned = await plannedOf(run, device);
        expect(Object.keys(planned ?? {}).length, device).to.be.greaterThan(0);
        expect(planned, device).to.deep.equal(await techniquesOf(run, device));
      }
      expect(run.lost).to.equal(0);
    });
  }

  it("HL-2 PL-7 stands in the report, devices with the same together", async () => {
    const run = await start({ campaign: only("leaf1", "leaf2", "spine1") });
    const campaign = await run.untilPhase("Running");
    const text = renderPlan({ plan: await planOf(run), campaign, blockers: [] });
    expect(text).to.match(/^Drains\n +DEVICES +DRAINED BY, AND WHY\n/m);
    expect(text).to.match(/^ +leaf1 leaf2 +Policy: works with any peer$/m);
    expect(text).to.match(/^ +LinksDown: LACP tells the servers$/m);
    expect(text).to.match(/^ +spine1 +Policy: works with any peer$/m);
  });

  it("HL-2 a device that cannot be drained as the campaign asks is named before anybody approves; nothing is written", async () => {
    const run = await start({ campaign: drainedBy("EvpnMaintenanceMode", "leaf1") });
    await run.untilState("leaf1", "Blocked");
    const { warnings = [], devices } = await planOf(run);
    const [warning] = warnings.filter(({ reason }) => reason === "DrainTechniqueUnsupported");
    expect(warning?.devices).to.deep.equal(["leaf1"]);
    expect(warning?.message).to.match(/^leaf1: it cannot be drained by EvpnMaintenanceMode/);
    expect(devices["leaf1"]).not.to.have.property("drain");
    expect(run.writes).to.equal(0);
  });
});
