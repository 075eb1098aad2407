import { expect } from "chai";
import { leaderships, type Leaderships } from "../../../src/controllers/leadership/leadership.ts";
import { manualClock, type ManualClock } from "../../../src/simulator/modelClock.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import type { ObjectKey, Store } from "../../../src/store/store.ts";

const FABRIC = { namespace: "default", name: "dc1" };
/** The clock on the wall stands still here: leases must not rely on it. */
const REAL_TIME = Date.parse("2026-11-22T00:00:00Z");

function fabricsUpTo(count: number): readonly ObjectKey[] {
  return Array.from({ length: count }, (_each, index) => ({
    namespace: "default",
    name: `dc${String(index)}`,
  }));
}

interface Candidate extends Leaderships {
  readonly stop: () => void;
}

/** A process that is after these fabrics. */
function candidate(store: Store, clock: ManualClock, fabrics: readonly ObjectKey[] = [FABRIC]): Candidate {
  const stopping = new AbortController();
  const made = leaderships({
    store,
    clock,
    signal: stopping.signal,
    leaseDurationSeconds: 15,
    wait: (seconds, signal) => clock.sleepUntil(clock.now() + seconds * 1000, signal),
    onChange: () => undefined,
    now: () => REAL_TIME,
  });
  for (const fabric of fabrics) made.campaignFor(fabric);
  return {
    ...made,
    stop: () => {
      stopping.abort(new Error("stopped"));
    },
  };
}

/** How many of the fabrics it leads. */
function ledBy(one: Leaderships, fabrics: readonly ObjectKey[]): number {
  return fabrics.filter((fabric) => one.epochOf(fabric) !== undefined).length;
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

  it("acts for nobody from the moment it is told to end, and leaves no lease behind", async () => {
    const only = candidate(store, clock);
    await clock.advanceBy(1);
    only.stop();
    expect(only.epochOf(FABRIC)).to.equal(undefined);
    await only.release();
    const lease = await store.get("Lease", { namespace: "default", name: "hitless-dc1" });
    expect(lease?.spec.holderIdentity).to.equal("");
    only.campaignFor({ namespace: "default", name: "another" });
    await clock.advanceBy(10);
    expect(await store.list("Lease")).to.have.lengthOf(1);
  });

  it("gives a lease back also when a renewal of it is under way", async () => {
    let hold: Promise<void> | undefined;
    let letGo: () => void = () => undefined;
    const slow: Store = Object.assign(Object.create(store), {
      get: (...args: Parameters<Store["get"]>) => store.get(...args),
      create: (...args: Parameters<Store["create"]>) => store.create(...args),
      replace: async (...args: Parameters<Store["replace"]>) => {
        await hold;
        return store.replace(...args);
      },
    });
    const only = candidate(slow, clock);
    await clock.advanceBy(1);
    hold = new Promise((resolve) => (letGo = resolve));
    await clock.advanceBy(3);
    only.stop();
    const released = only.release();
    await clock.advanceBy(1);
    letGo();
    hold = undefined;
    await released;
    const lease = await store.get("Lease", { namespace: "default", name: "hitless-dc1" });
    expect(lease?.spec.holderIdentity).to.equal("");
  });

  it("two that start together share the fabrics, none takes them all", async () => {
    const fabrics = fabricsUpTo(4);
    const both = [candidate(store, clock, fabrics), candidate(store, clock, fabrics)];
    await clock.advanceBy(30);
    const led = both.map((each) => ledBy(each, fabrics));
    expect(led).to.deep.equal([2, 2]);
  });

  it("those that are left share what another led", async () => {
    const fabrics = fabricsUpTo(6);
    const three = [1, 2, 3].map(() => candidate(store, clock, fabrics));
    await clock.advanceBy(30);
    const count = (each: Candidate): number => ledBy(each, fabrics);
    expect(three.map(count)).to.deep.equal([2, 2, 2]);
    three[0]?.stop();
    await clock.advanceBy(60);
    expect(three.map(count)).to.deep.equal([0, 3, 3]);
  });

  it("one alone leads a hundred fabrics before a lease has run out", async () => {
    const fabrics = fabricsUpTo(100);
    const only = candidate(store, clock, fabrics);
    await clock.advanceBy(15);
    expect(ledBy(only, fabrics)).to.equal(100);
  });

  it("EX-9 a successor knows how long nobody led, and so does the one after it", async () => {
    const first = candidate(store, clock);
    await clock.advanceBy(10);
    expect(first.gapsOf(FABRIC)).to.deep.equal([]);
    first.stop();
    const ledUntil = clock.now();
    await clock.advanceBy(1200);
    const second = candidate(store, clock);
    await clock.advanceBy(60);
    expect(second.epochOf(FABRIC)).to.equal(2);
    const [gap] = second.gapsOf(FABRIC);
    expect(gap?.from).to.be.within(ledUntil - 5000, ledUntil);
    expect(gap?.until).to.be.within(ledUntil + 1_200_000, ledUntil + 1_220_000);
    second.stop();
    await second.release();
    const third = candidate(store, clock);
    await clock.advanceBy(10);
    expect(third.epochOf(FABRIC)).to.equal(3);
    expect(third.gapsOf(FABRIC)).to.deep.equal([gap]);
  });

  it("shows people real time, and never the same twice: who renews lives, though the clock stands still", async () => {
    const times = new Set<string | undefined>();
    await store.watch(
      "Lease",
      ({ object }) => {
        times.add(object.spec.renewTime);
      },
      new AbortController().signal,
    );
    const first = candidate(store, clock);
    const second = candidate(store, clock);
    await clock.advanceBy(120);
    expect(first.epochOf(FABRIC)).to.equal(1);
    expect(second.epochOf(FABRIC)).to.equal(undefined);
    expect(times.size).to.equal(41);
    expect([...times][0]).to.equal("2026-11-22T00:00:00.000000Z");
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
    expect(only.gapsOf(FABRIC), "too short to tell of").to.deep.equal([]);
    silent = true;
    await clock.advanceBy(900);
    silent = false;
    await clock.advanceBy(5);
    const [gap, ...others] = only.gapsOf(FABRIC);
    expect(others).to.deep.equal([]);
    expect(((gap?.until ?? 0) - (gap?.from ?? 0)) / 1000, "EX-9 what it was cut off").to.be.within(895, 910);
  });
});
