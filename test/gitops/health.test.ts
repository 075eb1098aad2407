/** kubectl wait, kstatus and Argo CD's health checks agree on what state an object is in. */
import { expect } from "chai";
import type { CampaignPhase } from "../../src/api/campaignPhase.ts";
import { findCondition, isTrue, type Condition } from "../../src/api/conditions.ts";
import type { DeviceState } from "../../src/api/deviceState.ts";
import type { CustomKind } from "../../src/api/kinds.ts";
import { CAMPAIGNS, campaignIn, recordRun, recordTrouble, UPGRADES, upgradeIn } from "./recorded.ts";
import {
  describeWithVerdicts,
  healthCheckOf,
  verdictsOn,
  type ArgoHealth,
  type Kstatus,
  type ServedObject,
  type Verdicts,
} from "./verdicts.ts";

/** The table of the design: what each phase of a campaign tells the outside. */
const TABLE: readonly (readonly [readonly CampaignPhase[], ArgoHealth, Kstatus, string])[] = [
  [["Planning", "Testing", "Running", "Soaking", "Landing"], "Progressing", "InProgress", "Unknown"],
  [["AwaitingApproval", "Held", "Paused", "OutsideWindow"], "Suspended", "InProgress", "Unknown"],
  [["Blocked", "Stale", "Hung", "Unknown"], "Degraded", "Failed", "Unknown"],
  [["Failed"], "Degraded", "Failed", "False"],
  [["Planned", "Tested", "Completed"], "Healthy", "Current", "True"],
];

/** The same for the states of a device. */
const DEVICES: readonly (readonly [readonly DeviceState[], ArgoHealth, Kstatus])[] = [
  [["Pending", "Held"], "Suspended", "InProgress"],
  [["Blocked", "Hung", "Unknown"], "Degraded", "Failed"],
  [
    ["HealthCheckFailed", "MaintenanceModeFailure", "HitlessImageUpgradeFailed", "Cancelled"],
    "Degraded",
    "Failed",
  ],
  [["HitlessImageUpgradeSuccessful", "Skipped"], "Healthy", "Current"],
];
const DEVICE_EXCEPTIONS = new Set(DEVICES.flatMap(([states]) => states));

/** What kstatus says where Argo CD says that. */
const KSTATUS_OF: Readonly<Record<ArgoHealth, Kstatus>> = {
  Healthy: "Current",
  Suspended: "InProgress",
  Progressing: "InProgress",
  Degraded: "Failed",
};

