/**
 * Follows all objects of a kind: lists them, then watches from where the list ended, for as long as it takes.
 * Whatever breaks, it goes on from the last resourceVersion it saw; where the server has forgotten that one, it
 * lists again and tells only the differences, so that nothing is told twice and no deletion is missed.
 */
import { linkSignals } from "../../api/signalLink.ts";
import { isDeepStrictEqual } from "node:util";
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import { isCustomKind } from "../../api/kinds.ts";
import type { Clock } from "../../api/time.ts";
import { StoreError } from "../errors.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { isJsonObject } from "../schema/json.ts";
import type { WatchEvent } from "../store.ts";
import { ApiError, isExpired, watchError } from "./apiError.ts";
import type { Wait } from "./backOff.ts";
import { BackOff } from "./backOff.ts";
import type { Connection } from "./connection.ts";
import { linesOf } from "./lines.ts";
import { listAll } from "./listing.ts";
import { collectionPath } from "./paths.ts";
import { fromWire } from "./wireObjects.ts";

export interface ReflectorOptions<K extends Kind> {
  readonly connection: Connection;
  readonly kind: K;
  /** All namespaces without it. */
  readonly namespace?: string | undefined;
  /** Must not throw. */
  readonly onEvent: (event: WatchEvent<K>) => void;
  /** Called once, when all that existed at the start was told. */
  readonly onSynced: () => void;
  /** Is told why a list or a watch failed; it is tried again. */
  readonly onInterrupted: (error: unknown) => void;
  readonly clock: Pick<Clock, "monotonicMilliseconds">;
  readonly random: () => number;
  /** Waits between two tries. */
  readonly wait: Wait;
  /** A watch that says nothing for so long, not even a bookmark (one a minute), is dead. */
  readonly idleLimitSeconds: number;
}

/** A watch asks to be ended by the server after 4 to 8 minutes, so that clients do not come back all at once. */
const SHORTEST_WATCH_SECONDS = 240;

/** A watch that ended sooner and told nothing has failed, whatever the server calls it. */
const SOUND_WATCH_SECONDS = 5;

/**
 * A server that ends a watch so much before its time may have been given another definition of the kind. Objects then
 * differ (in the defaults of new fields) although their resourceVersion is the same: only a list tells.
 */
const EARLY_SECONDS = 5;

/** A watch gave no sign of life. The server may wait for a resourceVersion that it has lost: list again. */
class SilenceError extends Error {
  override readonly name = "SilenceError";
}

export class Reflector<K extends Kind> {
  readonly #options: ReflectorOptions<K>;
  readonly #known = new Map<string, ObjectOf<K>>();
  readonly #backOff: BackOff;
  readonly #subject: string;
  /** Where the next watch goes on; without it a list is due. */
  #position: string | undefined;
  #isSynced = false;
  /** Whether the last answer was that a position is too old: where even a new one is, lists must not follow in a rush. */
  #hasExpired = false;

  constructor(options: ReflectorOptions<K>) {
    this.#options = options;
    this.#backOff = new BackOff(options);
    const { kind, namespace } = options;
    this.#subject = `watch of ${kind}${namespace === undefined ? "" : ` in ${namespace}`}`;
  }

