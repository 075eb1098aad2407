/**
 * Overload: nobody who has another way sends through the device any more, by IS-IS or OSPF (RFC 6987). In IS-IS, too, by
 * metrics that are as high as can be and not by the overload bit: whoever has no other way keeps this one, so that a drain
 * that nobody can make up for is seen to be one and taken back, with nothing lost. An overload that an operator has set
 * is left as it is.
 */
import type { InteriorProtocol } from "../../junos/drain/drainableConfiguration.ts";
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
      .filter(([name, found]) => remaining(name, found).some(has))
      .flatMap(([name, found]) => [
        `delete protocols ${name} overload`,
        ...found.map((text) => `set protocols ${name} overload ${text}`),
      ]),
  marks: ({ overloads }) =>
    [...overloads].map(([protocol, found]) => ({ is: "Overload" as const, protocol, found })),
};

/** An `overload timeout` ends by itself: while the device is drained it has to stand without one. */
function overloadNow({ name, overload: found }: InteriorProtocol): readonly string[] {
  return [
    markCommand({ is: "Overload", protocol: name, found }),
    ...(found.length === 0 ? [] : [`delete protocols ${name} overload`]),
    ...remaining(name, found),
  ];
}

/** What stands there while the device is drained. */
function remaining(name: string, found: readonly string[]): readonly string[] {
  const kept = found.filter((text) => !text.startsWith("timeout "));
  const wanted = name === "isis" ? [...new Set([...kept, "advertise-high-metrics"])] : kept;
  const path = `set protocols ${name} overload`;
  return wanted.length === 0 ? [path] : wanted.map((text) => `${path} ${text}`);
}
