/**
 * Whether the controller is ready, and if not, why. Ready means that it has read all objects and that the API server
 * answers; whether it leads a fabric is no matter, since a replica that waits is as ready as the one that leads.
 */
import type { Kind } from "../../api/kinds.ts";
import type { Clock } from "../../api/time.ts";
import type { Logger } from "../../observability/logger.ts";
import { StoreError } from "../../store/errors.ts";
import { ApiError, isExpired } from "../../store/kubernetes/apiError.ts";

export interface ReadinessOptions {
  /** The API server's URL, to be named. */
  readonly server: string;
  readonly clock: Pick<Clock, "monotonicMilliseconds">;
  readonly log: Pick<Logger, "info" | "warn">;
  /** A small request that any answer to is good. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>;
}

export interface Readiness {
  /** What became of a request: `OK`, or the code of the store's error. */
  sawRequest(code: string): void;
  /** A watch broke off, or could not begin; it is tried again by itself. */
  sawInterruption(kind: Kind, error: unknown): void;
  /** All objects have been read. */
  synced(): void;
  stopping(): void;
  /** Why it is not ready; empty when it is. Asks the API server when it has not been heard of for a while. */
  reasons(): Promise<readonly string[]>;
}

/** An answer is good for so long. */
const FRESH_SECONDS = 10;
const PROBE_SECONDS = 2;
/** How often the log says the same about the API server. */
const COMPLAINT_SECONDS = 30;

export function readiness({ server, clock, log, probe }: ReadinessOptions): Readiness {
  let isSynced = false;
  let isStopping = false;
  /** Monotonic time of the last answer; undefined since a request had none. */
  let answeredAt: number | undefined;
  let probing: Promise<string | undefined> | undefined;
  let isTroubled = false;
  const interruptions = new Map<Kind, Interruption>();

  const seconds = (): number => clock.monotonicMilliseconds() / 1000;

  function sawRequest(code: string): void {
    if (code === "Aborted") return;
    answeredAt = code === "Unavailable" ? undefined : seconds();
    if (answeredAt === undefined || !isTroubled) return;
    isTroubled = false;
    for (const [kind, { isSilence }] of interruptions) if (isSilence) interruptions.delete(kind);
    log.info({ object: server, action: "Connect", code: "Running", message: "the API server answers again" });
  }

  function sawInterruption(kind: Kind, error: unknown): void {
    // What has expired is read anew at once, which is nothing to speak of.
    if (isExpired(error)) return;
    const code = error instanceof StoreError ? error.code : "Unavailable";
    const why = `${kind}: ${wordsOf(error)}`;
    const known = interruptions.get(kind);
    const isSilence = isUnanswered(error);
    const told = known?.why === why ? known.told : -Infinity;
    isTroubled ||= isSilence;
    interruptions.set(kind, { why, isSilence, told });
    if (seconds() - told < COMPLAINT_SECONDS) return;
    interruptions.set(kind, { why, isSilence, told: seconds() });
    log.warn({ object: server, action: `Watch${kind}`, code, message: `${why}; it is tried again` });
  }

  async function ask(): Promise<string | undefined> {
    try {
      await probe(AbortSignal.timeout(PROBE_SECONDS * 1000));
    } catch (error) {
      if (isUnanswered(error)) {
        answeredAt = undefined;
        return `the API server ${server} does not answer: ${wordsOf(error)}`;
      }
    }
    sawRequest("OK");
    return undefined;
  }

  return {
    sawRequest,
    sawInterruption,
    synced() {
      isSynced = true;
    },
    stopping() {
      isStopping = true;
    },
    async reasons() {
      if (isStopping) return ["the controller stops"];
      const isFresh = answeredAt !== undefined && seconds() - answeredAt < FRESH_SECONDS;
      if (!isFresh) probing ??= ask().finally(() => (probing = undefined));
      const silence = await probing;
      const reasons = silence === undefined ? [] : [silence];
      if (!isSynced) {
        const why = [...interruptions.values()].map((each) => each.why);
        reasons.push(["the objects have not all been read yet", ...why].join("; "));
      }
      return reasons;
    },
  };
}

interface Interruption {
  readonly why: string;
  /** The server did not answer, rather than refuse. */
  readonly isSilence: boolean;
  /** When the log said so. */
  readonly told: number;
}

/** A refusal is an answer, too. */
function isUnanswered(error: unknown): boolean {
  if (error instanceof ApiError) return error.statusCode >= 500;
  return !(error instanceof StoreError) || error.code === "Unavailable";
}

/** In few words: of a failed request, what comes after the subject and the standing phrase. */
function wordsOf(error: unknown): string {
  if (error instanceof Error && error.name === "TimeoutError") return "no answer in time";
  if (!(error instanceof Error)) return String(error);
  const why = error.message.split("cannot be reached: ").at(-1) ?? error.message;
  return why.split("\n")[0] ?? why;
}
