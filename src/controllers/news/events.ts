/**
 * Writes Events (`events.k8s.io/v1`): what happened to an object, for people who ask `kubectl describe`. They are
 * never state, and nothing waits for them: they queue here, one is written at a time, and where the API is slow,
 * refuses them or is told the same over and over, they are left out. They do not pass the effect door: an event
 * that is lost in a crash changes nothing.
 */
import { createHash } from "node:crypto";
import PQueue from "p-queue";
import type { ObjectReference } from "../../api/coreKinds.ts";
import type { CustomKind, ObjectOf } from "../../api/kinds.ts";
import { formatMicroTime } from "../../api/microTime.ts";
import { GROUP } from "../../api/names.ts";
import type { Clock } from "../../api/time.ts";
import type { Logger } from "../../observability/logger.ts";
import { NO_METER, type Meter } from "../../observability/meter.ts";
import { isStoreError, StoreError } from "../../store/errors.ts";
import type { Draft, Store } from "../../store/store.ts";
import { eventLimits } from "./eventLimits.ts";

export interface NewEvent {
  /** The object as it was saved: its resourceVersion goes into the name of the event. */
  readonly regarding: ObjectOf<CustomKind>;
  /** What else had a part in it. */
  readonly related?: ObjectReference;
  readonly type: "Normal" | "Warning";
  /** A reason of the catalogue, a phase or a state: CamelCase. */
  readonly reason: string;
  /** What was being done, CamelCase. */
  readonly action: string;
  /** For people. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly store: Pick<Store, "create">;
  /** Who says it, at most 128 characters. */
  readonly instance: string;
  readonly clock: Pick<Clock, "monotonicMilliseconds">;
  /** Waits real time. */
  readonly wait: (seconds: number, signal: AbortSignal) => Promise<void>;
  readonly log: Pick<Logger, "warn">;
  /** Takes secrets out of a text. */
  readonly redact: (text: string) => string;
  readonly meter?: Pick<Meter, "event">;
  /** Real time, since `kubectl` shows how old an event is by the clock on the wall. Default: the machine's. */
  readonly now?: () => number;
}

export interface EventRecorder {
  /** Returns at once, whatever becomes of it. */
  record(event: NewEvent): void;
  /** Takes no more. Resolves when those that wait are written, or are given up because the signal was aborted. */
  close(signal: AbortSignal): Promise<void>;
}

const CONTROLLER = `${GROUP}/controller`;
const NOTE_BYTES = 1024;
/** Leaves room for the suffix in the 253 characters a name may have. */
const NAME_LENGTH = 230;
/** Events that may wait to be written. */
const QUEUE_LENGTH = 1000;
/** How often a write is tried while the API does not answer, and how long to pause in between. */
const ATTEMPTS = 3;
const RETRY_SECONDS = 2;
/** How often people are told that events are left out. */
const COMPLAINT_SECONDS = 60;

export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  const { store, instance, clock, wait, log, redact, meter = NO_METER, now = Date.now } = options;
  const queue = new PQueue({ concurrency: 1 });
  const limits = eventLimits();
  const closed = new AbortController();
  let isOpen = true;
  let complainedAt = -Infinity;

  const seconds = (): number => clock.monotonicMilliseconds() / 1000;

  function record(event: NewEvent): void {
    const { reason } = event;
    const note = cutToBytes(redact(event.note), NOTE_BYTES);
    const { uid } = event.regarding.metadata;
    if (!limits.allows({ uid, text: `${reason} ${note}` }, seconds())) {
      meter.event({ result: "Repeated" });
    } else if (!isOpen || queue.size >= QUEUE_LENGTH) {
      drop(event, "QueueFull", "too many events wait to be written");
    } else {
      const eventTime = formatMicroTime(now());
      void queue.add(() => write({ ...event, note }, eventTime));
    }
  }

  async function write(event: NewEvent, eventTime: string): Promise<void> {
    for (let attempt = 1; !closed.signal.aborted; attempt += 1) {
      try {
        await store.create("Event", draftOf(event, { eventTime, instance }), { signal: closed.signal });
        meter.event({ result: "Written" });
        return;
      } catch (error) {
        // An attempt whose reply was lost had arrived, then.
        if (isStoreError(error, "AlreadyExists")) {
          meter.event({ result: "Written" });
          return;
        }
        if (!isStoreError(error, "Unavailable") || attempt >= ATTEMPTS) {
          if (!closed.signal.aborted) drop(event, codeOf(error), messageOf(error));
          return;
        }
      }
      await wait(RETRY_SECONDS, closed.signal).catch(() => undefined);
    }
  }

  function drop({ regarding }: NewEvent, code: string, why: string): void {
    meter.event({ result: "Dropped" });
    if (seconds() - complainedAt < COMPLAINT_SECONDS) return;
    complainedAt = seconds();
    const object = `${regarding.kind} ${regarding.metadata.namespace}/${regarding.metadata.name}`;
    log.warn({ object, action: "WriteEvent", code, message: `events are left out: ${why}` });
  }

  return {
    record,
    async close(signal) {
      isOpen = false;
      await new Promise<void>((resolve) => {
        const giveUp = (): void => {
          queue.clear();
          closed.abort(new Error("the controller stops"));
          resolve();
        };
        if (signal.aborted) giveUp();
        signal.addEventListener("abort", giveUp, { once: true });
        void queue.onIdle().then(() => {
          signal.removeEventListener("abort", giveUp);
          resolve();
        });
      });
    },
  };
}

/**
 * The name says which state of the object brought which news, so that a write that is tried again, or by two, makes
 * one event. A random name would make one more each time.
 */
function draftOf(
  { regarding, related, type, reason, action, note }: NewEvent,
  { eventTime, instance }: { eventTime: string; instance: string },
): Draft<"Event"> {
  const { namespace, name, uid, resourceVersion } = regarding.metadata;
  const suffix = createHash("sha256")
    .update([uid, resourceVersion, reason, action, note].join("\n"))
    .digest("hex")
    .slice(0, 16);
  return {
    metadata: { namespace, name: `${name.slice(0, NAME_LENGTH).replace(/[^a-z0-9]+$/, "")}.${suffix}` },
    eventTime,
    type,
    reason,
    action,
    note,
    reportingController: CONTROLLER,
    reportingInstance: instance,
    regarding: referenceTo(regarding),
    ...(related === undefined ? {} : { related }),
  };
}

export function referenceTo({ apiVersion, kind, metadata }: ObjectOf<CustomKind>): ObjectReference {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name, uid: metadata.uid };
}

/** The beginning of a text, so long that it fits, with an ellipsis where something was cut off. */
export function cutToBytes(text: string, limit: number): string {
  if (Buffer.byteLength(text) <= limit) return text;
  let size = Buffer.byteLength("…");
  let kept = "";
  for (const character of text) {
    size += Buffer.byteLength(character);
    if (size > limit) break;
    kept += character;
  }
  return `${kept}…`;
}

function codeOf(error: unknown): string {
  return error instanceof StoreError ? error.code : "InternalError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
