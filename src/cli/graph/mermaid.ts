/** A fabric's picture in the language of Mermaid, which GitHub and GitLab draw in Markdown. */
import { subtitleOf, type FabricGraph, type GraphNode } from "./fabricGraph.ts";
import { batchPaint, ENDPOINT, EXPOSED_STROKE, PLAIN, TEXT, type Paint } from "./palette.ts";

/** The text of the diagram, without the fence around it. */
export function renderMermaid({ title, rows, edges, batches }: FabricGraph): string {
  const hasPlan = batches.length > 0;
  const nodes = rows.flatMap((row) => row.nodes);
  const ids = new Map(nodes.map(({ name }, index) => [name, `n${String(index)}`]));
  const idOf = (name: string): string => ids.get(name) ?? "";
  const lines = [
    "---",
    `title: ${JSON.stringify(title)}`,
    "---",
    "flowchart TB",
    ...rows.flatMap((row, index) => [
      `  subgraph row${String(index)}[${label(row.title)}]`,
      "    direction LR",
      ...row.nodes.map((node) => `    ${idOf(node.name)}${shape(node, hasPlan)}`),
      "  end",
    ]),
    ...edges.map(({ a, b, links, up }) => {
      const line = up ? "---" : "-.-";
      return `  ${idOf(a)} ${line}${links > 1 ? `|${label(`${String(links)}x`)}|` : ""} ${idOf(b)}`;
    }),
    ...classes(nodes, idOf),
  ];
  return `${lines.join("\n")}\n`;
}

function shape(node: GraphNode, hasPlan: boolean): string {
  const subtitle = subtitleOf(node, hasPlan);
  const text = subtitle === "" ? escape(node.name) : `${escape(node.name)}<br/>${escape(subtitle)}`;
  return node.tier === "Endpoint" ? `(["${text}"])` : `["${text}"]`;
}

/** One class for each colour that is there. */
function classes(nodes: readonly GraphNode[], idOf: (name: string) => string): string[] {
  const members = new Map<string, { paint: Paint; ids: string[] }>();
  const exposed: string[] = [];
  for (const { name, tier, batch, exposed: isExposed } of nodes) {
    const [key, paint]: [string, Paint] =
      tier === "Endpoint"
        ? ["endpoint", ENDPOINT]
        : batch === null
          ? ["plain", PLAIN]
          : [`batch${String(batch)}`, batchPaint(batch)];
    const known = members.get(key) ?? { paint, ids: [] };
    members.set(key, { paint, ids: [...known.ids, idOf(name)] });
    if (isExposed) exposed.push(idOf(name));
  }
  return [
    ...[...members].flatMap(([key, { paint, ids }]) => [
      `  classDef ${key} fill:${paint.fill},stroke:${paint.stroke},color:${TEXT}`,
      `  class ${ids.join(",")} ${key}`,
    ]),
    ...(exposed.length === 0
      ? []
      : [
          `  classDef exposed stroke:${EXPOSED_STROKE},stroke-width:3px`,
          `  class ${exposed.join(",")} exposed`,
        ]),
  ];
}

function label(text: string): string {
  return `"${escape(text)}"`;
}

/** Mermaid's own entities; a backtick would begin Markdown. */
function escape(text: string): string {
  return text
    .replaceAll("#", "#35;")
    .replaceAll("&", "#amp;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;")
    .replaceAll("`", "#96;")
    .replaceAll(/[\r\n]+/g, " ");
}
