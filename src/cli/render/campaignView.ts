/** A campaign in a cluster as it is watched: from whatever point it is at, through new plans, to its end. */
import type { Writable } from "node:stream";
import { deviceStateTitle } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Plan } from "../../api/plan.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { phaseText } from "../cluster/campaigns.ts";
import { observedClock } from "../cluster/observedClock.ts";
import { compareNames } from "../../planner/naturalOrder.ts";
import { writeLine } from "../terminal.ts";
import { showProgress, type CampaignProgress } from "./campaignProgress.ts";
import { renderTable } from "./table.ts";

export interface CampaignView {
  /** Whether the campaign has a plan that this view has not been given. */
  needsPlan(campaign: UpgradeCampaign): boolean;
  onPlan(plan: Plan): void;
  onCampaign(campaign: UpgradeCampaign): void;
  onDevice(upgrade: DeviceUpgrade): void;
  /** Writes what became of it all. */
  onEnd(campaign: UpgradeCampaign): void;
  /** Writes what is left and ends. */
  stop(): void;
}

/** A campaign takes hours: without news a line a minute is enough. */
const SIGN_OF_LIFE_SECONDS = 60;

/** Begins to write; `stop` must be called. */
export function showCampaign(stream: Writable): CampaignView {
  const clock = observedClock();
  const upgrades = new Map<string, DeviceUpgrade>();
  let plan: Plan | undefined;
  let progress: CampaignProgress | undefined;
  let shownText: string | undefined;

  function begin(campaign: UpgradeCampaign, shown: Plan): CampaignProgress {
    const startedAt = Date.parse(campaign.status?.startedAt ?? "");
    const begun = showProgress({
      stream,
      clock,
      plan: shown,
      signOfLifeSeconds: SIGN_OF_LIFE_SECONDS,
      ...(Number.isNaN(startedAt) ? {} : { startedAt }),
    });
    for (const upgrade of upgrades.values()) begun.onDevice(upgrade);
    return begun;
  }

  return {
    needsPlan: ({ status }) => status?.plan !== undefined && status.plan.hash !== plan?.hash,
    onPlan(made) {
      progress?.stop();
      progress = undefined;
      plan = made;
    },
    onCampaign(campaign) {
      clock.see((campaign.status?.conditions ?? []).map(({ lastTransitionTime }) => lastTransitionTime));
      if (plan === undefined) {
        const text = phaseText(campaign);
        if (text !== shownText) writeLine(stream, text);
        shownText = text;
        return;
      }
      progress ??= begin(campaign, plan);
      progress.onCampaign(campaign);
    },
    onDevice(upgrade) {
      clock.see(timesOf(upgrade));
      upgrades.set(upgrade.metadata.name, upgrade);
      progress?.onDevice(upgrade);
    },
    onEnd(campaign) {
      progress?.stop();
      writeLine(stream, renderEnd(campaign, { plan, upgrades: [...upgrades.values()] }));
    },
    stop: () => progress?.stop(),
  };
}

function timesOf({ status }: DeviceUpgrade): readonly (string | undefined)[] {
  const steps = (status?.steps ?? []).flatMap(({ startedAt, finishedAt }) => [startedAt, finishedAt]);
  return [status?.startedAt, status?.finishedAt, ...steps];
}

function renderEnd(
  campaign: UpgradeCampaign,
  { plan, upgrades }: { readonly plan: Plan | undefined; readonly upgrades: readonly DeviceUpgrade[] },
): string {
  const rows = upgrades
    .toSorted(
      (one, other) =>
        one.spec.batch - other.spec.batch || compareNames(one.spec.deviceName, other.spec.deviceName),
    )
    .map(({ spec, status }) => [
      spec.deviceName,
      String(spec.batch),
      `${plan?.devices[spec.deviceName]?.from ?? "?"} → ${spec.image.osVersion}`,
      deviceStateTitle(status?.state ?? "Pending"),
      status?.finishedAt === undefined || status.state === "HitlessImageUpgradeSuccessful"
        ? ""
        : (status.message ?? ""),
    ]);
  if (rows.length === 0) return phaseText(campaign);
  const head = ["device", "batch", "from → to", "state", "message"];
  return `${phaseText(campaign)}\n${renderTable(head, rows, { indent: "  " })}`;
}
