/** Maintenance windows as people write them (a cron schedule, how long, in which time zone), and when they are open. */
import { Cron } from "croner";
import { parseDurationSeconds, type Instant, type Interval } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Complain } from "../../planner/planningError.ts";

export type MaintenanceWindow = NonNullable<UpgradeCampaign["spec"]["maintenanceWindows"]>[number];

/** The windows of a campaign; null where it has none and may run at any time. */
export interface Windows {
  /** The first window that closes after a moment, also one that is open then; null when none opens any more. */
  readonly next: (at: Instant) => Interval | null;
  /** How long the longest of them is open. */
  readonly lengthSeconds: number;
}

/** A window that cannot be read, or never opens, is complained of and left out. */
export function windowsOf({ spec }: UpgradeCampaign, now: Instant, complain: Complain): Windows | null {
  const { maintenanceWindows = [] } = spec;
  if (maintenanceWindows.length === 0) return null;
  const calendars = maintenanceWindows.flatMap((window, index) => {
    const field = `spec.maintenanceWindows[${String(index)}]`;
    const fail = (at: string, message: string): [] => {
      complain({ reason: "CampaignInvalid", field: `${field}.${at}`, message });
      return [];
    };
    const { schedule, duration, timeZone } = window;
    if (!isTimeZone(timeZone)) return fail("timeZone", `${timeZone} is no time zone, e.g. Europe/Berlin`);
    const milliseconds = parseDurationSeconds(duration) * 1000;
    if (milliseconds === 0) return fail("duration", `a window of ${duration} never opens`);
    try {
      const cron = new Cron(schedule, { timezone: timeZone, paused: true, mode: "5-part" });
      const calendar = calendarOf(cron, milliseconds);
      return calendar(now) === null ? fail("schedule", `the window "${schedule}" never opens`) : [calendar];
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return fail("schedule", `"${schedule}" is no schedule: ${why}`);
    }
  });
  const lengths = maintenanceWindows.map(({ duration }) => parseDurationSeconds(duration));
  return {
    lengthSeconds: Math.max(...lengths),
    next: (at) =>
      earliest(
        calendars.flatMap((calendar) => calendar(at) ?? []),
        at,
      ),
  };
}

type Calendar = (at: Instant) => Interval | null;

function calendarOf(cron: Cron, milliseconds: number): Calendar {
  return (at) => {
    // The first opening after this moment closes after `at`.
    const opening = cron.nextRun(new Date(at - milliseconds));
    if (opening === null) return null;
    return { from: opening.getTime(), until: opening.getTime() + milliseconds };
  };
}

/** Of windows that are open the one that is open longest; else the one that opens first. */
function earliest(windows: readonly Interval[], at: Instant): Interval | null {
  const open = windows.filter(({ from }) => from <= at).toSorted((a, b) => b.until - a.until);
  return open[0] ?? windows.toSorted((a, b) => a.from - b.from || b.until - a.until)[0] ?? null;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
