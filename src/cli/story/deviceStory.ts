/** The story of one device's upgrade: its steps in time with what was seen, why it stands where it stands, and the way back. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { supportSecretName } from "../../api/names.ts";
import { isReason, REASONS } from "../../api/reasons.ts";
import { parseInstant } from "../../api/time.ts";
import { isInTrouble } from "../../engine/trouble.ts";
import { restoreParts, type RestorePart } from "./restore.ts";

export interface DeviceStory {
  readonly device: string;
  readonly campaign: string;
  readonly fabric: string;
  readonly batch: number;
  readonly state: string;
  readonly message: string;
  readonly percent: number;
  readonly from: string | null;
  readonly to: string;
  readonly package: string;
  /** Null while it is in service. */
  readonly outOfServiceSince: string | null;
  /** Why it is not where it should be; null where it is. */
  readonly failure: StoryFailure | null;
  readonly steps: readonly StoryStep[];
  readonly health: readonly StoryCheck[];
  readonly backup: { readonly secretName: string; readonly sha256: string } | null;
  /** Where its own words are, if it answered when it was in trouble; null where it never was. */
  readonly support: { readonly secretName: string; readonly command: string } | null;
  readonly drain: {
    /** How it is drained, and why so. */
    readonly techniques: readonly { readonly name: string; readonly why: string }[];
    readonly diff: string | null;
    readonly undo: string | null;
  };
  readonly restore: readonly RestorePart[];
}

export interface StoryFailure {
  readonly step: string | null;
  readonly reason: string;
  readonly message: string;
  readonly hint: string;
  /** Where the device was brought: `InService`, `Drained`, `Forward`. */
  readonly landing: string;
}

export interface StoryStep {
  readonly step: string;
  readonly state: string;
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** How long it took, or the deadline where it runs. */
  readonly seconds: number | null;
  readonly deadlineAt: string | null;
  /** What was seen. */
  readonly evidence: string;
}

export interface StoryCheck {
  readonly phase: string;
  readonly check: string;
  readonly observed: string;
  readonly allowed: string;
  readonly passed: boolean;
}

export function deviceStory(upgrade: DeviceUpgrade, outOfServiceSince: string | undefined): DeviceStory {
  const { spec, status = {} } = upgrade;
  return {
    device: spec.deviceName,
    campaign: spec.campaignRef.name,
    fabric: spec.fabricRef.name,
    batch: spec.batch,
    state: status.state ?? "Pending",
    message: status.message ?? "",
    percent: status.percent ?? 0,
    from: status.found?.version ?? null,
    to: spec.image.osVersion,
    package: spec.image.deviceImageName,
    outOfServiceSince: outOfServiceSince ?? null,
    failure: failureOf(status),
    steps: (status.steps ?? []).map((record) => ({
      step: record.name,
      state: record.state,
      attempts: record.attempts,
      startedAt: record.startedAt ?? null,
      finishedAt: record.finishedAt ?? null,
      seconds: secondsOf(record),
      deadlineAt: record.deadlineAt ?? null,
      evidence: record.message ?? "",
    })),
    health: (status.health ?? []).map(({ phase, check, observed, threshold = "", passed }) => ({
      phase,
      check,
      observed,
      allowed: threshold,
      passed,
    })),
    backup: status.found?.configuration ?? null,
    support: supportOf(upgrade),
    drain: {
      techniques: status.drain?.techniques ?? [],
      diff: status.drain?.diff ?? null,
      undo: status.drain?.undo ?? null,
    },
    restore: restoreParts(upgrade),
  };
}

function failureOf({ landing, steps = [] }: NonNullable<DeviceUpgrade["status"]>): StoryFailure | null {
  if (landing === undefined) return null;
  const { reason, message, to } = landing;
  const step = steps.find(({ state }) => state === "Failed")?.name ?? null;
  return { step, reason, message, hint: isReason(reason) ? REASONS[reason].hint : "", landing: to };
}

function supportOf({ metadata, status = {} }: DeviceUpgrade): DeviceStory["support"] {
  if (!isInTrouble(status)) return null;
  const secretName = supportSecretName(metadata.name);
  const secret = `kubectl get secret ${secretName} -n ${metadata.namespace}`;
  return { secretName, command: `${secret} -o jsonpath='{.data.support\\.txt\\.gz}' | base64 -d | gunzip` };
}

function secondsOf({ startedAt, finishedAt }: { startedAt?: string; finishedAt?: string }): number | null {
  if (startedAt === undefined || finishedAt === undefined) return null;
  return Math.max(0, Math.round((parseInstant(finishedAt) - parseInstant(startedAt)) / 1000));
}