interface Shown extends ServedObject {
  readonly kind: CustomKind;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

async function verdictOn(object: ServedObject, check?: string): Promise<Verdicts> {
  const [verdict] = await verdictsOn([object], check === undefined ? undefined : () => check);
  if (verdict === undefined) throw new Error("no verdict");
  return verdict;
}

/** The same object after an edit that no controller has seen. */
function edited<O extends Shown>(object: O): O {
  return { ...object, metadata: { ...object.metadata, generation: (object.metadata.generation ?? 0) + 1 } };
}

function expectAgreement(object: Shown, { argo, kstatus }: Verdicts): void {
  const about = `${object.kind} ${JSON.stringify(object.status?.conditions)}`;
  expect(kstatus.status, about).to.equal(KSTATUS_OF[argo.status]);
  const waitedFor = object.kind === "Fabric" || object.kind === "DeviceImage" ? "Ready" : "Succeeded";
  expect(isTrue(object.status?.conditions, waitedFor), about).to.equal(argo.status === "Healthy");
}

describeWithVerdicts("gitops: what an object says of itself", () => {
  describe("a campaign", () => {
    for (const [phases, argo, kstatus, succeeded] of TABLE) {
      for (const phase of phases) {
        it(`MO-4 ${phase} is ${argo} to Argo CD and ${kstatus} to kstatus`, async () => {
          const object = campaignIn(phase);
          const verdict = await verdictOn(object);
          expect(verdict.argo.status).to.equal(argo);
          expect(verdict.kstatus.status).to.equal(kstatus);
          expect(findCondition(object.status?.conditions, "Succeeded")?.status).to.equal(succeeded);
          expectAgreement(object, verdict);
        });
      }
    }

    it("has a row for every phase", () => {
      const rows = TABLE.flatMap(([phases]) => phases);
      expect(rows).to.have.members(CAMPAIGNS.map(({ status }) => status?.phase));
    });

    it("EX-4 says how far it is, and why it stands still", async () => {
      const messageOf = async (phase: CampaignPhase) => (await verdictOn(campaignIn(phase))).argo.message;
      expect(await messageOf("Planning")).to.equal("Planning: the plan is being made");
      expect(await messageOf("Running")).to.equal("Running: 1/3 devices, batch 1/2");
      expect(await messageOf("AwaitingApproval"))
        .to.match(/^AwaitingApproval: 0\/3 devices in 2 batches: plan 4f2a/)
        .and.contain("hitless approve");
      expect(await messageOf("Held")).to.contain("held: storm");
      expect(await messageOf("Failed")).to.contain("leaf1");
      expect(await messageOf("Completed")).to.equal("Completed: 3/3 devices in 2 batches");
    });
  });

  describe("a device's upgrade", () => {
    it("MO-4 is in the state that its conditions say, in each of its states", async () => {
      const verdicts = await verdictsOn(UPGRADES);
      for (const [index, object] of UPGRADES.entries()) {
        const verdict = verdicts[index];
        if (verdict === undefined) throw new Error("a verdict is missing");
        const state = object.status?.state ?? "Pending";
        const row = DEVICES.find(([states]) => states.includes(state));
        expect([verdict.argo.status, verdict.kstatus.status], state).to.deep.equal(
          row === undefined ? ["Progressing", "InProgress"] : row.slice(1),
        );
        expectAgreement(object, verdict);
      }
      expect(UPGRADES.length).to.be.greaterThan(DEVICE_EXCEPTIONS.size);
    });

    it("says its state, and how far it is while it runs", async () => {
      expect((await verdictOn(upgradeIn("Installing"))).argo.message).to.match(/^Installing \(40 %\): /);
      expect((await verdictOn(upgradeIn("Skipped"))).argo.message).to.match(/^Skipped: /);
    });
  });

  it("EX-11 agrees on every version of every object of a whole campaign", async () => {
    const versions = await recordRun();
    const verdicts = await verdictsOn(versions);
    expect(verdicts).to.have.lengthOf(versions.length);
    const seen = new Map<string, Set<ArgoHealth>>();
    for (const [index, object] of versions.entries()) {
      const verdict = verdicts[index];
      if (verdict === undefined) throw new Error("a verdict is missing");
      expectAgreement(object, verdict);
      seen.set(object.kind, (seen.get(object.kind) ?? new Set()).add(verdict.argo.status));
    }
    for (const kind of ["UpgradeCampaign", "DeviceUpgrade"]) {
      expect(seen.get(kind), kind).to.include("Progressing").and.include("Healthy");
    }
    for (const kind of ["Fabric", "DeviceImage"]) expect(seen.get(kind), kind).to.include("Healthy");
  });

  it("MO-4 a Fabric and an image with something wrong are Degraded, and say what", async () => {
    const { fabric, image } = await recordTrouble();
    for (const [object, what] of [
      [fabric, /^held: storm; 3\/4 devices answer: leaf1: /],
      [image, /^osVersion is 22\.4R1, /],
    ] as const) {
      const verdict = await verdictOn(object);
      expect(verdict.argo.status).to.equal("Degraded");
      expect(verdict.argo.message).to.match(what);
      expectAgreement(object, verdict);
    }
  });

  describe("the health checks", () => {
    const done = campaignIn("Completed");

    it("do not take an answer for the last change that is about the one before", async () => {
      const [first] = UPGRADES;
      if (first === undefined) throw new Error("no state of a device");
      for (const object of [...CAMPAIGNS, first].map(edited)) {
        const { argo, kstatus } = await verdictOn(object);
        expect(argo.status).to.equal("Progressing");
        expect(kstatus.status).to.equal("InProgress");
      }
    });

    it("would do that without their look at the generation", async () => {
      const check = healthCheckOf("UpgradeCampaign");
      const guard = "status.observedGeneration ~= obj.metadata.generation";
      expect(check).to.contain(guard);
      const { argo } = await verdictOn(edited(done), check.replace(guard, "false"));
      expect(argo.status).to.equal("Healthy");
    });

    it("wait for an object that is being deleted", async () => {
      const deletionTimestamp = "2026-11-22T11:00:00Z";
      const { argo, kstatus } = await verdictOn({
        ...done,
        metadata: { ...done.metadata, deletionTimestamp },
      });
      expect(argo.status).to.equal("Progressing");
      expect(kstatus.status).to.equal("Terminating");
    });

    it("wait for an object without a status, which reads as done to kstatus", async () => {
      const { status: _status, ...bare } = done;
      const { argo, kstatus } = await verdictOn(bare);
      expect(argo).to.deep.equal({ status: "Progressing", message: "waits for the controller" });
      expect(kstatus.status).to.equal("Current");
    });
  });
});
