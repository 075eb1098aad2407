/**
 * What went wrong in the planner that came before (Contrail's hitless upgrade), each as a case that has to go right. The
 * numbers are those of the list of defects; the batches of its own example are in `plan.test.ts`.
 */
import { expect } from "chai";
import type { Tier } from "../../src/api/plan.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { batchesOf, campaignOf, discover, esi, fabricOf, imageOf, plan } from "./support.ts";
import type { World, WorldServer } from "./support.ts";

interface Shape {
  readonly leaves: number;
  readonly spines: number;
  /** By leaf numbers; server 1 first. */
  readonly servers?: readonly (readonly number[])[];
  readonly borders?: number;
  readonly overlayRoles?: Readonly<Record<string, string[]>>;
}

/** Leaves and borders on all spines. */
function fabric({ leaves, spines, servers = [], borders = 0, overlayRoles = {} }: Shape): World {
  const named = (role: Tier, name: string, count: number): World["devices"] =>
    Array.from({ length: count }, (_, index) => {
      const device = { name: `${name}${String(index + 1)}`, role };
      const roles = overlayRoles[device.name];
      return roles === undefined ? device : { ...device, overlayRoles: roles };
    });
  const edges = [...named("Leaf", "leaf", leaves), ...named("Border", "border", borders)];
  const tops = named("Spine", "spine", spines);
  return {
    devices: [...edges, ...tops],
    cables: edges.flatMap(({ name }, edge) =>
      tops.map((spine, top) => ({
        a: `${name}/et-0/0/${String(48 + top)}`,
        b: `${spine.name}/et-0/0/${String(edge)}`,
      })),
    ),
    servers: servers.map((on, index): WorldServer => {
      const ports = on.map((leaf) => `leaf${String(leaf)}/ae${String(index + 1)}`);
      return { name: `server${String(index + 1)}`, esi: esi(index + 1), ports };
    }),
  };
}

function planOf(
  world: World,
  { devices, out = [], dead = [] }: { devices?: string[]; out?: string[]; dead?: string[] } = {},
): PlanResult {
  const selector = { devices: devices ?? world.devices.map(({ name }) => name) };
  const campaign = campaignOf(
    { maxBatchSize: 16 },
    { imageAssignments: [{ imageRef: { name: "junos-23" }, selector }] },
  );
  const discovery = discover({ ...world, dead });
  return plan({ fabric: fabricOf(world), campaign, discovery, outOfService: out });
}

/** How many of the devices are in one batch at most. */
function mostTogether(result: PlanResult, name: string): number {
  return Math.max(...batchesOf(result).map((batch) => batch.filter((each) => each.startsWith(name)).length));
}

