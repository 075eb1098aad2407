/** A fabric's picture as SVG, ready to be looked at: no script, no font or style from elsewhere. */
import { formatDuration } from "../render/duration.ts";
import {
  subtitleOf,
  type FabricGraph,
  type GraphBatch,
  type GraphEdge,
  type GraphNode,
} from "./fabricGraph.ts";
import { layOut, type Layout, type Place } from "./layout.ts";
import { batchPaint, ENDPOINT, EXPOSED_STROKE, LINK, PLAIN, TEXT, type Paint } from "./palette.ts";

const LEGEND = { columnWidth: 250, lineHeight: 24, swatch: 16 } as const;
const MARGIN = 28;
const MIN_WIDTH = 560;

/** The document. */
export function renderSvg(graph: FabricGraph): string {
  const layout = layOut(graph);
  const width = Math.max(MIN_WIDTH, Math.ceil(layout.width));
  const columns = Math.max(1, Math.floor((width - 2 * MARGIN) / LEGEND.columnWidth));
  const legendLines = Math.ceil(graph.batches.length / columns);
  const legendTop = Math.ceil(layout.height) + (legendLines > 0 ? 24 : 0);
  const height = legendTop + legendLines * LEGEND.lineHeight + MARGIN;
  const hasPlan = graph.batches.length > 0;
  const devices = graph.rows.flatMap(({ nodes }) => nodes).filter(({ tier }) => tier !== "Endpoint").length;
  const description = `${String(devices)} devices, ${String(graph.edges.length)} connections, ${String(graph.batches.length)} batches`;
  const lines = [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${String(width)}" height="${String(height)}" viewBox="0 0 ${String(width)} ${String(height)}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="${TEXT}">`,
    `  <title>${escapeXml(graph.title)}</title>`,
    `  <desc>${escapeXml(description)}</desc>`,
    `  <rect width="100%" height="100%" fill="#ffffff"/>`,
    `  <text x="${String(MARGIN)}" y="34" font-size="17" font-weight="600">${escapeXml(graph.title)}</text>`,
    ...rowTitles(layout),
    `  <g fill="none" stroke="${LINK}" stroke-opacity="0.75">`,
    ...graph.edges.flatMap((edge) => drawEdge(edge, layout)),
    "  </g>",
    ...[...layout.places.values()].map((place) => drawNode(place, { layout, hasPlan })),
    ...graph.batches.map((batch, index) =>
      drawLegend(batch, {
        x: MARGIN + (index % columns) * LEGEND.columnWidth,
        y: legendTop + Math.floor(index / columns) * LEGEND.lineHeight,
      }),
    ),
    "</svg>",
  ];
  return `${lines.join("\n")}\n`;
}

function rowTitles({ rows }: Layout): string[] {
  return rows.map(({ title, top, bottom }) => {
    const middle = number((top + bottom) / 2 + 4);
    return `  <text x="${String(MARGIN)}" y="${middle}" fill="#59616b">${escapeXml(title)}</text>`;
  });
}

function drawEdge({ a, b, links, up }: GraphEdge, { places, box }: Layout): string[] {
  const [from, to] = [places.get(a), places.get(b)];
  if (from === undefined || to === undefined) return [];
  const style = [
    `stroke-width="${number(Math.min(1 + (links - 1) * 0.8, 5))}"`,
    ...(up ? [] : [`stroke-dasharray="5 4"`]),
  ].join(" ");
  const title = `<title>${escapeXml(edgeTitle({ a, b, links, up }))}</title>`;
  const bottom = from.y + box.height / 2;
  if (to.y > from.y) {
    const end = to.y - box.height / 2;
    return [
      `    <line x1="${number(from.x)}" y1="${number(bottom)}" x2="${number(to.x)}" y2="${number(end)}" ${style}>${title}</line>`,
    ];
  }
  // Beside each other: below both boxes.
  const dip = bottom + 28;
  const path = `M ${number(from.x)} ${number(bottom)} C ${number(from.x)} ${number(dip)}, ${number(to.x)} ${number(dip)}, ${number(to.x)} ${number(bottom)}`;
  return [`    <path d="${path}" ${style}>${title}</path>`];
}

function edgeTitle({ a, b, links, up }: GraphEdge): string {
  return `${a} – ${b}${links > 1 ? `, ${String(links)} links` : ""}${up ? "" : ", down"}`;
}

function drawNode(
  { node, x, y }: Place,
  { layout, hasPlan }: { readonly layout: Layout; readonly hasPlan: boolean },
): string {
  const { width, height } = layout.box;
  const { fill, stroke } = paintOf(node);
  const subtitle = subtitleOf(node, hasPlan);
  const outline = node.exposed
    ? `stroke="${EXPOSED_STROKE}" stroke-width="2.5"`
    : `stroke="${stroke}" stroke-width="1.2"`;
  const isPlain = hasPlan && node.batch === null && node.tier !== "Endpoint";
  const radius = node.tier === "Endpoint" ? height / 2 : 6;
  const nameY = subtitle === "" ? y + 4 : y - 3;
  return [
    `  <g><title>${escapeXml(nodeTitle(node, subtitle))}</title>`,
    `<rect x="${number(x - width / 2)}" y="${number(y - height / 2)}" width="${number(width)}" height="${number(height)}" rx="${number(radius)}" fill="${fill}" ${outline}${isPlain ? ` stroke-dasharray="4 3"` : ""}/>`,
    `<text x="${number(x)}" y="${number(nameY)}" text-anchor="middle" font-weight="600">${escapeXml(node.name)}</text>`,
    subtitle === ""
      ? ""
      : `<text x="${number(x)}" y="${number(y + 13)}" text-anchor="middle" font-size="11">${escapeXml(subtitle)}</text>`,
    "</g>",
  ].join("");
}

function paintOf({ tier, batch }: GraphNode): Paint {
  if (tier === "Endpoint") return ENDPOINT;
  return batch === null ? PLAIN : batchPaint(batch);
}

function nodeTitle({ name, tier, exposed }: GraphNode, subtitle: string): string {
  const cuts = exposed && tier !== "Endpoint" ? "cuts somebody off" : "";
  return [name, tier, subtitle === tier ? "" : subtitle, cuts].filter((text) => text !== "").join(", ");
}

function drawLegend(
  { index, tier, canary, devices, estimateSeconds }: GraphBatch,
  { x, y }: { readonly x: number; readonly y: number },
): string {
  const { fill, stroke } = batchPaint(index);
  const { swatch } = LEGEND;
  const what = `${tier}${canary ? " canary" : ""}, ${String(devices)} ${devices === 1 ? "device" : "devices"}`;
  const text = `batch ${String(index)}: ${what}, about ${formatDuration(estimateSeconds)}`;
  return [
    `  <rect x="${number(x)}" y="${number(y)}" width="${String(swatch)}" height="${String(swatch)}" rx="3" fill="${fill}" stroke="${stroke}"/>`,
    `<text x="${number(x + swatch + 8)}" y="${number(y + 12)}" font-size="11">${escapeXml(text)}</text>`,
  ].join("");
}

function number(value: number): string {
  return String(Math.round(value * 10) / 10);
}

const XML_ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text for XML 1.0; characters that it cannot hold are left out. */
export function escapeXml(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll(/[&<>"']/g, (character) => XML_ENTITIES[character] ?? "");
}
