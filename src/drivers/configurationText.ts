/** The committed configuration of a device: as one text for backups and comparisons, and as what can be drained. */
import { readCommittedSet } from "../junos/configuration.ts";
import { readDrainableConfiguration, type DrainableConfiguration } from "../junos/drainableConfiguration.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import type { DeviceConnection } from "./driver.ts";

/** The committed `set` lines in the device's order, without comments: a comment tells when the last commit was. */
export async function readConfiguration(caller: RpcCaller): Promise<string> {
  const lines = await readCommittedSet(caller);
  return `${lines.filter((line) => !line.startsWith("#")).join("\n")}\n`;
}

export async function readDrainable({ main }: DeviceConnection): Promise<DrainableConfiguration> {
  return readDrainableConfiguration(await readCommittedSet(main));
}