describe("defects of the planner before", () => {
  const odd = [
    [2, 1],
    [3, 1],
    [4, 2],
    [5, 2],
    [7, 3],
  ] as const;
  for (const [count, together] of odd) {
    it(`B3-1 of ${String(count)} spines at most ${String(together)} go together: half of them stays, rounded up`, () => {
      expect(mostTogether(planOf(fabric({ leaves: 4, spines: count })), "spine")).to.equal(together);
    });

    it(`B3-1 of ${String(count)} gateways at most ${String(together)} go together`, () => {
      const names = Array.from({ length: count }, (_, index) => `border${String(index + 1)}`);
      const overlayRoles = Object.fromEntries(names.map((name) => [name, ["DC-Gateway"]]));
      const world = fabric({ leaves: 2, spines: 2, borders: count, overlayRoles });
      expect(mostTogether(planOf(world), "border")).to.equal(together);
    });
  }

  it("B3-1 what is down already counts: of four spines with one dead the other three go one by one", () => {
    const world = fabric({ leaves: 4, spines: 4 });
    const spines = ["spine1", "spine2", "spine3"];
    expect(mostTogether(planOf(world, { devices: spines, dead: ["spine4"] }), "spine")).to.equal(1);
    expect(mostTogether(planOf(world, { devices: spines }), "spine")).to.equal(2);
  });

  it("B3-2 two of three spines, the third in maintenance: they never go together, though both are selected", () => {
    const world = fabric({ leaves: 4, spines: 3 });
    const result = planOf(world, { devices: ["spine1", "spine2"], out: ["spine3"] });
    expect(batchesOf(result)).to.deep.equal([["spine1"], ["spine2"]]);
    const together = [{ index: 1, tier: "Spine" as const, canary: false, devices: ["spine1", "spine2"] }];
    const wrong = { ...result.plan, batches: together.map((batch) => ({ ...batch, estimateSeconds: 1800 })) };
    const found = verifyPlan(wrong, result.topology, { maxBatchSize: 16, outOfService: ["spine3"] });
    expect(found.map(({ claim }) => claim)).to.include("Connected");
  });

  it("B3-2 the last holder of a role that is up is not hitless, however many are selected", () => {
    const overlayRoles = { border1: ["DC-Gateway"], border2: ["DC-Gateway"], border3: ["DC-Gateway"] };
    const world = fabric({ leaves: 2, spines: 2, borders: 3, overlayRoles });
    const result = planOf(world, { devices: ["border1", "border2"], out: ["border2", "border3"] });
    expect(result.plan.exposed).to.deep.include({
      device: "border1",
      endpoints: ["role DC-Gateway"],
    });
    expect(result.blockers.map(({ device, reason }) => `${device} ${reason}`)).to.include(
      "border1 NotHitless",
    );
  });

  it("B3-6 the peer of a leaf that has failed and stays out is not hitless any more", () => {
    const world = fabric({
      leaves: 4,
      spines: 2,
      servers: [
        [1, 2],
        [3, 4],
      ],
    });
    const result = planOf(world, { devices: ["leaf2", "leaf4"], out: ["leaf1"] });
    expect(result.plan.exposed).to.deep.equal([{ device: "leaf2", endpoints: ["server1"] }]);
    expect(result.blockers.map(({ device }) => device)).to.deep.equal(["leaf2"]);
  });

  it("B3-7 a segment on three leaves of which one is down: the other two never go together", () => {
    const world = fabric({ leaves: 3, spines: 2, servers: [[1, 2, 3]] });
    const all = planOf(world, { devices: ["leaf1", "leaf3"] });
    expect(batchesOf(all)).to.deep.equal([["leaf1", "leaf3"]]);
    const [server] = world.servers;
    if (server === undefined) throw new Error("no server");
    const damaged = { ...world, servers: [{ ...server, down: ["leaf2/ae1"] }] };
    expect(batchesOf(planOf(damaged, { devices: ["leaf1", "leaf3"] }))).to.deep.equal([["leaf1"], ["leaf3"]]);
    expect(batchesOf(planOf(world, { devices: ["leaf1", "leaf3"], dead: ["leaf2"] }))).to.deep.equal([
      ["leaf1"],
      ["leaf3"],
    ]);
  });

  it("B3-9 a batch takes as long as its slowest device, and not half an hour whatever it is", () => {
    const world = fabric({ leaves: 2, spines: 1 });
    const seconds: Readonly<Record<string, number>> = { leaf1: 600, leaf2: 2400, spine1: 5400 };
    const { batches } = plan({
      fabric: fabricOf(world),
      discovery: discover(world),
      estimateSeconds: ({ name }) => seconds[name] ?? 0,
    }).plan;
    for (const { devices, estimateSeconds } of batches) {
      const slowest = Math.max(...devices.map((name) => seconds[name] ?? 0));
      expect(estimateSeconds, devices.join(" ")).to.equal(slowest);
    }
    expect(batches.map(({ estimateSeconds }) => estimateSeconds)).not.to.include(1800);
  });

  const releases = [
    ["18.4R2-S3.4", "18.4R2-S10.2", null],
    ["18.4R2-S10.2", "18.4R2-S3.4", "DowngradeRefused"],
    ["9.6R1.13", "20.4R3.8", null],
    ["20.4R3.8", "20.4R3", "SameVersion"],
    ["20.4R3.8", "20.4R3.10", null],
  ] as const;
  for (const [from, osVersion, reason] of releases) {
    it(`B3-8 N13 ${from} to ${osVersion} is ${reason ?? "an upgrade"}`, () => {
      const world = fabric({ leaves: 1, spines: 0 });
      const devices = world.devices.map((device) => ({ ...device, release: from }));
      const result = plan({
        fabric: fabricOf(world),
        images: [imageOf({ osVersion })],
        discovery: discover({ ...world, devices }),
      });
      expect(result.plan.skipped.map((each) => each.reason)).to.deep.equal(reason === null ? [] : [reason]);
      expect(Object.keys(result.plan.devices)).to.have.length(reason === null ? 1 : 0);
    });
  }
});
