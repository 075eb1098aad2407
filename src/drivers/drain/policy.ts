/**
 * Policy: routing policies of ours stand first in the export chains. Towards external peers they make the AS path longer
 * and add the community of RFC 8326; in the overlay they withdraw the device's segments. It works with any peer, for a
 * longer path is worse for everybody.
 */
import { overlayPolicies, underlayPolicies } from "./exportPolicies.ts";
import type { DrainTechnique } from "./technique.ts";

export const policy: DrainTechnique = {
  name: "Policy",
  applies: ({ bgpGroups, gracefulShutdown }) =>
    bgpGroups.length > 0 || gracefulShutdown.silentLevels.length > 0,
  problems: ({ problems }) => problems.filter(({ only }) => only === "ExportChains"),
  policies: ({ bgpGroups }) => [...underlayPolicies(bgpGroups), ...overlayPolicies(bgpGroups)],
  commands: () => [],
  undo: () => [],
  marks: ({ addedExports }) => addedExports.map((path) => ({ is: "AddedExport" as const, path })),
};
