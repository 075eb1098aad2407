/** Reads what the ports of a device carry right now, and how fast they are: the same for all families. One request, read-only. */
import type { PortLoad } from "../api/discovery.ts";
import { readInterfaces, type PhysicalInterface } from "../junos/interfaces.ts";
import type { Connect } from "./driver.ts";

/** Ports that are up and say their speed and rates. */
export async function readLoads(connect: Connect): Promise<readonly PortLoad[]> {
  const { main } = await connect();
  return (await readInterfaces(main, { level: "statistics" })).flatMap(loadOf);
}

function loadOf(port: PhysicalInterface): PortLoad[] {
  const { name, operUp, inputBitsPerSecond, outputBitsPerSecond } = port;
  const speedBitsPerSecond = speedOf(port.speed ?? "");
  if (!operUp || speedBitsPerSecond === null) return [];
  if (inputBitsPerSecond === undefined || outputBitsPerSecond === undefined) return [];
  return [{ interface: name, speedBitsPerSecond, inputBitsPerSecond, outputBitsPerSecond }];
}

/** `100Gbps`, `1000mbps`, as Junos writes speeds; null for `Auto` and the like. */
export function speedOf(text: string): number | null {
  const { number, unit } = /^(?<number>\d+(?:\.\d+)?)(?<unit>[mg])bps$/i.exec(text.trim())?.groups ?? {};
  if (number === undefined || unit === undefined) return null;
  return Number(number) * (unit.toLowerCase() === "g" ? 1e9 : 1e6);
}
