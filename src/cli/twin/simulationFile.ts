/** The description of a fabric's twin: `simulation/simulation.yaml` beside the manifests, else the Fabric alone. */
import { stat } from "node:fs/promises";
import path from "node:path";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { SimulationDescription } from "../../simulator/description.ts";
import { parseSimulation, simulationFromFabric } from "../../simulator/descriptionFile.ts";
import { readTextIfThere } from "../manifests/yamlFiles.ts";

/** Where a folder of manifests keeps it: one level down, so that applying the folder does not meet it. */
const SIMULATION_FILE = path.join("simulation", "simulation.yaml");

/** Reads the description from the folders among `paths`. Throws `SimulationError` when it is wrong. */
export async function readSimulation(
  paths: readonly string[],
  fabric: Fabric,
): Promise<SimulationDescription> {
  for (const each of paths) {
    const info = await stat(each);
    const file = path.join(info.isDirectory() ? each : path.dirname(each), SIMULATION_FILE);
    const text = await readTextIfThere(file);
    if (text !== undefined) return parseSimulation(text, { file, fabric });
  }
  return simulationFromFabric(fabric);
}
