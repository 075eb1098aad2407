import { expect } from "chai";
import type { Interval } from "../../src/api/time.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { placeInWindows } from "../../src/planner/windows.ts";
import type { WindowCalendar } from "../../src/planner/windows.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { batchesOf, campaignOf, discover, fabricOf, plan, quickstart } from "./support.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Windows by their hours. */
function hours(from: number, ...windows: readonly (readonly [number, number])[]): WindowCalendar {
  const all = windows.map(([start, end]): Interval => ({ from: start * HOUR, until: end * HOUR }));
  return { from: from * HOUR, next: (at) => all.find(({ until }) => until > at) ?? null };
}

describe("batches in maintenance windows", () => {
  it("PL-18 follow each other as long as there is room, and go on in the next window", () => {
    const { windows, misfits, end } = placeInWindows([3600, 1800, 3600], hours(0, [10, 12], [34, 36]));
    expect(windows.map((window) => (window?.from ?? 0) / HOUR)).to.deep.equal([10, 10, 34]);
    expect(misfits).to.deep.equal([]);
    expect(end / HOUR).to.equal(35);
  });

  it("PL-18 begin at once in a window that is open, if what is left of it is enough", () => {
    const calendar = hours(11, [10, 12], [34, 36]);
    expect(placeInWindows([3600], calendar).windows[0]?.from).to.equal(10 * HOUR);
    expect(placeInWindows([3601], calendar).windows[0]?.from).to.equal(34 * HOUR);
  });

  it("PL-18 that fit no window are told with the longest one; the others are placed all the same", () => {
    const { windows, misfits } = placeInWindows([1800, 9000, 1800], hours(0, [10, 11], [34, 36]));
    expect(windows.map((window) => (window === null ? null : window.from / HOUR))).to.deep.equal([
      10,
      null,
      10,
    ]);
    expect(misfits).to.deep.equal([{ batch: 1, longestSeconds: 7200 }]);
  });

  it("stop looking where no window opens any more, or after some weeks of nights", () => {
    let asked = 0;
    const never: WindowCalendar = {
      from: 0,
      next: () => {
        asked += 1;
        return null;
      },
    };
    expect(placeInWindows([60], never).misfits).to.deep.equal([{ batch: 0, longestSeconds: 0 }]);
    expect(asked).to.equal(1);
    asked = 0;
    const nights: WindowCalendar = {
      from: 0,
      next: (at) => {
        asked += 1;
        return { from: at + HOUR, until: at + 2 * HOUR };
      },
    };
    expect(placeInWindows([7200], nights).misfits).to.deep.equal([{ batch: 0, longestSeconds: 3600 }]);
    expect(asked).to.equal(64);
  });
});

