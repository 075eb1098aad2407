/** Cron schedules in time zones, as moments. */
import { expect } from "chai";
import { upcomingWindows, windowProblems, windowsAt } from "../../src/controllers/maintenanceWindows.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { formatInstant, type Interval } from "../../src/api/time.ts";

type Windows = NonNullable<UpgradeCampaign["spec"]["maintenanceWindows"]>;

function campaign(maintenanceWindows?: Windows): Pick<UpgradeCampaign, "spec"> {
  return {
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [],
      strategy: { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "2m" },
      healthChecks: { abortOnFailure: true },
      approval: { policy: "Manual" },
      paused: false,
      ...(maintenanceWindows === undefined ? {} : { maintenanceWindows }),
    },
  };
}

const SATURDAY: Windows[number] = { schedule: "0 22 * * 6", duration: "4h", timeZone: "Europe/Berlin" };
const at = (text: string): number => Date.parse(text);
const shown = (window: Interval | undefined): readonly string[] =>
  window === undefined ? [] : [formatInstant(window.from), formatInstant(window.until)];

describe("maintenance windows", () => {
  it("PL-18 a campaign without windows may run at any time", () => {
    expect(windowsAt(campaign(), at("2026-11-22T12:00:00Z"))).to.equal(undefined);
  });

  it("PL-18 open in the time zone of the schedule", () => {
    const before = windowsAt(campaign([SATURDAY]), at("2026-11-28T20:59:59Z"));
    expect(before).not.to.have.property("open");
    expect(shown(before?.next)).to.deep.equal(["2026-11-28T21:00:00Z", "2026-11-29T01:00:00Z"]);
    for (const moment of ["2026-11-28T21:00:00Z", "2026-11-29T00:59:59Z"]) {
      const { open, next } = windowsAt(campaign([SATURDAY]), at(moment)) ?? {};
      expect(shown(open), moment).to.deep.equal(["2026-11-28T21:00:00Z", "2026-11-29T01:00:00Z"]);
      expect(shown(next), moment).to.deep.equal(["2026-12-05T21:00:00Z", "2026-12-06T01:00:00Z"]);
    }
    expect(windowsAt(campaign([SATURDAY]), at("2026-11-29T01:00:00Z"))).not.to.have.property("open");
  });

  it("PL-18 keep the hour of the clock on the wall when summer time begins and ends", () => {
    const winter = windowsAt(campaign([SATURDAY]), at("2027-03-22T00:00:00Z"))?.next;
    const summer = windowsAt(campaign([SATURDAY]), at("2027-03-29T00:00:00Z"))?.next;
    expect(shown(winter)[0]).to.equal("2027-03-27T21:00:00Z");
    expect(shown(summer)[0]).to.equal("2027-04-03T20:00:00Z");
  });

  it("PL-18 several that touch are one", () => {
    const early = { schedule: "0 20 * * *", duration: "2h", timeZone: "UTC" };
    const late = { schedule: "0 22 * * *", duration: "1h30m", timeZone: "UTC" };
    const [first, second] = upcomingWindows(campaign([late, early]), at("2026-11-22T12:00:00Z")) ?? [];
    expect(shown(first)).to.deep.equal(["2026-11-22T20:00:00Z", "2026-11-22T23:30:00Z"]);
    expect(shown(second)).to.deep.equal(["2026-11-23T20:00:00Z", "2026-11-23T23:30:00Z"]);
  });

  const wrong: readonly (readonly [string, Partial<Windows[number]>, RegExp])[] = [
    [
      "a day that never comes",
      { schedule: "0 22 30 2 *" },
      /\[0\]\.schedule WindowNeverOpens: .*never comes/,
    ],
    ["no length", { duration: "0m" }, /\[0\]\.duration WindowNeverOpens: /],
    ["no schedule", { schedule: "whenever it suits" }, /\[0\] WindowInvalid: /],
    ["seconds in the schedule", { schedule: "0 0 22 * * 6" }, /\[0\] WindowInvalid: /],
    ["no time zone", { timeZone: "Europe/Nowhere" }, /\[0\] WindowInvalid: /],
  ];
  for (const [what, change, expected] of wrong) {
    it(`PL-18 are refused with ${what}, by field`, () => {
      const found = windowProblems([{ ...SATURDAY, ...change }], at("2026-11-22T12:00:00Z"));
      const text = found.map(({ field, explained }) => `${field} ${explained.reason}: ${explained.message}`);
      expect(text.join()).to.match(expected);
    });
  }
});
