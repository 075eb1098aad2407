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
      .flatMap(({ name }) => [
        markCommand({ is: "Disabled", interface: name }),
        `set interfaces ${name} disable`,
      ]),
  undo: ({ existingDrain, has }) =>
    existingDrain.disabledInterfaces
      // Somebody may have switched it on by hand meanwhile.
      .filter((name) => has(`set interfaces ${name} disable`))
      .map((name) => `delete interfaces ${name} disable`),
  marks: ({ disabledInterfaces }) =>
    disabledInterfaces.map((name) => ({ is: "Disabled" as const, interface: name })),
};
