/**
 * Who may act on a fabric: one Lease per Fabric, whose transition count is the epoch of intents. A holder counts
 * its validity on its own monotonic clock from before it asked; others count from when they last saw a change.
 *
 * Several processes share the fabrics: the more of them a process leads, the longer it leaves a free one to others.
 */
import { randomUUID } from "node:crypto";
import type { Lease } from "../../api/coreKinds.ts";
import { formatMicroTime } from "../../api/microTime.ts";
import type { Clock, Interval } from "../../api/time.ts";
import { isStoreError } from "../../store/errors.ts";
import { retryOnConflict } from "../../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../../store/store.ts";
import { gapsOn, gapsUntil, leaseAnnotations } from "./gaps.ts";

export interface LeadershipOptions {
  readonly store: Store;
  readonly clock: Pick<Clock, "monotonicMilliseconds" | "now">;
  /** Once it is aborted nothing is led any more, whatever the leases still say. */
  readonly signal: AbortSignal;
  /** Real time for which a renewal is good. */
  readonly leaseDurationSeconds: number;
  /** Waits real time; a sweep hands in its own. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** Told when a fabric was won or lost. */
  readonly onChange: (fabric: ObjectKey, leads: boolean) => void;
  /** Real time in milliseconds since the epoch, as Leases show it to people. Default: the machine's clock. */
  readonly now?: () => number;
}

export interface Leaderships {
  /** A name that no other process has. */
  readonly holder: string;
  /** The epoch in which this process leads the fabric right now; undefined when it does not. */
  epochOf(fabric: ObjectKey): number | undefined;
  /** The last times at which nobody led the fabric, as far as this process knows: while it leads, all that matter. */
  gapsOf(fabric: ObjectKey): readonly Interval[];
  /** Tries to lead the fabric from now on, until the signal is aborted. */
  campaignFor(fabric: ObjectKey): void;
  /** The fabrics it tries to lead. */
  fabrics(): readonly ObjectKey[];
  /**
   * Gives all leaderships back, so that a successor need not wait for them to run out. To be called after the signal
   * was aborted; ends early, leaving the rest to run out, when its own signal is aborted.
   */
  release(signal?: AbortSignal): Promise<void>;
}

interface Seat {
  readonly fabric: ObjectKey;
  epoch: number | undefined;
  /** Monotonic time until which the last renewal is good. */
  validUntil: number;
  /** The times at which nobody led the fabric. */
  gaps: readonly Interval[];
  /** What was last told about it. */
  told: boolean;
  /** Something was written in this process's name that may have arrived. */
  mayHold: boolean;
  /** The loop that keeps it. */
  kept: Promise<void>;
  /** What was last seen of another holder's lease, and when by our clock. */
  seen?: { readonly resourceVersion: string; readonly at: number };
  /** When it was first seen to be free, since nobody held it. */
  freeSince?: number;
}

/** A free lease is left to others for this part of its duration per fabric that is led already, ... */
const SHARE_PART = 1 / 60;
/** ... and at most for this part. */
const LONGEST_SHARE_PART = 1 / 3;

