/** Faults of what a device says, rather than of what it is: readings that are bad, and replies nobody knows. */
import { element, type XmlNode } from "../../netconf/xmlNode.ts";
import type { Fault } from "../fault.ts";
import type { World } from "../world.ts";

/** What the device says instead, where a fault of it is in effect. */
export function withFaultyReadings(
  world: World,
  { device, rpc }: { readonly device: string; readonly rpc: string },
  content: readonly XmlNode[],
): readonly XmlNode[] {
  const faults = world.faults
    .filter((active) => active.state === "Armed" && active.fault.device === device)
    .map(({ fault }) => fault);
  if (faults.some((fault) => fault.fault === "oddReply" && fault.rpc === rpc)) {
    return [element("weather-information", [element("outlook", "fair")])];
  }
  return faults.reduce(
    (said, fault) =>
      fault.fault === "reading" && fault.rpc === rpc ? said.flatMap((node) => altered(node, fault)) : said,
    content,
  );
}

function altered(node: XmlNode, fault: Fault & { readonly fault: "reading" }): readonly XmlNode[] {
  if (node.name === fault.element) return fault.text === "" ? [] : [{ ...node, text: fault.text }];
  const children = node.children.flatMap((child) => altered(child, fault));
  const lacks = node.name === fault.into && !children.some(({ name }) => name === fault.element);
  return [{ ...node, children: lacks ? [...children, element(fault.element, fault.text)] : children }];
}
