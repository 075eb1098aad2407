/** Optics that are outside of their limits (`show interfaces diagnostics optics`). */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** A port whose optics raise alarms; warnings are not among them. */
export interface OpticsAlarm {
  readonly port: string;
  /** `laser-rx-power-low-alarm`. */
  readonly alarms: readonly string[];
}

/** `show interfaces diagnostics optics`. */
export function opticsRequest(): XmlNode {
  return element("get-interface-optics-diagnostics-information");
}

/** Reads the ports whose optics raise alarms; empty where there are none. */
export async function readOpticsAlarms(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly OpticsAlarm[]> {
  return parseOpticsAlarms(
    expectElement(await ask(caller, opticsRequest(), options), "interface-information"),
  );
}

/** Reads the reply of `opticsRequest`; lanes count for their port. */
export function parseOpticsAlarms(reply: XmlNode): readonly OpticsAlarm[] {
  return [...descendants(reply, "physical-interface")].flatMap((node) => {
    const alarms = [...new Set(raised(node))];
    return alarms.length === 0 ? [] : [{ port: textOf(node, "name") ?? "", alarms }];
  });
}

function raised(node: XmlNode): readonly string[] {
  const own = node.name.endsWith("-alarm") && node.text.toLowerCase() === "on" ? [node.name] : [];
  return [...own, ...node.children.flatMap(raised)];
}
