/** A campaign with maintenance windows, from its plan to its end. */
import { expect } from "chai";
import { parseInstant } from "../../src/api/time.ts";
import { only } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { shown } from "../support/fabricRun.ts";

describe("controllers: maintenance windows", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});
  const daily = (duration: string, schedule = "0 3 * * *") => ({
    maintenanceWindows: [{ schedule, duration, timeZone: "UTC" }],
  });
  const hourOf = (time: string | undefined): string => time?.slice(5, 13) ?? "";

  it("PL-18 batches begin in the windows and nowhere else, a pair on two nights", async () => {
    const fabric = await start({ campaign: { ...only("leaf1", "leaf2"), ...daily("40m") } });
    const waiting = await fabric.untilPhase("OutsideWindow");
    expect(shown(waiting.status?.conditions, "Ready")).to.contain("opens at 2026-11-22T03:00:00Z");
    await fabric.untilPhase("Running");
    await fabric.untilPhase("OutsideWindow");
    await fabric.pass(22 * 3600);
    const done = await fabric.untilPhase("Completed");
    expect(hourOf(done.status?.startedAt)).to.equal("11-22T03");
    const starts = [];
    for (const name of ["leaf1", "leaf2"]) {
      const { steps = [], finishedAt } = (await fabric.upgrade(name))?.status ?? {};
      const drained = steps.find((step) => step.name === "DrainRoutes")?.startedAt;
      starts.push(hourOf(drained));
      expect(parseInstant(finishedAt ?? "") % 86_400_000).to.be.below(3 * 3_600_000 + 40 * 60_000);
    }
    expect(starts.toSorted()).to.deep.equal(["11-22T03", "11-23T03"]);
    expect(fabric.lost).to.equal(0);
  });

  it("PL-18 a batch that no window holds blocks the plan, which says how much is missing", async () => {
    const fabric = await start({ campaign: { ...only("leaf1"), ...daily("20m") } });
    const { status } = await fabric.untilPhase("Blocked");
    expect(shown(status?.conditions, "Ready")).to.match(
      /DoesNotFit.*batch 1 takes \d+ min.*20 min: \d+ min too little/s,
    );
    expect(fabric.device("leaf1").counters.writes).to.equal(0);
  });

  it("PL-18 a window that never opens is told by its field", async () => {
    const fabric = await start({ campaign: { ...only("leaf1"), ...daily("4h", "0 3 30 2 *") } });
    const { status } = await fabric.untilPhase("Blocked");
    expect(shown(status?.conditions, "Ready")).to.contain("spec.maintenanceWindows[0].schedule");
  });
});
