/**
 * One element of an XML document, as every room above the transport sees it: prefixes and namespaces are
 * gone (Junos puts the release into them), the order of siblings is kept (Junos sends flat tables whose rows
 * are only told apart by order), and text is trimmed.
 */
export interface XmlNode {
  /** The local name: `nc:rpc-reply` is `rpc-reply`. */
  readonly name: string;
  /** Attributes by local name: `junos:seconds` is `seconds`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Child elements in document order. */
  readonly children: readonly XmlNode[];
  /** The element's own text, joined and trimmed at both ends; empty when there is none. */
  readonly text: string;
}

/** Builds an element from child elements or from text. */
export function element(
  name: string,
  content: string | readonly XmlNode[] = [],
  attributes: Readonly<Record<string, string>> = {},
): XmlNode {
  return typeof content === "string"
    ? { name, attributes, children: [], text: content }
    : { name, attributes, children: content, text: "" };
}

/** The first child of that name, going down one level for each further name. */
export function find(node: XmlNode | undefined, ...path: readonly string[]): XmlNode | undefined {
  let current = node;
  for (const name of path) {
    current = current?.children.find((child) => child.name === name);
  }
  return current;
}

/** All children of that name, in document order. */
export function findAll(node: XmlNode | undefined, name: string): readonly XmlNode[] {
  return node?.children.filter((child) => child.name === name) ?? [];
}

/** The text at that path; undefined where the path leads nowhere. */
export function textAt(node: XmlNode | undefined, ...path: readonly string[]): string | undefined {
  return find(node, ...path)?.text;
}

/** Every element of that name at any depth, the node itself included, in document order. */
export function descendants(node: XmlNode, name: string): readonly XmlNode[] {
  const found: XmlNode[] = [];
  collect(node, name, found);
  return found;
}

/** Walks every reply several times: without iterators, which are objects for each child until the code is hot. */
function collect(node: XmlNode, name: string, found: XmlNode[]): void {
  if (node.name === name) found.push(node);
  const { children } = node;
  for (let index = 0; index < children.length; index += 1) {
    const child = children[index];
    if (child !== undefined) collect(child, name, found);
  }
}
