import { expect } from "chai";
import { leaderships, type Leaderships } from "../../src/controllers/leadership.ts";
import { manualClock, type ManualClock } from "../../src/simulator/modelClock.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Store } from "../../src/store/store.ts";

const FABRIC = { namespace: "default", name: "dc1" };

interface Candidate extends Leaderships {
  readonly stop: () => void;
}

function candidate(store: Store, clock: ManualClock): Candidate {
  const stopping = new AbortController();
  const made = leaderships({
    store,
    clock,
    signal: stopping.signal,
    leaseDurationSeconds: 15,
    wait: (seconds, signal) => clock.sleepUntil(clock.now() + seconds * 1000, signal),
    onChange: () => undefined,
  });
  made.campaignFor(FABRIC);
  return {
    ...made,
    stop: () => {
      stopping.abort(new Error("stopped"));
    },
  };
}

describe("controllers: leadership of a fabric", () => {
  let clock: ManualClock;
  let store: Store;
  beforeEach(() => {
    clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
    store = memoryStore({ clock });
  });

  it("N5 one leads, the other waits", async () => {
    const first = candidate(store, clock);
    await clock.advanceBy(1);
    const second = candidate(store, clock);
    await clock.advanceBy(600);
    expect(first.epochOf(FABRIC)).to.equal(1);
    expect(second.epochOf(FABRIC)).to.equal(undefined);
  });

  it("N5 a successor takes over when the lease is not renewed, in a higher epoch, and never while it is valid", async () => {
    const first = candidate(store, clock);
    await clock.advanceBy(1);
    const second = candidate(store, clock);
    await clock.advanceBy(10);
    first.stop();
    for (let elapsed = 0; elapsed < 60; elapsed += 1) {
      await clock.advanceBy(1);
      const leaders = [first, second].filter((each) => each.epochOf(FABRIC) !== undefined);
      expect(leaders.length).to.be.at.most(1);
    }
    expect(second.epochOf(FABRIC)).to.equal(2);
    expect(first.epochOf(FABRIC)).to.equal(undefined);
  });

  it("a released lease is taken at once", async () => {
    const first = candidate(store, clock);
    await clock.advanceBy(1);
    const second = candidate(store, clock);
    await clock.advanceBy(5);
    first.stop();
    await first.release();
    await clock.advanceBy(4);
    expect(second.epochOf(FABRIC)).to.equal(2);
  });

  it("leads no more when the API does not answer for the length of a lease", async () => {
    let silent = false;
    const failing: Store = Object.assign(Object.create(store), {
      get: async (...args: Parameters<Store["get"]>) => {
        if (silent) throw new Error("no API");
        return store.get(...args);
      },
      create: (...args: Parameters<Store["create"]>) => store.create(...args),
      replace: (...args: Parameters<Store["replace"]>) => store.replace(...args),
    });
    const only = candidate(failing, clock);
    await clock.advanceBy(1);
    expect(only.epochOf(FABRIC)).to.equal(1);
    silent = true;
    await clock.advanceBy(16);
    expect(only.epochOf(FABRIC)).to.equal(undefined);
    silent = false;
    await clock.advanceBy(5);
    expect(only.epochOf(FABRIC)).to.equal(1);
  });
});
