/**
 * A configuration as XML elements. Junos's schema decides there what is a statement, what names an object and what is
 * a value; the tree of words knows it of what occurs in a fabric, and takes a word that can be no element for a value.
 */
import { element } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { isKeyed, isScalar, isValueList } from "./configSchema.ts";
import type { ConfigNode, ConfigTree } from "./configTree.ts";

/** Containers whose children are objects, and what one of them is called. */
const OBJECTS: Readonly<Record<string, string>> = {
  interfaces: "interface",
  vlans: "vlan",
  "routing-instances": "instance",
};

const ELEMENT_NAME = /^[A-Za-z_][\w.-]*$/;

/** What stands in `<configuration>`. */
export function renderXml(tree: ConfigTree): readonly XmlNode[] {
  return tree.children.flatMap((child) => statement(child, [child.name]));
}

function statement(node: ConfigNode, path: readonly string[]): readonly XmlNode[] {
  const { name, children } = node;
  const inactive = node.inactive ? { inactive: "inactive" } : {};
  const below = (): readonly XmlNode[] =>
    children.flatMap((child) => statement(child, [...path, child.name]));
  if (isScalar(path) || isValueList(path))
    return children.map((value) => element(name, value.name, inactive));
  // `family inet` is `<family><inet>`; other objects have their name inside.
  if (name === "family") return [element(name, below(), inactive)];
  const objects = path.length === 1 ? OBJECTS[name] : undefined;
  if (objects !== undefined)
    return [
      element(
        name,
        children.map((child) => object(objects, child, [...path, child.name])),
        inactive,
      ),
    ];
  const isValue = children.some((child) => !ELEMENT_NAME.test(child.name));
  if (isKeyed(path) || isValue) return children.map((child) => object(name, child, [...path, child.name]));
  return [element(name, below(), inactive)];
}

function object(name: string, node: ConfigNode, path: readonly string[]): XmlNode {
  return element(
    name,
    [
      element("name", node.name),
      ...node.children.flatMap((child) => statement(child, [...path, child.name])),
    ],
    node.inactive ? { inactive: "inactive" } : {},
  );
}
