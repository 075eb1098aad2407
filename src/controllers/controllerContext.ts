/** What all controllers share. Made once, in controller.ts. */
import type { Clock } from "../api/time.ts";
import type { Driver } from "../drivers/driver.ts";
import type { Logger } from "../observability/logger.ts";
import type { Store } from "../store/store.ts";
import type { DevicePool } from "./device/devicePool.ts";
import type { EffectDoor } from "./leadership/effects.ts";
import type { ImageTransfers } from "./device/imageTransfers.ts";
import type { Intents } from "./device/intents.ts";
import type { Ledgers } from "./fabric/ledgers.ts";
import type { Leaderships } from "./leadership/leadership.ts";
import type { News } from "./news/news.ts";
import type { DiscoverSince } from "./fabric/sharedDiscovery.ts";
import type { StoredReadings } from "./fabric/storedReadings.ts";

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
