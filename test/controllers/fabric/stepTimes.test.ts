import { expect } from "chai";
import type { DeviceUpgrade } from "../../../src/api/deviceUpgrade.gen.ts";
import { addTimes, timesOf } from "../../../src/controllers/fabric/stepTimes.ts";
import { estimateUpgrade, type StepTime } from "../../../src/drivers/estimate.ts";
import { qfx } from "../../../src/drivers/qfx.ts";
import { child } from "../../engine/campaigns.ts";
import { fabricOf, quickstart } from "../../planner/support.ts";
import { startToyController, toyStage, untilEnded } from "../toyRun.ts";

const fabric = fabricOf(quickstart());
const MODEL = "qfx5120-48y";

type StepRecord = NonNullable<NonNullable<DeviceUpgrade["status"]>["steps"]>[number];

/** A device that succeeded, with the seconds of its steps. */
function done(device: string, seconds: Readonly<Record<string, number>>, attempts = 1): DeviceUpgrade {
  const upgrade = child(device, "Succeeded");
  const steps = Object.entries(seconds).map(([name, took]): StepRecord => ({
    name,
    state: "Done",
    attempts,
    startedAt: "2026-11-22T08:00:00Z",
    finishedAt: new Date(Date.parse("2026-11-22T08:00:00Z") + took * 1000).toISOString(),
  }));
  return { ...upgrade, status: { ...upgrade.status, steps } };
}

describe("times of steps", () => {
  it("PL-9 N16 are the median of the devices of a model that succeeded at the first attempt, without the soak", () => {
    const children = [
      done("leaf1", { Install: 400, Reboot: 600, Soak: 3600 }),
      done("leaf2", { Install: 500, Reboot: 900 }),
      done("leaf3", { Install: 9000, Reboot: 700 }),
      done("leaf4", { Reboot: 5000 }, 2),
      { ...done("leaf5", { Reboot: 1 }), status: { ...child("leaf5", "Failed").status } },
      done("gone", { Reboot: 1 }),
    ];
    expect(timesOf(fabric, children)).to.deep.equal([
      { model: MODEL, step: "Install", seconds: 500 },
      { model: MODEL, step: "Reboot", seconds: 700 },
    ]);
  });

  it("PL-9 keep the last nine campaigns of a model and step, and leave the others as they are", () => {
    const other: StepTime = {
      model: "mx480",
      step: "Reboot",
      medianSeconds: 1,
      campaignSeconds: [1],
      lastCampaign: "c0",
    };
    let known: StepTime[] = [other];
    for (let campaign = 1; campaign <= 10; campaign += 1) {
      known = addTimes(
        known,
        [{ model: MODEL, step: "Reboot", seconds: campaign * 100 }],
        `c${String(campaign)}`,
      );
    }
    expect(known).to.deep.equal([
      other,
      {
        model: MODEL,
        step: "Reboot",
        medianSeconds: 600,
        campaignSeconds: [200, 300, 400, 500, 600, 700, 800, 900, 1000],
        lastCampaign: "c10",
      },
    ]);
  });

  it("PL-9 are what the next plan reckons with, step by step, and it says so", () => {
    const [device] = fabric.spec.devices;
    if (device === undefined) throw new Error("no device");
    const stepTimes = addTimes([], [{ model: MODEL, step: "Reboot", seconds: 300 }], "c1");
    const before = estimateUpgrade(qfx, device, { soakSeconds: 60, stepTimes: [] });
    const after = estimateUpgrade(qfx, device, { soakSeconds: 60, stepTimes });
    expect(before).to.deep.equal({ seconds: 1560 + 60, source: "Defaults" });
    expect(after).to.deep.equal({ seconds: 1560 + 60 - 720 + 300, source: "EarlierCampaigns" });
    const elsewhere = estimateUpgrade(
      qfx,
      { ...device, model: "qfx5110-48s" },
      { soakSeconds: 60, stepTimes },
    );
    expect(elsewhere).to.deep.equal(before);
  });

  it("PL-9 N16 are in the Fabric when a campaign has ended, once", async () => {
    const stage = await toyStage();
    await startToyController(stage);
    const campaign = await untilEnded(stage);
    const found = await stage.store.get("Fabric", { namespace: "default", name: "dc1" });
    const times = found?.status?.stepTimes ?? [];
    expect(times.map(({ step }) => step)).to.include.members(["Install", "Reboot"]);
    for (const { model, lastCampaign, campaignSeconds } of times) {
      expect(model).to.equal(MODEL);
      expect(lastCampaign).to.equal(campaign.metadata.uid);
      expect(campaignSeconds).to.have.length(1);
    }
    expect(times.find(({ step }) => step === "Reboot")?.medianSeconds).to.be.greaterThan(60);
  });
});