  /** All objects that it has told of, in their last state. */
  objects(): readonly ObjectOf<K>[] {
    return [...this.#known.values()];
  }

  /** Runs until the signal is aborted, and then resolves. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#position ??= await this.#list(signal);
        await this.#follow(this.#position, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onInterrupted(error);
        if (isExpired(error) || error instanceof SilenceError) this.#position = undefined;
        // The server is there and knows what it says: no need to wait as long as after a failure.
        if (isExpired(error) && !this.#hasExpired) this.#backOff.reset();
        this.#hasExpired = isExpired(error);
        const asked = error instanceof ApiError ? error.retryAfterSeconds : undefined;
        await this.#backOff.wait(signal, asked).catch(() => undefined);
      }
    }
  }

  /** Lists, tells what differs from what is known, and returns where a watch goes on. */
  async #list(signal: AbortSignal): Promise<string> {
    const { connection, kind, namespace, onSynced } = this.#options;
    const { objects, resourceVersion } = await listAll(connection, { kind, namespace, signal });
    signal.throwIfAborted();
    const listed = new Set(objects.map(({ metadata }) => metadata.uid));
    for (const object of this.#known.values()) {
      if (!listed.has(object.metadata.uid)) this.#take("Deleted", object, signal);
    }
    for (const object of objects) this.#take("Present", object, signal);
    if (!this.#isSynced) onSynced();
    this.#isSynced = true;
    return resourceVersion;
  }

  /** Watches until the server ends the watch. Throws when it breaks, expires or falls silent. */
  async #follow(position: string, signal: AbortSignal): Promise<void> {
    const { connection, kind, namespace, clock, random, idleLimitSeconds } = this.#options;
    const startedAt = clock.monotonicMilliseconds();
    const timeoutSeconds = Math.round(SHORTEST_WATCH_SECONDS * (1 + random()));
    const silence = new AbortController();
    const watchdog = setTimeout(
      () => silence.abort(new SilenceError(`${this.#subject}: nothing for ${idleLimitSeconds} seconds`)),
      idleLimitSeconds * 1000,
    );
    let toldSomething = false;
    const until = linkSignals(signal, silence.signal);
    try {
      const stream = await connection.open({
        method: "GET",
        path: collectionPath(kind, namespace),
        query: {
          watch: "true",
          allowWatchBookmarks: "true",
          resourceVersion: position,
          timeoutSeconds: String(timeoutSeconds),
        },
        kind,
        subject: this.#subject,
        signal: until.signal,
      });
      for await (const line of linesOf(stream)) {
        watchdog.refresh();
        this.#takeLine(line, signal);
        toldSomething = true;
        this.#hasExpired = false;
        this.#backOff.reset();
      }
    } catch (error) {
      silence.signal.throwIfAborted();
      throw error;
    } finally {
      until.release();
      clearTimeout(watchdog);
    }
    signal.throwIfAborted();
    const livedSeconds = (clock.monotonicMilliseconds() - startedAt) / 1000;
    if (isCustomKind(kind) && livedSeconds < timeoutSeconds - EARLY_SECONDS) this.#position = undefined;
    if (!toldSomething && livedSeconds < SOUND_WATCH_SECONDS) {
      throw new StoreError("Unavailable", `${this.#subject}: the server ended it at once`);
    }
  }

  #takeLine(line: string, signal: AbortSignal): void {
    const { kind } = this.#options;
    const { type, object } = this.#parse(line);
    const metadata = isJsonObject(object["metadata"]) ? object["metadata"] : {};
    switch (type) {
      case "ADDED":
      case "MODIFIED":
        this.#take("Present", fromWire(kind, object), signal);
        break;
      case "DELETED":
        this.#take("Deleted", fromWire(kind, object), signal);
        break;
      case "BOOKMARK":
        break;
      case "ERROR":
        throw watchError(object, { kind, subject: this.#subject });
      default:
        throw new StoreError("Unavailable", `${this.#subject}: unknown event ${JSON.stringify(type)}`);
    }
    if (typeof metadata["resourceVersion"] === "string") this.#position = metadata["resourceVersion"];
  }

  #parse(line: string): { readonly type: Json | undefined; readonly object: JsonObject } {
    try {
      const event: Json = JSON.parse(line);
      const { type, object } = isJsonObject(event) ? event : {};
      return { type, object: isJsonObject(object) ? object : {} };
    } catch (cause) {
      throw new StoreError("Unavailable", `${this.#subject}: a line that is no event`, { cause });
    }
  }

  /** Brings what is known up to date, and tells what that changes. */
  #take(state: "Present" | "Deleted", object: ObjectOf<K>, signal: AbortSignal): void {
    if (signal.aborted) return;
    const { onEvent } = this.#options;
    const { namespace, name, uid, resourceVersion } = object.metadata;
    const key = `${namespace}/${name}`;
    const before = this.#known.get(key);
    if (state === "Deleted") {
      if (before?.metadata.uid !== uid) return;
      this.#known.delete(key);
      onEvent({ type: "Deleted", object });
      return;
    }
    // A changed definition gives objects new defaults, and leaves their resourceVersion as it is.
    const isSameVersion = before?.metadata.uid === uid && before.metadata.resourceVersion === resourceVersion;
    if (isSameVersion && isDeepStrictEqual(before, object)) return;
    if (before !== undefined && before.metadata.uid !== uid) this.#take("Deleted", before, signal);
    this.#known.set(key, object);
    onEvent({ type: before?.metadata.uid === uid ? "Modified" : "Added", object });
  }
}
