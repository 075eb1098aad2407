/**
 * Text to `XmlNode` and back. fast-xml-parser reads well-formed documents and a good deal that is none:
 * a truncated reply comes out as a shorter one, two roots merge, text after the root vanishes. Here a
 * document is therefore checked first, and everything that is no single whole document is refused.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";

import { NetconfError, messageOf } from "./errors.ts";
import type { XmlNode } from "./xmlNode.ts";

/** Deeper than any configuration, shallow enough for recursion. */
const MAX_DEPTH = 250;

const TEXT = "#text";
const CDATA = "#cdata";
const ATTRIBUTES = ":@";

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Entities are decoded below: the parser leaves unknown ones as they are and drops forbidden ones.
  processEntities: false,
  cdataPropName: CDATA,
  textNodeName: TEXT,
  maxNestedTags: MAX_DEPTH,
  jPath: false,
  // The default renames elements such as <toString>.
  onDangerousProperty: (name: string) => name,
});

/**
 * Reads one XML document. A byte order mark, an XML declaration, comments and undeclared prefixes are
 * accepted. Throws `NetconfError` `ReplyMalformed` for everything that is not one whole, well-formed
 * document, and for any document type declaration (no reply needs one; entity bombs do).
 */
export function parseXml(text: string | Buffer): XmlNode {
  const body = (typeof text === "string" ? text : text.toString("utf8"))
    .replace(/^\uFEFF/, "")
    .replace(/^\s*<\?xml\s[^>]*\?>/, "");
  if (/<!DOCTYPE/i.test(body)) throw malformed("it declares a document type");
  if (FORBIDDEN_CHARACTER.test(body)) throw malformed("it holds a control character");
  // Within an element of our own, whatever stands outside the root is kept, and can be refused.
  const wrapped = `<document>${body}</document>`;
  let parsed: unknown;
  try {
    const valid = XMLValidator.validate(wrapped);
    if (valid !== true) throw malformed(`${valid.err.msg} (line ${valid.err.line})`);
    parsed = parser.parse(wrapped);
  } catch (error) {
    if (error instanceof NetconfError) throw error;
    throw malformed(messageOf(error), error);
  }
  const outer = toNodes(parsed, 0);
  const [document] = outer.children;
  const [root] = document?.children ?? [];
  if (outer.children.length !== 1 || document?.children.length !== 1 || root === undefined) {
    throw malformed("it does not have exactly one root element");
  }
  if (document.text !== "") throw malformed("there is text outside the root element");
  return root;
}

/**
 * Like `parseXml`, and mends the one malformed reply that is known: old releases with two routing engines
 * answer a commit with `<routing-engine>` elements that are never closed before `<ok/>`.
 */
export function parseReply(text: string | Buffer): XmlNode {
  try {
    return parseXml(text);
  } catch (error) {
    const source = text.toString("utf8");
    const mended = closeRoutingEngines(source);
    if (mended === source) throw error;
    return parseXml(mended);
  }
}

/** The document's text on one line, without an XML declaration. Throws `RangeError` for what XML cannot hold. */
export function renderXml(node: XmlNode): string {
  return render(node, "");
}

/** The same with each element on a line of its own, as Junos writes it. */
export function renderXmlLines(node: XmlNode): string {
  return render(node, "\n");
}

function render({ name, attributes, text, children }: XmlNode, separator: string): string {
  const given = Object.entries(attributes)
    .map(([attribute, value]) => ` ${checkedName(attribute)}="${escape(value)}"`)
    .join("");
  const tag = checkedName(name);
  const parts = [escape(text), ...children.map((child) => render(child, separator))];
  const content = parts.join(separator) + (children.length === 0 ? "" : separator);
  return content === "" ? `<${tag}${given}/>` : `<${tag}${given}>${content}</${tag}>`;
}

/** What XML 1.0 §2.2 does not allow in a document, not even escaped. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?$/u;

const NAMED_ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

function malformed(why: string, cause?: unknown): NetconfError {
  return new NetconfError("ReplyMalformed", `not a whole XML document: ${why.slice(0, 200)}`, { cause });
}

interface Content {
  readonly children: XmlNode[];
  readonly text: string;
}

/** Reads the parser's ordered form: a list of `{ name: content, ":@": attributes }`, `{ "#text": text }` and the like. */
function toNodes(items: unknown, depth: number): Content {
  if (!Array.isArray(items)) throw malformed("the parser returned no list");
  if (depth > MAX_DEPTH) throw malformed("its elements are nested too deeply");
  const children: XmlNode[] = [];
  let text = "";
  for (const item of items as unknown[]) {
    if (typeof item !== "object" || item === null) throw malformed("the parser returned no element");
    const entries = new Map<string, unknown>(Object.entries(item));
    const attributes = toAttributes(entries.get(ATTRIBUTES));
    entries.delete(ATTRIBUTES);
    for (const [name, content] of entries) {
      if (name === TEXT) text += decodeEntities(String(content));
      else if (name === CDATA) text += cdataText(content);
      else children.push({ name, attributes, ...toNodes(content, depth + 1) });
    }
  }
  return { children, text: text.trim() };
}

function cdataText(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return (content as unknown[])
    .map((part) => (typeof part === "object" && part !== null && TEXT in part ? String(part[TEXT]) : ""))
    .join("");
}

function toAttributes(raw: unknown): Record<string, string> {
  if (typeof raw !== "object" || raw === null) return {};
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([name]) => name !== "xmlns" && name !== "")
      .map(([name, value]) => [name, decodeEntities(String(value))]),
  );
}

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&([^;&]*);?/g, (whole, body: string) => {
    const named = NAMED_ENTITIES.get(body);
    const numeric = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(body);
    const decoded = named ?? (numeric === null ? undefined : characterOf(numeric[1], numeric[2]));
    if (decoded === undefined || !whole.endsWith(";")) throw malformed("it holds an unknown entity");
    return decoded;
  });
}

function characterOf(hexadecimal: string | undefined, decimal: string | undefined): string | undefined {
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return undefined;
  const character = String.fromCodePoint(code);
  return FORBIDDEN_CHARACTER.test(character) ? undefined : character;
}

/** `>` is escaped too: text can then never hold the message delimiter. */
function escape(text: string): string {
  if (FORBIDDEN_CHARACTER.test(text)) throw new RangeError("XML cannot hold control characters");
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new RangeError(`not an XML name: ${JSON.stringify(name)}`);
  return name;
}

/** Closes each `<routing-engine>` that is still open where the next one, the results' end or `<ok/>` comes. */
function closeRoutingEngines(source: string): string {
  let open = false;
  return source.replace(
    /<(\/?)(?:[\w.-]+:)?(routing-engine|commit-results|ok)(?=[\s/>])[^<>]*>/g,
    (tag, slash: string, name: string) => {
      const opens = name === "routing-engine" && slash === "" && !tag.endsWith("/>");
      const ends = opens || name === "ok" || (name === "commit-results" && slash !== "");
      const missing = ends && open ? "</routing-engine>" : "";
      if (name === "routing-engine") open = opens;
      else if (ends) open = false;
      return missing + tag;
    },
  );
}
