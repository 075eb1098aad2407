/** What is worth an event: the turning points of campaigns, devices, fabrics and images, and nothing in between. */
import { expect } from "chai";
import type { CampaignPhase } from "../../src/api/campaignPhase.ts";
import { CAMPAIGN_PHASES } from "../../src/api/campaignPhase.ts";
import type { Condition } from "../../src/api/conditions.ts";
import { DEVICE_STATES, type DeviceState } from "../../src/api/deviceState.ts";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { campaignNews } from "../../src/controllers/news/newsOfCampaign.ts";
import { deviceNews, endedSteps, newIntent } from "../../src/controllers/news/newsOfDevice.ts";
import { fabricNews, imageNews } from "../../src/controllers/news/newsOfInputs.ts";
import type { NewEvent } from "../../src/controllers/news/events.ts";
import { campaign, child } from "../engine/campaigns.ts";
import { fabricDraft, imageDraft } from "../support/smallFabric.ts";
import { WAY_OF_STATES } from "../support/wayOfStates.ts";

type News = readonly Omit<NewEvent, "regarding" | "related">[];

/** `Warning DeviceFailed (Failed): words` */
function told(news: News): string[] {
  return news.map(({ type, reason, action, note }) => `${type} ${reason} (${action}): ${note}`);
}

function condition(
  type: string,
  status: Condition["status"],
  [reason, message]: [string, string],
): Condition {
  return { type, status, reason, message, lastTransitionTime: "2026-11-22T08:00:00Z" };
}

function at(
  phase: CampaignPhase,
  [reason, message]: [string, string],
  more: Partial<UpgradeCampaign["status"]> = {},
): UpgradeCampaign {
  return campaign({}, { phase, conditions: [condition("Ready", "False", [reason, message])], ...more });
}

describe("controllers: events of a campaign", () => {
  const plan = {
    hash: "4f2a4f2a4f2a4f2a",
    configMapRef: { name: "p" },
    devices: 3,
    batches: 2,
    lowerBound: 2,
    hitless: true,
    estimatedSeconds: 3000,
  };
  const running = at("Running", ["Running", "batch 1 of 2"], { plan });

  it("FX-12 tells of the plan, the approval and each batch", () => {
    const waiting = at("AwaitingApproval", ["AwaitingApproval", "the plan waits"], { plan });
    expect(told(campaignNews(at("Planning", ["Planning", "planning"]), waiting))).to.deep.equal([
      "Normal Planned (MakePlan): plan 4f2a4f2a4f2a: devices: 3, batches: 2, hitless, about 50 min",
      "Normal AwaitingApproval (AwaitingApproval): the plan waits",
    ]);
    const approved = { hash: plan.hash, at: "2026-11-22T08:00:00Z" };
    const approvedCampaign = at("Running", ["Running", "batch 1 of 2"], { plan, approved });
    expect(told(campaignNews(waiting, approvedCampaign))).to.deep.equal([
      "Normal Approved (Approve): plan 4f2a4f2a4f2a is approved",
    ]);
    const second = at("Running", ["Running", "batch 2 of 2"], { plan, current: { batch: 2, devices: [] } });
    expect(told(campaignNews(running, second))).to.deep.equal([
      "Normal Running (StartBatch): batch 2 of 2 has begun",
    ]);
  });

  it("says nothing of what it said before, nor of going to and fro between running and soaking", () => {
    const soaking = at("Soaking", ["Soaking", "soaks"], { plan });
    expect(campaignNews(running, soaking)).to.deep.equal([]);
    expect(campaignNews(soaking, running)).to.deep.equal([]);
    for (const phase of CAMPAIGN_PHASES) {
      const same = at(phase, ["Running", "words"], { plan });
      expect(campaignNews(same, at(phase, ["Running", "other words"], { plan })), phase).to.deep.equal([]);
    }
  });

  it("warns of what needs somebody, with the reason, and says when it goes on", () => {
    const warned = CAMPAIGN_PHASES.filter((phase) =>
      campaignNews(running, at(phase, ["Blocked", "words"], { plan })).some(({ type }) => type === "Warning"),
    );
    expect(warned).to.deep.equal(["Blocked", "Stale", "Hung", "Unknown", "Failed"]);
    const blocked = at("Blocked", ["FabricNotFound", "Fabric dc1 does not exist"], { plan });
    expect(told(campaignNews(running, blocked))).to.deep.equal([
      "Warning FabricNotFound (Blocked): Fabric dc1 does not exist",
    ]);
    const otherwise = at("Blocked", ["ImageNotReady", "DeviceImage junos: no"], { plan });
    expect(told(campaignNews(blocked, otherwise))).to.deep.equal([
      "Warning ImageNotReady (Blocked): DeviceImage junos: no",
    ]);
    expect(told(campaignNews(blocked, running))).to.deep.equal([
      "Normal Running (Resume): goes on: batch 1 of 2",
    ]);
  });

  it("names a plan that cuts somebody off for what it is", () => {
    const news = campaignNews(
      campaign(),
      at("Blocked", ["NotHitless", "no"], { plan: { ...plan, hitless: false } }),
    );
    expect(told(news)[0]).to.contain("not hitless");
  });
});

