import { expect } from "chai";

import { manualClock, scaledClock } from "../../src/simulator/modelClock.ts";

describe("simulator: clocks", () => {
  it("a manual clock wakes sleepers in the order of their times and lets each act before the next", async () => {
    const clock = manualClock(1000);
    const seen: string[] = [];
    const sleep = async (name: string, at: number): Promise<void> => {
      await clock.sleepUntil(at);
      seen.push(`${name} at ${clock.now()}`);
    };
    const all = [
      sleep("late", 9000),
      sleep("early", 2000).then(async () => {
        await clock.sleepUntil(5000);
        seen.push(`early again at ${clock.now()}`);
      }),
    ];
    await clock.advanceTo(10_000);
    await Promise.all(all);
    expect(seen).to.deep.equal(["early at 2000", "early again at 5000", "late at 9000"]);
    expect(clock.now()).to.equal(10_000);
  });

  it("a manual clock never goes back", async () => {
    const clock = manualClock(1000);
    let refused: unknown;
    await clock.advanceTo(999).catch((error: unknown) => {
      refused = error;
    });
    expect(refused).to.be.instanceOf(RangeError);
  });

  it("runUntilSettled jumps from sleeper to sleeper, and says so when it would wait for ever", async () => {
    const clock = manualClock(0);
    const work = async (): Promise<string> => {
      await clock.sleepUntil(60_000);
      await clock.sleepUntil(3_600_000);
      return "done";
    };
    expect(await clock.runUntilSettled(work())).to.equal("done");
    expect(clock.now()).to.equal(3_600_000);
    let message = "";
    await clock.runUntilSettled(new Promise(() => undefined)).catch((error: unknown) => {
      message = String(error);
    });
    expect(message).to.contain("wait for ever");
  });

  it("a sleep ends with the reason of its signal, on either clock", async () => {
    const reason = new Error("enough");
    for (const clock of [manualClock(0), scaledClock({ anchorModel: 0, anchorReal: Date.now(), speed: 1 })]) {
      const abort = new AbortController();
      const sleeping = clock
        .sleepUntil(clock.now() + 3_600_000, abort.signal)
        .catch((error: unknown) => error);
      abort.abort(reason);
      expect(await sleeping).to.equal(reason);
    }
  });

  it("a scaled clock is its anchor plus elapsed time times its speed", async () => {
    const clock = scaledClock({ anchorModel: 1_000_000, anchorReal: Date.now(), speed: 100_000 });
    const target = clock.now() + 300_000;
    await clock.sleepUntil(target);
    expect(clock.now()).to.be.at.least(target);
    expect(() => scaledClock({ anchorModel: 0, anchorReal: 0, speed: 0 })).to.throw(RangeError);
  });
});