export function leaderships(options: LeadershipOptions): Leaderships {
  const { store, clock, signal, leaseDurationSeconds, onChange, now = Date.now } = options;
  const holder = `hitless-${randomUUID()}`;
  const seats = new Map<string, Seat>();
  const turnSeconds = leaseDurationSeconds / 5;
  // A holder stops acting before others may begin to: two thirds of the time they wait.
  const validMilliseconds = (leaseDurationSeconds * 1000 * 2) / 3;
  /** Leases are taken one after another, so that each sees how many are led already. */
  let taking: Promise<unknown> = Promise.resolve();
  let lastTime = 0;
  /** Ends claims under way, whose outcome is then unknown. */
  const cut = new AbortController();

  const idOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;
  const leaseKey = ({ namespace, name }: ObjectKey): ObjectKey => ({ namespace, name: `hitless-${name}` });

  function epochOf(fabric: ObjectKey): number | undefined {
    const seat = seats.get(idOf(fabric));
    if (signal.aborted || seat?.epoch === undefined) return undefined;
    return clock.monotonicMilliseconds() < seat.validUntil ? seat.epoch : undefined;
  }

  function campaignFor(fabric: ObjectKey): void {
    if (signal.aborted || seats.has(idOf(fabric))) return;
    const kept = Promise.resolve();
    const nothing = { epoch: undefined, validUntil: 0, gaps: [], told: false, mayHold: false };
    const seat: Seat = { fabric, ...nothing, kept };
    seats.set(idOf(fabric), seat);
    seat.kept = keep(seat);
  }

  async function keep(seat: Seat): Promise<void> {
    while (!signal.aborted) {
      let pauseSeconds = turnSeconds;
      try {
        pauseSeconds = Math.min(turnSeconds, await tryOnce(seat));
      } catch {
        // The API did not answer: the leadership runs out by itself unless a later renewal succeeds.
      }
      tell(seat);
      // Only the signal ends a wait early, and the loop looks at it.
      await options.wait(pauseSeconds, signal).catch(() => undefined);
    }
  }

  /** No two renewals carry the same time: a write that changes nothing would show nobody that the holder lives. */
  function nextTime(): string {
    lastTime = Math.max(Math.floor(now()), lastTime + 1);
    return formatMicroTime(lastTime);
  }

  function tell(seat: Seat): void {
    const leads = epochOf(seat.fabric) !== undefined;
    if (seat.told === leads) return;
    seat.told = leads;
    onChange(seat.fabric, leads);
  }

  /** Renews the lease, or takes it when it is free. Returns after how many seconds to try again, at the latest. */
  async function tryOnce(seat: Seat): Promise<number> {
    const askedAt = clock.monotonicMilliseconds();
    const lease = await store.get("Lease", leaseKey(seat.fabric), { signal });
    if (lease?.spec.holderIdentity === holder) {
      await claim(seat, lease, { epoch: lease.spec.leaseTransitions ?? 0, askedAt });
      return turnSeconds;
    }
    seat.epoch = undefined;
    seat.mayHold = false;
    if (!isFree(seat, lease)) {
      delete seat.freeSince;
      return turnSeconds;
    }
    const since = (seat.freeSince ??= askedAt);
    const attempt = taking.then(() => take(seat, lease, since));
    taking = attempt.catch(() => undefined);
    return attempt;
  }

  /** Takes a free lease, unless it is to be left to others for a while. */
  async function take(seat: Seat, lease: Lease | undefined, freeSince: number): Promise<number> {
    signal.throwIfAborted();
    const askedAt = clock.monotonicMilliseconds();
    const led = [...seats.values()].filter(({ fabric }) => epochOf(fabric) !== undefined).length;
    const share = Math.min(led * SHARE_PART, LONGEST_SHARE_PART) * leaseDurationSeconds;
    const leftSeconds = share - (askedAt - freeSince) / 1000;
    if (leftSeconds > 0) return leftSeconds;
    await claim(seat, lease, { epoch: (lease?.spec.leaseTransitions ?? 0) + 1, askedAt });
    if (seat.epoch !== undefined) delete seat.freeSince;
    return turnSeconds;
  }

  /** Writes that this process holds the lease. Whoever wrote in between was faster; that is seen at the next turn. */
  async function claim(
    seat: Seat,
    lease: Lease | undefined,
    { epoch, askedAt }: { epoch: number; askedAt: number },
  ): Promise<void> {
    const time = nextTime();
    const isRenewal = lease?.spec.holderIdentity === holder;
    const spec: Lease["spec"] = {
      ...(isRenewal ? lease.spec : { acquireTime: time, leaseDurationSeconds }),
      holderIdentity: holder,
      leaseTransitions: epoch,
      renewTime: time,
    };
    const ledMeanwhile = isRenewal && askedAt < seat.validUntil;
    const gaps = ledMeanwhile ? gapsOn(lease) : gapsUntil(lease, clock.now());
    const annotations = leaseAnnotations(lease, { gaps, now: clock.now() });
    seat.mayHold = true;
    try {
      const until = { signal: cut.signal };
      if (lease === undefined) {
        await store.create("Lease", { metadata: { ...leaseKey(seat.fabric), annotations }, spec }, until);
      } else {
        const metadata = { ...lease.metadata, annotations };
        await store.replace("Lease", { ...lease, metadata, spec }, until);
      }
    } catch (error) {
      if (!isStoreError(error, "Conflict") && !isStoreError(error, "AlreadyExists")) throw error;
      seat.epoch = undefined;
      return;
    }
    seat.epoch = epoch;
    seat.gaps = gaps;
    seat.validUntil = askedAt + validMilliseconds;
  }

  function isFree(seat: Seat, lease: Lease | undefined): boolean {
    if (lease === undefined || (lease.spec.holderIdentity ?? "") === "") return true;
    const at = clock.monotonicMilliseconds();
    if (seat.seen?.resourceVersion !== lease.metadata.resourceVersion) {
      seat.seen = { resourceVersion: lease.metadata.resourceVersion, at };
      return false;
    }
    return at - seat.seen.at > (lease.spec.leaseDurationSeconds ?? leaseDurationSeconds) * 1000;
  }

  async function release(until?: AbortSignal): Promise<void> {
    const request = until === undefined ? {} : { signal: until };
    until?.addEventListener("abort", () => cut.abort(until.reason), { once: true });
    await Promise.allSettled(
      [...seats.values()].map(async (seat) => {
        // A claim under way may still arrive; what comes of it is known when the loop has ended.
        await seat.kept;
        if (!seat.mayHold) return;
        seat.epoch = undefined;
        await retryOnConflict(async () => {
          const lease = await store.get("Lease", leaseKey(seat.fabric), request);
          if (lease?.spec.holderIdentity !== holder) return;
          await store.replace("Lease", { ...lease, spec: { ...lease.spec, holderIdentity: "" } }, request);
        }, until);
      }),
    );
  }

  return {
    holder,
    epochOf,
    gapsOf: (fabric) => seats.get(idOf(fabric))?.gaps ?? [],
    campaignFor,
    fabrics: () => [...seats.values()].map(({ fabric }) => fabric),
    release,
  };
}
