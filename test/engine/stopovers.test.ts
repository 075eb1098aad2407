/** Devices with images on the way: which one is next, and how far they count. */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { Plan } from "../../src/api/plan.ts";
import type { CampaignDecision, CampaignWorld } from "../../src/engine/campaignWorld.ts";
import { decideCampaign } from "../../src/engine/decideCampaign.ts";
import { isPassed } from "../../src/engine/stopovers.ts";
import { campaign, campaignWorld, child, PLAN, STORED } from "./campaigns.ts";
import { NOW } from "./worlds.ts";

const HOPS = [
  { image: "stop", to: "22.2R3", estimateSeconds: 1500 },
  { image: "junos", to: "23.4R2", estimateSeconds: 1500 },
];
const { leaf1, leaf2, leaf3 } = PLAN.devices;
if (leaf1 === undefined || leaf2 === undefined || leaf3 === undefined)
  throw new Error("the plan has three leaves");
const WITH_HOPS: Plan = { ...PLAN, devices: { leaf1: { ...leaf1, hops: HOPS }, leaf3, leaf2 } };
const FIRST = { number: 1, of: 2 };
const SECOND = { number: 2, of: 2 };

function hopOf(device: string, stage: Parameters<typeof child>[1], hop: typeof FIRST): DeviceUpgrade {
  const made = child(device, stage);
  const image = { ...made.spec.image, name: HOPS[hop.number - 1]?.image ?? "" };
  return { ...made, spec: { ...made.spec, image, hop } };
}

/** As the controller sorts the campaign's DeviceUpgrades. */
function decide(
  upgrades: readonly DeviceUpgrade[],
  overrides: Partial<CampaignWorld> = {},
): CampaignDecision {
  const children = upgrades.filter((upgrade) => !isPassed(upgrade));
  const passed = upgrades.filter(isPassed);
  const stored = { ...STORED, plan: WITH_HOPS };
  return decideCampaign(campaignWorld({ stored, children, passed, ...overrides }), NOW);
}

function wishFor({ children }: CampaignDecision, name: string): unknown {
  const wish = children.find(({ device }) => device === name);
  return wish === undefined ? undefined : [wish.desired, wish.next?.image, wish.next?.hop];
}

describe("engine: images on the way", () => {
  it("PL-10 asks for the first image first, and of a device with one image for nothing of the kind", () => {
    const decision = decide([]);
    expect(wishFor(decision, "leaf1")).to.deep.equal(["Proceed", "stop", FIRST]);
    expect(wishFor(decision, "leaf3")).to.deep.equal(["Proceed", undefined, undefined]);
  });

  it("goes on to the next image when one is installed, and the next batch waits for all of them", () => {
    const decision = decide([hopOf("leaf1", "Succeeded", FIRST), child("leaf3", "Succeeded")]);
    expect(wishFor(decision, "leaf1")).to.deep.equal(["Proceed", "junos", SECOND]);
    expect(wishFor(decision, "leaf2")).to.deep.equal(["Hold", undefined, undefined]);
    expect(decision.status.counts).to.include({ total: 3, succeeded: 1, pending: 2, percent: 50 });
    const last = [hopOf("leaf1", "Succeeded", FIRST), hopOf("leaf1", "Succeeded", SECOND)];
    expect(wishFor(decide([...last, child("leaf3", "Succeeded")]), "leaf2")).to.deep.equal([
      "Proceed",
      undefined,
      undefined,
    ]);
  });

  it("stops between two images: the device is in service, and nothing begins", () => {
    const decision = decide([hopOf("leaf1", "Succeeded", FIRST)], { hold: "wait" });
    expect(decision.status.phase).to.equal("Held");
    expect(wishFor(decision, "leaf1")).to.deep.equal(["Hold", "junos", SECOND]);
  });

  it("installs nothing more on a device where an image failed, or that was left out as unhealthy", () => {
    const failed = decide([hopOf("leaf1", "Failed", FIRST), child("leaf3", "Succeeded")]);
    expect(failed.status.phase).to.equal("Failed");
    expect(wishFor(failed, "leaf1")).to.equal(undefined);
    const left = hopOf("leaf1", "Succeeded", FIRST);
    const health = [{ check: "bgp", phase: "Before" as const, observed: "1 down", passed: false }];
    const excluded = { ...left, status: { ...left.status, state: "Skipped" as const, health } };
    const decision = decide([excluded, child("leaf3", "Succeeded")]);
    expect(wishFor(decision, "leaf1")).to.equal(undefined);
    expect(wishFor(decision, "leaf2")).to.deep.equal(["Proceed", undefined, undefined]);
  });

  it("begins no image that does not fit into the window any more", () => {
    const window = { from: NOW, until: NOW + 1400 * 1000 };
    const upgrades = [hopOf("leaf1", "Succeeded", FIRST), child("leaf3", "Running")];
    const decision = decide(upgrades, {
      window,
      campaign: campaign({}, { approved: { hash: PLAN.hash ?? "", at: "" } }),
    });
    expect(wishFor(decision, "leaf1")).to.deep.equal(["Hold", "junos", SECOND]);
    expect(wishFor(decision, "leaf3")).to.deep.equal(["Proceed", undefined, undefined]);
  });
});
