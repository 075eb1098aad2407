/**
 * The little of Junos's configuration schema that a tree of words needs to behave like Junos: which statements
 * hold one value (setting another replaces it), which name objects, whose order is the user's, and in which
 * order the rest is shown. Only what occurs in a data-centre fabric.
 */
import type { DeviceFeature } from "../description.ts";

/** Statements with one value: a second `set` replaces the first. */
const SCALARS = new Set([
  "action-type",
  "802.3ad",
  "authentication-key",
  "autonomous-system",
  "cluster",
  "confirm-timeout",
  "description",
  "device-count",
  "down",
  "duplicate-ip-limit",
  "encapsulation",
  "encrypted-password",
  "hold-time-seconds",
  "host-name",
  "interface-mode",
  "local-address",
  "local-as",
  "local-preference",
  "minimum-interval",
  "minimum-links",
  "metric",
  "mtu",
  "multiplier",
  "native-vlan-id",
  "path-selection-mode",
  "peer-as",
  "periodic",
  "port",
  "port-priority",
  "route-distinguisher",
  "router-id",
  "system-id",
  "system-priority",
  "time-zone",
  "timeout",
  "type",
  "up",
  "value",
  "version",
  "vlan-id",
  "vni",
  "vrf-target",
  "vtep-source-interface",
  "as-path-prepend",
  "class",
  "uid",
  "connection-limit",
  "rate-limit",
]);

/** Statements with a list of values: `export [ A B ]`. Their order is the user's. */
const VALUE_LISTS = new Set([
  "export",
  "import",
  "vrf-import",
  "vrf-export",
  "members",
  "protocol",
  "apply-groups",
  "nlri-route-type",
  "extended-vni-list",
]);

/** Statements that name an object: the word after them is its key, and an empty object stays. */
const KEYED = new Set([
  "area",
  "group",
  "neighbor",
  "policy-statement",
  "term",
  "unit",
  "community",
  "prefix-list",
  "user",
  "family",
  "interface",
  "apply-macro",
  "instance",
  "server",
  "route-filter",
]);

/** Where one of these is set, the others at the same place go. */
const EXCLUSIVE: readonly ReadonlySet<string>[] = [
  new Set(["accept", "reject", "next"]),
  new Set(["all-active", "single-active"]),
  new Set(["active", "passive"]),
];

/** The order in which Junos shows statements, as far as it matters here; the rest follows by name. */
const ORDER = [
  "version",
  "apply-groups",
  "apply-macro",
  "groups",
  "host-name",
  "root-authentication",
  "login",
  "services",
  "system",
  "chassis",
  "security",
  "interfaces",
  "snmp",
  "forwarding-options",
  "event-options",
  "firewall",
  "policy-options",
  "routing-instances",
  "routing-options",
  "protocols",
  "switch-options",
  "bridge-domains",
  "vlans",
  "disable",
  "type",
  "description",
  "mtu",
  "ether-options",
  "gigether-options",
  "esi",
  "aggregated-ether-options",
  "unit",
  "hold-time",
  "local-address",
  "import",
  "family",
  "authentication-key",
  "export",
  "cluster",
  "peer-as",
  "local-as",
  "multipath",
  "bfd-liveness-detection",
  "graceful-shutdown",
  "neighbor",
  "term",
  "from",
  "to",
  "then",
];
const RANK = new Map(ORDER.map((name, index) => [name, index]));

/** The statements on the top level of a configuration. */
const TOP_LEVEL = new Set([
  "version",
  "apply-groups",
  "apply-macro",
  "groups",
  "system",
  "chassis",
  "security",
  "interfaces",
  "snmp",
  "forwarding-options",
  "event-options",
  "firewall",
  "policy-options",
  "routing-instances",
  "routing-options",
  "protocols",
  "switch-options",
  "bridge-domains",
  "vlans",
  "class-of-service",
  "virtual-chassis",
  "poe",
]);

const collator = new Intl.Collator("en", { numeric: true });

