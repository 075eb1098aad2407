/** Follows a campaign as a user would: sees the plan, approves it by its hash, watches the devices, waits for the end. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import { findCondition, isTrue } from "../../api/conditions.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Clock, Instant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { loadPlan, type PlanRecord } from "../../controllers/campaign/planStore.ts";
import { update } from "../../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../../store/store.ts";

export interface CampaignEvents {
  /** The plan is made and waits for its approval. */
  onPlan?(record: PlanRecord): void;
  /** A device's upgrade has changed. */
  onDevice?(upgrade: DeviceUpgrade): void;
  /** The campaign has changed. */
  onCampaign?(campaign: UpgradeCampaign): void;
}

export interface FollowOptions extends CampaignEvents {
  readonly store: Store;
  readonly campaign: ObjectKey;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Says yes to the plan of that hash. By default the campaign's spec is written. */
  readonly approve?: (hash: string) => Promise<void>;
}

/** How a campaign ended. `Stalled` and `Silent`: it did not end; somebody would have to look at it. */
export interface CampaignEnd {
  readonly outcome: "Succeeded" | "Failed" | "Stalled" | "Silent";
  readonly phase: CampaignPhase;
  readonly message: string;
  readonly plan: PlanRecord | undefined;
}

/**
 * A campaign may be stalled for a moment, until an image is verified or a peer is back. Both times must have
 * passed: what a device does takes model time, what programs do takes real time.
 */
const STALLED = { modelSeconds: 1800, realSeconds: 3 } as const;
/** Nothing at all has changed for so long: longer than any step is allowed to take. */
const SILENT = { modelSeconds: 4 * 3600, realSeconds: 10 } as const;
const LONGEST_LOOK_SECONDS = 300;

/** Returns once the campaign has ended, or has come to a stop for good. Rejects with the signal's reason. */
export async function followCampaign(options: FollowOptions): Promise<CampaignEnd> {
  const { store, campaign: key, clock, signal } = options;
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  let change = deferred();
  let changedAt = instants(clock);
  const seen = new Map<string, string>();
  /** Only what people would call progress counts: a step that is looked at again and again is none. */
  const note = (name: string, progress: readonly unknown[]): void => {
    const text = progress.join();
    if (seen.get(name) !== text) changedAt = instants(clock);
    seen.set(name, text);
    change.resolve();
  };
  try {
    await store.watch(
      "UpgradeCampaign",
      ({ object }) => {
        options.onCampaign?.(object);
        note("", [object.status?.phase, object.status?.progress]);
      },
      stop,
    );
    await store.watch(
      "DeviceUpgrade",
      ({ object }) => {
        options.onDevice?.(object);
        note(object.metadata.name, [object.status?.state, object.status?.percent]);
      },
      stop,
    );
    let shown: string | undefined;
    for (;;) {
      signal.throwIfAborted();
      change = deferred();
      const campaign = await store.get("UpgradeCampaign", key);
      if (campaign === undefined) throw new Error(`UpgradeCampaign ${key.name} is gone`);
      const plan = await loadPlan(store, campaign);
      const outcome = outcomeOf(campaign, { clock, changedAt });
      if (outcome !== undefined) return { ...endOf(campaign), outcome, plan };
      const { phase } = campaign.status ?? {};
      const hash = plan?.plan.hash ?? undefined;
      if (plan !== undefined && phase === "AwaitingApproval" && hash !== undefined && hash !== shown) {
        shown = hash;
        options.onPlan?.(plan);
        await (options.approve?.(hash) ?? approve(store, key, hash));
      }
      const look = clock.sleepUntil(clock.now() + LONGEST_LOOK_SECONDS * 1000, stop).catch(() => undefined);
      await Promise.race([change.promise, look]);
    }
  } finally {
    over.abort(new Error("the campaign is followed no more"));
  }
}

/** What `hitless approve --hash` does. */
async function approve(store: Store, key: ObjectKey, planHash: string): Promise<void> {
  await update({ store, kind: "UpgradeCampaign", key }, (copy) => {
    copy.spec.approval = { ...copy.spec.approval, planHash };
  });
}

function outcomeOf(
  { status }: UpgradeCampaign,
  { clock, changedAt }: { clock: Clock; changedAt: Instants },
): CampaignEnd["outcome"] | undefined {
  const succeeded = findCondition(status?.conditions, "Succeeded")?.status;
  if (succeeded === "True") return "Succeeded";
  if (succeeded === "False") return "Failed";
  const now = instants(clock);
  const isPast = (limit: { modelSeconds: number; realSeconds: number }): boolean =>
    now.model - changedAt.model > limit.modelSeconds * 1000 &&
    now.real - changedAt.real > limit.realSeconds * 1000;
  if (isTrue(status?.conditions, "Stalled") && isPast(STALLED)) return "Stalled";
  return isPast(SILENT) ? "Silent" : undefined;
}

function endOf({ status }: UpgradeCampaign): Pick<CampaignEnd, "phase" | "message"> {
  return {
    phase: status?.phase ?? "Planning",
    message: findCondition(status?.conditions, "Ready")?.message ?? "",
  };
}

interface Instants {
  readonly model: Instant;
  readonly real: number;
}

function instants(clock: Clock): Instants {
  return { model: clock.now(), real: clock.monotonicMilliseconds() };
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