describe("a plan with maintenance windows", () => {
  const world = quickstart();
  const [fabric, discovery] = [fabricOf(world), discover(world)];
  const day = 24 * HOUR;
  const nightly = (length: number): WindowCalendar => ({
    from: 0,
    next: (at) => {
      const from = Math.floor((at - length) / day) * day + day;
      return { from, until: from + length };
    },
  });
  const options = { maxBatchSize: 4, accepted: ["leaf8"] };

  it("PL-18 gives each batch its window, without touching batches or hash", () => {
    const made = plan({ fabric, discovery, windows: nightly(HOUR) });
    expect(made.plan.batches.map(({ window }) => window)).to.deep.equal([
      { from: "1970-01-01T00:00:00Z", until: "1970-01-01T01:00:00Z" },
      { from: "1970-01-01T00:00:00Z", until: "1970-01-01T01:00:00Z" },
      { from: "1970-01-02T00:00:00Z", until: "1970-01-02T01:00:00Z" },
      { from: "1970-01-02T00:00:00Z", until: "1970-01-02T01:00:00Z" },
    ]);
    expect(made.blockers.map(({ reason }) => reason)).to.deep.equal(["NotHitless"]);
    const always = plan({ fabric, discovery });
    expect(batchesOf(made)).to.deep.equal(batchesOf(always));
    expect(made.plan.hash).to.equal(always.plan.hash);
    expect(verifyPlan(made.plan, made.topology, options)).to.deep.equal([]);
  });

  it("PL-18 DoesNotFit says by how much a window is too short, and blocks", () => {
    const made = plan({ fabric, discovery, windows: nightly(20 * MINUTE) });
    expect(
      made.blockers.filter(({ reason }) => reason === "DoesNotFit").map(({ message }) => message),
    ).to.deep.equal(
      [1, 2, 3, 4].map((batch) => {
        return `batch ${String(batch)} takes about 30 min, the longest maintenance window is 20 min: 10 min too short`;
      }),
    );
    expect(made.plan.batches[0]).to.not.have.property("window");
  });

  it("PL-18 DoesNotFit says hours in minutes", () => {
    const estimateSeconds = (): number => 2 * 3600;
    const { blockers } = plan({ fabric, discovery, estimateSeconds, windows: nightly(HOUR) });
    expect(blockers.find(({ reason }) => reason === "DoesNotFit")?.message).to.equal(
      "batch 1 takes about 120 min, the longest maintenance window is 60 min: 60 min too short",
    );
  });

  it("TR-4 is proven: batches that their window has no room for are named", () => {
    const { plan: made, topology } = plan({ fabric, discovery, windows: nightly(HOUR) });
    const [first, second, third, fourth] = made.batches;
    if (first === undefined || second === undefined || third === undefined || fourth?.window === undefined) {
      throw new Error("four batches");
    }
    const crowded = [first, second, { ...third, ...(first.window && { window: first.window }) }, fourth];
    const claims = (batches: typeof crowded): string[] =>
      verifyPlan({ ...made, batches }, topology, options).map(
        ({ claim, batch, witness }) => `${claim} ${String(batch)}: ${witness}`,
      );
    expect(claims(crowded)).to.deep.equal([
      "Window 3: the batches of its window take 5400 s, it is open for 3600 s",
    ]);
    expect(claims([{ ...first, window: fourth.window }, second, third, fourth])).to.deep.equal([
      "Window 2: its window closes before one that an earlier batch is in",
      "Window 4: the batches of its window take 5400 s, it is open for 3600 s",
    ]);
    // One without a window says nothing of those after it.
    const { window: _, ...placeless } = first;
    const last = { ...fourth, window: first.window ?? fourth.window };
    const inOne = [placeless, second, { ...third, window: last.window }, last];
    expect(claims(inOne)).to.deep.equal([
      "Window 4: the batches of its window take 5400 s, it is open for 3600 s",
    ]);
  });

  it("PL-18 puts batches of a tier into the order that needs the fewest windows, whatever the time", () => {
    const names = ["leaf1", "leaf3", "leaf5", "leaf7"];
    const minutes: Readonly<Record<string, number>> = { leaf1: 40, leaf3: 40, leaf5: 20, leaf7: 20 };
    const imageAssignments = [{ imageRef: { name: "junos-23" }, selector: { devices: names } }];
    const made = (windows?: WindowCalendar): PlanResult =>
      plan({
        fabric,
        discovery,
        campaign: campaignOf({ maxBatchSize: 1 }, { imageAssignments }),
        estimateSeconds: ({ name }) => (minutes[name] ?? 0) * 60,
        ...(windows === undefined ? {} : { windows }),
      });
    const flat = (result: PlanResult): string[] => batchesOf(result).flat();
    const hourly = { ...nightly(HOUR), lengthSeconds: 3600 };
    expect(flat(made())).to.deep.equal(["leaf1", "leaf3", "leaf5", "leaf7"]);
    const filled = made(hourly);
    expect(flat(filled)).to.deep.equal(["leaf1", "leaf5", "leaf3", "leaf7"]);
    expect(new Set(filled.plan.batches.map(({ window }) => window?.from)).size).to.equal(2);
    expect(verifyPlan(filled.plan, filled.topology, { maxBatchSize: 1 })).to.deep.equal([]);
    // Planned in the middle of a window, a day later, it is the same plan.
    const later = made({ ...hourly, from: day + HOUR / 2 });
    expect(later.plan.hash).to.equal(filled.plan.hash);
    // Where no order needs fewer windows they stand as ever.
    const long = made({ ...nightly(3 * HOUR), lengthSeconds: 3 * 3600 });
    expect(flat(long)).to.deep.equal(flat(made()));
  });

  it("PL-18 leaves canaries first, gateways last and tiers as they are when it fills windows", () => {
    const minutes = (name: string): number => (name === "leaf1" || name === "leaf4" ? 50 : 10);
    const strategy = { maxBatchSize: 1, canary: { devicesPerTier: 1 } };
    const made = plan({
      fabric,
      discovery,
      campaign: campaignOf(strategy),
      estimateSeconds: ({ name }) => minutes(name) * 60,
      windows: { ...nightly(HOUR), lengthSeconds: 3600 },
    });
    const { batches } = made.plan;
    expect(batches[0]).to.include({ canary: true, tier: "Leaf" });
    expect(batches.map(({ tier }) => tier)).to.deep.equal([
      ...Array.from({ length: 8 }, () => "Leaf"),
      "Spine",
      "Spine",
    ]);
    expect(verifyPlan(made.plan, made.topology, { ...options, maxBatchSize: 1 })).to.deep.equal([]);
  });
});
