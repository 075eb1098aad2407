/** The recorder of events: what it writes, what it leaves out, and that nobody ever waits for it. */
import { expect } from "chai";
import fc from "fast-check";
import type { Event } from "../../../src/api/coreKinds.ts";
import type { DeviceImage } from "../../../src/api/deviceImage.gen.ts";
import {
  cutToBytes,
  eventRecorder,
  type EventRecorder,
  type NewEvent,
} from "../../../src/controllers/news/events.ts";
import type { LogEntry } from "../../../src/observability/logger.ts";
import type { EventResult } from "../../../src/observability/meter.ts";
import { Redaction } from "../../../src/observability/redaction.ts";
import { manualClock, type ManualClock } from "../../../src/simulator/modelClock.ts";
import { StoreError, type StoreErrorCode } from "../../../src/store/errors.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import type { Store } from "../../../src/store/store.ts";

const START = Date.parse("2026-11-22T00:00:00Z");
const INSTANCE = "hitless-1";

function image(resourceVersion = "7"): DeviceImage {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "DeviceImage",
    metadata: {
      namespace: "default",
      name: "junos",
      uid: "u1",
      resourceVersion,
      generation: 1,
      creationTimestamp: "2026-11-22T00:00:00Z",
    },
    spec: {
      deviceImageName: "x.tgz",
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1,
      checksum: { sha256: "a".repeat(64) },
    },
  };
}

function verified(changed: Partial<NewEvent> = {}): NewEvent {
  return {
    regarding: image(),
    type: "Normal",
    reason: "Verified",
    action: "Verify",
    note: "all is well",
    ...changed,
  };
}

interface Bench {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly recorder: EventRecorder;
  readonly log: LogEntry[];
  readonly results: EventResult[];
  readonly secrets: Redaction;
  readonly events: () => Promise<readonly Event[]>;
}

function bench(create?: Store["create"]): Bench {
  const clock = manualClock(START);
  const store = memoryStore({ clock });
  const log: LogEntry[] = [];
  const results: EventResult[] = [];
  const secrets = new Redaction();
  const recorder = eventRecorder({
    store: { create: create ?? store.create.bind(store) },
    instance: INSTANCE,
    clock,
    now: () => clock.now(),
    wait: (seconds, signal) => clock.sleepUntil(clock.now() + seconds * 1000, signal),
    log: { warn: (entry) => log.push(entry) },
    redact: (text) => secrets.redact(text),
    meter: { event: ({ result }) => results.push(result) },
  });
  return { clock, store, recorder, log, results, secrets, events: () => store.list("Event", "default") };
}

function failing(...codes: StoreErrorCode[]): { create: Store["create"]; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    create: async () => {
      const code = codes[Math.min(calls, codes.length - 1)] ?? "Unavailable";
      calls += 1;
      throw new StoreError(code, `it is ${code}`);
    },
  };
}

