/**
 * ForwarderPreference: another PE of each Ethernet segment forwards broadcast frames, where the forwarder is elected by
 * preference already. Electing by another algorithm than the other PE of the segment would break the election.
 */
import { markCommand, markPath } from "../../junos/drain/existingDrain.ts";
import type { DrainTechnique } from "./technique.ts";

export const forwarderPreference: DrainTechnique = {
  name: "ForwarderPreference",
  applies: ({ segments }) => segments.some(({ dfPreference }) => dfPreference !== undefined),
  problems: () => [],
  commands: ({ segments, existingDrain }) =>
    segments.flatMap(({ path, dfPreference }) => {
      if (dfPreference === undefined || dfPreference === 0) return [];
      const marked = existingDrain?.preferences.has(markPath(path)) === true;
      return [
        ...(marked ? [] : [markCommand({ is: "Preference", path, value: dfPreference })]),
        preferenceCommand(path, 0),
      ];
    }),
  undo: ({ existingDrain, has }) =>
    [...existingDrain.preferences]
      // A value that is not ours any more was set by somebody since.
      .filter(([path]) => has(preferenceCommand(path, 0)))
      .map(([path, value]) => preferenceCommand(path, value)),
  marks: ({ preferences }) =>
    [...preferences].map(([path, value]) => ({ is: "Preference" as const, path, value })),
};

function preferenceCommand(path: string, value: number): string {
  return `set ${path} df-election-type preference value ${value}`;
}
