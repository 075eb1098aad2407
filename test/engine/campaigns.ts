/** Campaigns for the engine's tests: a plan of two batches, and devices at any stage of it. */
import type { DeviceState } from "../../src/api/deviceState.ts";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { ObjectMeta } from "../../src/api/objectMeta.ts";
import type { Plan } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import type { CampaignWorld, StoredPlan } from "../../src/engine/campaignWorld.ts";

const HASH = "4f2a4f2a4f2a4f2a";

function metadata(name: string): ObjectMeta {
  return {
    namespace: "default",
    name,
    uid: `uid-${name}`,
    resourceVersion: "1",
    generation: 2,
    creationTimestamp: "2026-11-22T08:00:00Z",
  };
}

export const PLAN: Plan = {
  hash: HASH,
  source: "devices",
  hitless: true,
  lowerBound: 2,
  batches: [
    { index: 1, tier: "Leaf", canary: false, devices: ["leaf1", "leaf3"], estimateSeconds: 1500 },
    { index: 2, tier: "Leaf", canary: false, devices: ["leaf2"], estimateSeconds: 1500 },
  ],
  devices: {
    leaf1: { from: "21.4R3", to: "23.4R2", batch: 1, estimateSeconds: 1500, peers: ["leaf2"], reasons: [] },
    leaf3: { from: "21.4R3", to: "23.4R2", batch: 1, estimateSeconds: 1500, peers: [], reasons: [] },
    leaf2: { from: "21.4R3", to: "23.4R2", batch: 2, estimateSeconds: 1500, peers: ["leaf1"], reasons: [] },
  },
  skipped: [],
  exposed: [],
};

export const STORED: StoredPlan = {
  hash: HASH,
  plan: PLAN,
  configMapName: "dc1-plan",
  blockers: [],
  outdated: false,
};

export function campaign(
  spec: Partial<UpgradeCampaign["spec"]> = {},
  status?: UpgradeCampaign["status"],
): UpgradeCampaign {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "UpgradeCampaign",
    metadata: metadata("dc1-24q4"),
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } }],
      strategy: { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "2m" },
      healthChecks: { abortOnFailure: true },
      approval: { policy: "Manual", planHash: HASH },
      paused: false,
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

type Stage = "Pending" | "Running" | "Blocked" | "Soaking" | "Succeeded" | "Failed" | "Hung" | "Unknown";

const STATES: Readonly<Record<Stage, DeviceState>> = {
  Pending: "Pending",
  Running: "Installing",
  Blocked: "Blocked",
  Soaking: "VerifyingService",
  Succeeded: "HitlessImageUpgradeSuccessful",
  Failed: "HitlessImageUpgradeFailed",
  Hung: "Hung",
  Unknown: "Unknown",
};

export function child(deviceName: string, stage: Stage): DeviceUpgrade {
  const ended = stage === "Succeeded" || stage === "Failed";
  const begun = stage !== "Pending";
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "DeviceUpgrade",
    metadata: metadata(`dc1-24q4-${deviceName}`),
    spec: {
      campaignRef: { name: "dc1-24q4", uid: "uid-dc1-24q4" },
      fabricRef: { name: "dc1" },
      deviceName,
      image: {
        name: "junos",
        uid: "uid-junos",
        generation: 1,
        deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-secure-signed.tgz",
        osVersion: "23.4R2",
        sizeBytes: 1,
        checksum: {},
      },
      batch: PLAN.devices[deviceName]?.batch ?? 1,
      procedure: "qfx/v1",
      desired: "Proceed",
      planHash: HASH,
    },
    status: {
      state: STATES[stage],
      ...(ended ? { finishedAt: "2026-11-22T09:00:00Z" } : {}),
      ...(begun
        ? { steps: [{ name: stage === "Soaking" ? "Soak" : "Install", state: "Running", attempts: 1 }] }
        : {}),
    },
  };
}

export function campaignWorld(overrides: Partial<CampaignWorld> = {}): CampaignWorld {
  return { campaign: campaign(), stored: STORED, children: [], ...overrides };
}
