/**
 * The status of one DeviceUpgrade while it is worked on: what the API has of it, and what was decided since and is not
 * written yet. A write is guarded by the resourceVersion that was read, so a change by anybody else makes it fail.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { DeviceState } from "../../api/deviceState.ts";
import type { Instant } from "../../api/time.ts";
import { withConditions } from "../../engine/deviceConditions.ts";
import { isMilestone, isRunning } from "../../engine/deviceState.ts";
import { shorten } from "../../engine/journal.ts";
import type { DeviceUpgradeStatus } from "../../engine/step.ts";
import { isStoreError } from "../../store/errors.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { isSameJson } from "../sameJson.ts";

/** Model time for which progress is not written again: each look at a device has new words for it. */
const PROGRESS_SECONDS = 60;

/** What a process remembers of the upgrades it works on. Lost with it: the devices tell the next one. */
export interface JournalMemory {
  /** When the status of each was last written, in model time. */
  readonly lastWritten: Map<string, Instant>;
  /** What was decided since, good only for the version, and in the leadership, that it was decided from. */
  readonly deferred: Map<string, Deferred>;
}

interface Deferred {
  readonly epoch: number;
  readonly resourceVersion: string;
  readonly status: DeviceUpgradeStatus;
  /** A state that people know by name, which they have not been shown yet. */
  readonly milestone?: Milestone;
}

interface Milestone {
  readonly state: DeviceState;
  readonly message: string;
}

export function journalMemory(): JournalMemory {
  return { lastWritten: new Map(), deferred: new Map() };
}

type JournalContext = Pick<ControllerContext, "store" | "door" | "clock" | "intents" | "news" | "log">;

interface Progress {
  readonly status: DeviceUpgradeStatus;
  readonly ledgerHeld: boolean;
}

export class UpgradeJournal {
  readonly #memory: JournalMemory;
  readonly #epoch: number;
  #saved: DeviceUpgrade;
  #deferred: Deferred | undefined;

  constructor(saved: DeviceUpgrade, memory: JournalMemory, epoch: number) {
    this.#memory = memory;
    this.#epoch = epoch;
    this.#saved = saved;
    const { uid, resourceVersion } = saved.metadata;
    const known = memory.deferred.get(uid);
    if (known?.resourceVersion === resourceVersion && known.epoch === epoch) this.#deferred = known;
    else memory.deferred.delete(uid);
  }

  /** The upgrade with the status as decided, written or not. */
  get upgrade(): DeviceUpgrade {
    return this.#deferred === undefined ? this.#saved : { ...this.#saved, status: this.#deferred.status };
  }

  /** The upgrade as the API has it. */
  get saved(): DeviceUpgrade {
    return this.#saved;
  }

  /** To be written together with what follows. False when somebody else wrote in between. */
  async defer(context: JournalContext, { status, ledgerHeld }: Progress): Promise<boolean> {
    if (!(await this.#showMilestoneBefore(context, { status, ledgerHeld }))) return false;
    const { metadata, status: saved } = this.#saved;
    const { state, message = "" } = status;
    const isNew = state !== undefined && state !== saved?.state && isMilestone(state);
    const milestone = isNew ? { state, message } : this.#deferred?.milestone;
    const { uid, resourceVersion } = metadata;
    const epoch = this.#epoch;
    this.#deferred = { epoch, resourceVersion, status, ...(milestone === undefined ? {} : { milestone }) };
    this.#memory.deferred.set(uid, this.#deferred);
    return true;
  }

  /** Of a step that begins: where nothing has a new name for people, it is written with what is seen of it next. */
  async writeBeginning(context: JournalContext, { status, ledgerHeld }: Progress): Promise<boolean> {
    return status.state === this.#saved.status?.state && this.#mayWait(status)
      ? this.defer(context, { status, ledgerHeld })
      : this.write(context, { status, ledgerHeld, action: "WriteStatus" });
  }

  /** Writes the status unless it is mere progress, a moment after the last write. */
  async writeProgress(context: JournalContext, { status, ledgerHeld }: Progress): Promise<boolean> {
    const writtenAt = this.#memory.lastWritten.get(this.#saved.metadata.uid);
    const isRecent = writtenAt !== undefined && context.clock.now() - writtenAt < PROGRESS_SECONDS * 1000;
    if (isRecent && this.#mayWait(status)) return this.defer(context, { status, ledgerHeld });
    return this.write(context, { status, ledgerHeld, action: "WriteStatus" });
  }

  #mayWait(status: DeviceUpgradeStatus): boolean {
    return this.#deferred?.milestone === undefined && isProgress(this.#saved.status ?? {}, status);
  }

  /** Writes the status unless it says what is there already. False when somebody else wrote in between. */
  async write(
    context: JournalContext,
    { status, ledgerHeld, action }: Progress & { readonly action: string },
  ): Promise<boolean> {
    if (!(await this.#showMilestoneBefore(context, { status, ledgerHeld }))) return false;
    const shown = withMilestone(status, this.#deferred?.milestone);
    return this.#save(context, { status: shown, ledgerHeld, action });
  }

  /** A milestone that nobody was shown yet is written by itself where what follows has a name of its own. */
  async #showMilestoneBefore(
    context: JournalContext,
    { status: { state }, ledgerHeld }: Progress,
  ): Promise<boolean> {
    const known = this.#deferred;
    if (known?.milestone === undefined || state === undefined || isRunning(state)) return true;
    if (state === known.milestone.state) return true;
    const status = withMilestone(known.status, known.milestone);
    return this.#save(context, { status, ledgerHeld, action: "WriteStatus" });
  }

  async #save(
    { store, door, clock, intents, news, log }: JournalContext,
    { status, ledgerHeld, action }: Progress & { readonly action: string },
  ): Promise<boolean> {
    const before = this.#saved;
    const complete = withConditions(status, { upgrade: before, ledgerHeld, now: clock.now() });
    this.#deferred = undefined;
    this.#memory.deferred.delete(before.metadata.uid);
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
    this.#memory.lastWritten.set(before.metadata.uid, clock.now());
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

/** The state stays the milestone's, with the words for what is done next. */
function withMilestone(status: DeviceUpgradeStatus, milestone: Milestone | undefined): DeviceUpgradeStatus {
  const { state, message } = status;
  if (milestone === undefined || state === milestone.state) return status;
  const words = message === undefined ? milestone.message : `${milestone.message}; ${message}`;
  return { ...status, state: milestone.state, message: shorten(words) };
}

/** Nothing that has a name of its own for people: the same state, or what is done once a milestone was reached. */
function isProgress(one: DeviceUpgradeStatus, other: DeviceUpgradeStatus): boolean {
  const goesOn =
    one.state === other.state ||
    (one.state !== undefined &&
      other.state !== undefined &&
      isMilestone(one.state) &&
      isRunning(other.state));
  return goesOn && isSameJson(essence(one), essence(other));
}

/** What a status says beside its steps as they go on; conditions follow from the rest. */
function essence({
  startedAt,
  finishedAt,
  found,
  intent,
  landing,
  steps = [],
}: DeviceUpgradeStatus): unknown {
  const failed = steps.filter(({ state }) => state === "Failed").map(({ name }) => name);
  return { startedAt, finishedAt, found, intent, landing, failed };
}
