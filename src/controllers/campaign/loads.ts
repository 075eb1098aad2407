/** Reads what the ports of a fabric carry right now, for a plan. A device that does not say it is left out. */
import PQueue from "p-queue";
import type { PortLoad } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { Unreachable, type Driver } from "../../drivers/driver.ts";
import { driverOf } from "../../drivers/registry.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { explainRpc, explainTransport } from "../device/reachability.ts";

const DEVICES_AT_ONCE = 20;

/** Of the devices that were read a moment ago; who falls silent in between is not asked twice. */
export async function readLoads(
  { pool, drivers }: Pick<ControllerContext, "pool" | "drivers">,
  fabric: Fabric,
  isRead: (device: string) => boolean,
): Promise<Readonly<Record<string, readonly PortLoad[]>>> {
  const queue = new PQueue({ concurrency: DEVICES_AT_ONCE });
  const loads: Record<string, readonly PortLoad[]> = {};
  const readInto = async (name: string, read: NonNullable<Driver["readLoads"]>): Promise<void> => {
    try {
      loads[name] = await read(() => pool.connect(fabric, name));
    } catch (error) {
      const isExplained =
        error instanceof Unreachable ||
        explainTransport(error) !== undefined ||
        explainRpc(error) !== undefined;
      if (!isExplained) throw error;
    }
  };
  await Promise.all(
    fabric.spec.devices.flatMap((device) => {
      const read = driverOf(drivers, device)?.readLoads;
      return read === undefined || !isRead(device.name)
        ? []
        : [queue.add(async () => readInto(device.name, read))];
    }),
  );
  return loads;
}
