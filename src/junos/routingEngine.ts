/** Routing engines of a chassis (`show chassis routing-engine`): mastership, load, why they last booted. */
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, numberOf, secondsOf, textOf, timeOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/**
 * `Unreachable`: the slot is occupied, but the engine does not talk to this one (Junos writes `Present`).
 * `Absent`: the slot is empty. An engine that states nothing is the only one, and the master.
 */
export type Mastership = "Master" | "Backup" | "Disabled" | "Unreachable" | "Absent";

export interface RoutingEngine {
  /** Of a cluster node or member; null within one chassis. */
  readonly engineName: string | null;
  /** Undefined on devices with one engine. */
  readonly slot: number | undefined;
  readonly mastership: Mastership;
  /** `OK`; virtual devices say `Testing` all the time, and some say nothing. */
  readonly status: string | undefined;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
  readonly memoryUtilizationPercent: number | undefined;
  readonly cpuIdlePercent: number | undefined;
  /** In milliseconds since 1970. */
  readonly startedAt: number | undefined;
  readonly uptimeSeconds: number | undefined;
  /** `0x2000:hypervisor reboot`. */
  readonly lastRebootReason: string | undefined;
}

/** `show chassis routing-engine`. */
export function routingEnginesRequest(): XmlNode {
  return element("get-route-engine-information");
}

/** Reads the routing engines of a chassis, load and memory included. Throws `JunosError` `ReplyUnexpected`. */
export async function readRoutingEngines(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly RoutingEngine[]> {
  return parseRoutingEngines(
    expectElement(await ask(caller, routingEnginesRequest(), options), "route-engine-information"),
  );
}

/** Reads the reply of `routingEnginesRequest`. On a virtual chassis the engines are those of its members. */
export function parseRoutingEngines(reply: XmlNode): readonly RoutingEngine[] {
  return enginePartsOf(reply, "route-engine").map(({ engineName, node }) => {
    const status = textOf(node, "status");
    return {
      engineName,
      slot: numberOf(node, "slot"),
      mastership: status === "Empty" ? "Absent" : mastershipOf(textOf(node, "mastership-state")),
      status,
      model: textOf(node, "model"),
      serialNumber: textOf(node, "serial-number"),
      memoryUtilizationPercent:
        numberOf(node, "memory-buffer-utilization") ?? numberOf(node, "memory-system-total-util"),
      cpuIdlePercent: numberOf(node, "cpu-idle"),
      startedAt: timeOf(node, "start-time"),
      uptimeSeconds: secondsOf(node, "up-time"),
      lastRebootReason: textOf(node, "last-reboot-reason"),
    };
  });
}

/** Engines that run Junos in a virtual machine under a host: other packages and requests are for them. */
const VMHOST_MODELS = /^(?:RE-S-X6|REMX2K-X8|RE-MX-X|RE-S-1600x8|RE-PTX-X8|RE-QFX10002-60C)/i;
const VMHOST_REBOOT_REASONS = /hypervisor reboot|VJUNOS reboot/i;

/** Whether model or reboot reason say that the engine is a VM host. They may say nothing: false is no proof. */
export function isVmhostEngine(engine: Pick<RoutingEngine, "model" | "lastRebootReason">): boolean {
  return VMHOST_MODELS.test(engine.model ?? "") || VMHOST_REBOOT_REASONS.test(engine.lastRebootReason ?? "");
}

function mastershipOf(state: string | undefined): Mastership {
  switch (state?.toLowerCase()) {
    case undefined:
    case "master":
      return "Master";
    case "backup":
      return "Backup";
    case "disabled":
      return "Disabled";
    case "empty":
      return "Absent";
    default:
      return "Unreachable";
  }
}
