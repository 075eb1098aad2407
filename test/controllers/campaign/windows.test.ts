import { expect } from "chai";
import type { UpgradeCampaign } from "../../../src/api/upgradeCampaign.gen.ts";
import { formatInstant } from "../../../src/api/time.ts";
import { windowsOf, type MaintenanceWindow } from "../../../src/controllers/campaign/windows.ts";
import type { PlanningProblem } from "../../../src/planner/planningError.ts";
import { campaign } from "../../engine/campaigns.ts";
import { startToyController, toyStage, untilEnded } from "../toyRun.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function withWindows(...windows: readonly Partial<MaintenanceWindow>[]): UpgradeCampaign {
  const maintenanceWindows = windows.map((window) => {
    return { schedule: "0 22 * * 6", duration: "4h", timeZone: "UTC", ...window };
  });
  return campaign({ maintenanceWindows });
}

/** The first window that closes after a time, as texts. */
function nextOf(of: UpgradeCampaign, at: string): string[] {
  const windows = windowsOf(of, NOW, ({ message }) => {
    throw new Error(message);
  });
  const window = windows?.next(Date.parse(at)) ?? null;
  return window === null ? [] : [formatInstant(window.from), formatInstant(window.until)];
}

function problemsOf(of: UpgradeCampaign): string[] {
  const problems: PlanningProblem[] = [];
  windowsOf(of, NOW, (problem) => problems.push(problem));
  return problems.map(({ field, message }) => `${field}: ${message}`);
}

describe("maintenance windows", () => {
  it("are none where a campaign has none: it may run at any time", () => {
    expect(windowsOf(campaign(), NOW, () => undefined)).to.equal(null);
  });

  it("PL-18 are open from when their schedule says, for as long as they last", () => {
    const saturdays = withWindows({});
    const first = ["2026-11-28T22:00:00Z", "2026-11-29T02:00:00Z"];
    for (const at of ["2026-11-22T12:00:00Z", "2026-11-28T22:00:00Z", "2026-11-29T01:59:59Z"]) {
      expect(nextOf(saturdays, at), at).to.deep.equal(first);
    }
    expect(nextOf(saturdays, "2026-11-29T02:00:00Z")).to.deep.equal([
      "2026-12-05T22:00:00Z",
      "2026-12-06T02:00:00Z",
    ]);
  });

  it("PL-18 keep their local time when the clocks are changed", () => {
    const nights = withWindows({ schedule: "0 1 * * *", duration: "1h", timeZone: "Europe/Berlin" });
    expect(nextOf(nights, "2026-03-28T12:00:00Z")[0]).to.equal("2026-03-29T00:00:00Z");
    expect(nextOf(nights, "2026-03-29T12:00:00Z")[0]).to.equal("2026-03-29T23:00:00Z");
    expect(nextOf(nights, "2026-10-24T12:00:00Z")[0]).to.equal("2026-10-24T23:00:00Z");
    expect(nextOf(nights, "2026-10-25T12:00:00Z")[0]).to.equal("2026-10-26T00:00:00Z");
  });

  it("take the one that is open longest, else the one that opens first", () => {
    const two = withWindows(
      { schedule: "0 22 * * 6", duration: "4h" },
      { schedule: "0 20 * * *", duration: "3h" },
    );
    expect(nextOf(two, "2026-11-22T12:00:00Z")[0]).to.equal("2026-11-22T20:00:00Z");
    expect(nextOf(two, "2026-11-28T21:00:00Z")[1]).to.equal("2026-11-28T23:00:00Z");
    expect(nextOf(two, "2026-11-28T22:30:00Z")[1]).to.equal("2026-11-29T02:00:00Z");
  });

  it("PL-18 that never open, or cannot be read, are told with their fields", () => {
    const wrong = withWindows(
      { schedule: "0 0 30 2 *" },
      { schedule: "every night" },
      { timeZone: "Mars/Olympus" },
      { duration: "0s" },
      { schedule: "0 0 22 * * 6" },
    );
    const [never, words, zone, nothing, six] = problemsOf(wrong);
    expect(never).to.equal('spec.maintenanceWindows[0].schedule: the window "0 0 30 2 *" never opens');
    expect(words).to.match(/^spec\.maintenanceWindows\[1\]\.schedule: "every night" is no schedule: /);
    expect(zone).to.equal(
      "spec.maintenanceWindows[2].timeZone: Mars/Olympus is no time zone, e.g. Europe/Berlin",
    );
    expect(nothing).to.equal("spec.maintenanceWindows[3].duration: a window of 0s never opens");
    expect(six).to.match(/^spec\.maintenanceWindows\[4\]\.schedule: "0 0 22 \* \* 6" is no schedule: /);
    const none = windowsOf(wrong, NOW, () => undefined);
    expect(none?.next(NOW), "a campaign whose windows cannot be read does not run").to.equal(null);
  });

  it("PL-18 a campaign waits for its window, runs in it, and what does not fit waits for the next one", async () => {
    const stage = await toyStage();
    // The toy begins at midnight; an upgrade takes ten minutes by its driver, so that each window has room for one batch.
    const { store, namespace } = stage;
    const found = await store.get("UpgradeCampaign", { namespace, name: "toys" });
    if (found === undefined) throw new Error("no campaign");
    await store.replace("UpgradeCampaign", {
      ...found,
      spec: {
        ...found.spec,
        maintenanceWindows: [{ schedule: "30 * * * *", duration: "12m", timeZone: "UTC" }],
      },
    });
    await startToyController(stage);
    const ended = await untilEnded(stage);
    expect(ended.status?.phase).to.equal("Completed");
    const upgrades = await store.list("DeviceUpgrade", namespace);
    const begun = upgrades
      .map(({ status }) => status?.steps?.find(({ name }) => name === "Install")?.startedAt ?? "")
      .toSorted();
    expect(begun.map((time) => time.slice(0, 15))).to.deep.equal(["2026-11-22T00:3", "2026-11-22T01:3"]);
    for (const { status } of upgrades) expect(status?.state).to.equal("HitlessImageUpgradeSuccessful");
  });
});