describe("controllers: events", () => {
  it("MO-4 an event says what happened to whom, when by the clock on the wall, and who says so", async () => {
    const { recorder, clock, events } = bench();
    const related = { apiVersion: "v1", kind: "Other", namespace: "default", name: "o", uid: "u2" };
    recorder.record(verified({ related }));
    await clock.advanceBy(1);
    const [event] = await events();
    expect(event).to.deep.include({
      eventTime: "2026-11-22T00:00:00.000000Z",
      type: "Normal",
      reason: "Verified",
      action: "Verify",
      note: "all is well",
      reportingController: "hitless.dev/controller",
      reportingInstance: INSTANCE,
      regarding: {
        apiVersion: "hitless.dev/v1alpha1",
        kind: "DeviceImage",
        namespace: "default",
        name: "junos",
        uid: "u1",
      },
      related,
    });
    expect(event?.metadata.name).to.match(/^junos\.[0-9a-f]{16}$/);
  });

  it("has one name for the same news of the same state of an object, and another for any other", async () => {
    const [one, again, other] = [bench(), bench(), bench()];
    one.recorder.record(verified());
    again.recorder.record(verified());
    other.recorder.record(verified({ regarding: image("8") }));
    const names = [];
    for (const { clock, events } of [one, again, other]) {
      await clock.advanceBy(1);
      names.push((await events()).map(({ metadata }) => metadata.name).join());
    }
    expect(names[1]).to.equal(names[0]);
    expect(names[2]).not.to.equal(names[0]);
  });

  it("makes a legal name of the longest name", async () => {
    const { recorder, clock, events } = bench();
    const { metadata, ...rest } = image();
    const name = `${"a".repeat(229)}.${"b".repeat(22)}`;
    recorder.record(verified({ regarding: { ...rest, metadata: { ...metadata, name } } }));
    await clock.advanceBy(1);
    expect((await events())[0]?.metadata.name).to.match(/^a{229}\.[0-9a-f]{16}$/);
  });

  it("shows no secret", async () => {
    const { recorder, clock, events, secrets } = bench();
    secrets.registerSecret("hunter2hunter2");
    recorder.record(verified({ note: "refused: hunter2hunter2 is wrong" }));
    await clock.advanceBy(1);
    expect((await events())[0]?.note).to.equal("refused: [redacted] is wrong");
  });

  it("does not say the same again within ten minutes, but says another thing", async () => {
    const { recorder, clock, events, results } = bench();
    recorder.record(verified());
    recorder.record(verified({ regarding: image("8") }));
    recorder.record(verified({ regarding: image("8"), note: "another thing" }));
    await clock.advanceBy(599);
    recorder.record(verified({ regarding: image("9") }));
    await clock.advanceBy(2);
    recorder.record(verified({ regarding: image("10") }));
    await clock.advanceBy(1);
    expect(await events()).to.have.lengthOf(3);
    expect(results.filter((result) => result === "Repeated")).to.have.lengthOf(2);
  });

  it("says at most 25 things of one object at once, and one more each minute", async () => {
    const { recorder, clock, events } = bench();
    const say = (number: number): void =>
      recorder.record(verified({ regarding: image(String(number)), note: `thing ${String(number)}` }));
    for (let number = 0; number < 40; number += 1) say(number);
    await clock.advanceBy(1);
    expect(await events()).to.have.lengthOf(25);
    await clock.advanceBy(60);
    say(40);
    say(41);
    await clock.advanceBy(1);
    expect(await events()).to.have.lengthOf(26);
  });

  it("tries again while the API does not answer, and then lets it be", async () => {
    const { create, calls } = failing("Unavailable");
    const { recorder, clock, results, log } = bench(create);
    recorder.record(verified());
    await clock.advanceBy(60);
    expect(calls()).to.equal(3);
    expect(results).to.deep.equal(["Dropped"]);
    expect(log[0]).to.include({
      object: "DeviceImage default/junos",
      action: "WriteEvent",
      code: "Unavailable",
    });
  });

  it("takes an event that is there already for written: the reply to an earlier try was lost", async () => {
    const { create, calls } = failing("Unavailable", "AlreadyExists");
    const { recorder, clock, results } = bench(create);
    recorder.record(verified());
    await clock.advanceBy(60);
    expect(calls()).to.equal(2);
    expect(results).to.deep.equal(["Written"]);
  });

  it("complains once a minute when it may not write events, and never throws", async () => {
    const { create, calls } = failing("Forbidden");
    const { recorder, clock, log } = bench(create);
    for (let number = 0; number < 5; number += 1) recorder.record(verified({ note: String(number) }));
    await clock.advanceBy(1);
    expect(calls()).to.equal(5);
    expect(log).to.have.lengthOf(1);
    await clock.advanceBy(60);
    recorder.record(verified({ note: "later" }));
    await clock.advanceBy(1);
    expect(log).to.have.lengthOf(2);
  });

  it("nobody waits for a slow API: what does not fit into the queue is left out", async () => {
    let calls = 0;
    const create: Store["create"] = async (_kind, _draft, { signal } = {}) => {
      calls += 1;
      return new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    };
    const { recorder, clock, results } = bench(create);
    for (let number = 0; number < 1100; number += 1) {
      const { metadata, ...rest } = image();
      const regarding = { ...rest, metadata: { ...metadata, uid: String(number) } };
      recorder.record(verified({ regarding }));
    }
    await clock.advanceBy(1);
    expect(calls).to.equal(1);
    expect(results).to.have.lengthOf(99);
    const end = new AbortController();
    const closed = recorder.close(end.signal);
    end.abort(new Error("no time left"));
    await closed;
    expect(calls, "the others are not tried any more").to.equal(1);
  });

  it("writes what is left when it is closed, and takes nothing more", async () => {
    const { recorder, events } = bench();
    recorder.record(verified());
    recorder.record(verified({ note: "another thing" }));
    await recorder.close(new AbortController().signal);
    expect(await events()).to.have.lengthOf(2);
    recorder.record(verified({ note: "too late" }));
    expect(await events()).to.have.lengthOf(2);
  });

  it("cuts a text between characters, and only where it is too long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 3, max: 40 }), (text, limit) => {
        const cut = cutToBytes(text, limit);
        expect(Buffer.byteLength(cut)).to.be.at.most(limit);
        if (Buffer.byteLength(text) <= limit) expect(cut).to.equal(text);
        else expect(text.startsWith(cut.slice(0, -1)) && cut.endsWith("…")).to.equal(true);
        expect(Buffer.from(cut).toString("utf8"), "no half of a character").to.equal(cut);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
