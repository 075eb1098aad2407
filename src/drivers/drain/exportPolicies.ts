/**
 * The routing policies of a drain, and which export chain needs which.
 *
 * They stand first in a chain and end in `next policy`: what the policies after them filtered stays filtered.
 */
import type { BgpGroup, ExportChain } from "../../junos/drain/drainableBgp.ts";
import type { DrainableConfiguration } from "../../junos/drain/drainableConfiguration.ts";
import { DRAIN_NAMES, isDrainPolicy, markCommand, markPath } from "../../junos/drain/existingDrain.ts";
import { quote, unquote } from "../../junos/drain/setLines.ts";
import type { DrainedConfiguration } from "./technique.ts";

/** GRACEFUL_SHUTDOWN, RFC 8326 §5: prefer any other path. */
const GRACEFUL_SHUTDOWN = "65535:0";

/** How often the own AS number is prepended: more than any valley-free path of a Clos fabric differs by. */
const PREPENDS = 3;

const COMMUNITY_COMMAND = `set policy-options community ${DRAIN_NAMES.community} members ${GRACEFUL_SHUTDOWN}`;

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

/** What external peers that carry routes of ours have to hear: prefer any other path. */
export function underlayPolicies(groups: readonly BgpGroup[]): readonly WantedPolicies[] {
  const external = groups
    .filter(({ type }) => type === "external")
    .flatMap(chainsOf)
    .filter(({ unicast }) => unicast);
  const systems = new Set(external.map((chain) => chain.autonomousSystem));
  return external.flatMap((chain) =>
    chain.autonomousSystem === undefined
      ? []
      : [{ chain, policies: [underlayPolicy(chain.autonomousSystem, systems.size === 1)] }],
  );
}

/** What the overlay has to hear. A reflector's chain filters the routes of others, too, and it has no segments of its own. */
export function overlayPolicies(groups: readonly BgpGroup[]): readonly WantedPolicies[] {
  return groups
    .filter(({ reflector }) => !reflector)
    .flatMap(chainsOf)
    .filter(({ evpn }) => evpn)
    .map((chain) => ({ chain, policies: [overlayPolicy()] }));
}

/** The commands that define the policies and put them first in their chains; those that are done already are left out. */
export function policyCommands(
  { has }: DrainableConfiguration,
  wanted: readonly WantedPolicies[],
): readonly string[] {
  if (wanted.length === 0) return [];
  const chains = new Map<string, { readonly chain: ExportChain; readonly names: string[] }>();
  for (const { chain, policies } of wanted) {
    const entry = chains.get(chain.path) ?? { chain, names: [] };
    entry.names.push(...policies.map(({ name }) => name));
    chains.set(chain.path, entry);
  }
  const definitions = [
    COMMUNITY_COMMAND,
    ...wanted.flatMap(({ policies }) => policies.flatMap(({ commands }) => commands)),
  ];
  return [
    ...[...new Set(definitions)].filter((command) => !has(command)),
    ...[...chains.values()].flatMap(({ chain, names }) => chainCommands(chain, names)),
  ];
}

/** Takes our policies out of the chains, and then away. */
export function undoPolicies({ existingDrain, has }: DrainedConfiguration): readonly string[] {
  const { exports, addedExports, policies } = existingDrain;
  const unchained = exports.map(({ path, policy }) =>
    addedExports.includes(markPath(path)) ? `delete ${path} export` : `delete ${path} export ${policy}`,
  );
  return [
    ...new Set(unchained),
    ...policies.map((name) => `delete policy-options policy-statement ${name}`),
    ...(has(COMMUNITY_COMMAND) ? [`delete policy-options community ${DRAIN_NAMES.community}`] : []),
  ];
}

function chainsOf(group: BgpGroup): readonly ExportChain[] {
  return [group.chain, ...group.neighbourChains];
}

/** Puts our policies first and keeps the rest of the chain. */
function chainCommands(chain: ExportChain, wanted: readonly string[]): readonly string[] {
  const current = chain.policies.map(unquote);
  if (wanted.every((name, index) => current[index] === name)) return [];
  if (isWrittenOut(chain)) {
    return [
      markCommand({ is: "AddedExport", path: chain.path }),
      ...[...wanted, ...chain.inherited].map((policy) => `set ${chain.path} export ${policy}`),
    ];
  }
  const first = chain.policies.find((policy) => !isDrainPolicy(policy));
  return wanted.flatMap((name) => [
    `set ${chain.path} export ${name}`,
    ...(first === undefined ? [] : [`insert ${chain.path} export ${name} before ${first}`]),
  ]);
}

/** A level that inherits its chain: a policy of its own would switch the inherited ones off, so they are repeated. */
function isWrittenOut({ policies, inherited }: ExportChain): boolean {
  return inherited.length > 0 && policies.every(isDrainPolicy);
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
