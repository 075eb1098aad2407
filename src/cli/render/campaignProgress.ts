/**
 * A campaign as it goes, for a terminal and for a file alike: lines are only ever appended, at most one block a
 * second. A block says how far it all is, and which devices went through which states since the last one.
 */
import type { Writable } from "node:stream";
import { PHASE_CONDITIONS, type CampaignPhase } from "../../api/campaignPhase.ts";
import { findCondition } from "../../api/conditions.ts";
import { deviceStateTitle, type DeviceState } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Plan } from "../../api/plan.ts";
import { parseInstant, type Clock, type Instant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { totalSeconds } from "../../planner/estimate.ts";
import { sortedNames } from "../../planner/naturalOrder.ts";
import { writeLine } from "../terminal.ts";
import { formatDuration } from "./duration.ts";
import { renderTable } from "./table.ts";

export interface CampaignProgressOptions {
  readonly stream: Writable;
  readonly clock: Pick<Clock, "now">;
  readonly plan: Plan;
  /** Where the elapsed time counts from; now by default. */
  readonly startedAt?: Instant;
  /** How long nothing is written while nothing changes; 5 by default. */
  readonly signOfLifeSeconds?: number;
}

export interface CampaignProgress {
  onCampaign(campaign: UpgradeCampaign): void;
  onDevice(upgrade: DeviceUpgrade): void;
  /** Writes what is left and ends. */
  stop(): void;
}

const BLOCK_MILLISECONDS = 1000;
const SIGN_OF_LIFE_SECONDS = 5;
const DEVICES_IN_LINE = 8;

/** Begins to write; `stop` must be called. */
export function showProgress(options: CampaignProgressOptions): CampaignProgress {
  const { stream, clock, plan, startedAt = clock.now() } = options;
  const quietLimit = ((options.signOfLifeSeconds ?? SIGN_OF_LIFE_SECONDS) * 1000) / BLOCK_MILLISECONDS;
  const states = new Map<string, DeviceState>();
  const upgrades = new Map<string, DeviceUpgrade>();
  let passed = new Map<string, DeviceState[]>();
  let phase: CampaignPhase | undefined;
  /** Why it does not move. */
  let because: string | undefined;
  let shown: readonly [CampaignPhase | undefined, string | undefined] = [undefined, undefined];
  let quietBlocks = 0;

  function write(): void {
    const isQuiet = passed.size === 0 && phase === shown[0] && because === shown[1];
    quietBlocks = isQuiet ? quietBlocks + 1 : 0;
    // What waits for somebody may wait for days.
    if (isQuiet && (quietBlocks < quietLimit || because !== undefined)) return;
    quietBlocks = 0;
    writeLine(stream, headLine({ plan, phase, upgrades, startedAt, now: clock.now() }));
    if (because !== undefined && because !== shown[1]) writeLine(stream, `          ${because}`);
    shown = [phase, because];
    const rows = groupByPath(passed).map(({ path, devices }) => [
      namesOf(devices),
      path.map(deviceStateTitle).join(" → "),
    ]);
    if (rows.length > 0) writeLine(stream, renderTable([], rows, { indent: "          " }));
    passed = new Map();
  }

  const timer = setInterval(write, BLOCK_MILLISECONDS);
  return {
    onCampaign({ status }) {
      phase = status?.phase ?? phase;
      because =
        phase === undefined || moves(phase) ? undefined : findCondition(status?.conditions, "Ready")?.message;
    },
    onDevice(upgrade) {
      const name = upgrade.spec.deviceName;
      upgrades.set(name, upgrade);
      const state = upgrade.status?.state;
      if (state === undefined || state === states.get(name)) return;
      // Every device waits at first; that is told by nothing being told.
      if (!states.has(name) && state === "Pending") {
        states.set(name, state);
        return;
      }
      states.set(name, state);
      passed.set(name, [...(passed.get(name) ?? []), state]);
    },
    stop() {
      clearInterval(timer);
      if (passed.size > 0) write();
    },
  };
}

/** Whether a phase goes on by itself, or has come to its end. */
function moves(phase: CampaignPhase): boolean {
  const { Reconciling, Ready } = PHASE_CONDITIONS[phase];
  return Reconciling === "True" || Ready === "True";
}

interface HeadInput {
  readonly plan: Plan;
  readonly phase: string | undefined;
  readonly upgrades: ReadonlyMap<string, DeviceUpgrade>;
  readonly startedAt: Instant;
  readonly now: Instant;
}

function headLine(input: HeadInput): string {
  const { plan, phase, upgrades, startedAt, now } = input;
  const names = Object.keys(plan.devices);
  const percents = names.map((name) => upgrades.get(name)?.status?.percent ?? 0);
  const done = names.filter((name) => upgrades.get(name)?.status?.finishedAt !== undefined).length;
  const percent = Math.floor(percents.reduce((sum, each) => sum + each, 0) / Math.max(names.length, 1));
  const { batch, leftSeconds } = timeLeft(input);
  const parts = [
    `batch ${String(batch)}/${String(plan.batches.length)}`,
    `${String(done)}/${String(names.length)} devices`,
    `${String(percent)} %`,
    leftSeconds <= 0 ? "done" : `about ${formatDuration(leftSeconds)} left`,
    ...(phase === undefined || phase === "Running" ? [] : [phase]),
  ];
  return `[${formatElapsed((now - startedAt) / 1000)}] ${parts.join("  ")}`;
}

/** By the plan's estimates, and what of the current batch has passed. */
function timeLeft({ plan, upgrades, now }: HeadInput): { batch: number; leftSeconds: number } {
  const open = plan.batches.filter(({ devices }) =>
    devices.some((name) => upgrades.get(name)?.status?.finishedAt === undefined),
  );
  const [current, ...later] = open;
  if (current === undefined) return { batch: plan.batches.length, leftSeconds: 0 };
  const begun = current.devices
    .map((name) => upgrades.get(name)?.status?.startedAt)
    .filter((at) => at !== undefined)
    .map(parseInstant);
  const passedSeconds = begun.length === 0 ? 0 : Math.max((now - Math.min(...begun)) / 1000, 0);
  const currentSeconds = Math.max(current.estimateSeconds - passedSeconds, 60);
  return {
    batch: current.index,
    leftSeconds: currentSeconds + totalSeconds(later),
  };
}

/** `1:02:45`, hours, minutes and seconds of model time. */
export function formatElapsed(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${String(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

function groupByPath(
  passed: ReadonlyMap<string, readonly DeviceState[]>,
): { readonly path: readonly DeviceState[]; readonly devices: readonly string[] }[] {
  const groups = new Map<string, { path: readonly DeviceState[]; devices: string[] }>();
  for (const device of sortedNames(passed.keys())) {
    const path = passed.get(device) ?? [];
    const group = groups.get(path.join()) ?? { path, devices: [] };
    group.devices.push(device);
    groups.set(path.join(), group);
  }
  return [...groups.values()];
}

function namesOf(devices: readonly string[]): string {
  const more = devices.length - DEVICES_IN_LINE;
  const shown = devices.slice(0, DEVICES_IN_LINE).join(" ");
  return more > 0 ? `${shown} and ${String(more)} more` : shown;
}
