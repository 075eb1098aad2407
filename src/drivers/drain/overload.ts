/**
 * Overload: nobody who has another way sends through the device any more, by IS-IS or OSPF (RFC 6987). In IS-IS, too, by
 * metrics that are as high as can be and not by the overload bit: whoever has no other way keeps this one, so that a drain
 * that nobody can make up for is seen to be one and taken back, with nothing lost. An overload that an operator has set
 * is left as it is.
 */
import type { InteriorProtocol } from "../../junos/drain/drainableInterior.ts";
import { markCommand } from "../../junos/drain/existingDrain.ts";
import type { DrainTechnique } from "./technique.ts";

export const overload: DrainTechnique = {
  name: "Overload",
  applies: ({ interiorProtocols }) => interiorProtocols.length > 0,
  problems: () => [],
  commands: ({ interiorProtocols }) =>
    interiorProtocols.filter(({ overloaded }) => !overloaded).flatMap(overloadNow),
  undo: ({ existingDrain, has }) =>
    [...existingDrain.overloads]
      // It may have been taken back by hand meanwhile.
      .filter(([marked, found]) => remaining(pathOf(marked), found).some(has))
      .flatMap(([marked, found]) => [
        `delete ${pathOf(marked)} overload`,
        ...found.map((text) => `set ${pathOf(marked)} overload ${text}`),
      ]),
  marks: ({ overloads }) =>
    [...overloads].map(([protocol, found]) => ({ is: "Overload" as const, protocol, found })),
};

/** An `overload timeout` ends by itself: while the device is drained it has to stand without one. */
function overloadNow({ name, path, overload: found }: InteriorProtocol): readonly string[] {
  return [
    markCommand({ is: "Overload", protocol: path === `protocols ${name}` ? name : path, found }),
    ...(found.length === 0 ? [] : [`delete ${path} overload`]),
    ...remaining(path, found),
  ];
}

/** Marks name a protocol, or the path of one that stands in a group. */
function pathOf(marked: string): string {
  return marked.includes(" ") ? marked : `protocols ${marked}`;
}

/** What stands there while the device is drained. */
function remaining(path: string, found: readonly string[]): readonly string[] {
  const kept = found.filter((text) => !text.startsWith("timeout "));
  const wanted = path.endsWith(" isis") ? [...new Set([...kept, "advertise-high-metrics"])] : kept;
  return wanted.length === 0
    ? [`set ${path} overload`]
    : wanted.map((text) => `set ${path} overload ${text}`);
}
