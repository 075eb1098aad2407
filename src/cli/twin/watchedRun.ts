/** A run on a twin with its progress written as it goes. */
import type { Writable } from "node:stream";
import type { Clock } from "../../api/time.ts";
import type { PlanRecord } from "../../controllers/planStore.ts";
import { showProgress, type CampaignProgress } from "../render/campaignProgress.ts";
import { writeLine } from "../terminal.ts";
import { runOnTwin, type TwinOptions, type TwinReport } from "../twin.ts";

export interface Watch {
  readonly stream: Writable;
  /** Shows the plan before it is approved. Only its hash is written by default. */
  readonly showPlan?: (record: PlanRecord) => void;
}

/** As `runOnTwin`. */
export async function watchedRun(options: TwinOptions, { stream, showPlan }: Watch): Promise<TwinReport> {
  let clock: Clock | undefined;
  let progress: CampaignProgress | undefined;
  try {
    return await runOnTwin({
      ...options,
      onStart: (world) => {
        ({ clock } = world);
        options.onStart?.(world);
      },
      onPlan: (record) => {
        showPlan?.(record);
        writeLine(stream, `Approved: plan ${record.plan.hash ?? ""}`);
        progress?.stop();
        if (clock !== undefined) progress = showProgress({ stream, clock, plan: record.plan });
      },
      onCampaign: (campaign) => progress?.onCampaign(campaign),
      onDevice: (upgrade) => progress?.onDevice(upgrade),
    });
  } finally {
    progress?.stop();
  }
}
