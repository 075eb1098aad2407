/**
 * The steps of a cluster talk to the node that runs it: the primary of group 0. The cluster's own address follows that
 * node; where the Fabric gives the address of one node instead, the right node is looked for.
 */
import type { Step } from "../../engine/step.ts";
import { Unreachable, type DeviceConnection, type RunContext } from "../driver.ts";
import { explain } from "../../api/reasons.ts";
import { readClusterStatus } from "../../junos/chassisCluster.ts";
import { primaryOf } from "./cluster.ts";

/**
 * A connection to the primary of group 0: at the cluster's address, else at that of the node itself, where the Fabric
 * gives it. Throws `Unreachable` when no node that answers is it.
 */
export async function connectToPrimary({ device, connect }: RunContext): Promise<DeviceConnection> {
  const names = [undefined, ...(device.controlPlanes ?? []).map(({ name }) => name)];
  let cause: Unreachable | undefined;
  for (const name of names) {
    try {
      const connection = await connect(device.name, name);
      const status = await readClusterStatus(connection.main);
      const primary = primaryOf(status?.groups.find(({ id }) => id === 0));
      const answeredBy = status?.answeredBy;
      // No cluster, or a release that does not say who answers: it is the node that was meant.
      if (answeredBy === undefined || primary === undefined || answeredBy === primary) return connection;
      const message = `${device.name}: ${answeredBy} answers, and ${primary} runs the cluster`;
      cause ??= new Unreachable(explain("Unreachable", message));
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      // A key that has changed is told as such, wherever else the cluster may answer.
      if (error.explained.reason === "HostKeyChanged") throw error;
      cause ??= error;
    }
  }
  throw cause ?? new Unreachable(explain("Unreachable"));
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

/** The context of a step whose device is the node that runs the cluster. */
export function throughPrimary(context: RunContext): RunContext {
  return {
    ...context,
    connect: (name, controlPlane) =>
      name === context.device.name && controlPlane === undefined
        ? connectToPrimary(context)
        : context.connect(name, controlPlane),
  };
}
