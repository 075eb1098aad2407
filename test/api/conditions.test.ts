import { expect } from "chai";
import type { Condition } from "../../src/api/conditions.ts";
import { findCondition, isTrue, setCondition } from "../../src/api/conditions.ts";
import { formatMicroTime } from "../../src/api/microTime.ts";

const first = Date.UTC(2026, 2, 1, 10);
const later = first + 60_000;
const ready = {
  type: "Ready",
  status: "False",
  reason: "Pending",
  message: "not begun",
  observedGeneration: 1,
} as const;

describe("conditions", () => {
  const conditions = setCondition(undefined, ready, first);

  it("begin with the time they were first set", () => {
    expect(conditions).to.deep.equal([{ ...ready, lastTransitionTime: "2026-03-01T10:00:00Z" }]);
  });

  it("keep their time while the status stays, whatever else changes", () => {
    const update = { ...ready, reason: "Unreachable", message: "no answer", observedGeneration: 2 } as const;
    expect(setCondition(conditions, update, later)).to.deep.equal([
      { ...update, lastTransitionTime: "2026-03-01T10:00:00Z" },
    ]);
  });

  it("take a new time when the status flips", () => {
    const flipped = setCondition(conditions, { ...ready, status: "Unknown" }, later);
    expect(flipped[0]?.lastTransitionTime).to.equal("2026-03-01T10:01:00Z");
  });

  it("leave the others as they are, in their order", () => {
    const three = ["Reconciling", "Ready", "Stalled"].reduce<Condition[]>(
      (list, type) => setCondition(list, { ...ready, type }, first),
      [],
    );
    const changed = setCondition(three, { ...ready, status: "True" }, later);
    expect(changed.map(({ type }) => type)).to.deep.equal(["Reconciling", "Ready", "Stalled"]);
    expect([changed[0], changed[2]]).to.deep.equal([three[0], three[2]]);
  });

  it("do not touch the list they are given", () => {
    const frozen = Object.freeze(setCondition(undefined, ready, first));
    setCondition(frozen, { ...ready, status: "True" }, later);
    setCondition(frozen, { ...ready, type: "Stalled" }, later);
    expect(frozen).to.deep.equal(conditions);
  });

  it("are true only when they say True", () => {
    expect(isTrue(undefined, "Ready")).to.equal(false);
    expect(isTrue(conditions, "Ready")).to.equal(false);
    expect(isTrue(setCondition(conditions, { ...ready, status: "Unknown" }, later), "Ready")).to.equal(false);
    expect(isTrue(setCondition(conditions, { ...ready, status: "True" }, later), "Ready")).to.equal(true);
    expect(findCondition(conditions, "Stalled")).to.equal(undefined);
  });
});

describe("MicroTime", () => {
  it("has exactly six decimals, whatever the instant", () => {
    expect(formatMicroTime(first)).to.equal("2026-03-01T10:00:00.000000Z");
    expect(formatMicroTime(first + 7.5)).to.equal("2026-03-01T10:00:00.007000Z");
  });
});
