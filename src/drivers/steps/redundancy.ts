/**
 * SuspendRedundancy and RestoreRedundancy: two routing engines with different releases cannot stand in for each other,
 * so what makes them do so is deactivated first and made as it was found afterwards. What was off when the device was
 * found stays off. What to restore stands in the backup of the configuration, not on the device.
 */
import type { Observation, Step } from "../../engine/step.ts";
import { readCommittedSet } from "../../junos/configuration.ts";
import { activeRedundancy, restoreCommands, suspendCommands } from "../../junos/redundancyConfiguration.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import { readTaskReplication } from "../../junos/taskReplication.ts";
import { changeConfiguration } from "../changeConfiguration.ts";
import type { RunContext } from "../driver.ts";
import { readEngines } from "../engines.ts";

export const suspendRedundancy: Step<RunContext> = {
  name: "SuspendRedundancy",
  once: false,
  landing: "InService",
  deadlineSeconds: 600,
  expectedSeconds: 30,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  undo: "RestoreRedundancy",
  pollSeconds: 5,
  async observe({ device, connect, backups }) {
    const { main } = await connect(device.name);
    if (suspendCommands(await readCommittedSet(main)).length > 0) return { is: "Needed" };
    const kept = await backups.load();
    const found = [...activeRedundancy(linesOf(kept?.configuration ?? ""))];
    const message = found.length === 0 ? "none was active" : `suspended: ${found.join(", ")}`;
    return { is: "Done", evidence: { message } };
  },
  async start(context) {
    const { main } = await context.connect(context.device.name);
    const commands = suspendCommands(await readCommittedSet(main));
    await changeConfiguration(context, { purpose: "suspend redundancy", commands, confirmed: false });
  },
};

export const restoreRedundancy: Step<RunContext> = {
  name: "RestoreRedundancy",
  once: false,
  landing: "Forward",
  deadlineSeconds: 1800,
  expectedSeconds: 120,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 15,
  async observe(context) {
    const { device, status, connect, backups } = context;
    const { main } = await connect(device.name);
    const kept = await backups.load();
    if (kept === undefined) {
      return {
        is: "Blocked",
        reason: "DifferentFromBaseline",
        message: "the backup is gone; nothing to restore",
      };
    }
    const found = linesOf(kept.configuration);
    const commands = restoreCommands(found, await readCommittedSet(main));
    const seen: Observation =
      commands.length > 0 ? { is: "Needed" } : await whetherReplicated(context, found);
    const isLanding = status.landing !== undefined;
    if (seen.is === "Done" && !isLanding) return seen;
    const away = await engineAway(context, main);
    if (away === undefined) return seen;
    if (isLanding) {
      // Traffic first: without the other engine nothing of it would work, and its commit would fail.
      const message =
        commands.length > 0
          ? `${away} is away; by hand: ${commands.join("; ")}`
          : `${away} is away; configured as found, and redundant once it is back`;
      return { is: "Done", evidence: { message } };
    }
    const message = `${away} is away, and redundancy as found needs both engines; drained, it goes on by itself once ${away} is back`;
    return { is: "Blocked", reason: "BackupNotReady", message };
  },
  async start(context) {
    const { main } = await context.connect(context.device.name);
    const kept = await context.backups.load();
    const found = linesOf(kept?.configuration ?? "");
    const commands = restoreCommands(found, await readCommittedSet(main));
    await changeConfiguration(context, { purpose: "restore redundancy", commands, confirmed: false });
  },
};

/** The first declared engine that is neither master nor backup, or not there at all. */
async function engineAway({ device }: RunContext, caller: RpcCaller): Promise<string | undefined> {
  const engines = await readEngines(caller);
  const isThere = (name: string): boolean =>
    engines.some((each) => each.name === name && ["Master", "Backup"].includes(each.mastership));
  return device.controlPlanes?.find(({ name }) => !isThere(name))?.name;
}

/** The backup has copied all that the configuration asks it to copy. */
async function whetherReplicated(
  { device, connect }: RunContext,
  found: readonly string[],
): Promise<Observation> {
  const wanted = activeRedundancy(found);
  if (!wanted.has("GracefulSwitchover")) {
    return { is: "Done", evidence: { message: "as found: without graceful switchover" } };
  }
  const { main } = await connect(device.name);
  const { gracefulSwitchover, protocols, complete } = await readTaskReplication(main);
  if (!gracefulSwitchover) {
    return {
      is: "Running",
      reason: "ReplicationIncomplete",
      message: "graceful switchover is not ready yet",
    };
  }
  if (!wanted.has("NonstopRouting")) {
    return { is: "Done", evidence: { message: "as found: graceful switchover without nonstop routing" } };
  }
  const open = protocols.filter(({ state }) => state !== "Complete").map(({ protocol }) => protocol);
  return complete
    ? {
        is: "Done",
        evidence: { message: `as found: ${protocols.map(({ protocol }) => protocol).join(", ")} replicated` },
      }
    : {
        is: "Running",
        reason: "ReplicationIncomplete",
        message:
          open.length === 0 ? "no protocol is replicated yet" : `not replicated yet: ${open.join(", ")}`,
      };
}

function linesOf(configuration: string): readonly string[] {
  return configuration.split("\n").filter((line) => line !== "");
}
