/**
 * How long to wait before a device is looked at again that waits for something else to change: longer each time, as
 * long as it waits for the same. A look costs the device and its neighbours a full set of readings.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { DeviceUpgradeStatus } from "../../engine/step.ts";

/** Model time. */
const LONGEST_SECONDS = 300;

interface Waited {
  readonly reason: string;
  readonly times: number;
}

export interface Patience {
  /** The model time to wait now. */
  next(upgrade: DeviceUpgrade, wait: { status: DeviceUpgradeStatus; seconds: number }): number;
  /** It goes on, or waits for something else. */
  reset(upgrade: DeviceUpgrade): void;
}

export function patience(): Patience {
  const waited = new Map<string, Waited>();
  return {
    next({ metadata }, { status, seconds }) {
      // Orders that have changed are a change, too.
      const reason = `${String(metadata.generation)} ${status.state ?? ""} ${status.message ?? ""}`;
      const known = waited.get(metadata.uid);
      const times = known?.reason === reason ? known.times + 1 : 0;
      waited.set(metadata.uid, { reason, times });
      return Math.min(LONGEST_SECONDS, seconds * 2 ** Math.min(times, 10));
    },
    reset({ metadata }) {
      waited.delete(metadata.uid);
    },
  };
}
