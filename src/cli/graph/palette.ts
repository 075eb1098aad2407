/** Colours of batches: light, so that dark text stands on them, and told apart side by side. The number is written, too. */

export interface Paint {
  readonly fill: string;
  readonly stroke: string;
}

const BATCH_PAINTS: readonly Paint[] = [
  { fill: "#bfe3ff", stroke: "#1f6fb2" },
  { fill: "#ffe0b3", stroke: "#b26a00" },
  { fill: "#c9efc7", stroke: "#2e7d32" },
  { fill: "#f6c9dd", stroke: "#ad1457" },
  { fill: "#e3d4f7", stroke: "#6a3fb5" },
  { fill: "#fff3a6", stroke: "#8d7a00" },
  { fill: "#bff0ea", stroke: "#00796b" },
  { fill: "#ffd0c2", stroke: "#bf360c" },
  { fill: "#d7dbe8", stroke: "#3f4a6b" },
  { fill: "#e2efb0", stroke: "#5d7a00" },
  { fill: "#f3d3f0", stroke: "#8e24aa" },
  { fill: "#d9cbb8", stroke: "#6d4c21" },
];

/** A device that the plan does not take, or where there is none. */
export const PLAIN: Paint = { fill: "#ffffff", stroke: "#7a7f87" };
export const ENDPOINT: Paint = { fill: "#f3f4f6", stroke: "#9aa0a8" };
/** The border of whom or what a plan cuts off. */
export const EXPOSED_STROKE = "#d50000";
export const TEXT = "#1b1f24";
export const LINK = "#8a929c";

/** The colours of a batch, counted from 1; they begin again after the last. */
export function batchPaint(index: number): Paint {
  return BATCH_PAINTS[(index - 1) % BATCH_PAINTS.length] ?? PLAIN;
}
