/**
 * How long a plan takes, and its proof, at 10, 1,000 and 5,000 devices: pods of forty leaves in pairs and four
 * spines, in planes under super-spines, a dozen servers on each pair of leaves. One fabric in good order, and one
 * with every fiftieth link down.
 */
import { makePlan } from "../src/planner/plan.ts";
import { verifyPlan } from "../src/planner/verify/verify.ts";
import { campaignOf, discover, esi, fabricOf, imageOf, sha256 } from "../test/planner/support.ts";
import type { World, WorldDevice, WorldServer } from "../test/planner/support.ts";

export interface PlanMeasurement {
  readonly devices: number;
  readonly damaged: boolean;
  readonly planMilliseconds: number;
  readonly verifyMilliseconds: number;
  readonly batches: number;
  readonly lowerBound: number;
  readonly exposed: number;
}

const SIZES = [10, 1000, 5000] as const;
const LEAVES_PER_POD = 40;
const SPINES_PER_POD = 4;
const SUPER_SPINES = 16;
const SERVERS_PER_PAIR = 12;

/** Prints a line per size and returns the same numbers. */
export async function benchPlan(): Promise<PlanMeasurement[]> {
  const measurements: PlanMeasurement[] = [];
  for (const size of SIZES) {
    for (const damaged of [false, true]) {
      const measurement = measure(worldOfSize(size, damaged), damaged);
      measurements.push(measurement);
      process.stdout.write(`${describe(measurement)}\n`);
      await Promise.resolve();
    }
  }
  return measurements;
}

function measure(world: World, damaged: boolean): PlanMeasurement {
  const fabric = fabricOf(world);
  const discovery = discover(world);
  const started = performance.now();
  const { plan, topology } = makePlan({
    fabric,
    discovery,
    campaign: campaignOf(),
    images: [imageOf()],
    outOfService: [],
    sha256,
    estimateSeconds: () => 1800,
    supports: () => null,
  });
  const planned = performance.now();
  const accepted = plan.exposed.map(({ device }) => device);
  const violations = verifyPlan(plan, topology, { maxBatchSize: 4, accepted });
  if (violations.some(({ claim }) => claim !== "Hitless")) throw new Error(JSON.stringify(violations[0]));
  return {
    devices: world.devices.length,
    damaged,
    planMilliseconds: planned - started,
    verifyMilliseconds: performance.now() - planned,
    batches: plan.batches.length,
    lowerBound: plan.lowerBound,
    exposed: plan.exposed.length,
  };
}

function describe(one: PlanMeasurement): string {
  const fabric = `${String(one.devices)} devices${one.damaged ? ", links down" : ""}`;
  const times = `plan ${one.planMilliseconds.toFixed(0)} ms, proof ${one.verifyMilliseconds.toFixed(0)} ms`;
  return `${fabric}: ${times}, ${String(one.batches)} batches (no fewer than ${String(one.lowerBound)}), ${String(one.exposed)} exposed`;
}

function worldOfSize(size: number, damaged: boolean): World {
  const devices: WorldDevice[] = [];
  const cables: { a: string; b: string; up: boolean }[] = [];
  const servers: WorldServer[] = [];
  const sessions: [string, string][] = [];
  const superSpines = size > 100 ? SUPER_SPINES : 0;
  const spinesPerPod = size > 100 ? SPINES_PER_POD : 2;
  for (let number = 1; number <= superSpines; number += 1) {
    devices.push({ name: `super${String(number)}`, role: "SuperSpine" });
  }
  for (let pod = 1; devices.length < size; pod += 1) {
    const spines = Array.from(
      { length: spinesPerPod },
      (_, index) => `pod${String(pod)}-spine${String(index + 1)}`,
    );
    for (const [index, name] of spines.entries()) {
      devices.push({ name, role: "Spine" });
      for (let number = index; number < superSpines; number += spinesPerPod) {
        const above = `super${String(number + 1)}`;
        cables.push({
          a: `${name}/et-0/1/${String(number)}`,
          b: `${above}/et-${String(pod)}/0/${String(index)}`,
          up: true,
        });
      }
    }
    for (let number = 1; number <= LEAVES_PER_POD && devices.length < size; number += 1) {
      const name = `pod${String(pod)}-leaf${String(number)}`;
      devices.push({ name, role: "Leaf" });
      for (const [index, spine] of spines.entries()) {
        const up = !damaged || cables.length % 50 !== 7;
        cables.push({
          a: `${name}/et-0/0/${String(48 + index)}`,
          b: `${spine}/et-0/0/${String(number)}`,
          up,
        });
        sessions.push([name, spine]);
      }
      if (number % 2 === 1) continue;
      const pair = [`pod${String(pod)}-leaf${String(number - 1)}`, name];
      for (let server = 1; server <= SERVERS_PER_PAIR; server += 1) {
        const ports = pair.map((leaf) => `${leaf}/ae${String(server)}`);
        servers.push({ name: `server${String(servers.length + 1)}`, esi: esi(servers.length + 1), ports });
      }
    }
  }
  return { devices, cables, servers, sessions };
}
