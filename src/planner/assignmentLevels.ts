/**
 * The order that `dependsOn` asks for between assignments, as levels: an assignment stands one level after the
 * highest of those it depends on. Batches of a level wait for all of the levels before.
 */
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { Complain } from "./planningError.ts";

/** The level of each assignment, counted from 1. Unknown names and circles are complained of. */
export function assignmentLevels({ spec }: UpgradeCampaign, complain: Complain): number[] {
  const { imageAssignments } = spec;
  const places = new Map<string, number>();
  const fail = (field: string, message: string): void => {
    complain({ reason: "CampaignInvalid", field: `spec.imageAssignments${field}`, message });
  };
  for (const [place, { name }] of imageAssignments.entries()) {
    if (name === undefined) continue;
    if (places.has(name)) fail(`[${String(place)}].name`, `assignment ${name} is declared twice`);
    else places.set(name, place);
  }
  const before = imageAssignments.map(({ dependsOn = [] }, place) =>
    dependsOn.flatMap((name, position) => {
      const other = places.get(name);
      if (other !== undefined) return [other];
      const message = `there is no assignment with the name ${name}`;
      fail(`[${String(place)}].dependsOn[${String(position)}]`, message);
      return [];
    }),
  );
  const levels = imageAssignments.map(() => 0);
  // Each round gives a level to those that depend on nothing without one.
  let waiting = [...before.keys()];
  while (waiting.length > 0) {
    const ready = waiting.filter((place) => before[place]?.every((other) => levels[other] !== 0));
    if (ready.length === 0) break;
    const known = ready.map(
      (place) => 1 + Math.max(0, ...(before[place] ?? []).map((other) => levels[other] ?? 0)),
    );
    for (const [index, place] of ready.entries()) levels[place] = known[index] ?? 1;
    waiting = waiting.filter((place) => levels[place] === 0);
  }
  const circle = circleIn(before, waiting);
  const [first] = circle;
  if (first !== undefined) {
    // Others depend on each of them, by its name.
    const names = [...circle, first].flatMap((place) => imageAssignments[place]?.name ?? []);
    fail(
      `[${String(first)}].dependsOn`,
      `assignments depend on each other in a circle: ${names.join(" → ")}`,
    );
  }
  return levels.map((level) => Math.max(level, 1));
}

/** Some circle among assignments of which each depends on another one of them; its lowest place first. */
function circleIn(before: readonly (readonly number[])[], waiting: readonly number[]): number[] {
  const stuck = new Set(waiting);
  const way: number[] = [];
  let here = waiting[0];
  while (here !== undefined && !way.includes(here)) {
    way.push(here);
    here = before[here]?.find((other) => stuck.has(other));
  }
  const circle = here === undefined ? [] : way.slice(way.indexOf(here));
  const lowest = circle.indexOf(Math.min(...circle));
  return [...circle.slice(lowest), ...circle.slice(0, lowest)];
}
