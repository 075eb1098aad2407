/**
 * LinksDown: each interface with an Ethernet segment is switched off; LACP tells the servers first. An interface that
 * was found switched off is never touched.
 */
import { markCommand } from "../../junos/drain/existingDrain.ts";
import type { DrainTechnique } from "./technique.ts";

export const linksDown: DrainTechnique = {
  name: "LinksDown",
  applies: ({ accessInterfaces }) => accessInterfaces.length > 0,
  problems: () => [],
  commands: ({ accessInterfaces }) =>
    accessInterfaces
      .filter(({ disabled }) => !disabled)
      .flatMap(({ name, path }) => [
        markCommand({ is: "Disabled", interface: path === `interfaces ${name}` ? name : path }),
        `set ${path} disable`,
      ]),
  undo: ({ existingDrain, has }) =>
    existingDrain.disabledInterfaces
      .map(pathOf)
      // Somebody may have switched it on by hand meanwhile.
      .filter((path) => has(`set ${path} disable`))
      .map((path) => `delete ${path} disable`),
  marks: ({ disabledInterfaces }) =>
    disabledInterfaces.map((name) => ({ is: "Disabled" as const, interface: name })),
};

/** Marks name an interface, or the path of one that stands in a group. */
function pathOf(marked: string): string {
  return marked.includes(" ") ? marked : `interfaces ${marked}`;
}
