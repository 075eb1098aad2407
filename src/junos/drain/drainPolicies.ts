/**
 * The routing policies of a drain, and which export chain needs which.
 *
 * They stand first in a chain and end in `next policy`: what the policies after them filtered stays filtered.
 */
import type { BgpGroup, ExportChain } from "./drainableBgp.ts";
import { DRAIN_NAMES } from "./existingDrain.ts";
import { quote } from "./setLines.ts";

/** GRACEFUL_SHUTDOWN, RFC 8326 §5: prefer any other path. */
const GRACEFUL_SHUTDOWN = "65535:0";

/** How often the own AS number is prepended: more than any valley-free path of a Clos fabric differs by. */
const PREPENDS = 3;

export const COMMUNITY_COMMAND = `set policy-options community ${DRAIN_NAMES.community} members ${GRACEFUL_SHUTDOWN}`;

export interface DrainPolicy {
  readonly name: string;
  /** The `set` commands that define it. */
  readonly commands: readonly string[];
}

/** A chain and what has to stand first in it. */
export interface WantedPolicies {
  readonly chain: ExportChain;
  readonly policies: readonly DrainPolicy[];
}

/** The chains of all groups with the policies each needs; those that need none have an empty list. */
export function wantedPolicies(groups: readonly BgpGroup[]): readonly WantedPolicies[] {
  const external = groups.filter(({ type }) => type === "external").flatMap(chainsOf);
  const systems = new Set(external.filter(({ unicast }) => unicast).map((chain) => chain.autonomousSystem));
  return groups.flatMap((group) =>
    chainsOf(group).map((chain) => ({
      chain,
      policies: [
        ...(group.type === "external" && chain.unicast && chain.autonomousSystem !== undefined
          ? [underlayPolicy(chain.autonomousSystem, systems.size === 1)]
          : []),
        // A reflector's chain filters the routes of others, too, and it has no segments of its own to withdraw.
        ...(chain.evpn && !group.reflector ? [overlayPolicy()] : []),
      ],
    })),
  );
}

function chainsOf(group: BgpGroup): readonly ExportChain[] {
  return [group.chain, ...group.neighbourChains];
}

/** A device may speak as several systems, and must prepend none but the one it speaks as: others would see a loop. */
function underlayPolicy(autonomousSystem: string, onlyOne: boolean): DrainPolicy {
  const name = onlyOne ? DRAIN_NAMES.underlayPolicy : `${DRAIN_NAMES.underlayPolicy}-${autonomousSystem}`;
  const path = `set policy-options policy-statement ${name}`;
  const prepend = Array.from({ length: PREPENDS }, () => autonomousSystem).join(" ");
  return {
    name,
    commands: [
      `${path} then as-path-prepend ${quote(prepend)}`,
      `${path} then community add ${DRAIN_NAMES.community}`,
      `${path} then next policy`,
    ],
  };
}

/**
 * Withdraws the Ethernet A-D routes (type 1), so that remote PEs stop using this one for all its segments at once
 * (mass withdrawal, RFC 7432 §8.2), and makes IP prefixes (type 5, RFC 9136) the last choice.
 */
function overlayPolicy(): DrainPolicy {
  const path = `set policy-options policy-statement ${DRAIN_NAMES.overlayPolicy}`;
  return {
    name: DRAIN_NAMES.overlayPolicy,
    commands: [
      `${path} term segments from family evpn`,
      `${path} term segments from nlri-route-type 1`,
      `${path} term segments then reject`,
      `${path} term prefixes from family evpn`,
      `${path} term prefixes from nlri-route-type 5`,
      `${path} term prefixes then local-preference 0`,
      `${path} term prefixes then community add ${DRAIN_NAMES.community}`,
      `${path} term prefixes then next policy`,
    ],
  };
}
