/**
 * How old open intents are, by this process's monotonic clock. Whoever did not write an intent counts from when
 * it first saw it: that can only be later, and waiting longer than needed is safe.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Clock } from "../../api/time.ts";
import type { Intent } from "../../engine/step.ts";

/** Real time for which a request that was sent in time may still be on its way. */
const SENDING_SECONDS = 2;

export interface Intents {
  /** Notes an intent: before it is written, or when a watch tells of it. */
  seen(upgrade: DeviceUpgrade, intent: Intent): void;
  /** Nobody can send the open intent any more, and what was sent has arrived. */
  hasExpired(upgrade: DeviceUpgrade): boolean;
  /** The open intent is this process's own, of this epoch, and still valid. */
  maySend(upgrade: DeviceUpgrade, epoch: number | undefined): boolean;
}

export function intentWatch(clock: Clock, holder: string): Intents {
  const firstSeen = new Map<string, number>();

  const idOf = ({ metadata }: DeviceUpgrade, intent: Intent): string =>
    // The time too: after a landing the same holder begins the same step for the first time once more, and an intent that
    // was voided is followed by one that counts its attempts anew.
    [metadata.uid, intent.holder, intent.epoch, intent.step, intent.attempt, intent.writtenAt].join("/");

  function ageSeconds(upgrade: DeviceUpgrade, intent: Intent): number {
    const id = idOf(upgrade, intent);
    const now = clock.monotonicMilliseconds();
    const since = firstSeen.get(id);
    if (since === undefined) firstSeen.set(id, now);
    return (now - (since ?? now)) / 1000;
  }

  return {
    seen: (upgrade, intent) => {
      ageSeconds(upgrade, intent);
    },
    hasExpired(upgrade) {
      const intent = upgrade.status?.intent;
      return intent !== undefined && ageSeconds(upgrade, intent) > intent.validSeconds + SENDING_SECONDS;
    },
    maySend(upgrade, epoch) {
      const intent = upgrade.status?.intent;
      return (
        intent !== undefined &&
        intent.holder === holder &&
        intent.epoch === epoch &&
        ageSeconds(upgrade, intent) < intent.validSeconds
      );
    },
  };
}
