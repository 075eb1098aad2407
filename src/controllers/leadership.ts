/**
 * Who may act on a fabric: one Lease per Fabric, whose transition count is the epoch of intents. A holder counts
 * its validity on its own monotonic clock from before it asked; others count from when they last saw a change.
 */
import { randomUUID } from "node:crypto";
import type { Lease } from "../api/coreKinds.ts";
import { formatMicroTime } from "../api/microTime.ts";
import type { Clock } from "../api/time.ts";
import { isStoreError } from "../store/errors.ts";
import type { ObjectKey, Store } from "../store/store.ts";

export interface LeadershipOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Real time for which a renewal is good. */
  readonly leaseDurationSeconds: number;
  /** Waits real time; a sweep hands in its own. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<void>;
  /** Told when a fabric was won or lost. */
  readonly onChange: (fabric: ObjectKey, leads: boolean) => void;
}

export interface Leaderships {
  /** A name that no other process has. */
  readonly holder: string;
  /** The epoch in which this process leads the fabric right now; undefined when it does not. */
  epochOf(fabric: ObjectKey): number | undefined;
  /** Tries to lead the fabric from now on, until the signal is aborted. */
  campaignFor(fabric: ObjectKey): void;
  /** Gives all leaderships back. Call after the work has ended. */
  release(): Promise<void>;
}

interface Seat {
  readonly fabric: ObjectKey;
  epoch: number | undefined;
  /** Monotonic time until which the last renewal is good. */
  validUntil: number;
  /** What was last seen of another holder's lease, and when by our clock. */
  seen?: { readonly resourceVersion: string; readonly at: number };
}

export function leaderships(options: LeadershipOptions): Leaderships {
  const { store, clock, signal, leaseDurationSeconds, onChange } = options;
  const holder = `hitless-${randomUUID()}`;
  const seats = new Map<string, Seat>();
  // A holder stops acting before others may begin to: two thirds of the time they wait.
  const validMilliseconds = (leaseDurationSeconds * 1000 * 2) / 3;

  const idOf = ({ namespace, name }: ObjectKey): string => `${namespace}/${name}`;
  const leaseKey = ({ namespace, name }: ObjectKey): ObjectKey => ({ namespace, name: `hitless-${name}` });

  function epochOf(fabric: ObjectKey): number | undefined {
    const seat = seats.get(idOf(fabric));
    if (seat?.epoch === undefined || clock.monotonicMilliseconds() >= seat.validUntil) return undefined;
    return seat.epoch;
  }

  function campaignFor(fabric: ObjectKey): void {
    if (seats.has(idOf(fabric))) return;
    const seat: Seat = { fabric, epoch: undefined, validUntil: 0 };
    seats.set(idOf(fabric), seat);
    void keep(seat);
  }

  async function keep(seat: Seat): Promise<void> {
    while (!signal.aborted) {
      const led = epochOf(seat.fabric) !== undefined;
      try {
        await tryOnce(seat);
      } catch {
        // The API did not answer: the leadership runs out by itself unless a later renewal succeeds.
      }
      const leads = epochOf(seat.fabric) !== undefined;
      if (led !== leads) onChange(seat.fabric, leads);
      // Only the signal ends a wait early, and the loop looks at it.
      await options.wait(leaseDurationSeconds / 5, signal).catch(() => undefined);
    }
  }

  async function tryOnce(seat: Seat): Promise<void> {
    const key = leaseKey(seat.fabric);
    const askedAt = clock.monotonicMilliseconds();
    const lease = await store.get("Lease", key);
    const time = formatMicroTime(clock.now());
    try {
      if (lease === undefined) {
        const spec = {
          holderIdentity: holder,
          leaseDurationSeconds,
          acquireTime: time,
          renewTime: time,
          leaseTransitions: 1,
        };
        await store.create("Lease", { metadata: key, spec });
        hold(seat, 1, askedAt);
        return;
      }
      const { holderIdentity = "", leaseTransitions = 0 } = lease.spec;
      if (holderIdentity === holder) {
        await store.replace("Lease", withSpec(lease, { ...lease.spec, renewTime: time }));
        hold(seat, leaseTransitions, askedAt);
        return;
      }
      seat.epoch = undefined;
      if (!isFree(seat, lease)) return;
      const epoch = leaseTransitions + 1;
      await store.replace(
        "Lease",
        withSpec(lease, {
          holderIdentity: holder,
          leaseDurationSeconds,
          acquireTime: time,
          renewTime: time,
          leaseTransitions: epoch,
        }),
      );
      hold(seat, epoch, askedAt);
    } catch (error) {
      // Somebody else was faster: seen at the next turn.
      if (!isStoreError(error, "Conflict") && !isStoreError(error, "AlreadyExists")) throw error;
      seat.epoch = undefined;
    }
  }

  function hold(seat: Seat, epoch: number, askedAt: number): void {
    seat.epoch = epoch;
    seat.validUntil = askedAt + validMilliseconds;
  }

  function isFree(seat: Seat, lease: Lease): boolean {
    if ((lease.spec.holderIdentity ?? "") === "") return true;
    const now = clock.monotonicMilliseconds();
    if (seat.seen?.resourceVersion !== lease.metadata.resourceVersion) {
      seat.seen = { resourceVersion: lease.metadata.resourceVersion, at: now };
      return false;
    }
    return now - seat.seen.at > (lease.spec.leaseDurationSeconds ?? leaseDurationSeconds) * 1000;
  }

  async function release(): Promise<void> {
    for (const seat of seats.values()) {
      if (seat.epoch === undefined) continue;
      seat.epoch = undefined;
      const lease = await store.get("Lease", leaseKey(seat.fabric));
      if (lease?.spec.holderIdentity !== holder) continue;
      await store.replace("Lease", withSpec(lease, { ...lease.spec, holderIdentity: "" }));
    }
  }

  return { holder, epochOf, campaignFor, release };
}

function withSpec(lease: Lease, spec: Lease["spec"]): Lease {
  return { ...lease, spec };
}
