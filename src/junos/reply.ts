/**
 * How replies are read. A device states less than its documentation says: a leaf that is missing, empty or no
 * number is `undefined` here, and never NaN or zero.
 */
import { descendants, find, findAll, textAt, type XmlNode } from "../netconf/xmlNode.ts";
import { JunosError } from "./replyErrors.ts";

/** A part of a reply and the engine, node or member it came from. */
export interface EnginePart {
  /** `re0`, `node1`, `fpc0`, `localre`; null where the reply is not wrapped per engine. */
  readonly engineName: string | null;
  readonly node: XmlNode;
}

/**
 * Every element of that name, with the engine it belongs to. Devices with several routing engines, cluster
 * nodes or members wrap their replies in `multi-routing-engine-results`; some do it with a single one, too.
 */
export function enginePartsOf(reply: XmlNode, name: string): readonly EnginePart[] {
  const items = [...descendants(reply, "multi-routing-engine-item")];
  if (items.length === 0) return [...descendants(reply, name)].map((node) => ({ engineName: null, node }));
  return items.flatMap((item) =>
    [...descendants(item, name)].map((node) => ({ engineName: textOf(item, "re-name") ?? null, node })),
  );
}

/** The first element of that name at any depth. */
export function firstOf(reply: XmlNode, name: string): XmlNode | undefined {
  for (const node of descendants(reply, name)) return node;
  return undefined;
}

/** What stands around the data in any reply, and says nothing of what was asked for. */
const NOISE: ReadonlySet<string> = new Set([
  "rpc-reply",
  "multi-routing-engine-results",
  "multi-routing-engine-item",
  "re-name",
  "output",
  "cli",
  "banner",
  "pipe",
  "ok",
]);

/**
 * The reply, if one of these elements is in it, or nothing but words: devices say in words that there is nothing to
 * show. Anything else is a shape that nobody here knows, and no reading: throws `JunosError` `ReplyUnexpected`.
 */
export function expectElement(reply: XmlNode, ...names: readonly string[]): XmlNode {
  if (names.some((name) => firstOf(reply, name) !== undefined)) return reply;
  const other = strangerIn(reply);
  if (other === undefined) return reply;
  throw new JunosError({
    code: "ReplyUnexpected",
    message: `the reply holds ${other}, not ${names.join(" or ")}`,
  });
}

function strangerIn(node: XmlNode): string | undefined {
  if (!NOISE.has(node.name)) return node.name;
  return node.children.map(strangerIn).find((name) => name !== undefined);
}

/** The text at that path; undefined where there is none. */
export function textOf(node: XmlNode | undefined, ...path: readonly string[]): string | undefined {
  const text = textAt(node, ...path);
  return text === undefined || text === "" ? undefined : text;
}

/** The texts of all children of that name. */
export function textsOf(node: XmlNode | undefined, name: string): readonly string[] {
  return findAll(node, name)
    .map((child) => child.text)
    .filter((text) => text !== "");
}

/** The number at that path; undefined where there is none. Signs such as `%` after it are ignored. */
export function numberOf(node: XmlNode | undefined, ...path: readonly string[]): number | undefined {
  return toNumber(textAt(node, ...path));
}

/** The seconds that Junos writes beside a time as an attribute; undefined where it does not. */
export function secondsOf(node: XmlNode | undefined, ...path: readonly string[]): number | undefined {
  return toNumber(find(node, ...path)?.attributes["seconds"]);
}

/** A time as milliseconds since 1970; undefined where the device writes no seconds beside it. */
export function timeOf(node: XmlNode | undefined, ...path: readonly string[]): number | undefined {
  const seconds = secondsOf(node, ...path);
  return seconds === undefined ? undefined : seconds * 1000;
}

/** All text in `<output>` elements and directly in the reply, in document order. */
export function outputOf(reply: XmlNode): string {
  const outputs = [...descendants(reply, "output")].map((node) => node.text);
  const own = reply.name === "output" ? "" : reply.text;
  return [own, ...outputs].filter((text) => text !== "").join("\n");
}

/** All text of the element and everything in it. */
export function allTextOf(node: XmlNode): string {
  return [node.text, ...node.children.map(allTextOf)].filter((text) => text !== "").join("\n");
}

function toNumber(text: string | undefined): number | undefined {
  const digits = /^[-+]?\d+(?:\.\d+)?/.exec(text?.trim() ?? "")?.[0];
  return digits === undefined ? undefined : Number(digits);
}
