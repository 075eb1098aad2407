/** Small fabrics that several tests of the planner look at. */
import { esi } from "./support.ts";
import type { World, WorldServer } from "./support.ts";

/** Leaves without spines or links; servers by the leaves they are on. */
export function leavesOnly(leaves: readonly string[], servers: readonly (readonly string[])[]): World {
  return {
    devices: leaves.map((name) => ({ name, role: "Leaf" as const })),
    cables: [],
    servers: servers.map((on, index): WorldServer => ({
      name: `server${String(index + 1)}`,
      esi: esi(index + 1),
      ports: on.map((leaf) => `${leaf}/ae${String(index + 1)}`),
    })),
  };
}

/** Leaves on the given spines, one dual-homed server per pair of leaves. */
export function leafSpine(leaves: number, spines: number, extra: Partial<World> = {}): World {
  const names = Array.from({ length: leaves }, (_, index) => `leaf${String(index + 1)}`);
  const above = Array.from({ length: spines }, (_, index) => `spine${String(index + 1)}`);
  const pairs = names.flatMap((name, index) => (index % 2 === 1 ? [[names[index - 1] ?? "", name]] : []));
  return {
    ...leavesOnly(names, pairs),
    devices: [
      ...names.map((name) => ({ name, role: "Leaf" as const })),
      ...above.map((name) => ({ name, role: "Spine" as const })),
    ],
    cables: names.flatMap((leaf, index) =>
      above.map((spine, uplink) => ({
        a: `${leaf}/et-0/0/${String(48 + uplink)}`,
        b: `${spine}/et-0/0/${String(index)}`,
      })),
    ),
    ...extra,
  };
}

/** Two pods of one leaf and two spines each, in two planes under two super-spines. */
export const planes: World = {
  devices: [
    ...["super1", "super2"].map((name) => ({ name, role: "SuperSpine" as const })),
    ...["a", "b"].flatMap((pod) => [
      { name: `${pod}-leaf1`, role: "Leaf" as const },
      { name: `${pod}-spine1`, role: "Spine" as const },
      { name: `${pod}-spine2`, role: "Spine" as const },
    ]),
  ],
  cables: ["a", "b"].flatMap((pod, index) =>
    [1, 2].flatMap((plane) => [
      { a: `${pod}-leaf1/et-0/0/${String(plane)}`, b: `${pod}-spine${String(plane)}/et-0/0/0` },
      { a: `${pod}-spine${String(plane)}/et-0/0/1`, b: `super${String(plane)}/et-0/0/${String(index)}` },
    ]),
  ),
  servers: [],
};
