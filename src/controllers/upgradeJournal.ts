/**
 * The status of one DeviceUpgrade while it is worked on: what the API has of it, and what was decided since and is not
 * written yet. A write is guarded by the resourceVersion that was read, so a change by anybody else makes it fail.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Instant } from "../api/time.ts";
import { withConditions } from "../engine/deviceConditions.ts";
import type { DeviceUpgradeStatus } from "../engine/step.ts";
import { isStoreError } from "../store/errors.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { isSameJson } from "./sameJson.ts";

/** Model time for which progress that is words alone is not written again: each look at a device has new ones. */
const WORDS_SECONDS = 60;

/** When the status of each upgrade was last written, in model time; by this process. */
export type LastWritten = Map<string, Instant>;

export class UpgradeJournal {
  readonly #lastWritten: LastWritten;
  #saved: DeviceUpgrade;
  #deferred: DeviceUpgradeStatus | undefined;

  constructor(saved: DeviceUpgrade, lastWritten: LastWritten) {
    this.#saved = saved;
    this.#lastWritten = lastWritten;
  }

  /** The upgrade with the status as decided, written or not. */
  get upgrade(): DeviceUpgrade {
    return this.#deferred === undefined ? this.#saved : { ...this.#saved, status: this.#deferred };
  }

  /** To be written together with what follows. */
  defer(status: DeviceUpgradeStatus): void {
    this.#deferred = status;
  }

  /** Writes what was deferred. False when somebody else wrote in between. */
  async flush(context: ControllerContext, ledgerHeld: boolean): Promise<boolean> {
    const status = this.#deferred;
    return status === undefined || this.write(context, { status, ledgerHeld, action: "WriteStatus" });
  }

  /** Writes the status unless words alone have changed, a moment after the last write. */
  async writeProgress(
    context: ControllerContext,
    { status, ledgerHeld }: { status: DeviceUpgradeStatus; ledgerHeld: boolean },
  ): Promise<boolean> {
    const writtenAt = this.#lastWritten.get(this.#saved.metadata.uid);
    const isRecent = writtenAt !== undefined && context.clock.now() - writtenAt < WORDS_SECONDS * 1000;
    if (isRecent && isSameButForWords(this.#saved.status ?? {}, status)) return true;
    return this.write(context, { status, ledgerHeld, action: "WriteStatus" });
  }

  /** Writes the status unless it says what is there already. False when somebody else wrote in between. */
  async write(
    { store, door, clock, intents, news, log }: ControllerContext,
    { status, ledgerHeld, action }: { status: DeviceUpgradeStatus; ledgerHeld: boolean; action: string },
  ): Promise<boolean> {
    const before = this.#saved;
    const complete = withConditions(status, { upgrade: before, ledgerHeld, now: clock.now() });
    this.#deferred = undefined;
    if (isSameJson(complete, before.status)) return true;
    const device = before.spec.deviceName;
    if (complete.intent !== undefined) intents.seen(before, complete.intent);
    try {
      this.#saved = await door.run(device, action, () =>
        store.replaceStatus("DeviceUpgrade", { ...before, status: complete }),
      );
    } catch (error) {
      if (isStoreError(error, "Conflict")) return false;
      throw error;
    }
    this.#lastWritten.set(before.metadata.uid, clock.now());
    news.device(before, this.#saved);
    if (complete.state !== before.status?.state) {
      log.info({
        object: device,
        action: "State",
        code: complete.landing?.reason ?? complete.state ?? "Pending",
        message: complete.message ?? "",
      });
    }
    return true;
  }
}

/** Conditions follow from the rest. */
function isSameButForWords(one: DeviceUpgradeStatus, other: DeviceUpgradeStatus): boolean {
  return isSameJson(withoutWords(one), withoutWords(other));
}

function withoutWords({
  message: _message,
  conditions: _conditions,
  ...status
}: DeviceUpgradeStatus): unknown {
  const steps = (status.steps ?? []).map(({ message: _words, ...step }) => step);
  return { ...status, observedGeneration: undefined, steps };
}
