/**
 * Text to `XmlNode` in one pass, for what is well-formed and nothing else. Ours, since replies are what a controller
 * spends its time on: a library that validates, parses to a tree of its own and has that read again takes eight times
 * as long, and one that parses without validating reads a truncated reply as a shorter one.
 */
import { NetconfError } from "./errors.ts";
import type { XmlNode } from "./xmlNode.ts";

/** Deeper than any configuration, shallow enough for recursion. */
const MAX_DEPTH = 250;

/** What XML 1.0 §2.2 does not allow in a document, not even escaped. */
// eslint-disable-next-line no-control-regex
export const FORBIDDEN_CHARACTER = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]/;

/** A name with at most one prefix. */
export const NAME = /^[\p{L}_][\p{L}\p{N}_.-]*(?::[\p{L}_][\p{L}\p{N}_.-]*)?$/u;

const NAMED_ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const EXCLAMATION_MARK = 33;
const SLASH = 47;
const EQUALS = 61;
const GREATER = 62;
const QUESTION_MARK = 63;

/** Most elements have none of either; they share these. */
const NO_ATTRIBUTES: XmlNode["attributes"] = Object.freeze({});
const NO_CHILDREN: XmlNode["children"] = Object.freeze([]);

/** An element whose end has not been seen yet. */
interface OpenElement {
  /** As written, with its prefix. */
  readonly tag: string;
  readonly name: string;
  readonly attributes: XmlNode["attributes"];
  children: XmlNode[] | undefined;
  text: string;
}

/**
 * Reads one document: a byte order mark, an XML declaration, comments, processing instructions and undeclared prefixes
 * are accepted. Throws `NetconfError` `ReplyMalformed` for everything that is not one whole, well-formed document, and
 * for a document type declaration. No message quotes the document, which may hold secrets.
 */
export function readXml(text: string): XmlNode {
  // XML 1.0 §2.11: every end of line is one newline.
  const source = text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
  if (FORBIDDEN_CHARACTER.test(source)) throw malformed("it holds a control character");
  const above: OpenElement[] = [];
  let current: OpenElement | undefined;
  let root: XmlNode | undefined;
  let at = startOf(source);

  const add = (node: XmlNode): void => {
    if (current !== undefined) (current.children ??= []).push(node);
    else if (root === undefined) root = node;
    else throw malformed("it has more than one root element");
  };
  const addText = (piece: string): void => {
    if (current !== undefined) current.text += piece;
    else if (piece.trim() !== "") throw malformed("there is text outside the root element");
  };

  while (at < source.length) {
    const open = source.indexOf("<", at);
    const end = open === -1 ? source.length : open;
    // Most text is the white space between elements.
    if (end > at && !(current?.text === "" && isBlank(source, at, end))) {
      addText(decodeEntities(source.slice(at, end)));
    }
    if (open === -1) break;
    switch (source.charCodeAt(open + 1)) {
      case SLASH: {
        if (current === undefined || !source.startsWith(current.tag, open + 2)) {
          throw malformed(`an end tag without its start tag (line ${lineOf(source, open)})`);
        }
        const close = skipSpace(source, open + 2 + current.tag.length);
        if (source.charCodeAt(close) !== GREATER) {
          throw malformed(`an end tag without its start tag (line ${lineOf(source, open)})`);
        }
        const { name, attributes, children = NO_CHILDREN, text: content } = current;
        current = above.pop();
        add({ name, attributes, children, text: content === "" ? "" : detached(content.trim()) });
        at = close + 1;
        break;
      }
      case EXCLAMATION_MARK:
        if (source.startsWith("<!--", open)) {
          at = after(source, "-->", open + 4);
        } else if (source.startsWith("<![CDATA[", open) && current !== undefined) {
          at = after(source, "]]>", open + 9);
          addText(source.slice(open + 9, at - 3));
        } else throw malformed("it declares a document type, or something else that no reply has");
        break;
      case QUESTION_MARK:
        at = after(source, "?>", open + 2);
        break;
      default: {
        const tag = readStartTag(source, open);
        at = tag.end;
        if (tag.isEmpty) {
          add({ name: tag.name, attributes: tag.attributes, children: NO_CHILDREN, text: "" });
        } else {
          if (current !== undefined) above.push(current);
          if (above.length >= MAX_DEPTH) throw malformed("its elements are nested too deeply");
          current = {
            tag: tag.tag,
            name: tag.name,
            attributes: tag.attributes,
            children: undefined,
            text: "",
          };
        }
      }
    }
  }
  if (current !== undefined) throw malformed("it ends within an element");
  if (root === undefined) throw malformed("it has no root element");
  return root;
}

export function malformed(why: string, cause?: unknown): NetconfError {
  return new NetconfError("ReplyMalformed", `not a whole XML document: ${why.slice(0, 200)}`, { cause });
}

