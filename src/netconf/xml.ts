/** Text to `XmlNode` and back. */
import { readXml } from "./xmlReader.ts";
import type { XmlNode } from "./xmlNode.ts";

/**
 * Reads one XML document. A byte order mark, an XML declaration, comments and undeclared prefixes are
 * accepted. Throws `NetconfError` `ReplyMalformed` for everything that is not one whole, well-formed
 * document, and for any document type declaration (no reply needs one; entity bombs do).
 */
export function parseXml(text: string | Buffer): XmlNode {
  return readXml(typeof text === "string" ? text : text.toString("utf8"));
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
