/** What a campaign does when one of its devices has come to where a forecast says: asked of the engine, too. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import { findCondition } from "../../api/conditions.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Plan } from "../../api/plan.ts";
import { parseInstant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { decideCampaign } from "../../engine/decideCampaign.ts";
import type { Desired } from "../../engine/deviceWorld.ts";
import type { DeviceUpgradeStatus } from "../../engine/step.ts";

export interface CampaignAfter {
  readonly phase: CampaignPhase;
  readonly message: string;
  /** What the other devices of the batch that have begun are told; null where the device is alone in it. */
  readonly others: Desired | null;
  /** What the devices of later batches are told; null where there are none. */
  readonly later: Desired | null;
}

export interface CampaignAfterInput {
  readonly campaign: UpgradeCampaign;
  readonly plan: Plan;
  readonly device: string;
  /** The device's as the forecast leaves it. */
  readonly status: DeviceUpgradeStatus;
  /** Somebody holds the campaign. */
  readonly held: boolean;
}

const HASH = "forecast";

/** Earlier batches are done, the others of the device's batch have begun, later ones have not. */
export function campaignAfter(input: CampaignAfterInput): CampaignAfter {
  const { campaign, plan, device } = input;
  const batch = plan.devices[device]?.batch ?? 1;
  const now = parseInstant("2000-01-01T00:00:00Z");
  const { children, status } = decideCampaign(
    {
      campaign: {
        ...campaign,
        spec: { ...campaign.spec, mode: "Upgrade", paused: false },
        status: { approved: { hash: HASH, at: "2000-01-01T00:00:00Z" } },
      },
      stored: { hash: HASH, plan, configMapName: HASH, blockers: [], outdated: false },
      children: Object.keys(plan.devices).map((name) => childOf(name, { ...input, batch })),
      ...(input.held ? { hold: "" } : {}),
    },
    now,
  );
  const wish = (isMeant: (name: string, place: number) => boolean): Desired | null =>
    children.find((child) => isMeant(child.device, child.batch))?.desired ?? null;
  return {
    phase: status.phase ?? "Unknown",
    message: findCondition(status.conditions, "Ready")?.message ?? "",
    others: wish((name, place) => place === batch && name !== device),
    later: wish((_name, place) => place > batch),
  };
}

function childOf(
  name: string,
  { campaign, plan, device, status, batch }: CampaignAfterInput & { readonly batch: number },
): DeviceUpgrade {
  const { namespace, uid } = campaign.metadata;
  const own = plan.devices[name]?.batch ?? 1;
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "DeviceUpgrade",
    metadata: { namespace, name, uid: name, resourceVersion: "1", generation: 1, creationTimestamp: "" },
    spec: {
      campaignRef: { name: campaign.metadata.name, uid },
      fabricRef: campaign.spec.fabricRef,
      deviceName: name,
      image: {
        name: HASH,
        uid: HASH,
        generation: 1,
        deviceImageName: HASH,
        osVersion: plan.devices[name]?.to ?? "",
        sizeBytes: 1,
        checksum: {},
      },
      batch: own,
      procedure: HASH,
      desired: "Proceed",
      planHash: HASH,
    },
    status: name === device ? status : statusOf(own, batch),
  };
}

function statusOf(own: number, batch: number): DeviceUpgradeStatus {
  if (own < batch) return { state: "HitlessImageUpgradeSuccessful", finishedAt: "2000-01-01T00:00:00Z" };
  if (own > batch) return { state: "Pending" };
  return { state: "Validating", steps: [{ name: "Preflight", state: "Done", attempts: 0 }] };
}
