/**
 * Chassis clusters of SRX: redundancy groups, their health, and links between the nodes. The tables are flat:
 * a row begins with the element that names it, and ends where the next one begins.
 */
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, numberOf, textOf } from "./reply.ts";
import { isJunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** A node's part in a redundancy group. */
export interface ClusterNode {
  /** `node0`, `node1`. */
  readonly name: string;
  /** 1 to 254; 0 is unfit, 255 is a manual failover. */
  readonly priority: number | undefined;
  /** `primary`, `secondary`, `secondary-hold`, `hold`, `ineligible`, `disabled`, `lost`. */
  readonly status: string;
  /** Undefined where the release does not say, or the node does not know (`n/a`). */
  readonly preempt: boolean | undefined;
  readonly manualFailover: boolean | undefined;
  /** Codes such as `IF`, `CS`; empty when there are none, undefined where the release does not say. */
  readonly monitorFailures: readonly string[] | undefined;
}

export interface RedundancyGroup {
  readonly id: number;
  readonly failoverCount: number;
  readonly nodes: readonly ClusterNode[];
}

export interface ClusterStatus {
  readonly clusterId: number | undefined;
  /** The node that answered, by the prompt that it sends along (`{primary:node0}`); undefined where it sends none. */
  readonly answeredBy: string | undefined;
  readonly groups: readonly RedundancyGroup[];
}

/** What one node says of itself. */
export interface ClusterNodeInformation {
  readonly engineName: string | null;
  readonly groups: readonly {
    readonly id: number;
    readonly status: string;
    readonly weight: number | undefined;
    readonly lastTransition: string | undefined;
  }[];
  /** `Green`, `Amber`, `Red`, `Off`. */
  readonly ledColour: string | undefined;
  readonly ledReason: string | undefined;
}

export interface ClusterInterfaces {
  readonly controlUp: boolean;
  readonly fabricUp: boolean;
  readonly controlLinks: readonly { readonly name: string; readonly up: boolean }[];
  /** Physical and monitored state of the children of the fabric link. */
  readonly fabricLinks: readonly {
    readonly name: string;
    readonly physicalUp: boolean;
    readonly monitoredUp: boolean;
  }[];
  readonly redundantInterfaces: readonly {
    readonly name: string;
    readonly up: boolean;
    readonly group: number | undefined;
  }[];
}

/** `show chassis cluster status`. */
export function clusterStatusRequest(): XmlNode {
  return element("get-chassis-cluster-status");
}

/** Reads the redundancy groups; null when the device is no chassis cluster. */
export async function readClusterStatus(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<ClusterStatus | null> {
  try {
    return parseClusterStatus(await ask(caller, clusterStatusRequest(), options));
  } catch (error) {
    if (isJunosError(error, "NotACluster")) return null;
    throw error;
  }
}

/** Reads what each node says of the redundancy groups (`show chassis cluster information`). */
export async function readClusterInformation(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly ClusterNodeInformation[]> {
  return parseClusterInformation(await ask(caller, element("get-chassis-cluster-information"), options));
}

/** Reads the control and fabric links between the nodes (`show chassis cluster interfaces`). */
export async function readClusterInterfaces(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<ClusterInterfaces> {
  return parseClusterInterfaces(await ask(caller, element("get-chassis-cluster-interfaces"), options));
}

/** Reads the reply of `clusterStatusRequest`. */
export function parseClusterStatus(reply: XmlNode): ClusterStatus {
  const [status] = descendants(reply, "chassis-cluster-status");
  return {
    clusterId: numberOf(status, "cluster-id"),
    answeredBy: nodeOfBanner(reply),
    groups: findAll(status, "redundancy-group").map((group) => ({
      id: numberOf(group, "redundancy-group-id") ?? 0,
      failoverCount: numberOf(group, "redundancy-group-failover-count") ?? 0,
      nodes: rowsOf(find(group, "device-stats"), "device-name").map(toNode),
    })),
  };
}

/** A group is healthy when one node is primary, the other secondary, and both are fit to be either. */
export function isHealthyGroup({ nodes }: RedundancyGroup): boolean {
  const statuses = nodes.map(({ status }) => status).toSorted();
  return (
    statuses.join(" ") === "primary secondary" &&
    nodes.every(({ priority }) => priority !== undefined && priority > 0 && priority < 255) &&
    nodes.every(({ monitorFailures }) => monitorFailures === undefined || monitorFailures.length === 0)
  );
}

/** Reads the reply of `get-chassis-cluster-information`. */
export function parseClusterInformation(reply: XmlNode): readonly ClusterNodeInformation[] {
  return enginePartsOf(reply, "chassis-cluster-information").map(({ engineName, node }) => ({
    engineName,
    groups: [...descendants(node, "redundancy-group-list")].map((group) => ({
      id: numberOf(group, "redundancy-group-id") ?? 0,
      status: textOf(group, "redundancy-group-status") ?? "",
      weight: numberOf(group, "redundancy-group-weight"),
      lastTransition: textOf(
        findAll(group, "redundancy-group-state-transition-record").at(-1),
        "transition-reason",
      ),
    })),
    ledColour: textOf(node, "chassis-cluster-led-information", "current-led-color"),
    ledReason: textOf(node, "chassis-cluster-led-information", "last-change-reason"),
  }));
}

/** Reads the reply of `get-chassis-cluster-interfaces`. */
export function parseClusterInterfaces(reply: XmlNode): ClusterInterfaces {
  const [statistics] = descendants(reply, "chassis-cluster-interface-statistics");
  const fabric = [...descendants(reply, "fabric-information")];
  return {
    controlUp: textOf(statistics, "control-interface-status") === "Up",
    fabricUp: textOf(statistics, "dataplane-interface-status") === "Up",
    controlLinks: [...descendants(reply, "control-information")].map((link) => ({
      name: textOf(link, "control-link-interface-name") ?? "",
      up: textOf(link, "control-link-interface-status") === "Up",
    })),
    fabricLinks: fabric.flatMap((link) => {
      const name = textOf(link, "fabric-child-interface-name");
      if (name === undefined) return [];
      // Written in one leaf: "Up   / Down".
      const [physical, monitored] = (textOf(link, "fabric-child-interface-status") ?? "").split("/");
      return [{ name, physicalUp: physical?.trim() === "Up", monitoredUp: monitored?.trim() === "Up" }];
    }),
    redundantInterfaces: findAll(statistics, "reth")
      .flatMap((table) => rowsOf(table, "reth-name"))
      .map((row) => ({
        name: row.get("reth-name") ?? "",
        up: row.get("reth-status") === "Up",
        group: toNumber(row.get("redundancy-group-id-for-reth")),
      })),
  };
}

/** The prompt beside a reply: `{primary:node0}`, `{secondary:node1}`. */
function nodeOfBanner(reply: XmlNode): string | undefined {
  for (const { text } of descendants(reply, "banner")) {
    const node = /\b(?<node>node\d)\b/.exec(text)?.groups?.["node"];
    if (node !== undefined) return node;
  }
  return undefined;
}

type Row = ReadonlyMap<string, string>;

/** Cuts a flat table into rows. Leaves that a release leaves out are missing in the row, and shift nothing. */
function rowsOf(table: XmlNode | undefined, first: string): readonly Row[] {
  const rows: Map<string, string>[] = [];
  for (const { name, text } of table?.children ?? []) {
    if (name === first) rows.push(new Map());
    rows.at(-1)?.set(name, text);
  }
  return rows;
}

function toNode(row: Row): ClusterNode {
  return {
    name: row.get("device-name") ?? "",
    priority: toNumber(row.get("device-priority")),
    status: row.get("redundancy-group-status") ?? "",
    preempt: toBoolean(row.get("preempt")),
    manualFailover: toBoolean(row.get("failover-mode")),
    monitorFailures: row
      .get("monitor-failures")
      ?.split(/[\s,]+/)
      .filter((code) => code !== "" && code !== "None"),
  };
}

function toBoolean(text: string | undefined): boolean | undefined {
  return text === "yes" ? true : text === "no" ? false : undefined;
}

function toNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
