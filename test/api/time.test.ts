import { expect } from "chai";
import { formatInstant, parseDurationSeconds, parseInstant } from "../../src/api/time.ts";

describe("api: time", () => {
  it("reads durations as metav1.Duration writes them", () => {
    expect(parseDurationSeconds("90s")).to.equal(90);
    expect(parseDurationSeconds("1h30m")).to.equal(5400);
    expect(parseDurationSeconds("10m")).to.equal(600);
    expect(parseDurationSeconds("1.5h")).to.equal(5400);
    expect(parseDurationSeconds("250ms")).to.equal(0.25);
  });

  for (const wrong of ["", "10", "m", "10 m", "1d", "-5m", "10mm"]) {
    it(`refuses "${wrong}"`, () => {
      expect(() => parseDurationSeconds(wrong)).to.throw(RangeError, /not a duration/);
    });
  }

  it("writes times with whole seconds, and reads them back", () => {
    expect(formatInstant(Date.UTC(2026, 10, 22, 4, 5, 6, 789))).to.equal("2026-11-22T04:05:06Z");
    expect(parseInstant("2026-11-22T04:05:06Z")).to.equal(Date.UTC(2026, 10, 22, 4, 5, 6));
    expect(() => parseInstant("yesterday")).to.throw(RangeError, /not a time/);
  });
});
