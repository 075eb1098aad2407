/** A fabric's picture in the DOT language of Graphviz. */
import { subtitleOf, type FabricGraph, type GraphNode } from "./fabricGraph.ts";
import { batchPaint, ENDPOINT, EXPOSED_STROKE, PLAIN } from "./palette.ts";

/** The text of the graph. */
export function renderDot({ title, rows, edges, batches }: FabricGraph): string {
  const hasPlan = batches.length > 0;
  const ids = new Map(
    rows.flatMap(({ nodes }) => nodes).map(({ name }, index) => [name, `n${String(index)}`]),
  );
  const idOf = (name: string): string => ids.get(name) ?? "";
  const lines = [
    `graph ${quoted(title)} {`,
    `  graph [label=${quoted(title)}, labelloc=t, rankdir=TB, ranksep=1.2, splines=line, fontname="sans-serif"];`,
    `  node [shape=box, style="filled,rounded", fontname="sans-serif"];`,
    `  edge [color="#8a929c"];`,
    ...rows.map(({ nodes }) => `  { rank=same; ${nodes.map(({ name }) => `${idOf(name)};`).join(" ")} }`),
    ...rows.flatMap(({ nodes }) =>
      nodes.map((node) => `  ${idOf(node.name)} [${attributesOf(node, hasPlan)}];`),
    ),
    ...edges.map(({ a, b, links, up }) => {
      const attributes = [
        ...(links > 1 ? [`label=${quoted(`${String(links)}x`)}`] : []),
        ...(up ? [] : ["style=dashed"]),
      ];
      return `  ${idOf(a)} -- ${idOf(b)}${attributes.length === 0 ? "" : ` [${attributes.join(", ")}]`};`;
    }),
    "}",
  ];
  return `${lines.join("\n")}\n`;
}

function attributesOf(node: GraphNode, hasPlan: boolean): string {
  const { name, tier, batch, exposed } = node;
  const { fill, stroke } = tier === "Endpoint" ? ENDPOINT : batch === null ? PLAIN : batchPaint(batch);
  const subtitle = subtitleOf(node, hasPlan);
  const label =
    subtitle === "" ? quoted(name) : `${quoted(name).slice(0, -1)}\\n${quoted(subtitle).slice(1)}`;
  return [
    `label=${label}`,
    `fillcolor="${fill}"`,
    `color="${exposed ? EXPOSED_STROKE : stroke}"`,
    ...(exposed ? ["penwidth=2.5"] : []),
    ...(tier === "Endpoint" ? ["shape=ellipse", "style=filled"] : []),
  ].join(", ");
}

/** A string of DOT: quotes and backslashes are escaped, lines end with `\n`. */
export function quoted(text: string): string {
  return `"${text
    .replaceAll("\\", "\\\\")
    .replaceAll('"', String.raw`\"`)
    .replaceAll(/[\r\n]+/g, String.raw`\n`)}"`;
}
