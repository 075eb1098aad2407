/** The crown: leaves a1…a40 and b1…b40, a server on every a and b but those of the same number. Two batches do. */
import { campaignOf, declarationsOf, fabricOf, plan } from "../test/planner/support.ts";
import type { World } from "../test/planner/support.ts";
import { figuresOf } from "./compare.ts";
import { planInListOrder } from "./listOrder.ts";

const SIDE = 40;

/** Batches, the bound, and how many the planner that goes through the list needs. */
export function benchCrown(): string[][] {
  const numbers = Array.from({ length: SIDE }, (_, index) => index + 1);
  const devices = numbers.flatMap((number) =>
    ["a", "b"].map((row) => ({ name: `${row}${String(number)}`, role: "Leaf" as const, overlayRoles: [] })),
  );
  const pairs = numbers.flatMap((i) =>
    numbers.filter((j) => j !== i).map((j) => [`a${String(i)}`, `b${String(j)}`]),
  );
  const world: World = {
    devices,
    cables: [],
    servers: pairs.map((leaves, index) => ({
      name: `server${String(index + 1)}`,
      ports: leaves.map((leaf) => `${leaf}/ae${String(index + 1)}`),
    })),
  };
  const fabric = fabricOf(world, declarationsOf(world));
  const { plan: made } = plan({ fabric, campaign: campaignOf({ maxBatchSize: SIDE }) });
  const ours = figuresOf(made);
  const other = planInListOrder({ devices, segments: pairs, maxBatchSize: SIDE }).length;
  const figures = [ours.batches, made.lowerBound, other].map(String);
  return [["batches", ...figures, (other / ours.batches).toFixed(2)]];
}
