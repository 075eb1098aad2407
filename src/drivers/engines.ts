/**
 * The two routing engines of a chassis: who is the master now, by the chassis and by each engine's own words, and
 * each for itself. Mastership is found, never assumed.
 */
import { explain, type Explained } from "../api/reasons.ts";
import type { DeviceMoment, Observation } from "../engine/step.ts";
import { StepRefused } from "../engine/step.ts";
import { readRoutingEngines, type Mastership } from "../junos/routingEngine.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { readTaskReplication } from "../junos/taskReplication.ts";
import type { RunContext } from "./driver.ts";
import { readMoment } from "./moment.ts";

/** An engine as the chassis sees it. */
export interface Engine {
  /** `re0`, `re1`. */
  readonly name: string;
  readonly mastership: Mastership;
  readonly model: string | undefined;
  readonly lastRebootReason: string | undefined;
}

/** A chassis with two routing engines of which the Fabric does not know. */
export const UNDECLARED: Explained = explain(
  "ControlPlanesUndeclared",
  "the chassis has two routing engines, and the Fabric does not say where each answers",
);

/** The engines in their slots; an empty slot is none. */
export async function readEngines(caller: RpcCaller): Promise<readonly Engine[]> {
  return (await readRoutingEngines(caller))
    .filter(({ mastership }) => mastership !== "Absent")
    .map(({ slot = 0, mastership, model, lastRebootReason }) => ({
      name: `re${String(slot)}`,
      mastership,
      model,
      lastRebootReason,
    }));
}

/** The engine's own word for what it is; undefined where it has none, as while its routing process starts. */
export async function readOwnRole(caller: RpcCaller): Promise<"Master" | "Backup" | undefined> {
  try {
    const { mode } = await readTaskReplication(caller);
    return mode === "Master" || mode === "Backup" ? mode : undefined;
  } catch (error) {
    if (isJunosError(error)) return undefined;
    throw error;
  }
}

/** Which engine is upgraded first: the one that was the backup when the device was found; the other follows. */
export interface EngineOrder {
  readonly first: string;
  readonly second: string;
}

/** As the backup of the device has it; undefined while there is none, or where the device has one engine. */
export function engineOrder({ status }: RunContext): EngineOrder | undefined {
  const found = status.found?.controlPlanes ?? [];
  const first = found.find(({ role }) => role === "Backup")?.name;
  const second = found.find(({ role }) => role === "Master")?.name;
  return first === undefined || second === undefined ? undefined : { first, second };
}

/** Which control plane a step works on; undefined on a device with one, which answers at the device's address. */
export type ChooseEngine = (context: RunContext) => string | undefined;

/** For devices with one routing engine. */
export const theOnlyEngine: ChooseEngine = () => undefined;

/** The first or the second to be upgraded. Throws where it is not known which that is. */
export function engineToUpgrade(which: keyof EngineOrder): ChooseEngine {
  return (context) => {
    const order = engineOrder(context);
    if (order !== undefined) return order[which];
    throw new StepRefused(
      explain("StateUnknown", "which routing engine was the backup when the device was found is not known"),
    );
  };
}

/**
 * Why nothing may be begun on an engine now: it is the master. Where nothing is half done yet, waiting is no help,
 * for the drain would wait, too; where it is, only people can tell why mastership moved, and whether it may move again.
 */
export async function whyNotBackup(
  { device, clock, connect }: RunContext,
  { name, halfDone }: { readonly name: string | undefined; readonly halfDone: boolean },
): Promise<Observation | undefined> {
  if (name === undefined) return undefined;
  const { main } = await connect(device.name);
  const engines = await readEngines(main);
  const engine = engines.find((each) => each.name === name);
  const { main: itself } = await connect(device.name, name);
  const own = await readOwnRole(itself);
  if (engine?.mastership === "Backup" && own !== "Master") return undefined;
  if (engine?.mastership !== "Master" && own !== "Master") {
    const because = explain("BackupNotReady", `${name} is ${engine?.mastership.toLowerCase() ?? "absent"}`);
    return halfDone ? { is: "Blocked", ...because } : { is: "Failed", ...because };
  }
  if (!halfDone) {
    const because = explain("MastershipMoved", `${name} is the master, and only the backup is upgraded`);
    return { is: "Failed", ...because };
  }
  const { version } = await readMoment(itself, clock.now());
  const other = engines.find((each) => each.name !== name)?.name ?? "the other engine";
  const message = `${name} is the master, with ${version}, and only the backup is upgraded; drained, it goes on by itself once ${other} is the master`;
  return { is: "Blocked", ...explain("MastershipMoved", message) };
}

/** Before anything is asked the roles are as found: what moves by itself is no chassis to begin on. */
export async function whetherMoved(
  context: RunContext,
): Promise<Extract<Observation, { readonly is: "Failed" }> | undefined> {
  const order = engineOrder(context);
  if (order === undefined) return undefined;
  const { main } = await context.connect(context.device.name);
  const engines = await readEngines(main);
  const master = engines.find(({ mastership }) => mastership === "Master")?.name;
  if (master === order.second) return undefined;
  const message = `the master is ${master ?? "nobody"}; when the device was found it was ${order.second}`;
  return { is: "Failed", reason: "MastershipMoved", message };
}

/**
 * Right before an act: throws `StepRefused` unless the engine that answers says that it is the backup, itself or,
 * where it has no word for it, by the table of the chassis.
 */
export async function insistOnBackup(caller: RpcCaller, name: string | undefined): Promise<void> {
  if (name === undefined) return;
  const own = await readOwnRole(caller);
  const role = own ?? (await readEngines(caller)).find((each) => each.name === name)?.mastership;
  if (role === "Backup") return;
  throw new StepRefused(explain("MastershipMoved", `${name} does not say that it is the backup`));
}

/** The moment of one engine, by its name where there are two. */
export function momentOf(
  name: string | undefined,
  { version, bootedAt, uptimeSeconds }: DeviceMoment,
): DeviceMoment {
  return { ...(name === undefined ? {} : { controlPlane: name }), version, bootedAt, uptimeSeconds };
}
