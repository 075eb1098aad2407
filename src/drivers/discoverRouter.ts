/**
 * Reads from a chassis what a switch is asked for, and its routing engines. The release it is planned with is the older
 * one: a chassis of which one engine was upgraded has not arrived.
 */
import type { DeviceDiscovery, DiscoveredControlPlane } from "../api/discovery.ts";
import type { Clock } from "../api/time.ts";
import { readSoftware } from "../junos/software.ts";
import { compareReleases, parseRelease } from "../release/version.ts";
import { discoverSwitch } from "./discover.ts";
import { Unreachable, type Connect, type FabricDevice } from "./driver.ts";
import { readEngines } from "./engines.ts";
import type { EngineRules } from "./engineRules.ts";

export async function discoverRouter(
  device: FabricDevice,
  connect: Connect,
  { clock, isVmhost }: { readonly clock: Clock } & Pick<EngineRules, "isVmhost">,
): Promise<DeviceDiscovery> {
  const { main } = await connect();
  const discovery = await discoverSwitch(device.name, main, clock);
  const controlPlanes: DiscoveredControlPlane[] = [];
  for (const engine of await readEngines(main)) {
    const isNamed = device.controlPlanes?.some(({ name }) => name === engine.name) === true;
    const own = isNamed ? await connectedOrNot(() => connect(engine.name)) : undefined;
    const caller = own?.main ?? (engine.mastership === "Master" ? main : undefined);
    const release = caller === undefined ? null : ((await readSoftware(caller)).engines[0]?.release ?? null);
    controlPlanes.push({
      name: engine.name,
      role: engine.mastership === "Master" ? "Master" : engine.mastership === "Backup" ? "Backup" : "Away",
      release,
      vmhost: await isVmhost(caller ?? main, engine),
    });
  }
  const releases = controlPlanes.flatMap(({ release }) => (release === null ? [] : [release]));
  return { ...discovery, release: oldest(releases) ?? discovery.release, controlPlanes };
}

/** An engine that does not answer is away; that alone is no reason not to know the rest of the device. */
async function connectedOrNot<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreachable) return undefined;
    throw error;
  }
}

function oldest(releases: readonly string[]): string | undefined {
  return releases.reduce<string | undefined>((found, release) => {
    const [a, b] = [parseRelease(release), parseRelease(found ?? "")];
    return a !== null && b !== null && compareReleases(a, b) !== "Older" ? found : release;
  }, undefined);
}