describe("controllers: events of a device", () => {
  function device(
    state: DeviceState | undefined,
    more: Partial<DeviceUpgrade["status"]> = {},
  ): DeviceUpgrade {
    const status = { ...(state === undefined ? {} : { state, message: `is ${state}` }), ...more };
    return { ...child("leaf1", "Pending"), status };
  }

  it("FX-12 tells of five turning points on the way to a success", () => {
    const way: readonly DeviceState[] = ["Pending", ...WAY_OF_STATES];
    const startedAt = "2026-11-22T08:00:00Z";
    const states = way.map((state) => device(state, state === "Pending" ? {} : { startedAt }));
    const reasons = states.flatMap((state, index) =>
      deviceNews(states[index - 1] ?? device(undefined), state).map(
        ({ type, reason }) => `${type} ${reason}`,
      ),
    );
    expect(reasons).to.deep.equal([
      "Normal Validating",
      "Normal MaintenanceModeActivated",
      "Normal Rebooting",
      "Normal ImageUpgraded",
      "Normal HitlessImageUpgradeSuccessful",
    ]);
  });

  it("MO-2 warns of all that stands still or has failed, with the device's name and the words", () => {
    const warned = DEVICE_STATES.filter((state) =>
      deviceNews(device("Pending"), device(state)).some(({ type }) => type === "Warning"),
    );
    expect(warned).to.deep.equal([
      "HealthCheckFailed",
      "MaintenanceModeFailure",
      "HitlessImageUpgradeFailed",
      "Blocked",
      "Hung",
      "Unknown",
    ]);
    expect(told(deviceNews(device("Installing"), device("Hung")))).to.deep.equal([
      "Warning Hung (ChangeState): leaf1: is Hung",
    ]);
    expect(told(deviceNews(device("Blocked"), device("VerifyingService")))).to.deep.equal([
      "Normal VerifyingService (Resume): goes on: leaf1: is VerifyingService",
    ]);
  });

  it("tells why a device lands: a warning, unless somebody asked for it", () => {
    const landing = (reason: string): DeviceUpgrade =>
      device("Landing", {
        landing: { to: "InService", reason, message: "m", since: "2026-11-22T08:00:00Z" },
      });
    expect(told(deviceNews(device("Draining"), landing("PeerLost")))).to.deep.equal([
      "Warning PeerLost (Land): leaf1: is Landing",
    ]);
    expect(told(deviceNews(device("Draining"), landing("CampaignStopped")))).to.deep.equal([
      "Normal CampaignStopped (Land): leaf1: is Landing",
    ]);
  });

  it("says nothing while only the words change", () => {
    for (const state of DEVICE_STATES) {
      expect(deviceNews(device(state), device(state, { message: "other" })), state).to.deep.equal([]);
    }
  });

  it("tells a turning point also where it was saved together with what came after it, and once", () => {
    const ended = {
      name: "Quiet",
      state: "Done" as const,
      attempts: 1,
      startedAt: "2026-11-22T08:00:00Z",
      finishedAt: "2026-11-22T08:01:00Z",
      message: "no traffic",
    };
    expect(told(deviceNews(device("Draining"), device("Installing", { steps: [ended] })))).to.deep.equal([
      "Normal MaintenanceModeActivated (ChangeState): leaf1: no traffic",
    ]);
    const shown = device("MaintenanceModeActivated", { steps: [ended] });
    expect(told(deviceNews(device("Draining"), shown))).to.deep.equal([
      "Normal MaintenanceModeActivated (ChangeState): leaf1: no traffic",
    ]);
    expect(told(deviceNews(shown, device("Installing", { steps: [ended] })))).to.deep.equal([]);
  });

  it("finds the steps that have ended, and for how long they ran", () => {
    const record = { attempts: 1, startedAt: "2026-11-22T08:00:00Z" };
    const before = device("Draining", { steps: [{ ...record, name: "Quiet", state: "Running" }] });
    const steps = [
      { ...record, name: "Quiet", state: "Done" as const, finishedAt: "2026-11-22T08:01:30Z" },
      { ...record, name: "Install", state: "Failed" as const, finishedAt: "2026-11-22T08:00:02Z" },
      { ...record, name: "Reboot", state: "Running" as const },
    ];
    const after = device("Installing", { steps });
    expect(endedSteps(before, after)).to.deep.equal([
      { step: "Quiet", result: "Done", seconds: 90, message: "Done" },
      { step: "Install", result: "Failed", seconds: 2, message: "Failed" },
    ]);
    expect(endedSteps(after, after)).to.deep.equal([]);
  });

  it("finds an intent that was written, once", () => {
    const intent = {
      step: "Reboot",
      holder: "h",
      epoch: 1,
      validSeconds: 10,
      writtenAt: "2026-11-22T08:00:00Z",
      attempt: 1,
      before: { version: "v", bootedAt: "2026-11-22T08:00:00Z", uptimeSeconds: 1 },
    };
    const announced = device("Rebooting", { intent });
    expect(newIntent(device("Installing"), announced)).to.equal("Reboot");
    expect(newIntent(announced, announced)).to.equal(undefined);
    expect(newIntent(announced, device("ImageUpgraded"))).to.equal(undefined);
  });
});

