/**
 * Text of a request to `XmlNode`. Not by the reader of replies: what the product writes is read here by a library that
 * it does not read with itself, so that no misunderstanding of XML is shared.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import type { XmlNode } from "../../netconf/xmlNode.ts";

const TEXT = "#text";
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
  htmlEntities: true,
  textNodeName: TEXT,
  jPath: false,
});

/** Throws for everything that is not one well-formed element: mgd gives up on a client that sends that. */
export function readRequest(message: Buffer): XmlNode {
  const text = message.toString("utf8").trim();
  // The parser itself takes a truncated document for a shorter one.
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new SyntaxError(valid.err.msg);
  const [root, ...others] = toContent(parser.parse(text)).children;
  if (root === undefined || others.length > 0) throw new SyntaxError("not exactly one root element");
  return root;
}

/** Reads the parser's ordered form: a list of `{ name: content, ":@": attributes }` and `{ "#text": text }`. */
function toContent(items: unknown): Pick<XmlNode, "children" | "text"> {
  const children: XmlNode[] = [];
  let text = "";
  for (const item of Array.isArray(items) ? (items as unknown[]) : []) {
    const entries = new Map<string, unknown>(Object.entries(item ?? {}));
    const attributes = toAttributes(entries.get(ATTRIBUTES));
    for (const [name, content] of entries) {
      if (name === TEXT) text += String(content);
      else if (name !== ATTRIBUTES) children.push({ name, attributes, ...toContent(content) });
    }
  }
  return { children, text: text.trim() };
}

function toAttributes(raw: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw ?? {})
      .filter(([name]) => name !== "xmlns")
      .map(([name, value]) => [name, String(value)]),
  );
}