/** True where the words after `path` are values of which only one can be. */
export function isScalar(path: readonly string[]): boolean {
  const macro = path.indexOf("apply-macro");
  if (macro !== -1 && macro === path.length - 3) return true;
  const last = path.at(-1);
  return last !== undefined && SCALARS.has(last) && !isKey(path);
}

/** True where `path` ends in a statement whose values are a list. */
export function isValueList(path: readonly string[]): boolean {
  const last = path.at(-1);
  return last !== undefined && VALUE_LISTS.has(last) && !isKey(path);
}

/** True where `path` ends in a statement that names objects. */
export function isKeyed(path: readonly string[]): boolean {
  const last = path.at(-1);
  if (last === undefined || isKey(path)) return false;
  return KEYED.has(last) && !(last === "community" && path.includes("then")) && !isValueList(path);
}

/** True where the last word is the name of an object (`UNDERLAY` in `group UNDERLAY`, `ae1` in `interfaces ae1`). */
export function isKey(path: readonly string[]): boolean {
  if (path.length < 2) return false;
  if (path.length === 2)
    return path[0] === "interfaces" || path[0] === "vlans" || path[0] === "routing-instances";
  return isKeyed(path.slice(0, -1));
}

/** True where the order of what stands below is the user's. */
export function isUserOrdered(path: readonly string[]): boolean {
  return isValueList(path) || (path.at(-1) === "term" && isKeyed(path));
}

/** The siblings that `name` drives out at that place. */
export function excludedBy(path: readonly string[], name: string): (sibling: string) => boolean {
  if (isScalar(path)) return (sibling) => sibling !== name;
  if (path.at(-1) === "esi" && ESI.test(name)) return (sibling) => sibling !== name && ESI.test(sibling);
  const group = isKeyed(path) ? undefined : EXCLUSIVE.find((names) => names.has(name));
  return (sibling) => sibling !== name && group !== undefined && group.has(sibling);
}

/** Compares two siblings as Junos shows them. */
export function compareStatements(left: string, right: string): number {
  const leftRank = RANK.get(left) ?? ORDER.length;
  const rightRank = RANK.get(right) ?? ORDER.length;
  return leftRank - rightRank || collator.compare(left, right) || (left < right ? -1 : 1);
}

const ESI = /^([0-9a-f]{2}:){9}[0-9a-f]{2}$/;

/** What a device is, as far as its configuration model depends on it. */
export interface SchemaContext {
  /** As Junos prints it: `21.4R3-S5.4`. */
  readonly release: string;
  readonly model: string;
  readonly features?: readonly DeviceFeature[];
}

/**
 * The word at which the parser of that device stops, or undefined where the statement is known. Which releases
 * know which statement: `graceful-shutdown` from 19.1; `df-election-type` on QFX from 20.4; `maintenance-mode`
 * of EVPN where the simulation says so (clients find out by trying).
 */
export function unknownWord(path: readonly string[], context: SchemaContext): string | undefined {
  const [top, second] = path;
  if (top === undefined || !TOP_LEVEL.has(top)) return top ?? "";
  const release = releaseNumber(context.release);
  if (top === "protocols" && second === "bgp" && path.includes("graceful-shutdown") && release < 19.1) {
    return "graceful-shutdown";
  }
  if (path.includes("df-election-type") && context.model.startsWith("qfx") && release < 20.4)
    return "df-election-type";
  const hasMaintenanceMode = context.features?.includes("evpnMaintenanceMode") === true;
  if (top === "protocols" && second === "evpn" && path[2] === "maintenance-mode" && !hasMaintenanceMode) {
    return "maintenance-mode";
  }
  return undefined;
}

/** `21.4` of `21.4R3-S5.4`, as a number; 0 where it is none. Minor releases of Junos have one digit. */
export function releaseNumber(release: string): number {
  return Number(/^(\d+\.\d)/.exec(release)?.[1] ?? 0);
}
