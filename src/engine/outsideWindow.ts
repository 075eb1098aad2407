/** Whether a campaign has to wait for a maintenance window: none is open, or what is left of it is too short. */
import { explain, type Explained } from "../api/reasons.ts";
import { formatInstant, type Instant, type Interval } from "../api/time.ts";
import { hasEnded, type CampaignProgress } from "./campaignProgress.ts";
import type { CampaignWorld, StoredPlan } from "./campaignWorld.ts";
import { passedImages } from "./stopovers.ts";

/**
 * Why nothing may begin; undefined when something may. What has begun goes on as long as the window is open; when it
 * closes, it lands like everything that is stopped.
 */
export function outsideWindow(
  { window, children, passed = [] }: CampaignWorld,
  { stored, progress, now }: { stored: StoredPlan; progress: CampaignProgress; now: Instant },
): Explained | undefined {
  if (window === undefined) return undefined;
  if (window === null) return explain("OutsideWindow", "no maintenance window opens any more");
  if (now < window.from || now >= window.until) {
    return explain("OutsideWindow", `the next maintenance window opens at ${formatInstant(window.from)}`);
  }
  if (progress.underWay.length > 0) return undefined;
  const batch = stored.plan.batches.find(({ index }) => index === progress.currentBatch);
  const over = new Set(children.filter(hasEnded).map(({ spec }) => spec.deviceName));
  const behind = passedImages(passed);
  const needed = (batch?.devices ?? [])
    .filter((device) => !over.has(device))
    .reduce((slowest, device) => Math.max(slowest, secondsOf(stored, device, behind.get(device))), 0);
  if (fits(needed, { window, now })) return undefined;
  const minutes = (seconds: number): string => `${String(Math.ceil(seconds / 60))} min`;
  const left = minutes((window.until - now) / 1000);
  const what = `batch ${String(progress.currentBatch)} takes about ${minutes(needed)}`;
  return explain("OutsideWindow", `${what}, and the maintenance window closes in ${left}`);
}

/**
 * Whether a device may begin so late in the window, also where others of its batch have begun: what it takes until it is
 * back in service has to fit.
 */
export function mayBegin(
  device: string,
  { window, passed = [] }: CampaignWorld,
  { stored, now }: { stored: StoredPlan; now: Instant },
): boolean {
  if (window === undefined || window === null) return window === undefined;
  return fits(secondsOf(stored, device, passedImages(passed).get(device)), { window, now });
}

function fits(seconds: number, { window, now }: { window: Interval; now: Instant }): boolean {
  return now + seconds * 1000 <= window.until;
}

/** What the device takes for its next image; after that it is in service, and may wait. */
function secondsOf({ plan }: StoredPlan, device: string, passed: readonly string[] = []): number {
  const planned = Object.hasOwn(plan.devices, device) ? plan.devices[device] : undefined;
  const next = planned?.hops?.find(({ image }) => !passed.includes(image));
  return next?.estimateSeconds ?? planned?.estimateSeconds ?? 0;
}

/** Model time until the answer may be another one, as far as the clock decides; undefined for never. */
export function secondsToWindowChange({ window }: CampaignWorld, now: Instant): number | undefined {
  if (window === undefined || window === null) return undefined;
  const change = now < window.from ? window.from : window.until;
  return Math.max(1, Math.ceil((change - now) / 1000));
}
