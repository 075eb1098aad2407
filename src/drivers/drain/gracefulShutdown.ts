/**
 * GracefulShutdown: the device tells its BGP peers to prefer any other path (RFC 8326), by one statement and without
 * touching an export chain. It needs peers that heed it, as Junos does by default since 19.1. What no preference moves is
 * withdrawn as by policies: the Ethernet segments.
 */
import { compareReleases, parseRelease } from "../../release/version.ts";
import { markCommand } from "../../junos/drain/existingDrain.ts";
import { overlayPolicies } from "./exportPolicies.ts";
import { problem, type DrainTechnique } from "./technique.ts";

/** The first release whose configuration knows the statement. */
const SINCE = "19.1R1";

export const gracefulShutdown: DrainTechnique = {
  name: "GracefulShutdown",
  applies: (configuration) => configuration.bgpGroups.length > 0 || runsBgp(configuration.gracefulShutdown),
  problems({ release, gracefulShutdown: { inTheWay, otherInstances }, problems, segments }) {
    return [
      ...(isOlder(release)
        ? [problem("ReleaseTooOld", `graceful-shutdown needs ${SINCE}, it runs ${release ?? ""}`)]
        : []),
      // A sender has to heed the community itself.
      ...inTheWay.map((statement) => problem("StatementInTheWay", statement)),
      ...otherInstances.map((path) =>
        problem("NotConfigured", `${path} has no graceful-shutdown of its own`),
      ),
      ...(segments.length > 0 ? problems.filter(({ only }) => only === "ExportChains") : []),
    ];
  },
  policies: ({ bgpGroups, segments }) => (segments.length > 0 ? overlayPolicies(bgpGroups) : []),
  commands: ({ gracefulShutdown: { silentLevels } }) =>
    silentLevels.flatMap((path) => [markCommand({ is: "Sender", path }), `set ${senderOf(path)}`]),
  undo: ({ existingDrain, has }) =>
    existingDrain.senders
      .filter((path) => has(`set ${senderOf(path)}`))
      .map((path) => `delete ${senderOf(path)}`),
  marks: ({ senders }) => senders.map((path) => ({ is: "Sender" as const, path })),
};

function senderOf(path: string): string {
  return `${path} graceful-shutdown sender`;
}

function runsBgp({ silentLevels }: { readonly silentLevels: readonly string[] }): boolean {
  return silentLevels.length > 0;
}

/** Where releases have no order only the device can tell. */
function isOlder(release: string | undefined): boolean {
  const parsed = parseRelease(release ?? "");
  const first = parseRelease(SINCE);
  return parsed !== null && first !== null && compareReleases(parsed, first) === "Older";
}
