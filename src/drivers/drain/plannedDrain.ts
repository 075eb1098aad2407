/** How a device would be drained, as its configuration stands now: for plans. One request, read-only. */
import type { PlannedTechnique } from "../../api/plan.ts";
import type { Explained } from "../../api/reasons.ts";
import { readDrainable } from "../configurationText.ts";
import type { Connect } from "../driver.ts";
import { cannotDrain } from "./cannotDrain.ts";
import { chooseTechniques, type WantedTechnique } from "./choose.ts";

export type PlannedDrain =
  | { readonly is: "Drained"; readonly by: readonly PlannedTechnique[] }
  /** Preflight would refuse it. */
  | { readonly is: "Refused"; readonly because: Explained };

/** The first choice; where the device's own check refuses it when it comes to that, the next one is taken. */
export async function planDrain(connect: Connect, wanted?: WantedTechnique): Promise<PlannedDrain> {
  const configuration = await readDrainable(await connect());
  const because = cannotDrain(configuration, wanted);
  if (because !== undefined) return { is: "Refused", because };
  const chosen = (["Routes", "Access"] as const).flatMap((phase) => {
    const [first = []] = chooseTechniques(configuration, phase, wanted).candidates;
    return first;
  });
  return { is: "Drained", by: chosen.map(({ technique, why }) => ({ name: technique.name, why })) };
}
