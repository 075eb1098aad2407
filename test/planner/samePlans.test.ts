/**
 * The same input gives the same plan: on every machine, and in every version until somebody changes it on purpose. What
 * came out for some two hundred fabrics is kept as digests; `HITLESS_WRITE_DIGESTS=1` writes them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Plan, PlannedBatch } from "../../src/api/plan.ts";
import { TIERS } from "../../src/api/plan.ts";
import { PlanningError } from "../../src/planner/planningError.ts";
import { namedRules } from "../../src/planner/redundancy/namedRules.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { verifyPlan, whoLosesService } from "../../src/planner/verify/verify.ts";
import { groupsOf, outOf, shape, worldOf } from "./arbitraryWorld.ts";
import { campaignOf, declarationsOf, discover, esi, fabricOf, fixedRuns, plan, sha256 } from "./support.ts";
import type { World } from "./support.ts";

const FILE = resolve(import.meta.dirname, "samePlans.json");
const DIGITS = 8;

/** Some devices take longer; by their names, so that it does not depend on their order. */
function secondsOf({ name }: { readonly name: string }): number {
  return [1200, 1800, 2400][sha256(name).charCodeAt(0) % 3] ?? 0;
}

/** Plans that are wrong in some way: the proof has to say the same of each, always. */
function* spoilt({ batches, ...rest }: Plan): Generator<Plan> {
  const numbered = (list: readonly Omit<PlannedBatch, "index">[]): Plan => {
    const members = list.map((batch, place) => ({ ...batch, index: place + 1 }));
    return { ...rest, batches: members };
  };
  yield numbered(batches.toReversed());
  for (const [place, batch] of batches.entries()) {
    const next = batches[place + 1];
    if (next === undefined) continue;
    const merged = { ...batch, devices: [...batch.devices, ...next.devices] };
    yield numbered([...batches.slice(0, place), merged, ...batches.slice(place + 2)]);
  }
  yield { ...rest, batches, hitless: !rest.hitless, exposed: [] };
}

/** All that is said of a fabric, by the planner, in explanations and by the proof. */
function saidOf({ plan: made, topology, problems, blockers }: PlanResult, outOfService: string[]): unknown {
  const accepted = made.exposed.slice(0, 1).map(({ device }) => device);
  const options = { maxBatchSize: 3, outOfService, accepted };
  const [first] = made.batches;
  const rules = TIERS.map((tier) => namedRules(topology, { tier, outOfService }));
  return {
    made,
    problems,
    blockers,
    topology,
    verified: [made, ...spoilt(made)].map((each) => verifyPlan(each, topology, options)),
    lost: topology.devices
      .slice(0, 6)
      .map(({ name }) =>
        whoLosesService(topology, { removing: [name, ...(first?.devices ?? [])], alreadyOut: outOfService }),
      ),
    explained: rules.map(({ of }) => topology.devices.slice(0, 6).flatMap(({ name }) => of(name))),
    together: topology.devices.slice(0, 6).map(({ name, role }) => {
      const { brokenTogether } = namedRules(topology, { tier: role, outOfService });
      return topology.devices
        .filter((other) => other.role === role && other.name !== name)
        .flatMap((other) => brokenTogether(name, [other.name]));
    }),
  };
}

function digestOf(make: () => unknown): string {
  try {
    return sha256(JSON.stringify(make())).slice(0, DIGITS);
  } catch (error) {
    if (error instanceof PlanningError) return error.reason;
    throw error;
  }
}

const fabrics = fc.sample(shape, { seed: 4711, numRuns: 70 }).slice(0, fixedRuns(70));

const DIGESTS: Readonly<Record<string, () => string[]>> = {
  "fabrics that were read from their devices": () =>
    fabrics.map((drawn, number) =>
      digestOf(() => {
        const world = worldOf(drawn);
        const outOfService = outOf(drawn, world);
        const fabric = fabricOf(world, {
          redundancyGroups: groupsOf(drawn, world),
          protectedEndpoints:
            number % 4 === 0 ? [{ name: "radius", devices: [world.devices[0]?.name ?? ""] }] : [],
        });
        const campaign = campaignOf({
          maxBatchSize: 1 + (number % 5),
          canary: { devicesPerTier: number % 3 },
        });
        const discovery = discover(world);
        return saidOf(
          plan({ fabric, discovery, outOfService, campaign, estimateSeconds: secondsOf }),
          outOfService,
        );
      }),
    ),
  "fabrics as they are declared": () =>
    fabrics.map((drawn, number) =>
      digestOf(() => {
        const world = worldOf(drawn);
        const outOfService = outOf(drawn, world);
        const declared = declarationsOf(world);
        const fabric = fabricOf(world, { ...declared, redundancyGroups: groupsOf(drawn, world) });
        const campaign = campaignOf({ maxBatchSize: 2 + (number % 4) });
        return saidOf(plan({ fabric, outOfService, campaign, estimateSeconds: secondsOf }), outOfService);
      }),
    ),
  "leaves with servers on two, three or four of them": () =>
    Array.from({ length: fixedRuns(80) }, (_, number) => {
      const leaves = 6 + (number % 40);
      const on = fc.array(fc.nat({ max: leaves - 1 }), { minLength: 2, maxLength: 4 });
      const servers = fc.array(on, { minLength: leaves, maxLength: leaves * 3 });
      const [drawn = []] = fc.sample(servers, { seed: number, numRuns: 1 });
      const world: World = {
        devices: Array.from({ length: leaves }, (_leaf, index) => ({
          name: `leaf${String(index)}`,
          role: "Leaf" as const,
        })),
        cables: [],
        servers: drawn.map((places, index) => ({
          name: `server${String(index)}`,
          esi: esi(index + 1),
          ports: [...new Set(places)].map((place) => `leaf${String(place)}/ae${String(index)}`),
        })),
      };
      const campaign = campaignOf({ maxBatchSize: 2 + (number % 7) });
      const fabric = fabricOf(world, declarationsOf(world));
      return digestOf(() => plan({ fabric, campaign, estimateSeconds: secondsOf }).plan);
    }),
};

describe("the same input", () => {
  const isWriting = process.env["HITLESS_WRITE_DIGESTS"] !== undefined;
  const known: Record<string, string> = isWriting ? {} : JSON.parse(readFileSync(FILE, "utf8"));

  after(() => {
    if (isWriting) writeFileSync(FILE, `${JSON.stringify(known, null, 2)}\n`);
  });

  for (const [what, make] of Object.entries(DIGESTS)) {
    it(`PL-1 gives the same plan, explanation and proof as ever: ${what}`, function () {
      this.timeout(60_000);
      const digests = make().join(" ");
      if (isWriting) known[what] = digests;
      const expected = known[what]?.split(" ") ?? [];
      expect(digests.split(" ")).to.deep.equal(expected.slice(0, fixedRuns(expected.length)));
    });
  }
});
