/** Whether what a plan says of the impact of a batch is true: who is cut off, and who keeps nothing to spare. */
import type { Plan, PlannedBatch } from "../../api/plan.ts";
import type { Violation } from "./claims.ts";
import { attachmentsLeft, endpointAt, of, without } from "./graph.ts";
import type { State } from "./graph.ts";

export function checkImpact(
  { index, devices, impact }: PlannedBatch,
  { plan, before }: { plan: Plan; before: State },
): Violation[] {
  if (impact === undefined) return [];
  const found: Violation[] = [];
  const object = (witness: string): void => {
    found.push({ claim: "Impact", batch: index, devices, witness });
  };
  const cutOff = new Set(
    plan.exposed.filter(({ device }) => devices.includes(device)).flatMap(({ endpoints }) => endpoints),
  );
  const claimed = new Set(impact.cutOff);
  const hidden = [...cutOff].filter((endpoint) => !claimed.has(endpoint));
  if (hidden.length > 0) object(`it does not say that ${hidden.join(", ")} are cut off`);
  const invented = [...claimed].filter((endpoint) => !cutOff.has(endpoint));
  if (invented.length > 0) object(`it says that ${invented.join(", ")} are cut off, and they are not`);
  const bare = countBare(devices, before);
  if (bare !== impact.withoutSpare) {
    object(`it leaves ${String(bare)} endpoints without a spare, not ${String(impact.withoutSpare)}`);
  }
  return found;
}

/** The endpoints that lose an attachment and keep just as many as they need. */
function countBare(devices: readonly string[], before: State): number {
  const { graph } = before;
  const going = new Set(devices.map((device) => graph.numberOf.get(device) ?? -1).filter(before.isIn));
  const after = without(before, going);
  const touched = new Set(Array.from(going).flatMap((device) => of(graph.endpointsOn, device)));
  return [...touched].filter(
    (endpoint) => attachmentsLeft(after, endpoint) === endpointAt(graph, endpoint).minAvailable,
  ).length;
}
