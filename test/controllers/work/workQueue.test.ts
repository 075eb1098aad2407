import { expect } from "chai";
import { workQueue } from "../../../src/controllers/work/workQueue.ts";
import { manualClock } from "../../../src/simulator/modelClock.ts";

interface Run {
  readonly calls: { key: string; at: number }[];
  readonly errors: unknown[];
}

function setUp(reconcile: (key: string, run: Run) => Promise<number | undefined>, concurrency = 4) {
  const clock = manualClock(0);
  const stopping = new AbortController();
  const run: Run = { calls: [], errors: [] };
  const queue = workQueue({
    clock,
    concurrency,
    signal: stopping.signal,
    reconcile: async (key) => {
      run.calls.push({ key, at: clock.now() / 1000 });
      return reconcile(key, run);
    },
    onError: (_key, error) => {
      run.errors.push(error);
    },
  });
  return { clock, queue, run, stop: () => stopping.abort(new Error("stopped")) };
}

describe("controllers: the work queue", () => {
  it("calls a key once however often it is added before it runs", async () => {
    const { clock, queue, run } = setUp(async () => undefined);
    for (let times = 0; times < 5; times += 1) queue.add("leaf1");
    await clock.advanceBy(1);
    expect(run.calls).to.have.lengthOf(1);
  });

  it("never runs one key twice at the same time, and once more when it was added meanwhile", async () => {
    let inside = 0;
    let most = 0;
    const { clock, queue, run } = setUp(async (_key, { calls }) => {
      inside += 1;
      most = Math.max(most, inside);
      if (calls.length === 1) {
        queue.add("leaf1");
        queue.add("leaf1");
      }
      await clock.sleepUntil(clock.now() + 5000);
      inside -= 1;
      return undefined;
    });
    queue.add("leaf1");
    await clock.advanceBy(60);
    expect(run.calls).to.have.lengthOf(2);
    expect(most).to.equal(1);
  });

  it("comes back after the model time it was asked for, or earlier when the key is added", async () => {
    const { clock, queue, run } = setUp(async () => 100);
    queue.add("leaf1");
    await clock.advanceBy(40);
    queue.add("leaf1");
    await clock.advanceBy(99);
    expect(run.calls.map(({ at }) => at)).to.deep.equal([0, 40]);
    await clock.advanceBy(2);
    expect(run.calls.map(({ at }) => at)).to.deep.equal([0, 40, 140]);
  });

  it("tries a failed key again with growing pauses, and starts over after a success", async () => {
    const { clock, queue, run } = setUp(async (_key, { calls }) => {
      if (calls.length <= 3) throw new Error("no");
      return undefined;
    });
    queue.add("leaf1");
    await clock.advanceBy(60);
    expect(run.calls.map(({ at }) => at)).to.deep.equal([0, 2, 6, 14]);
    expect(run.errors).to.have.lengthOf(3);
  });

  it("one failing key does not hold up another", async () => {
    const { clock, queue, run } = setUp(async (key) => {
      if (key === "bad") throw new Error("no");
      return undefined;
    }, 1);
    queue.add("bad");
    queue.add("good");
    await clock.advanceBy(1);
    expect(run.calls.map(({ key }) => key)).to.include("good");
  });

  it("ages: what waits longest comes next, however often others are added anew", async () => {
    const { clock, queue, run } = setUp(async (key, { calls }) => {
      await clock.sleepUntil(clock.now() + 1000);
      // One that asks for more and more is always behind those that came before it.
      if (key === "eager" && calls.length < 6) queue.add("eager");
      return undefined;
    }, 1);
    for (const key of ["eager", "b", "c", "d"]) queue.add(key);
    await clock.advanceBy(30);
    expect(run.calls.map(({ key }) => key)).to.deep.equal(["eager", "b", "c", "d", "eager", "eager"]);
  });

  it("says how many wait and how many are in work", async () => {
    const { clock, queue } = setUp(async () => {
      await clock.sleepUntil(clock.now() + 1000);
      return undefined;
    }, 2);
    for (const key of ["a", "b", "c"]) queue.add(key);
    await clock.advanceBy(0);
    expect(queue.depth).to.deep.equal({ waiting: 1, running: 2 });
    await clock.advanceBy(5);
    expect(queue.depth).to.deep.equal({ waiting: 0, running: 0 });
  });

  it("does nothing once it is stopped", async () => {
    const { clock, queue, run, stop } = setUp(async () => 10);
    queue.add("leaf1");
    await clock.advanceBy(1);
    stop();
    queue.add("leaf2");
    await clock.advanceBy(100);
    await queue.stopped();
    expect(run.calls.map(({ key }) => key)).to.deep.equal(["leaf1"]);
  });
});