describe("controllers: events of what a user wrote", () => {
  function fabric(conditions: Condition[]): Fabric {
    const { spec } = fabricDraft();
    const { metadata } = campaign();
    return {
      apiVersion: "hitless.dev/v1alpha1",
      kind: "Fabric",
      metadata,
      spec,
      status: { conditions, counts: { devices: 6, reachable: 6, outOfService: 0 } },
    };
  }
  const proven = condition("Ready", "True", ["Proven", "read from the devices"]);
  const unproven = condition("Ready", "False", ["TopologyUnproven", "leaf1: no answer"]);

  it("tells when a fabric is ready, and each new problem", () => {
    expect(told(fabricNews(fabric([]), fabric([proven])))).to.deep.equal([
      "Normal Proven (Discover): read from the devices (devices: 6)",
    ]);
    expect(told(fabricNews(fabric([proven]), fabric([unproven])))).to.deep.equal([
      "Warning TopologyUnproven (Discover): leaf1: no answer",
    ]);
    const other = condition("Ready", "False", ["TopologyUnproven", "leaf2: no answer"]);
    expect(fabricNews(fabric([unproven]), fabric([other]))).to.have.lengthOf(1);
    expect(fabricNews(fabric([unproven]), fabric([unproven]))).to.deep.equal([]);
    expect(
      fabricNews(fabric([]), fabric([condition("Ready", "Unknown", ["Discovering", "reading"])])),
    ).to.deep.equal([]);
  });

  it("tells that a fabric is held, and why", () => {
    const held = condition("Held", "True", ["Held", "held: storm"]);
    expect(told(fabricNews(fabric([proven]), fabric([proven, held])))).to.deep.equal([
      "Normal Held (Hold): held: storm",
    ]);
  });

  it("tells whether an image is what it says it is", () => {
    const image = (status: Condition["status"], said: [string, string]) => ({
      apiVersion: "hitless.dev/v1alpha1" as const,
      kind: "DeviceImage" as const,
      metadata: campaign().metadata,
      spec: imageDraft().spec,
      status: { conditions: [condition("Verified", status, said)] },
    });
    const good = image("True", ["Verified", "they agree"]);
    const bad = image("False", ["ImageVersionMismatch", "osVersion is 1, deviceImageName says 2"]);
    expect(told(imageNews({ ...good, status: {} }, good))).to.deep.equal([
      "Normal Verified (Verify): they agree",
    ]);
    expect(told(imageNews(good, bad))).to.deep.equal([
      "Warning ImageVersionMismatch (Verify): osVersion is 1, deviceImageName says 2",
    ]);
  });
});
