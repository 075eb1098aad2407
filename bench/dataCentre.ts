/**
 * A data centre of any size: pods of forty leaves in pairs and four spines, in planes under sixteen super-spines,
 * twelve servers on Ethernet segments for each device. Every tenth pair of leaves takes twice as long.
 */
import { esi } from "../test/planner/support.ts";
import type { World, WorldDevice, WorldServer } from "../test/planner/support.ts";

const LEAVES_PER_POD = 40;
const SPINES_PER_POD = 4;
const SUPER_SPINES = 16;
const SERVERS_PER_DEVICE = 12;
const SLOW_PAIR = 10;

/** What an upgrade takes: of a quick device and of a slow one. */
export const QUICK_SECONDS = 1200;
export const SLOW_SECONDS = 2400;

export interface DataCentre {
  readonly world: World;
  readonly secondsOf: (device: string) => number;
}

/** `damaged`: every fiftieth uplink of a leaf is down. */
export function dataCentre(size: number, { damaged }: { damaged: boolean }): DataCentre {
  const devices: WorldDevice[] = [];
  const cables: { a: string; b: string; up: boolean }[] = [];
  const sessions: [string, string][] = [];
  const pairs: [string, string][] = [];
  const slow = new Set<string>();
  for (let number = 1; number <= SUPER_SPINES; number += 1) {
    devices.push({ name: `super${String(number)}`, role: "SuperSpine" });
  }
  for (let pod = 1; devices.length + SPINES_PER_POD + 2 <= size; pod += 1) {
    const spines = addSpines(pod, { devices, cables });
    for (let number = 1; number < LEAVES_PER_POD && devices.length + 2 <= size; number += 2) {
      const pair = [number, number + 1].map((leaf) => `pod${String(pod)}-leaf${String(leaf)}`);
      for (const [index, name] of pair.entries()) {
        devices.push({ name, role: "Leaf" });
        for (const [uplink, spine] of spines.entries()) {
          const up = !damaged || cables.length % 50 !== 7;
          const port = `et-0/0/${String(number + index)}`;
          cables.push({ a: `${name}/et-0/0/${String(48 + uplink)}`, b: `${spine}/${port}`, up });
          sessions.push([name, spine]);
        }
      }
      const [one = "", other = ""] = pair;
      pairs.push([one, other]);
      if (pairs.length % SLOW_PAIR === 0) slow.add(one).add(other);
    }
  }
  const servers = Array.from({ length: size * SERVERS_PER_DEVICE }, (_, index): WorldServer => {
    const pair = pairs[index % pairs.length] ?? [];
    const port = `ae${String(Math.floor(index / pairs.length) + 1)}`;
    return {
      name: `server${String(index + 1)}`,
      esi: esi(index + 1),
      ports: pair.map((leaf) => `${leaf}/${port}`),
    };
  });
  return {
    world: { devices, cables, servers, sessions },
    secondsOf: (device) => (slow.has(device) ? SLOW_SECONDS : QUICK_SECONDS),
  };
}

function addSpines(
  pod: number,
  { devices, cables }: { devices: WorldDevice[]; cables: { a: string; b: string; up: boolean }[] },
): string[] {
  return Array.from({ length: SPINES_PER_POD }, (_, index) => {
    const name = `pod${String(pod)}-spine${String(index + 1)}`;
    devices.push({ name, role: "Spine" });
    for (let plane = index; plane < SUPER_SPINES; plane += SPINES_PER_POD) {
      const below = `et-${String(pod)}/0/${String(index)}`;
      cables.push({
        a: `${name}/et-0/1/${String(plane)}`,
        b: `super${String(plane + 1)}/${below}`,
        up: true,
      });
    }
    return name;
  });
}
