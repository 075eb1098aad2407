/**
 * Redundancy groups are brought together on the node that runs the cluster before the upgrade, and back to where they
 * were found afterwards. The device would do the first by itself; done before, what it costs is seen before anything
 * has been upgraded, and is taken back with one request.
 */
import { explain } from "../../api/reasons.ts";
import { StepRefused, type Observation, type Step } from "../../engine/step.ts";
import { requestFailover, resetFailover } from "../../junos/clusterFailover.ts";
import type { RedundancyGroup } from "../../junos/chassisCluster.ts";
import { isJunosError } from "../../junos/replyErrors.ts";
import { explainJunos } from "../changeConfiguration.ts";
import type { RunContext } from "../driver.ts";
import { clusterProblems, primaryOf, readCluster, type ClusterView, type FoundGroups } from "./cluster.ts";

/** What is still to be done with one group. */
type GroupWork =
  | { readonly do: "Failover"; readonly group: number; readonly node: string }
  | { readonly do: "Reset"; readonly group: number };

export const consolidateGroups: Step<RunContext> = {
  name: "ConsolidateGroups",
  once: false,
  landing: "InService",
  deadlineSeconds: 900,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  undo: "RestoreGroups",
  pollSeconds: 5,
  async observe(context) {
    const view = await clusterNow(context);
    const { primary } = view;
    if (primary === undefined) return unhealthy(["group 0 has no primary node"]);
    const problems = clusterProblems(view, { upgrading: true });
    if (problems.length > 0) return isMoving(view) ? moving(problems) : unhealthy(problems);
    return scattered(view, primary).length > 0
      ? { is: "Needed" }
      : { is: "Done", evidence: { message: `${primary} is primary for all groups` } };
  },
  async start(context) {
    const view = await clusterNow(context);
    const { primary } = view;
    if (primary === undefined) return;
    await work(
      context,
      scattered(view, primary).map(({ id }) => ({ do: "Failover", group: id, node: primary })),
    );
  },
};

export const restoreGroups: Step<RunContext> = {
  name: "RestoreGroups",
  once: false,
  landing: "Forward",
  // Group 0 may not move again within five minutes of its last move.
  deadlineSeconds: 1800,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: false,
  silences: true,
  pollSeconds: 10,
  async observe(context) {
    const view = await clusterNow(context);
    const found = context.status.found?.redundancyGroups;
    if (found === undefined) return { is: "Done", evidence: { message: "no group was moved" } };
    const remaining = remainingWork(view, found);
    const problems = clusterProblems(view, { upgrading: true });
    // A node that has given a group away a moment ago may not take it back yet.
    if (problems.length > 0) return isMoving(view) ? moving(problems) : unhealthy(problems);
    return remaining.length > 0
      ? { is: "Needed" }
      : { is: "Done", evidence: { message: "the redundancy groups are as they were found" } };
  },
  async start(context) {
    const found = context.status.found?.redundancyGroups;
    if (found === undefined) return;
    const [next] = remainingWork(await clusterNow(context), found);
    // One by one: each move is seen to be over before the next one begins.
    if (next !== undefined) await work(context, [next]);
  },
};

/** What differs from how the groups were found, the group of the routing engines first. */
function remainingWork({ groups }: ClusterView, found: FoundGroups): readonly GroupWork[] {
  return groups
    .toSorted((a, b) => a.id - b.id)
    .flatMap((group): readonly GroupWork[] => {
      const before = found.find((each) => each.group === group.id);
      if (before === undefined) return [];
      const primary = primaryOf(group);
      if (primary !== undefined && before.primary !== "" && primary !== before.primary) {
        return [
          isHeld(group)
            ? { do: "Reset", group: group.id }
            : { do: "Failover", group: group.id, node: before.primary },
        ];
      }
      const wasHeld = before.nodes.some(({ manualFailover }) => manualFailover);
      return isHeld(group) && !wasHeld ? [{ do: "Reset", group: group.id }] : [];
    });
}

/** A manual failover holds the group where it is: its flag is set, or the priority of one. */
function isHeld({ nodes }: RedundancyGroup): boolean {
  return nodes.some(({ manualFailover, priority }) => manualFailover === true || priority === 255);
}

function scattered({ groups }: ClusterView, primary: string): readonly RedundancyGroup[] {
  return groups.filter((group) => primaryOf(group) !== primary);
}

const PASSING_STATES: ReadonlySet<string> = new Set(["hold", "secondary-hold"]);

function isMoving({ groups }: ClusterView): boolean {
  return groups.some(({ nodes }) => nodes.some(({ status }) => PASSING_STATES.has(status)));
}

function moving(problems: readonly string[]): Observation {
  return { is: "Running", message: problems.slice(0, 3).join("; "), reason: "ClusterUnhealthy" };
}

function unhealthy(problems: readonly string[]): Observation {
  return { is: "Blocked", reason: "ClusterUnhealthy", message: problems.slice(0, 3).join("; ") };
}

async function clusterNow({ device, clock, connect }: RunContext): Promise<ClusterView> {
  const { main } = await connect(device.name);
  const view = await readCluster(main, clock.now());
  return view ?? { primary: undefined, answeredBy: undefined, groups: [], nodeNames: [], nodes: new Map() };
}

async function work({ device, connect, fence }: RunContext, items: readonly GroupWork[]): Promise<void> {
  const { main } = await connect(device.name);
  try {
    for (const item of items) {
      fence();
      if (item.do === "Reset") await resetFailover(main, item.group);
      else await requestFailover(main, { group: item.group, node: item.node });
    }
  } catch (error) {
    if (!isJunosError(error)) throw error;
    const { reason, message } = explainJunos(error);
    throw new StepRefused(explain(reason, message), { cause: error });
  }
}
