/**
 * What keeps traffic off a device by its own configuration, whoever wrote it: people overload a spine before they work on
 * it, and other tools have drains of their own. Asked for with what groups add, where it takes effect.
 */
import { element, type XmlNode } from "../../netconf/xmlNode.ts";
import { firstOf } from "../reply.ts";
import { ask, type CallOptions, type RpcCaller } from "../rpcCaller.ts";
import { readInteriorProtocols } from "./drainableInterior.ts";
import { isDrainPolicy } from "./existingDrain.ts";
import type { PlacedStatement } from "./places.ts";
import { parseSetLine, readStatements, startsWith, unquote } from "./setLines.ts";

/** Contrail's fabric manager names the policies of its maintenance mode so. */
const CONTRAIL_POLICY = /^MAINTENANCE-MODE/;

/** The protocols, as they take effect: of a large configuration the lesser part. */
export function protocolsRequest(): XmlNode {
  return element("get-configuration", [element("configuration", [element("protocols")])], {
    database: "committed",
    format: "set",
    inherit: "inherit",
  });
}

/** The statements by which traffic keeps off the device; empty where there are none. */
export async function readFoundDrains(caller: RpcCaller, options?: CallOptions): Promise<readonly string[]> {
  const reply = await ask(caller, protocolsRequest(), options);
  // A device without protocols has nothing to show.
  return foundDrains((firstOf(reply, "configuration-set")?.text ?? "").split("\n"));
}

/**
 * Overloads that last, maintenance mode that does more than validate, BGP that announces its graceful shutdown (RFC 8326) in
 * all of its groups, and policies of drains in export chains.
 */
export function foundDrains(lines: readonly string[]): readonly string[] {
  const statements = readStatements(lines.map(parseSetLine).filter((line) => line !== null))
    .filter(({ active }) => active)
    .map((statement): PlacedStatement => ({ ...statement, place: [] }));
  const found = [
    ...readInteriorProtocols(statements)
      .protocols.filter(({ overloaded }) => overloaded)
      .map(({ path }) => `${path} overload`),
    ...maintenanceMode(statements),
    ...announcedShutdown(statements),
    ...statements.flatMap(({ words }) => drainExports(words)),
  ];
  return [...new Set(found)];
}

function maintenanceMode(statements: readonly PlacedStatement[]): readonly string[] {
  const path = ["protocols", "evpn", "maintenance-mode"];
  const all = statements.filter(({ words }) => startsWith(words, path));
  const isDrain = all.length > 0 && !all.every(({ words }) => words.includes("validate-only"));
  return isDrain ? [path.join(" ")] : [];
}

/** A session alone that is shut down, to another network say, leaves the device in traffic. */
function announcedShutdown(statements: readonly PlacedStatement[]): readonly string[] {
  const ofBgp = statements.filter(({ words }) => startsWith(words, ["protocols", "bgp"]));
  const groups = new Set(ofBgp.flatMap(({ words }) => (words[2] === "group" ? (words[3] ?? []) : [])));
  const senders = ofBgp.flatMap(({ words }) => {
    const at = words.indexOf("graceful-shutdown");
    return at !== -1 && words[at + 1] === "sender" ? [words.slice(0, at).join(" ")] : [];
  });
  const whole = "protocols bgp";
  const isShutDown = [...groups].every((group) => senders.includes(`${whole} group ${group}`));
  if (!senders.includes(whole) && (groups.size === 0 || !isShutDown)) return [];
  return [`${whole} graceful-shutdown sender`];
}

function drainExports(words: readonly string[]): readonly string[] {
  const at = words.lastIndexOf("export");
  if (!startsWith(words, ["protocols", "bgp"]) || at === -1) return [];
  return words
    .slice(at + 1)
    .map(unquote)
    .filter((policy) => isDrainPolicy(policy) || CONTRAIL_POLICY.test(policy))
    .map((policy) => `${words.slice(0, at).join(" ")} export ${policy}`);
}
