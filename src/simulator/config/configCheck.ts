/** What `commit check` finds wrong: names that are used but not defined, and ports that cannot be. */
import { activeAt, activeChildren, activeNames, activeValue } from "./configTree.ts";
import { isInEffect } from "./configIntent.ts";
import { withInherited } from "./inheritance.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

export interface CheckError {
  /** `[edit protocols bgp group UNDERLAY]` */
  readonly path: string;
  readonly message: string;
}

/** The errors for which Junos would refuse the commit; empty where it is fine. */
export function checkConfiguration(stated: ConfigTree): readonly CheckError[] {
  const tree = withInherited(stated);
  return [
    ...checkGracefulShutdown(tree),
    ...checkMaintenanceMode(tree),
    ...checkPolicyReferences(tree),
    ...checkCommunityReferences(tree),
    ...checkNeighbours(tree),
    ...checkAggregates(tree),
    ...checkNonstopRouting(tree),
  ];
}

/** Junos takes nonstop routing only where every commit reaches both routing engines. */
function checkNonstopRouting(tree: ConfigTree): readonly CheckError[] {
  if (!isInEffect(tree, ["routing-options", "nonstop-routing"])) return [];
  if (isInEffect(tree, ["system", "commit", "synchronize"])) return [];
  return [
    {
      path: "[edit routing-options]",
      message: "'nonstop-routing' needs 'commit synchronize' at [edit system]",
    },
  ];
}

/** A device that announces a graceful shutdown also heeds those of others. */
function checkGracefulShutdown(tree: ConfigTree): readonly CheckError[] {
  return bgpLevels(tree).flatMap(({ node, path }) => {
    const shutdown = activeAt(node, "graceful-shutdown");
    return activeAt(shutdown, "sender") === undefined ||
      activeAt(shutdown, "receiver", "disable") === undefined
      ? []
      : [
          {
            path: `[edit ${path} graceful-shutdown]`,
            message: "graceful-shutdown receiver cannot be disabled when sender is configured",
          },
        ];
  });
}

/** What the maintenance mode of a multihomed leaf validates before it is entered; `force` enters it all the same. */
function checkMaintenanceMode(tree: ConfigTree): readonly CheckError[] {
  const mode = activeValue(tree, "protocols", "evpn", "maintenance-mode", "erb-leaf", "action-type");
  if (mode === undefined || mode === "force") return [];
  const path = "[edit protocols evpn maintenance-mode]";
  const groups = activeChildren(activeAt(tree, "protocols", "network-isolation", "group"));
  const isTracked = groups.some(
    (group) => activeAt(group, "detection", "service-tracking", "core-isolation") !== undefined,
  );
  const single = activeChildren(activeAt(tree, "interfaces")).filter(
    (port) =>
      activeAt(port, "unit", "0", "family", "ethernet-switching") !== undefined &&
      !activeNames(port, "esi").some((name) => name.includes(":")),
  );
  return [
    ...(isTracked ? [] : [{ path, message: "pre-check failed: service tracking is not configured" }]),
    ...single.map(({ name }) => ({ path, message: `pre-check failed: ${name} is single-homed` })),
  ];
}

/** All of BGP, its groups and their neighbours. */
function bgpLevels(
  tree: ConfigTree,
): readonly { readonly node: ConfigNode | undefined; readonly path: string }[] {
  const bgp = activeAt(tree, "protocols", "bgp");
  const groups = activeChildren(activeAt(bgp, "group"));
  return [
    { node: bgp, path: "protocols bgp" },
    ...groups.flatMap((group) => [
      { node: group, path: `protocols bgp group ${group.name}` },
      ...activeChildren(activeAt(group, "neighbor")).map((neighbour) => ({
        node: neighbour,
        path: `protocols bgp group ${group.name} neighbor ${neighbour.name}`,
      })),
    ]),
  ];
}

function checkPolicyReferences(tree: ConfigTree): readonly CheckError[] {
  const defined = new Set(activeNames(tree, "policy-options", "policy-statement"));
  const places: readonly { readonly node: ConfigNode | undefined; readonly path: string }[] = [
    ...bgpLevels(tree),
    { node: activeAt(tree, "routing-options", "forwarding-table"), path: "routing-options forwarding-table" },
    { node: activeAt(tree, "switch-options"), path: "switch-options" },
  ];
  return places.flatMap(({ node, path }) =>
    ["export", "import", "vrf-export", "vrf-import"].flatMap((statement) =>
      activeNames(node, statement)
        .filter((name) => !defined.has(name))
        .map((name) => ({
          path: `[edit ${path} ${statement}]`,
          message: `Policy error: Policy ${name} referenced but not defined`,
        })),
    ),
  );
}

function checkCommunityReferences(tree: ConfigTree): readonly CheckError[] {
  const options = activeAt(tree, "policy-options");
  const defined = new Set(activeNames(options, "community"));
  return activeChildren(activeAt(options, "policy-statement")).flatMap((policy) =>
    [policy, ...activeChildren(activeAt(policy, "term"))].flatMap((term) => {
      const used = [
        ...activeNames(term, "from", "community"),
        ...activeChildren(activeAt(term, "then", "community")).flatMap((verb) => activeNames(verb)),
      ];
      return used
        .filter((name) => !defined.has(name))
        .map((name) => ({
          path: `[edit policy-options policy-statement ${policy.name}]`,
          message: `Policy error: community ${name} is not defined`,
        }));
    }),
  );
}

function checkNeighbours(tree: ConfigTree): readonly CheckError[] {
  return activeChildren(activeAt(tree, "protocols", "bgp", "group")).flatMap((group) => {
    if (activeValue(group, "type") !== "external" || activeAt(group, "peer-as") !== undefined) return [];
    return activeChildren(activeAt(group, "neighbor"))
      .filter((neighbour) => activeAt(neighbour, "peer-as") === undefined)
      .map((neighbour) => ({
        path: `[edit protocols bgp group ${group.name} neighbor ${neighbour.name}]`,
        message: "Error in neighbor: peer AS number must be configured for an external peer",
      }));
  });
}

function checkAggregates(tree: ConfigTree): readonly CheckError[] {
  return activeChildren(activeAt(tree, "interfaces"))
    .filter(
      (port) =>
        activeAt(port, "ether-options", "802.3ad") !== undefined && activeAt(port, "unit") !== undefined,
    )
    .map((port) => ({
      path: `[edit interfaces ${port.name}]`,
      message: "logical unit is not allowed on aggregated ethernet interface members",
    }));
}
