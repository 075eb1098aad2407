/** Asks devices what a plan says of them as they are right now. A device that does not tell is left out. */
import PQueue from "p-queue";
import type { Fabric } from "../../api/fabric.gen.ts";
import { Unreachable, type Connect, type Driver, type Way } from "../../drivers/driver.ts";
import { driverOf } from "../../drivers/registry.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { explainRpc, explainTransport } from "../device/reachability.ts";

const DEVICES_AT_ONCE = 20;

export interface Question<T> {
  /** Which devices: those that were read a moment ago, for who falls silent in between is not asked twice. */
  readonly asks: (device: string) => boolean;
  /** Which way the campaign goes, where a family has more than one. */
  readonly way: Way;
  /** What is asked; nothing of drivers that cannot tell. */
  readonly of: (driver: Driver) => ((connect: Connect) => Promise<T>) | undefined;
}

/** The answers by device. */
export async function askDevices<T>(
  { pool, drivers }: Pick<ControllerContext, "pool" | "drivers">,
  fabric: Fabric,
  { asks, way, of }: Question<T>,
): Promise<Readonly<Record<string, T>>> {
  const queue = new PQueue({ concurrency: DEVICES_AT_ONCE });
  const answers: Record<string, T> = {};
  const ask = async (name: string, question: (connect: Connect) => Promise<T>): Promise<void> => {
    try {
      answers[name] = await question(() => pool.connect(fabric, name));
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
      const driver = driverOf(drivers, device, way);
      const question = driver === undefined ? undefined : of(driver);
      return question === undefined || !asks(device.name)
        ? []
        : [queue.add(async () => ask(device.name, question))];
    }),
  );
  return answers;
}
