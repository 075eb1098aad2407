/** Objects as the real engine and controllers leave them: a campaign in each of its phases, and all of a whole run. */
import { CAMPAIGN_PHASES, type CampaignPhase } from "../../src/api/campaignPhase.ts";
import { DEVICE_STATES, type DeviceState } from "../../src/api/deviceState.ts";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { CustomKind, ObjectOf } from "../../src/api/kinds.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { ANNOTATIONS } from "../../src/api/names.ts";
import type { CampaignWorld } from "../../src/engine/campaignWorld.ts";
import { decideCampaign } from "../../src/engine/decideCampaign.ts";
import { withConditions } from "../../src/engine/deviceConditions.ts";
import { testOf } from "../../src/engine/testRun.ts";
import { startToyController, toyStage, untilEnded } from "../controllers/toyRun.ts";
import { campaign, campaignWorld, child, STORED } from "../engine/campaigns.ts";
import { NOW } from "../engine/worlds.ts";

const unapproved = { approval: { policy: "Manual" } } as const;

/** A device that has passed the test run of this very campaign and plan. */
function tested(device: string): DeviceUpgrade {
  const upgrade = child(device, "Pending");
  const of = testOf(campaign(), STORED);
  return {
    ...upgrade,
    status: { ...upgrade.status, test: { of, at: "2026-11-22T09:00:00Z", passed: true } },
  };
}

/** A world for each phase. */
const WORLDS: Readonly<Record<CampaignPhase, Partial<CampaignWorld>>> = {
  Planning: {},
  Planned: { campaign: campaign({ ...unapproved, mode: "Plan" }) },
  Testing: { campaign: campaign({ ...unapproved, mode: "TestRun" }) },
  Tested: {
    campaign: campaign({ ...unapproved, mode: "TestRun" }),
    children: [tested("leaf1"), tested("leaf2"), tested("leaf3")],
  },
  AwaitingApproval: { campaign: campaign(unapproved) },
  Running: { children: [child("leaf1", "Succeeded"), child("leaf3", "Running")] },
  Soaking: { children: [child("leaf1", "Soaking"), child("leaf3", "Succeeded")] },
  Landing: { hold: "storm", children: [child("leaf1", "Running")] },
  Held: { hold: "storm", children: [child("leaf1", "Succeeded")] },
  Paused: { campaign: campaign({ paused: true }) },
  OutsideWindow: { window: null },
  Blocked: { children: [child("leaf1", "Blocked")] },
  Stale: { stored: { ...STORED, outdated: true } },
  Hung: { children: [child("leaf1", "Hung"), child("leaf3", "Succeeded")] },
  Unknown: { children: [child("leaf1", "Unknown")] },
  Failed: { children: [child("leaf1", "Failed"), child("leaf3", "Succeeded")] },
  Completed: {
    children: [child("leaf1", "Succeeded"), child("leaf3", "Succeeded"), child("leaf2", "Succeeded")],
  },
};

/** A campaign in that phase, with the status that the engine decides for it. */
export function campaignIn(phase: CampaignPhase): UpgradeCampaign {
  const { stored, ...bare } = campaignWorld(WORLDS[phase]);
  const world = phase === "Planning" || stored === undefined ? bare : { ...bare, stored };
  const { status } = decideCampaign(world, NOW);
  if (status.phase !== phase) throw new Error(`the world of ${phase} is ${String(status.phase)}`);
  return { ...world.campaign, status };
}

export const CAMPAIGNS = CAMPAIGN_PHASES.map(campaignIn);

/** The states that end a device's upgrade. */
const ENDS: ReadonlySet<DeviceState> = new Set([
  "HitlessImageUpgradeSuccessful",
  "HitlessImageUpgradeFailed",
  "HealthCheckFailed",
  "MaintenanceModeFailure",
  "Skipped",
  "Cancelled",
]);

/** A DeviceUpgrade in that state, with the conditions that the engine gives it. */
export function upgradeIn(state: DeviceState): DeviceUpgrade {
  const upgrade = child("leaf1", "Running");
  const status = {
    ...upgrade.status,
    state,
    percent: 40,
    message: "as the step says",
    ...(ENDS.has(state) ? { finishedAt: "2026-11-22T09:00:00Z" } : {}),
  };
  return { ...upgrade, status: withConditions(status, { upgrade, ledgerHeld: false, now: NOW }) };
}

export const UPGRADES = DEVICE_STATES.map(upgradeIn);

const KINDS_OF_A_RUN = ["Fabric", "DeviceImage", "UpgradeCampaign", "DeviceUpgrade"] as const;

/** Every version of every object of a campaign that is run from its first plan to its end. */
export async function recordRun(): Promise<readonly ObjectOf<CustomKind>[]> {
  const stage = await toyStage();
  const over = new AbortController();
  const versions: ObjectOf<CustomKind>[] = [];
  for (const kind of KINDS_OF_A_RUN) {
    await stage.store.watch(kind, ({ object }) => void versions.push(object), over.signal);
  }
  const { running } = await startToyController(stage);
  await untilEnded(stage);
  over.abort();
  await stage.settled(running.stop());
  return versions;
}

/** A Fabric with a device that does not answer, on hold; and an image that contradicts itself. */
export async function recordTrouble(): Promise<{
  readonly fabric: ObjectOf<"Fabric">;
  readonly image: ObjectOf<"DeviceImage">;
}> {
  const stage = await toyStage();
  const { store, namespace, clock } = stage;
  const silent = stage.devices.get("leaf1");
  if (silent !== undefined) silent.upAt = Infinity;
  const junos = await store.get("DeviceImage", { namespace, name: "junos" });
  const fabric = await store.get("Fabric", { namespace, name: "dc1" });
  if (junos === undefined || fabric === undefined) throw new Error("the toys have a fabric and an image");
  const wrong = { metadata: { namespace, name: "wrong" }, spec: { ...junos.spec, osVersion: "22.4R1" } };
  await store.create("DeviceImage", wrong);
  const annotations = { [ANNOTATIONS.hold]: "storm" };
  await store.replace("Fabric", { ...fabric, metadata: { ...fabric.metadata, annotations } });
  const { running } = await startToyController(stage);
  const read = async (): Promise<Awaited<ReturnType<typeof recordTrouble>>> => {
    for (;;) {
      const found = {
        fabric: await store.get("Fabric", { namespace, name: "dc1" }),
        image: await store.get("DeviceImage", { namespace, name: "wrong" }),
      };
      const { fabric: seen, image } = found;
      if (seen?.status?.discoveredAt !== undefined && image?.status !== undefined)
        return { fabric: seen, image };
      await clock.sleepUntil(clock.now() + 1000);
    }
  };
  const found = await stage.settled(read());
  await stage.settled(running.stop());
  return found;
}
