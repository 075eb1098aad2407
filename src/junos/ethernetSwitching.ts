/** MAC tables: `show ethernet-switching table` of QFX and EX, `show bridge mac-table` of MX. */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { expectElement, firstOf, numberOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Which of the two tables a device has. */
export type MacTableStyle = "EthernetSwitching" | "Bridge";

export interface MacEntry {
  readonly address: string;
  readonly vlanName: string | undefined;
  readonly vlanId: number | undefined;
  /** The logical interface it was learned on. */
  readonly interface: string | undefined;
}

export interface MacTable {
  /** As announced, else the number of entries. */
  readonly total: number;
  /** Learned ones, where the device tells them from the others. */
  readonly learned: number | undefined;
  /** Empty for a summary. */
  readonly entries: readonly MacEntry[];
}

/** The cheap form: totals only where the device has them (MX sends the table). */
export function macTableRequest(style: MacTableStyle): XmlNode {
  return style === "Bridge"
    ? element("get-bridge-mac-table")
    : element("get-ethernet-switching-table-information", [element("summary")]);
}

/** Reads how many MAC addresses the device knows. */
export async function readMacTable(
  caller: RpcCaller,
  options: CallOptions & { style: MacTableStyle },
): Promise<MacTable> {
  const { style, ...callOptions } = options;
  return parseMacTable(
    expectElement(
      await ask(caller, macTableRequest(style), callOptions),
      "l2ng-l2ald-rtb-macdb",
      "l2ald-rtb-macdb",
      "ethernet-switching-table-information",
      "l2ng-l2ald-mac-entry-vlan",
    ),
  );
}

/** Reads the reply of `macTableRequest`, and the full tables of all styles. */
export function parseMacTable(reply: XmlNode): MacTable {
  const entries = [
    ...[...descendants(reply, "l2ng-l2ald-mac-entry-vlan"), ...descendants(reply, "l2ng-mac-entry")].map(
      toElsEntry,
    ),
    ...[...descendants(reply, "l2ald-mac-entry")].map(toBridgeEntry),
    ...[...descendants(reply, "mac-table-entry")].map(toVlanEntry),
    // The entry that floods stands for no host.
  ].filter(({ address }) => address !== "*");
  const learned = firstOf(reply, "mac-table-learned");
  return {
    total: announced(reply) ?? entries.length,
    learned: learned === undefined ? undefined : numberOf(learned),
    entries,
  };
}

function announced(reply: XmlNode): number | undefined {
  const names = ["l2ng-l2-total-mac-count", "mac-table-count"];
  for (const name of names) {
    const counts = [...descendants(reply, name)]
      .map((node) => numberOf(node))
      .filter((count) => count !== undefined);
    if (counts.length > 0) return counts.reduce((sum, count) => sum + count, 0);
  }
  return undefined;
}

function toElsEntry(node: XmlNode): MacEntry {
  return {
    address: textOf(node, "l2ng-l2-mac-address") ?? "",
    vlanName: textOf(node, "l2ng-l2-mac-vlan-name"),
    vlanId: numberOf(node, "l2ng-l2-vlan-id"),
    interface: textOf(node, "l2ng-l2-mac-logical-interface"),
  };
}

function toBridgeEntry(node: XmlNode): MacEntry {
  return {
    address: textOf(node, "l2-mac-address") ?? "",
    vlanName: textOf(node, "l2-mac-bridging-domain"),
    vlanId: numberOf(node, "l2-bridge-vlan"),
    interface: textOf(node, "l2-mac-logical-interface"),
  };
}

function toVlanEntry(node: XmlNode): MacEntry {
  return {
    address: textOf(node, "mac-address") ?? "",
    vlanName: textOf(node, "mac-vlan"),
    vlanId: numberOf(node, "mac-vlan-tag"),
    interface: textOf(node, "mac-interface"),
  };
}
