/** When the maintenance windows of a campaign open: cron schedules in time zones, as moments. */
import { Cron } from "croner";
import { explain, type Explained } from "../api/reasons.ts";
import { parseDurationSeconds, type Instant, type Interval } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { MaintenanceWindows } from "../engine/maintenanceWindow.ts";

type WindowSpec = NonNullable<UpgradeCampaign["spec"]["maintenanceWindows"]>[number];

/** So many openings of each schedule a plan is packed into; reading a schedule takes about a millisecond for each. */
const OPENINGS_TO_PLAN = 60;
/** So many tell how the windows stand: the open one, and one after it that may be joined to it. */
const OPENINGS_TO_RUN = 3;

/** What is wrong with a window, and the field it is in. */
export interface WindowProblem {
  readonly field: string;
  readonly explained: Explained;
}

/** What is wrong with the windows themselves; empty when each of them opens. */
export function windowProblems(windows: readonly WindowSpec[], now: Instant): WindowProblem[] {
  return windows.flatMap((window, index): WindowProblem[] => {
    const field = `spec.maintenanceWindows[${String(index)}]`;
    try {
      if (parseDurationSeconds(window.duration) === 0) {
        const message = "a window of no length never opens";
        return [{ field: `${field}.duration`, explained: explain("WindowNeverOpens", message) }];
      }
      if (openings(window, now, 1).length > 0) return [];
      const message = `${window.schedule} never comes`;
      return [{ field: `${field}.schedule`, explained: explain("WindowNeverOpens", message) }];
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return [{ field, explained: explain("WindowInvalid", message) }];
    }
  });
}

/**
 * The windows from now on, in order and joined where they touch; undefined for a campaign without windows, which may run
 * at any time. Throws for windows that `windowProblems` complains of.
 */
export function upcomingWindows(
  { spec }: Pick<UpgradeCampaign, "spec">,
  now: Instant,
  count = OPENINGS_TO_PLAN,
): readonly Interval[] | undefined {
  const { maintenanceWindows: windows = [] } = spec;
  return windows.length === 0 ? undefined : joined(windows.flatMap((window) => openings(window, now, count)));
}

/** How the windows of a campaign stand now; undefined for one without windows. */
export function windowsAt(
  campaign: Pick<UpgradeCampaign, "spec">,
  now: Instant,
): MaintenanceWindows | undefined {
  const windows = upcomingWindows(campaign, now, OPENINGS_TO_RUN);
  if (windows === undefined) return undefined;
  const [first, second] = windows;
  const [open, next] = first !== undefined && first.from <= now ? [first, second] : [undefined, first];
  return { ...(open === undefined ? {} : { open }), ...(next === undefined ? {} : { next }) };
}

/** The one that is open included. */
function openings({ schedule, duration, timeZone }: WindowSpec, now: Instant, count: number): Interval[] {
  const milliseconds = parseDurationSeconds(duration) * 1000;
  // One that began just as long ago is over.
  const from = new Date(now - milliseconds);
  return new Cron(schedule, { timezone: timeZone, mode: "5-part" })
    .nextRuns(count, from)
    .map((opens) => ({ from: opens.getTime(), until: opens.getTime() + milliseconds }));
}

function joined(windows: readonly Interval[]): Interval[] {
  const all: Interval[] = [];
  for (const window of windows.toSorted((one, other) => one.from - other.from)) {
    const last = all.at(-1);
    if (last === undefined || window.from > last.until) all.push(window);
    else all[all.length - 1] = { from: last.from, until: Math.max(last.until, window.until) };
  }
  return all;
}
