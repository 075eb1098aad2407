/**
 * A part of the sweep that stands for the whole: each fault once for each driver that knows it, at places that go round
 * its steps. `npm run sweep` makes every run.
 */
import { expect } from "chai";
import { qfx, withoutSteps } from "../../src/drivers/qfx.ts";
import { casesOf } from "./plan.ts";
import { describeCase, describeEnd, sumTable } from "./report.ts";
import { runCase, SWEPT_FAULTS, type SweepCase, type SweepResult } from "./sweepCase.ts";
import { SUBJECTS, type SubjectName } from "./subjects.ts";

/** Of those faults that a driver has, each so-manieth is tried here; the start differs, so that together they are all. */
const EACH = 4;
/** Prime to the numbers of steps, so that the places go round. */
const STRIDE = 7;

const IDS: Readonly<Record<SubjectName, string>> = {
  "qfx/v1": "HL-1 HL-3 HL-4 EX-9 N5",
  "mx/v1": "RE-1 RE-2 RE-3 RE-4 RE-5 RE-8 HL-1 N5",
  "mx/v1 vmhost": "RE-6 RE-8 HL-1 N5",
  "mx-parallel/v1": "RE-7 HL-1 N5",
  "mx-single/v1": "HL-1 EX-9 N5",
  "qfx-chassis/v1": "RE-2 RE-4 HL-1 N5",
  "srx/v1": "IS-3 IS-11 IS-15 HL-1 N5",
};

function sampleOf(cases: readonly SweepCase[], start: number): readonly SweepCase[] {
  const names = SWEPT_FAULTS.map(({ name }) => name).filter((name) =>
    cases.some(({ fault }) => fault === name),
  );
  return names.flatMap((name, index) => {
    if (index % EACH !== start % EACH) return [];
    const own = cases.filter(({ fault }) => fault === name);
    return own[(index * STRIDE + start) % own.length] ?? [];
  });
}

describe("sweep: faults at the steps of every driver", function () {
  this.timeout(240_000);

  for (const [start, subject] of SUBJECTS.entries()) {
    it(`${IDS[subject.name]} ${subject.name}: the promises hold, the run ends where its step lands, the reason names the cause`, async () => {
      const results: SweepResult[] = [];
      for (const each of sampleOf(await casesOf(subject), start)) results.push(await runCase(each));
      expect(results.length).to.be.greaterThan(4);
      const broken = results.flatMap((result) =>
        result.broken.map((words) => `${describeCase(result)}: ${describeEnd(result)}: ${words}`),
      );
      expect(broken).to.deep.equal([]);
      process.stdout.write(`${sumTable(results).replaceAll(/^/gm, "      ")}\n`);
    });
  }

  it("a control without a drain is found out: packets are lost", async () => {
    const drivers = [withoutSteps(qfx, new Set(["DrainRoutes", "DrainAccess", "Quiet"]))];
    const place: SweepCase = {
      subject: "qfx/v1",
      step: "Backup",
      fault: "session dies",
      where: { at: "look" },
    };
    const { broken } = await runCase(place, { drivers });
    expect(broken.join("; ")).to.match(/packets are lost/);
  });

  it("a control that may not end as it does is found out: the end, and the place that is not reached", async () => {
    const never: SweepCase = {
      subject: "qfx/v1",
      step: "Soak",
      fault: "session dies",
      where: { at: "wait" },
    };
    expect((await runCase(never)).broken).to.include("the place of the fault was not reached");
  });
});
