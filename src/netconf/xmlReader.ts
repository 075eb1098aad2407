/**
 * Text to `XmlNode`, for what is well-formed and nothing else. `saxes` reads it, which is strict: a truncated reply is an
 * error, not a shorter reply. It hands out events, and the tree that is made of them is the only one.
 */
import { SaxesParser } from "saxes";
import { messageOf, NetconfError } from "./errors.ts";
import type { XmlNode } from "./xmlNode.ts";

/** Deeper than any configuration, shallow enough for recursion. */
const MAX_DEPTH = 250;

/** Most elements have none of either; they share these. */
const NO_ATTRIBUTES: XmlNode["attributes"] = Object.freeze({});
const NO_CHILDREN: XmlNode["children"] = Object.freeze([]);

/** An element whose end has not been seen yet. */
interface OpenElement {
  readonly name: string;
  readonly attributes: XmlNode["attributes"];
  children: XmlNode[] | undefined;
  text: string;
}

/**
 * Reads one document: a byte order mark, an XML declaration, comments, processing instructions and undeclared prefixes
 * are accepted. Throws `NetconfError` `ReplyMalformed` for everything that is not one whole, well-formed document, and
 * for a document type declaration (no reply needs one; entity bombs do). No message quotes the document, which may hold
 * secrets.
 */
export function readXml(text: string): XmlNode {
  const above: OpenElement[] = [];
  let current: OpenElement | undefined;
  let root: XmlNode | undefined;
  // Prefixes of Junos are often undeclared, and say nothing that the names do not.
  const parser = new SaxesParser({ xmlns: false, position: false });
  const addText = (piece: string): void => {
    if (current !== undefined) current.text += piece;
  };
  parser.on("error", (error) => {
    throw malformed(error.message);
  });
  parser.on("doctype", () => {
    throw malformed("it declares a document type");
  });
  parser.on("opentag", (tag) => {
    if (current !== undefined) above.push(current);
    if (above.length >= MAX_DEPTH) throw malformed("its elements are nested too deeply");
    current = {
      name: localName(tag.name),
      attributes: attributesOf(tag.attributes),
      children: undefined,
      text: "",
    };
  });
  parser.on("closetag", () => {
    if (current === undefined) return;
    const { name, attributes, children = NO_CHILDREN, text: content } = current;
    const node = { name, attributes, children, text: content === "" ? "" : detached(content.trim()) };
    current = above.pop();
    if (current === undefined) root = node;
    else (current.children ??= []).push(node);
  });
  parser.on("text", addText);
  parser.on("cdata", addText);
  try {
    // Some devices put an empty line before the declaration.
    parser.write(text.slice(/^\uFEFF?\s*/.exec(text)?.[0].length)).close();
  } catch (error) {
    if (error instanceof NetconfError) throw error;
    throw malformed(messageOf(error), error);
  }
  if (root === undefined) throw malformed("it has no root element");
  return root;
}

function malformed(why: string, cause?: unknown): NetconfError {
  return new NetconfError("ReplyMalformed", `not a whole XML document: ${why.slice(0, 200)}`, { cause });
}

/** Without declarations of namespaces, by their local names. */
function attributesOf(written: Readonly<Record<string, string>>): XmlNode["attributes"] {
  let attributes: Record<string, string> | undefined;
  for (const name in written) {
    if (name === "xmlns" || name.startsWith("xmlns:")) continue;
    (attributes ??= {})[localName(name)] = detached(written[name] ?? "");
  }
  return attributes ?? NO_ATTRIBUTES;
}

/** Names come again and again: every element holds the same string. */
const LOCAL_NAMES = new Map<string, string>();
/** More than all that Junos has; a device that makes up names shall not fill the memory. */
const MAX_NAMES = 10_000;

function localName(written: string): string {
  const known = LOCAL_NAMES.get(written);
  if (known !== undefined) return known;
  const local = detached(written.slice(written.indexOf(":") + 1));
  // What our own code would take for something else.
  if (local === "" || local === "__proto__") throw malformed("a name that is none");
  if (LOCAL_NAMES.size < MAX_NAMES) LOCAL_NAMES.set(detached(written), local);
  return local;
}

/** A part of a string keeps the whole alive; what is kept of a reply shall not keep the reply. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}
