/** All drivers, and which of them a device gets: by what the Fabric says of it, never by trying. */
import type { Driver, FabricDevice } from "./driver.ts";
import { mx, mxSingle } from "./mx.ts";
import { qfx, qfxChassis } from "./qfx.ts";
import { srx } from "./srx.ts";

/** The drivers of the product. */
export const DRIVERS: readonly Driver[] = [qfx, qfxChassis, mx, mxSingle, srx];

/** The first driver that is for the device; undefined for a family that none of them knows. */
export function driverOf(drivers: readonly Driver[], device: FabricDevice): Driver | undefined {
  return drivers.find((driver) => driver.handles(device));
}
