/** A chassis cluster at one moment: its redundancy groups, and release, boot time and uptime of each node. */
import { formatInstant } from "../../api/time.ts";
import type { FoundState, Intent } from "../../engine/step.ts";
import {
  isHealthyGroup,
  readClusterInterfaces,
  readClusterStatus,
  type RedundancyGroup,
} from "../../junos/chassisCluster.ts";
import { askLeniently, type RpcCaller } from "../../junos/rpcCaller.ts";
import { readSoftware } from "../../junos/software.ts";
import { parseSystemUptime, systemUptimeRequest } from "../../junos/systemUptime.ts";
import { judgeReboot, type ReadMoment } from "../moment.ts";

export type FoundGroups = NonNullable<FoundState["redundancyGroups"]>;
export type NodeMoment = NonNullable<Intent["before"]["nodes"]>[number];

export interface ClusterView {
  /** The node that is primary for group 0, whose routing engine runs the cluster; undefined while there is none. */
  readonly primary: string | undefined;
  /** The node that answered, where it says so. */
  readonly answeredBy: string | undefined;
  readonly groups: readonly RedundancyGroup[];
  /** All nodes that the redundancy groups know. */
  readonly nodeNames: readonly string[];
  /** The nodes that tell of themselves; one that boots does not. */
  readonly nodes: ReadonlyMap<string, ReadMoment>;
}

/** Reads the cluster; null when the device is none. A node that is away is missing among the nodes. */
export async function readCluster(caller: RpcCaller, now: number): Promise<ClusterView | null> {
  const status = await readClusterStatus(caller);
  if (status === null) return null;
  const { engines } = await readSoftware(caller);
  // Leniently: with a node away there is an error beside what the other one says.
  const uptimes = parseSystemUptime(await askLeniently(caller, systemUptimeRequest()));
  const nodes = new Map<string, ReadMoment>();
  for (const { engineName, release } of engines) {
    const uptime = uptimes.find((each) => each.engineName === engineName);
    if (engineName === null || uptime === undefined) continue;
    const age = ((uptime.currentTime ?? now) - uptime.bootedAt) / 1000;
    const uptimeSeconds = uptime.uptimeSeconds ?? age;
    nodes.set(engineName, {
      version: release ?? "",
      bootedAt: formatInstant(uptime.bootedAt),
      uptimeSeconds: Math.max(0, Math.floor(uptimeSeconds)),
      inconsistencySeconds: Math.abs(age - uptimeSeconds),
    });
  }
  return {
    primary: primaryOf(status.groups.find(({ id }) => id === 0)),
    answeredBy: status.answeredBy,
    groups: status.groups,
    nodeNames: [...new Set(status.groups.flatMap((group) => group.nodes.map(({ name }) => name)))],
    nodes,
  };
}

/** The one node that is primary for a group; undefined when there is none, or two. */
export function primaryOf(group: RedundancyGroup | undefined): string | undefined {
  const primaries = group?.nodes.filter(({ status }) => status === "primary") ?? [];
  return primaries.length === 1 ? primaries[0]?.name : undefined;
}

/** The other node of two. */
export function peerOf(node: string): string {
  return node === "node0" ? "node1" : "node0";
}

/** Whether a node is in the cluster in every group: primary or secondary, and not on hold, lost or disabled. */
export function isMember({ groups }: ClusterView, node: string): boolean {
  return (
    groups.length > 0 &&
    groups.every(({ nodes }) =>
      nodes.some(
        ({ name, status, monitorFailures }) =>
          name === node &&
          (status === "primary" || status === "secondary") &&
          (monitorFailures ?? []).length === 0,
      ),
    )
  );
}

/** Whether the other node misses it. */
export function isLost({ groups }: ClusterView, node: string): boolean {
  return groups.some(({ nodes }) =>
    nodes.some(({ name, status }) => name === node && (status === "lost" || status === "unavailable")),
  );
}

