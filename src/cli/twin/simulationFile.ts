/** The description of a fabric's twin: `simulation/simulation.yaml` beside the manifests, else the objects alone. */
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import path from "node:path";
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { DescribedPackage, SimulationDescription } from "../../simulator/description.ts";
import { parseSimulation, simulationFromFabric } from "../../simulator/descriptionFile.ts";
import { readTextIfThere } from "../manifests/yamlFiles.ts";

/** Where a folder of manifests keeps it: one level down, so that applying the folder does not meet it. */
const SIMULATION_FILE = path.join("simulation", "simulation.yaml");

/**
 * Reads the description from the folders among `paths`. Without one the twin has what the Fabric declares, and
 * the images lie on all of its devices. Throws `SimulationError` when the description is wrong.
 */
export async function readSimulation(
  paths: readonly string[],
  fabric: Fabric,
  images: readonly DeviceImage[] = [],
): Promise<SimulationDescription> {
  // Beside standard input there is nothing.
  for (const each of paths.filter((given) => given !== "-")) {
    const info = await stat(each);
    const file = path.join(info.isDirectory() ? each : path.dirname(each), SIMULATION_FILE);
    const text = await readTextIfThere(file);
    if (text !== undefined) return parseSimulation(text, { file, fabric });
  }
  const description = simulationFromFabric(fabric);
  const packages = images.map(packageOf);
  return { ...description, devices: description.devices.map((device) => ({ ...device, packages })) };
}

function packageOf({ spec }: DeviceImage): DescribedPackage {
  const { sha256, md5 } = spec.checksum;
  return {
    name: spec.deviceImageName,
    sizeBytes: spec.sizeBytes,
    // An image that is only known by its MD5 has some SHA-256, too; nobody will compare it.
    sha256: sha256 ?? createHash("sha256").update(spec.deviceImageName).digest("hex"),
    ...(md5 === undefined ? {} : { md5 }),
    release: spec.osVersion,
  };
}
