/**
 * The steps of a cluster talk to the node that runs it: the primary of group 0. The cluster's own address follows that
 * node; where the Fabric gives the address of one node instead, the right node is looked for.
 */
import type { Step } from "../../engine/step.ts";
import { Unreachable, type DeviceConnection, type RunContext } from "../driver.ts";
import { explain } from "../../api/reasons.ts";
import { readClusterStatus } from "../../junos/chassisCluster.ts";
import { primaryOf } from "./cluster.ts";

/** A connection to the primary of group 0. Throws `Unreachable` when no node that answers is it. */
export async function connectToPrimary(context: RunContext): Promise<DeviceConnection> {
  const { device, connect } = context;
  const connection = await connect(device.name);
  const status = await readClusterStatus(connection.main);
  // No cluster, or a release that does not say who answers: it is the node that was meant.
  const primary = primaryOf(status?.groups.find(({ id }) => id === 0));
  if (status?.answeredBy === undefined || primary === undefined || status.answeredBy === primary) {
    return connection;
  }
  throw new Unreachable(
    explain("Unreachable", `${device.name}: ${status.answeredBy} answers, and ${primary} runs the cluster`),
  );
}

/** A step of other devices, made on the node that runs the cluster. */
export function onPrimary(step: Step<RunContext>): Step<RunContext> {
  return {
    ...step,
    observe: (context) => step.observe(throughPrimary(context)),
    ...(step.start === undefined
      ? {}
      : { start: async (context: RunContext) => step.start?.(throughPrimary(context)) }),
  };
}

function throughPrimary(context: RunContext): RunContext {
  return {
    ...context,
    connect: (name) => (name === context.device.name ? connectToPrimary(context) : context.connect(name)),
  };
}
