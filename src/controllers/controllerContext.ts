/** What all controllers share. Made once, in controller.ts. */
import type { Clock } from "../api/time.ts";
import type { Driver } from "../drivers/driver.ts";
import type { Logger } from "../observability/logger.ts";
import type { Store } from "../store/store.ts";
import type { DevicePool } from "./devicePool.ts";
import type { EffectDoor } from "./effects.ts";
import type { ImageTransfers } from "./imageTransfers.ts";
import type { Intents } from "./intents.ts";
import type { Ledgers } from "./ledgers.ts";
import type { Leaderships } from "./leadership.ts";
import type { News } from "./news.ts";
import type { DiscoverSince } from "./sharedDiscovery.ts";
import type { StoredReadings } from "./storedReadings.ts";

export interface ControllerContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly drivers: readonly Driver[];
  readonly pool: DevicePool;
  readonly discover: DiscoverSince;
  readonly door: EffectDoor;
  readonly leadership: Leaderships;
  readonly intents: Intents;
  readonly ledgers: Ledgers;
  readonly readings: StoredReadings;
  readonly intentValidSeconds: number;
  /** To be told of every status, once it is saved. */
  readonly news: News;
  readonly transfers: ImageTransfers;
  readonly log: Logger;
  /** Takes out of a text every secret that this process has read. */
  readonly redact: (text: string) => string;
}
