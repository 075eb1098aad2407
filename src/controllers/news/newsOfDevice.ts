/** What is worth telling of a device's upgrade, from two states of it. Pure. */
import type { DeviceState } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { explain, withHint } from "../../api/reasons.ts";
import { NO_SNAPSHOT } from "../../drivers/steps/soak.ts";
import type { NewEvent } from "./events.ts";

type DeviceEvent = Omit<NewEvent, "regarding" | "related">;

/**
 * States that are told when they are entered: the turning points, five on the way to a success. What is in between
 * stands in the status, and every event is a write.
 */
const TOLD: Readonly<Record<DeviceState, DeviceEvent["type"] | undefined>> = {
  Validating: undefined,
  HealthCheckSuccessful: undefined,
  HealthCheckFailed: "Warning",
  ActivatingMaintenanceMode: undefined,
  MaintenanceModeActivated: "Normal",
  Rebooting: "Normal",
  ImageUpgraded: "Normal",
  DeactivatingMaintenanceMode: undefined,
  MaintenanceModeDeactivated: undefined,
  MaintenanceModeFailure: "Warning",
  HitlessImageUpgradeSuccessful: "Normal",
  HitlessImageUpgradeFailed: "Warning",
  Skipped: "Normal",
  Pending: undefined,
  Staging: undefined,
  Draining: undefined,
  Installing: undefined,
  SwitchingOver: "Normal",
  VerifyingService: undefined,
  Landing: "Normal",
  Held: "Normal",
  Blocked: "Warning",
  Hung: "Warning",
  Unknown: "Warning",
  Cancelled: "Normal",
};

const STUCK: ReadonlySet<DeviceState> = new Set(["Blocked", "Hung", "Unknown"]);

/** Landings that somebody asked for; all others have something wrong as their cause. */
const ASKED_FOR: ReadonlySet<string> = new Set(["CampaignStopped", "Deleted", "Held", "Paused"]);

/** Turning points that are the end of a step: several changes may be saved together, and only the last state shows. */
const ENDS: ReadonlyMap<string, DeviceState> = new Map([
  ["Quiet", "MaintenanceModeActivated"],
  ["Reboot", "ImageUpgraded"],
]);

export function deviceNews(before: DeviceUpgrade, after: DeviceUpgrade): readonly DeviceEvent[] {
  return [...passedBy(before, after), ...snapshotNews(before, after), ...stateNews(before, after)];
}

/** An upgrade without its snapshot is one; people are told all the same. */
function snapshotNews(before: DeviceUpgrade, after: DeviceUpgrade): readonly DeviceEvent[] {
  const soak = endedSteps(before, after).find(({ step }) => step === "Soak");
  if (soak?.result !== "Done" || !soak.message.includes(NO_SNAPSHOT)) return [];
  const note = `${after.spec.deviceName}: ${withHint(explain("SnapshotFailed", soak.message))}`;
  return [{ type: "Warning", reason: "SnapshotFailed", action: "TakeSnapshot", note }];
}

function passedBy(before: DeviceUpgrade, after: DeviceUpgrade): readonly DeviceEvent[] {
  return endedSteps(before, after).flatMap(({ step, result, message }) => {
    const reason = ENDS.get(step);
    if (reason === undefined || result !== "Done" || reason === after.status?.state) return [];
    return [{ type: "Normal", reason, action: "ChangeState", note: `${after.spec.deviceName}: ${message}` }];
  });
}

function stateNews(before: DeviceUpgrade, after: DeviceUpgrade): readonly DeviceEvent[] {
  const [was, is] = [before.status ?? {}, after.status ?? {}];
  const { state } = is;
  if (state === undefined) return [];
  const note = `${after.spec.deviceName}: ${is.message ?? state}`;
  if (was.startedAt === undefined && is.startedAt !== undefined && state === "Validating") {
    return [{ type: "Normal", reason: state, action: "Start", note }];
  }
  if (state === was.state) return [];
  if (state === "Landing" && is.landing !== undefined) {
    const { reason } = is.landing;
    return [{ type: ASKED_FOR.has(reason) ? "Normal" : "Warning", reason, action: "Land", note }];
  }
  const type = TOLD[state];
  // What is done next may stand in the message, too; what was reached is told by the end of its step.
  const reached = endedSteps(before, after).find(({ step }) => ENDS.get(step) === state);
  const told = reached === undefined ? note : `${after.spec.deviceName}: ${reached.message}`;
  if (type !== undefined) return [{ type, reason: state, action: "ChangeState", note: told }];
  return was.state !== undefined && STUCK.has(was.state)
    ? [{ type: "Normal", reason: state, action: "Resume", note: `goes on: ${note}` }]
    : [];
}

/** A step that has ended, and how long it took in model time. */
export interface EndedStep {
  readonly step: string;
  readonly result: "Done" | "Failed";
  readonly seconds: number;
  /** What was seen. */
  readonly message: string;
}

/** The steps that have ended between two states of an upgrade. */
export function endedSteps(before: DeviceUpgrade, after: DeviceUpgrade): readonly EndedStep[] {
  const known = new Map(before.status?.steps?.map((record) => [record.name, record.state]));
  return (after.status?.steps ?? []).flatMap(({ name, state, startedAt, finishedAt, message = state }) => {
    if (state !== "Done" && state !== "Failed") return [];
    if (known.get(name) === state || startedAt === undefined || finishedAt === undefined) return [];
    const seconds = (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
    return [{ step: name, result: state, seconds, message }];
  });
}

/** The step of an intent that was written between two states; undefined when there is none. */
export function newIntent(before: DeviceUpgrade, after: DeviceUpgrade): string | undefined {
  const idOf = ({ status }: DeviceUpgrade): string | undefined =>
    status?.intent === undefined
      ? undefined
      : JSON.stringify([status.intent.step, status.intent.attempt, status.intent.epoch]);
  return idOf(after) === idOf(before) ? undefined : after.status?.intent?.step;
}