/**
 * What keeps a node from taking over, in words; empty when nothing does. A release that does not tell its monitor
 * failures leaves it open whether sessions and configuration are synchronised, which is as bad.
 * With `upgrading`, groups may be held by a manual failover (priority 255).
 */
export function clusterProblems(
  view: ClusterView,
  { upgrading = false }: { upgrading?: boolean } = {},
): readonly string[] {
  const problems: string[] = [];
  for (const name of ["node0", "node1"]) {
    if (!view.nodes.has(name)) problems.push(`${name} does not answer`);
  }
  if (view.groups.length === 0) problems.push("the device lists no redundancy groups");
  if (view.primary === undefined) problems.push("group 0 has no primary node");
  for (const group of view.groups) problems.push(...groupProblems(group, upgrading));
  return problems;
}

function groupProblems(group: RedundancyGroup, upgrading: boolean): readonly string[] {
  const here = `group ${String(group.id)}`;
  if (isHealthyGroup(group) && group.nodes.every(({ monitorFailures }) => monitorFailures !== undefined)) {
    return [];
  }
  const problems: string[] = [];
  const states = group.nodes.map(({ status }) => status).toSorted();
  if (states.join(" ") !== "primary secondary") {
    const said = group.nodes.map(({ name, status }) => `${name} ${status}`).join(", ");
    problems.push(`${here}: ${said === "" ? "no nodes" : said}`);
  }
  for (const { name, priority, monitorFailures } of group.nodes) {
    if (priority === undefined) problems.push(`${here}: ${name} states no priority`);
    else if (priority === 0) problems.push(`${here}: ${name} has priority 0, it is not fit to be primary`);
    else if (priority >= 255 && !upgrading) {
      problems.push(`${here}: ${name} has priority 255; reset the manual failover of the group`);
    }
    if (monitorFailures === undefined) problems.push(`${here}: ${name} does not tell its monitor failures`);
    else if (monitorFailures.length > 0)
      problems.push(`${here}: ${name} has monitor failures ${monitorFailures.join(" ")}`);
  }
  return problems;
}

/**
 * What is wrong with the links between the nodes, in words. Of two links of a kind one is enough, which is what the
 * device counts as up; interfaces that matter are monitored, and stand among the monitor failures.
 */
export async function linkProblems(caller: RpcCaller): Promise<readonly string[]> {
  const { controlUp, fabricUp } = await readClusterInterfaces(caller);
  return [
    ...(controlUp ? [] : ["the control link is down"]),
    ...(fabricUp ? [] : ["the fabric link is down"]),
  ];
}

/** The cluster as it is, to be made like that again. */
export function describeCluster({
  groups,
  nodes,
  primary,
}: ClusterView): Required<Pick<FoundState, "controlPlanes" | "redundancyGroups">> {
  return {
    controlPlanes: [...nodes].map(([name, { version, bootedAt }]) => ({
      name,
      role: name === primary ? ("Master" as const) : ("Backup" as const),
      version,
      bootedAt,
    })),
    redundancyGroups: groups.map((group) => ({
      group: group.id,
      primary: primaryOf(group) ?? "",
      nodes: group.nodes.map(({ name, priority, preempt, manualFailover }) => ({
        name,
        priority: priority ?? 0,
        preempt: preempt ?? false,
        manualFailover: manualFailover ?? false,
      })),
    })),
  };
}

/** The nodes as an intent keeps them. */
export function momentsOf({ nodes }: ClusterView): NodeMoment[] {
  return [...nodes].map(([name, { version, bootedAt, uptimeSeconds }]) => ({
    name,
    version,
    bootedAt,
    uptimeSeconds,
  }));
}

/** Whether a node has booted since, by boot time and uptime together. A node that is away is neither. */
export function hasRebooted(
  view: ClusterView,
  before: NodeMoment,
  elapsedSeconds: number,
): ReturnType<typeof judgeReboot> | "Away" {
  const after = view.nodes.get(before.name);
  return after === undefined ? "Away" : judgeReboot(before, after, elapsedSeconds);
}
