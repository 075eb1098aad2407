import { expect } from "chai";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { findCondition } from "../../src/api/conditions.ts";
import { decideCampaign } from "../../src/engine/decideCampaign.ts";
import type { CampaignDecision, CampaignWorld, StoredPlan } from "../../src/engine/campaignWorld.ts";
import { campaign, campaignWorld, child, PLAN, STORED } from "./campaigns.ts";
import { NOW } from "./worlds.ts";

function decide(overrides: Partial<CampaignWorld> = {}): CampaignDecision {
  return decideCampaign(campaignWorld(overrides), NOW);
}

function desired({ children }: CampaignDecision): Record<string, string> {
  return Object.fromEntries(children.map((wish) => [wish.device, wish.desired]));
}

function condition({ status }: CampaignDecision, type: string): string {
  return findCondition(status.conditions, type)?.status ?? "absent";
}

describe("engine: a campaign", () => {
  describe("the plan", () => {
    it("is asked for when there is none", () => {
      const { stored: _stored, ...bare } = campaignWorld();
      const decision = decideCampaign(bare, NOW);
      expect(decision).to.include({ makePlan: true });
      expect(decision.status.phase).to.equal("Planning");
      expect(decision.children).to.deep.equal([]);
    });

    it("is not asked for when the fabric is missing; the condition says why", () => {
      const { stored: _stored, ...bare } = campaignWorld();
      const obstacle = { reason: "FabricNotFound", message: "Fabric dc1 does not exist" } as const;
      const decision = decideCampaign({ ...bare, obstacle }, NOW);
      expect(decision.makePlan).to.equal(false);
      expect(decision.status.phase).to.equal("Blocked");
      expect(findCondition(decision.status.conditions, "Stalled")).to.include({
        status: "True",
        reason: "FabricNotFound",
      });
    });

    it("PL-1 mode Plan ends with the plan, and makes no device's upgrade", () => {
      const decision = decide({ campaign: campaign({ mode: "Plan", approval: { policy: "Manual" } }) });
      expect(decision.status.phase).to.equal("Planned");
      expect(condition(decision, "Succeeded")).to.equal("True");
      expect(decision.children).to.deep.equal([]);
    });
  });

  describe("EX-1 approval", () => {
    it("waits for the hash of this very plan", () => {
      const decision = decide({ campaign: campaign({ approval: { policy: "Manual" } }) });
      expect(decision.status.phase).to.equal("AwaitingApproval");
      expect(decision.children).to.deep.equal([]);
    });

    it("refuses another hash, and names both", () => {
      const decision = decide({ campaign: campaign({ approval: { policy: "Manual", planHash: "dead" } }) });
      expect(decision.status.phase).to.equal("AwaitingApproval");
      expect(findCondition(decision.status.conditions, "Approved")).to.include({
        status: "False",
        reason: "HashMismatch",
      });
      expect(findCondition(decision.status.conditions, "Approved")?.message)
        .to.contain("dead")
        .and.contain(STORED.hash);
    });

    it("CA-1 keeps the approval once given, whatever spec.approval says later", () => {
      const first = decide();
      const later = campaign({ approval: { policy: "Manual", planHash: "other" } }, first.status);
      const decision = decide({ campaign: later });
      expect(decision.status.phase).to.equal("Running");
      expect(decision.status.approved).to.deep.equal(first.status.approved);
    });

    it("CA-1 takes the hash from the annotation, for who cannot commit it to Git", () => {
      const asked = campaign({ approval: { policy: "Manual" } });
      const withHash = (hash: string) => ({
        ...asked,
        metadata: { ...asked.metadata, annotations: { [ANNOTATIONS.approve]: hash } },
      });
      const approved = decideCampaign(campaignWorld({ campaign: withHash(STORED.hash) }), NOW);
      expect(approved.status.approved).to.deep.include({ hash: STORED.hash });
      const refused = decideCampaign(campaignWorld({ campaign: withHash("another") }), NOW);
      expect(refused.status).to.include({ phase: "AwaitingApproval" }).and.not.to.have.property("approved");
      expect(refused.children).to.deep.equal([]);
    });

    it("EX-11 policy Automatic needs no hash, but no more than Manual passes a blocker", () => {
      const automatic = campaign({ approval: { policy: "Automatic" } });
      expect(decide({ campaign: automatic }).status.phase).to.equal("Running");
      const blockers = [{ device: "leaf1", reason: "NotHitless", message: "server1 is cut off" }] as const;
      const blocked = decide({ campaign: automatic, stored: { ...STORED, blockers } });
      expect(blocked.status.phase).to.equal("Blocked");
      expect(blocked.status.approved).to.equal(undefined);
      expect(findCondition(blocked.status.conditions, "Stalled")?.message).to.contain("server1 is cut off");
    });
  });

  describe("batches", () => {
    it("EX-3 only the first batch proceeds", () => {
      expect(desired(decide())).to.deep.equal({ leaf1: "Proceed", leaf3: "Proceed", leaf2: "Hold" });
    });

    it("the next batch waits for every device of this one", () => {
      const children = [child("leaf1", "Succeeded"), child("leaf3", "Running"), child("leaf2", "Pending")];
      expect(desired(decide({ children }))).to.deep.equal({ leaf3: "Proceed", leaf2: "Hold" });
    });

    it("the next batch begins when this one is done", () => {
      const children = [child("leaf1", "Succeeded"), child("leaf3", "Succeeded"), child("leaf2", "Pending")];
      const decision = decide({ children });
      expect(desired(decision)).to.deep.equal({ leaf2: "Proceed" });
      expect(decision.status).to.include({ progress: "2/3" });
    });

    it("EX-4 counts devices and steps", () => {
      const children = [child("leaf1", "Succeeded"), child("leaf3", "Running"), child("leaf2", "Pending")];
      expect(decide({ children }).status.counts).to.include({
        total: 3,
        succeeded: 1,
        inProgress: 1,
        pending: 1,
        failed: 0,
      });
    });

    it("is soaking while all that runs is watched", () => {
      const children = [child("leaf1", "Soaking"), child("leaf3", "Succeeded"), child("leaf2", "Pending")];
      expect(decide({ children }).status.phase).to.equal("Soaking");
    });

    it("is completed when all devices are", () => {
      const children = [
        child("leaf1", "Succeeded"),
        child("leaf3", "Succeeded"),
        child("leaf2", "Succeeded"),
      ];
      const decision = decide({ children });
      expect(decision.status.phase).to.equal("Completed");
      expect(condition(decision, "Succeeded")).to.equal("True");
      expect(decision.status.finishedAt).to.be.a("string");
    });
  });

  describe("when something is wrong nothing new starts", () => {
    it("EX-14 B3-6 after a failure what runs lands, then the campaign has failed", () => {
      const children = [child("leaf1", "Failed"), child("leaf3", "Running"), child("leaf2", "Pending")];
      const landing = decide({ children });
      expect(landing.status.phase).to.equal("Landing");
      expect(desired(landing)).to.deep.equal({ leaf3: "Land", leaf2: "Hold" });
      const failed = decide({ children: [child("leaf1", "Failed"), child("leaf2", "Pending")] });
      expect(failed.status.phase).to.equal("Failed");
      expect(condition(failed, "Succeeded")).to.equal("False");
      expect(failed.status.failed?.[0]).to.include({ device: "leaf1" });
    });

    for (const stage of ["Hung", "Unknown"] as const) {
      it(`a device that is ${stage} stops new starts, and is left to its own steps`, () => {
        const children = [child("leaf1", stage), child("leaf3", "Pending"), child("leaf2", "Pending")];
        const decision = decide({ children });
        expect(decision.status.phase).to.equal(stage);
        expect(condition(decision, "Stalled")).to.equal("True");
        expect(desired(decision)).to.deep.equal({ leaf1: "Proceed", leaf3: "Hold", leaf2: "Hold" });
      });
    }

    it("TR-7 is blocked when all that runs waits for something outside, and goes on by itself", () => {
      const children = [child("leaf1", "Blocked"), child("leaf3", "Succeeded"), child("leaf2", "Pending")];
      const decision = decide({ children });
      expect(decision.status.phase).to.equal("Blocked");
      expect(condition(decision, "Stalled")).to.equal("True");
      expect(desired(decision)).to.deep.equal({ leaf1: "Proceed", leaf2: "Hold" });
      const moving = [child("leaf1", "Blocked"), child("leaf3", "Running"), child("leaf2", "Pending")];
      expect(decide({ children: moving }).status.phase).to.equal("Running");
    });

    it("a hold lands what runs also beside a device that hangs", () => {
      const children = [child("leaf1", "Hung"), child("leaf3", "Running"), child("leaf2", "Pending")];
      const decision = decide({ children, hold: "" });
      expect(decision.status.phase).to.equal("Hung");
      expect(desired(decision)).to.deep.equal({ leaf1: "Land", leaf3: "Land", leaf2: "Hold" });
    });

    it("a hold lands what runs, and says whose hold it is", () => {
      const children = [child("leaf1", "Running"), child("leaf3", "Pending"), child("leaf2", "Pending")];
      const decision = decide({ children, hold: "storm in the backbone" });
      expect(decision.status.phase).to.equal("Landing");
      expect(desired(decision)).to.deep.equal({ leaf1: "Land", leaf3: "Hold", leaf2: "Hold" });
      const held = decide({ hold: "storm in the backbone" });
      expect(held.status.phase).to.equal("Held");
      expect(findCondition(held.status.conditions, "Ready")?.message).to.contain("storm in the backbone");
    });

    it("spec.paused does the same", () => {
      expect(decide({ campaign: campaign({ paused: true }) }).status.phase).to.equal("Paused");
    });

    it("N8 changed inputs make the plan stale: nothing starts, and a new plan is made once all has landed", () => {
      const stale = { ...STORED, outdated: true };
      const running = [child("leaf1", "Running"), child("leaf3", "Pending"), child("leaf2", "Pending")];
      const landing = decide({ stored: stale, children: running });
      expect(landing).to.include({ makePlan: false });
      expect(desired(landing)).to.deep.equal({ leaf1: "Land", leaf3: "Hold", leaf2: "Hold" });
      const landed = decide({ stored: stale, children: [child("leaf1", "Pending")] });
      expect(landed.makePlan).to.equal(true);
      expect(landed.status.phase).to.equal("Stale");
    });

    it("a new plan after an approval needs an approval of its own", () => {
      const approved = decide().status;
      const replanned = { ...STORED, hash: "beef", plan: { ...PLAN, hash: "beef" } };
      const decision = decide({
        campaign: campaign({}, approved),
        stored: replanned,
        children: [child("leaf1", "Pending")],
      });
      expect(decision.status.phase).to.equal("Stale");
      expect(desired(decision), "those that it has to do with already").to.deep.equal({ leaf1: "Hold" });
    });

    it("an automatic approval is none of going on without a device that has failed", () => {
      const { leaf1: _failed, ...rest } = PLAN.devices;
      const without = { ...STORED, hash: "beef", plan: { ...PLAN, hash: "beef", devices: rest } };
      const automatic = campaign({ approval: { policy: "Automatic" } }, decide().status);
      const children = [child("leaf1", "Failed"), child("leaf3", "Pending"), child("leaf2", "Pending")];
      const waits = decide({ campaign: automatic, stored: without, children });
      expect(waits.status.phase).to.equal("Stale");
      const ready = findCondition(waits.status.conditions, "Ready");
      expect(ready?.message).to.contain("failed: leaf1").and.to.contain("beef");
      expect(Object.values(desired(waits))).not.to.include("Proceed");
      const approved = campaign({ approval: { policy: "Automatic", planHash: "beef" } }, waits.status);
      expect(decide({ campaign: approved, stored: without, children }).status.phase).to.equal("Running");
    });

    it("EX-8 a campaign that is deleted lands what runs, and names what stays out", () => {
      const running = [child("leaf1", "Running"), child("leaf3", "Pending")];
      const landing = decideCampaign(campaignWorld({ deleted: true, children: running }), NOW);
      expect(landing.status.phase).to.equal("Landing");
      expect(landing.children.find(({ device }) => device === "leaf1")).to.include({ desired: "Land" });
      expect(landing.children.find(({ device }) => device === "leaf3")).to.include({ desired: "Hold" });
      const stranded = child("leaf1", "Failed");
      stranded.status = {
        ...stranded.status,
        landing: { to: "Drained", reason: "VersionUnexpected", message: "", since: "2026-11-22T09:00:00Z" },
      };
      const waiting = decideCampaign(campaignWorld({ deleted: true, children: [stranded] }), NOW);
      const ready = waiting.status.conditions?.find(({ type }) => type === "Ready");
      expect(ready?.message).to.contain("leaf1").and.to.contain(ANNOTATIONS.abandon);
    });

    it("FX-14 a campaign waits for another one on its fabric", () => {
      const decision = decide({ otherCampaign: "dc1-hotfix" });
      expect(decision.status.phase).to.equal("Paused");
      expect(desired(decision)).to.deep.equal({ leaf1: "Hold", leaf3: "Hold", leaf2: "Hold" });
    });
  });

  it("is level-triggered: deciding on its own status again changes nothing", () => {
    const children = [child("leaf1", "Succeeded"), child("leaf3", "Running"), child("leaf2", "Pending")];
    const first = decide({ children });
    const again = decide({ children, campaign: campaign({}, first.status) });
    expect(again.status).to.deep.equal(first.status);
  });

  describe("PL-18 maintenance windows", () => {
    const minute = 60_000;
    const open = { from: NOW - 10 * minute, until: NOW + 25 * minute };

    it("do not matter to a campaign without any", () => {
      expect(decide().status.phase).to.equal("Running");
    });

    it("a batch begins where it fits into what is left, and not a moment later", () => {
      expect(decide({ window: open }).status.phase).to.equal("Running");
      const late = decide({ window: { ...open, until: open.until - 1 } });
      expect(late.status.phase).to.equal("OutsideWindow");
      expect(findCondition(late.status.conditions, "Ready")?.message).to.match(
        /^batch 1 takes about 25 min, and the maintenance window closes in 25 min /,
      );
      expect(desired(late)).to.deep.equal({ leaf1: "Hold", leaf2: "Hold", leaf3: "Hold" });
      expect(condition(late, "Stalled")).to.equal("False");
    });

    it("a closed one is waited for, and when it opens is told", () => {
      const closed = decide({ window: { from: NOW + 60 * minute, until: NOW + 120 * minute } });
      expect(closed.status.phase).to.equal("OutsideWindow");
      expect(findCondition(closed.status.conditions, "Ready")?.message).to.match(
        /the next maintenance window opens at 20/,
      );
      expect(decide({ window: null }).status.phase).to.equal("OutsideWindow");
      const atItsEnd = decide({ window: { from: NOW - minute, until: NOW } });
      expect(atItsEnd.status.phase).to.equal("OutsideWindow");
    });

    it("what runs goes on to the end of the window, however little is left, and lands when it closes", () => {
      const children = [child("leaf1", "Running"), child("leaf3", "Succeeded")];
      const going = decide({ children, window: { from: NOW - minute, until: NOW + minute } });
      expect(going.status.phase).to.equal("Running");
      expect(desired(going)).to.include({ leaf1: "Proceed" });
      const closed = decide({ children, window: { from: NOW + minute, until: NOW + 2 * minute } });
      expect(closed.status.phase).to.equal("Landing");
      expect(desired(closed)).to.deep.equal({ leaf1: "Land", leaf2: "Hold" });
    });

    it("the rest of a batch needs room for itself alone", () => {
      const plan = {
        ...PLAN,
        devices: { ...PLAN.devices, leaf3: { ...PLAN.devices["leaf3"], estimateSeconds: 600 } },
      };
      const children = [child("leaf1", "Succeeded"), child("leaf3", "Pending")];
      const window = { from: NOW - minute, until: NOW + 11 * minute };
      const stored: StoredPlan = JSON.parse(JSON.stringify({ ...STORED, plan }));
      expect(decide({ stored, children, window }).status.phase).to.equal("Running");
      expect(decide({ stored, children: [], window }).status.phase).to.equal("OutsideWindow");
    });

    it("are no matter of a campaign that has ended, and none before its approval", () => {
      const done = ["leaf1", "leaf2", "leaf3"].map((name) => child(name, "Succeeded"));
      expect(decide({ children: done, window: null }).status.phase).to.equal("Completed");
      const unapproved = campaign({ approval: { policy: "Manual" } });
      expect(decide({ campaign: unapproved, window: null }).status.phase).to.equal("AwaitingApproval");
    });
  });
});
