/**
 * Readings of devices, shared by those who need one at the same time: a batch of leaves is proven against the same
 * spines. Nobody gets a reading that began before the moment he names, so a proof is as fresh as it has to be.
 */
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Clock, Instant } from "../../api/time.ts";
import type { Unreachable } from "../../drivers/driver.ts";

export type Answer = DeviceDiscovery | Unreachable;

/** `Whole`: everything is asked for. `Live`: what is steady may be a few minutes old (`junos/steadyReplies.ts`). */
export type Extent = "Whole" | "Live";

/** Reads one device. A device that cannot be read is explained, not thrown. */
export type Discover = (fabric: Fabric, device: string, extent: Extent) => Promise<Answer>;

/** A whole reading that begins from now on, or any that began at that moment or later. */
export type Since = "Now" | Instant;

export type DiscoverSince = (fabric: Fabric, device: string, since: Since) => Promise<Answer>;

interface Readings {
  /** The last one that was begun, and when. */
  readonly latest: Promise<Answer>;
  readonly begunAt: Instant;
  isRunning: boolean;
  /** Begins when that one has ended. */
  next?: Promise<Answer>;
}

export function sharedDiscovery(discover: Discover, clock: Pick<Clock, "now">): DiscoverSince {
  const devices = new Map<string, Readings>();

  function begin(fabric: Fabric, device: string, extent: Extent): Promise<Answer> {
    const key = keyOf(fabric, device);
    const latest = discover(fabric, device, extent);
    const readings: Readings = { latest, begunAt: clock.now(), isRunning: true };
    devices.set(key, readings);
    const end = (): void => {
      readings.isRunning = false;
    };
    latest.then(end, () => {
      end();
      // What failed is no answer for those who come later.
      if (devices.get(key) === readings) devices.delete(key);
    });
    return latest;
  }

  return (fabric, device, since) => {
    const readings = devices.get(keyOf(fabric, device));
    const extent = since === "Now" ? "Whole" : "Live";
    if (readings === undefined) return begin(fabric, device, extent);
    if (since !== "Now" && readings.begunAt >= since) return readings.latest;
    if (!readings.isRunning) return begin(fabric, device, extent);
    // Who else will wait for it may need the whole.
    const start = (): Promise<Answer> => begin(fabric, device, "Whole");
    readings.next ??= readings.latest.then(start, start);
    return readings.next;
  };
}

function keyOf(fabric: Fabric, device: string): string {
  return `${fabric.metadata.uid}/${device}`;
}
