/** All drivers, and which of them a device gets: by what the Fabric says of it, never by trying. */
import type { Driver, FabricDevice, Way } from "./driver.ts";
import { mx, mxParallel, mxSingle } from "./mx.ts";
import { qfx, qfxChassis } from "./qfx.ts";
import { srx } from "./srx.ts";

/** The drivers of the product. */
export const DRIVERS: readonly Driver[] = [qfx, qfxChassis, mx, mxParallel, mxSingle, srx];

/** The first driver that is for the device, on the way of a campaign; undefined for a family that none of them knows. */
export function driverOf(
  drivers: readonly Driver[],
  device: FabricDevice,
  way: Way = {},
): Driver | undefined {
  return drivers.find((driver) => driver.handles(device, way));
}
