/** The committed configuration of a device: as one text for backups and comparisons, and as what can be drained. */
import { readCommittedSet } from "../junos/configuration.ts";
import {
  readDrainableConfiguration,
  type DrainableConfiguration,
} from "../junos/drain/drainableConfiguration.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import type { DeviceConnection } from "./driver.ts";

/** What the device itself changes: the release that wrote the configuration, and when the last commit was. */
const OF_THE_DEVICE = /^(?:#|set version )/;

/** The committed `set` lines in the device's order, without those that change by themselves. */
export async function readConfiguration(caller: RpcCaller): Promise<string> {
  const lines = await readCommittedSet(caller);
  return `${lines.filter((line) => !OF_THE_DEVICE.test(line)).join("\n")}\n`;
}

export async function readDrainable({ main }: DeviceConnection): Promise<DrainableConfiguration> {
  return readDrainableConfiguration(await readCommittedSet(main));
}
