/**
 * Readings of devices, shared by those who need one at the same time: a batch of leaves is proven against the same
 * spines. Nobody gets a reading that began before he asked, so a proof is as fresh as if he had read alone.
 */
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { Unreachable } from "../drivers/driver.ts";

export type Answer = DeviceDiscovery | Unreachable;

/** Reads one device. A device that cannot be read is explained, not thrown. */
export type Discover = (fabric: Fabric, device: string) => Promise<Answer>;

interface Readings {
  readonly running: Promise<Answer>;
  /** Begins when the running one has ended. */
  next?: Promise<Answer>;
}

export function sharedDiscovery(discover: Discover): Discover {
  const devices = new Map<string, Readings>();

  function begin(key: string, fabric: Fabric, device: string): Promise<Answer> {
    const running = discover(fabric, device);
    const readings: Readings = { running };
    devices.set(key, readings);
    const forget = (): void => {
      if (devices.get(key) === readings) devices.delete(key);
    };
    running.then(forget, forget);
    return running;
  }

  return (fabric, device) => {
    const key = `${fabric.metadata.uid}/${device}`;
    const readings = devices.get(key);
    if (readings === undefined) return begin(key, fabric, device);
    const start = (): Promise<Answer> => begin(key, fabric, device);
    readings.next ??= readings.running.then(start, start);
    return readings.next;
  };
}
