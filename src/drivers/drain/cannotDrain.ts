/** A device that cannot be drained, or not as the campaign asks for, in the words of the catalogue. */
import { explain, type Explained } from "../../api/reasons.ts";
import type { DrainableConfiguration } from "../../junos/drain/drainableConfiguration.ts";
import { chooseTechniques, type WantedTechnique } from "./choose.ts";

/** Asked before anything is changed, of routes and access alike. Undefined where nothing speaks against the drain. */
export function cannotDrain(
  configuration: DrainableConfiguration,
  wanted: WantedTechnique = "Auto",
): Explained | undefined {
  const [problem] = (["Routes", "Access"] as const).flatMap(
    (phase) => chooseTechniques(configuration, phase, wanted).problems,
  );
  if (problem === undefined) return undefined;
  const told = `${problem.code} at ${problem.statement}`;
  return wanted === "Auto"
    ? explain("CommitFailed", `it cannot be drained: ${told}`)
    : explain("DrainTechniqueUnsupported", `it cannot be drained by ${wanted}: ${told}`);
}
