/**
 * A layered layout: rows one below the other, in each row nodes near those they are linked with, long rows in
 * several lines. The same graph always looks the same.
 */
import type { FabricGraph, GraphNode } from "./fabricGraph.ts";

export interface Place {
  readonly node: GraphNode;
  /** The middle of the box. */
  readonly x: number;
  readonly y: number;
}

export interface LaidOutRow {
  readonly title: string;
  /** The top of its first line and the bottom of its last. */
  readonly top: number;
  readonly bottom: number;
}

export interface Layout {
  readonly places: ReadonlyMap<string, Place>;
  readonly rows: readonly LaidOutRow[];
  readonly box: { readonly width: number; readonly height: number };
  readonly width: number;
  readonly height: number;
}

/** Boxes in a line; more make a row of several lines. */
const MAX_IN_LINE = 16;
const SWEEPS = 6;
/** How many boxes wide the room for one is at most. */
const MAX_SPREAD = 3;

const CHARACTER_WIDTH = 7.4;
const BOX = { minWidth: 84, padding: 18, height: 42 } as const;
const GAP = { beside: 14, lines: 26, rows: 96 } as const;
const MARGIN = { left: 104, right: 28, top: 64 } as const;

/** Places every node. Sizes are in user units of SVG, for text of 12 units. */
export function layOut({ rows, edges }: FabricGraph): Layout {
  const orders = orderRows(
    rows.map(({ nodes }) => nodes.map(({ name }) => name)),
    edges,
  );
  const nodes = new Map(rows.flatMap((row) => row.nodes.map((node) => [node.name, node])));
  const longest = Math.max(0, ...[...nodes.keys()].map((name) => name.length));
  const boxWidth = Math.max(BOX.minWidth, Math.ceil(longest * CHARACTER_WIDTH) + BOX.padding);
  const cell = boxWidth + GAP.beside;
  const lines = orders.map(breakLines);
  const widest = Math.max(1, ...lines.flat().map((line) => line.length));
  // Every second line is moved by half a cell: links to it pass between the boxes above.
  const isStaggered = lines.some((row) => row.length > 1);
  const innerWidth = (widest + (isStaggered ? 0.5 : 0)) * cell;
  const places = new Map<string, Place>();
  const laidOut: LaidOutRow[] = [];
  let y: number = MARGIN.top;
  for (const [index, row] of lines.entries()) {
    const top = y;
    for (const [number, line] of row.entries()) {
      const shift = row.length > 1 && number % 2 === 1 ? cell / 2 : 0;
      // A short row is spread, as far as it does not fall apart.
      const pitch = row.length > 1 ? cell : Math.min(innerWidth / line.length, MAX_SPREAD * cell);
      const start = MARGIN.left + (innerWidth - line.length * pitch) / 2 + shift;
      for (const [at, name] of line.entries()) {
        const node = nodes.get(name);
        if (node !== undefined) {
          places.set(name, { node, x: start + (at + 0.5) * pitch, y: y + BOX.height / 2 });
        }
      }
      y += BOX.height + GAP.lines;
    }
    y -= GAP.lines;
    laidOut.push({ title: rows[index]?.title ?? "", top, bottom: y });
    y += GAP.rows;
  }
  return {
    places,
    rows: laidOut,
    box: { width: boxWidth, height: BOX.height },
    width: MARGIN.left + innerWidth + MARGIN.right,
    height: (laidOut.at(-1)?.bottom ?? MARGIN.top) + 24,
  };
}

/** Lines of about the same length, filled column by column: who stands beside another stays near it. */
function breakLines(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / MAX_IN_LINE);
  return Array.from({ length: count }, (_, line) => names.filter((_name, at) => at % count === line));
}

interface Edge {
  readonly a: string;
  readonly b: string;
}

/** Puts each node to the middle of its neighbours, row by row, down and up again; ties stay in order. */
function orderRows(rows: readonly (readonly string[])[], edges: readonly Edge[]): string[][] {
  const neighbours = new Map<string, string[]>();
  for (const { a, b } of edges) {
    neighbours.set(a, [...(neighbours.get(a) ?? []), b]);
    neighbours.set(b, [...(neighbours.get(b) ?? []), a]);
  }
  const orders = rows.map((row) => [...row]);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const sequence = isDown ? orders.keys() : [...orders.keys()].toReversed();
    const done = new Map<string, number>();
    for (const index of sequence) {
      const row = orders[index] ?? [];
      const centre = (name: string, at: number): number => {
        const known = (neighbours.get(name) ?? []).flatMap((other) => done.get(other) ?? []);
        // Places count from 0 to 1, so that rows of different lengths compare.
        return known.length === 0
          ? (at + 0.5) / row.length
          : known.reduce((sum, place) => sum + place, 0) / known.length;
      };
      const weighted = row.map((name, at) => ({ name, at, weight: centre(name, at) }));
      const sorted = weighted.toSorted((one, other) => one.weight - other.weight || one.at - other.at);
      orders[index] = sorted.map(({ name }) => name);
      for (const [at, { name }] of sorted.entries()) done.set(name, (at + 0.5) / sorted.length);
    }
  }
  return orders;
}