/** Where the document begins: behind a byte order mark and the XML declaration. */
function startOf(source: string): number {
  return /^\uFEFF?(?:\s*<\?xml\s[^>]*\?>)?/.exec(source)?.[0].length ?? 0;
}

interface StartTag {
  readonly tag: string;
  readonly name: string;
  readonly attributes: XmlNode["attributes"];
  /** It is an end tag, too. */
  readonly isEmpty: boolean;
  /** Behind it. */
  readonly end: number;
}

function readStartTag(source: string, open: number): StartTag {
  let at = endOfName(source, open + 1);
  const { written: tag, local: name } = nameOf(source.slice(open + 1, at));
  let attributes = NO_ATTRIBUTES;
  if (isSpace(source.charCodeAt(at))) {
    const read = readAttributes(source, at);
    ({ attributes } = read);
    at = read.end;
  }
  const isEmpty = source.charCodeAt(at) === SLASH;
  if (isEmpty) at += 1;
  if (source.charCodeAt(at) !== GREATER) {
    throw malformed(`a start tag does not end (line ${lineOf(source, open)})`);
  }
  return { tag, name, attributes, isEmpty, end: at + 1 };
}

/** By local name, without declarations of namespaces; `end` is where the tag goes on. */
function readAttributes(
  source: string,
  from: number,
): { readonly attributes: XmlNode["attributes"]; readonly end: number } {
  const attributes: Record<string, string> = {};
  const seen = new Set<string>();
  let isEmpty = true;
  let at = from;
  for (;;) {
    const start = skipSpace(source, at);
    const code = source.charCodeAt(start);
    if (code === SLASH || code === GREATER) {
      return { attributes: isEmpty ? NO_ATTRIBUTES : attributes, end: start };
    }
    if (start === at) throw malformed(`attributes that are not told apart (line ${lineOf(source, start)})`);
    const endOfTheName = endOfName(source, start);
    const { written, local } = nameOf(source.slice(start, endOfTheName));
    const equals = skipSpace(source, endOfTheName);
    const quoteAt = skipSpace(source, equals + 1);
    const quote = source.charAt(quoteAt);
    const end = source.indexOf(quote, quoteAt + 1);
    if (source.charCodeAt(equals) !== EQUALS || (quote !== '"' && quote !== "'") || end === -1) {
      throw malformed(`an attribute without a value (line ${lineOf(source, start)})`);
    }
    if (seen.has(written)) throw malformed(`an attribute twice (line ${lineOf(source, start)})`);
    seen.add(written);
    const value = source.slice(quoteAt + 1, end);
    if (value.includes("<")) {
      throw malformed(`an attribute that does not end (line ${lineOf(source, start)})`);
    }
    if (written !== "xmlns" && !written.startsWith("xmlns:")) {
      // XML 1.0 §3.3.3: white space as it is written is a space; escaped it is itself.
      attributes[local] = detached(decodeEntities(value.replaceAll(/[\t\n]/g, " ")));
      isEmpty = false;
    }
    at = end + 1;
  }
}

interface Name {
  readonly written: string;
  readonly local: string;
}

/** Names come again and again: they are checked once, and every element holds the same string. */
const NAMES = new Map<string, Name>();
/** More than all that Junos has; a device that makes up names shall not fill the memory. */
const MAX_NAMES = 10_000;

function nameOf(slice: string): Name {
  const known = NAMES.get(slice);
  if (known !== undefined) return known;
  if (!NAME.test(slice) || slice === "__proto__" || slice.endsWith(":__proto__")) {
    throw malformed("it holds a tag or an attribute without a name");
  }
  const written = detached(slice);
  const name = { written, local: detached(written.slice(written.indexOf(":") + 1)) };
  if (NAMES.size < MAX_NAMES) NAMES.set(written, name);
  return name;
}

function endOfName(source: string, from: number): number {
  let at = from;
  for (; at < source.length; at += 1) {
    const code = source.charCodeAt(at);
    if (code === GREATER || code === SLASH || code === EQUALS || isSpace(code)) break;
  }
  return at;
}

function after(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from);
  if (at === -1) throw malformed("it ends within a comment, a CDATA section or an instruction");
  return at + mark.length;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === NEWLINE || code === TAB || code === RETURN;
}

function skipSpace(source: string, from: number): number {
  let at = from;
  while (isSpace(source.charCodeAt(at))) at += 1;
  return at;
}

function isBlank(source: string, from: number, to: number): boolean {
  return skipSpace(source, from) >= to;
}

function lineOf(source: string, at: number): string {
  return String(source.slice(0, at).split("\n").length);
}

/** A part of a string keeps the whole alive; what is kept of a reply shall not keep the reply. */
function detached(text: string): string {
  return ` ${text}`.slice(1);
}

function decodeEntities(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&([^;&]*);?/g, (whole, body: string) => {
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
