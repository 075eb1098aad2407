/** A run on a twin with its progress written as it goes. */
import type { Writable } from "node:stream";
import type { Clock } from "../../api/time.ts";
import type { PlanRecord } from "../../controllers/campaign/planStore.ts";
import { showProgress, type CampaignProgress } from "../render/campaignProgress.ts";
import { writeLine } from "../terminal.ts";
import { runOnTwin, type TwinOptions, type TwinReport } from "../twin.ts";
import type { CampaignEvents } from "./followCampaign.ts";

export interface Watch {
  readonly stream: Writable;
  /** Shows the plan before it is approved. Only its hash is written by default. */
  readonly showPlan?: (record: PlanRecord) => void;
}

/** What is written of a campaign that is followed, from its plan on. */
export interface ShownCampaign extends CampaignEvents {
  stop(): void;
}

export function showCampaign(clock: Clock, { stream, showPlan }: Watch): ShownCampaign {
  let progress: CampaignProgress | undefined;
  return {
    onPlan: (record) => {
      showPlan?.(record);
      writeLine(stream, `Approved: plan ${record.plan.hash ?? ""}`);
      progress?.stop();
      progress = showProgress({ stream, clock, plan: record.plan });
    },
    onCampaign: (campaign) => progress?.onCampaign(campaign),
    onDevice: (upgrade) => progress?.onDevice(upgrade),
    stop: () => progress?.stop(),
  };
}

/** As `runOnTwin`. */
export async function watchedRun(options: TwinOptions, watch: Watch): Promise<TwinReport> {
  let shown: ShownCampaign | undefined;
  try {
    return await runOnTwin({
      ...options,
      onStart: (world) => {
        shown = showCampaign(world.clock, watch);
        options.onStart?.(world);
      },
      onPlan: (record) => shown?.onPlan?.(record),
      onCampaign: (campaign) => shown?.onCampaign?.(campaign),
      onDevice: (upgrade) => shown?.onDevice?.(upgrade),
    });
  } finally {
    shown?.stop();
  }
}
