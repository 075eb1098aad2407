import { expect } from "chai";
import type { Batch } from "../../../src/planner/batches/batches.ts";
import { explainPlacement, placementContext } from "../../../src/planner/batches/placement.ts";
import type { PlanResult } from "../../../src/planner/plan.ts";
import { fabricGraph } from "../../../src/planner/redundancy/fabricGraph.ts";
import { NO_PATH_RULES } from "../../../src/planner/redundancy/pathRules.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import { leafSpine } from "../fabrics.ts";
import {
  batchesOf,
  campaignOf,
  declarationsOf,
  discover,
  esi,
  fabricOf,
  plan,
  quickstart,
} from "../support.ts";
import type { World } from "../support.ts";

/** Leaves, and a server on each of the given sets of them. */
function leavesOf(count: number, servers: readonly (readonly number[])[]): World {
  return {
    devices: Array.from({ length: count }, (_, leaf) => ({
      name: `leaf${String(leaf + 1)}`,
      role: "Leaf" as const,
    })),
    cables: [],
    servers: servers.map((on, server) => ({
      name: `db${String(server + 1)}`,
      esi: esi(server + 1),
      ports: on.map((leaf) => `leaf${String(leaf)}/ae${String(server + 1)}`),
    })),
  };
}

function planOf(world: World, maxBatchSize = 4): PlanResult {
  return plan({ fabric: fabricOf(world, declarationsOf(world)), campaign: campaignOf({ maxBatchSize }) });
}

function reasonsOf({ plan: { devices } }: PlanResult, device: string): readonly string[] | undefined {
  return devices[device]?.reasons;
}

describe("TR-6 why a device stands where it stands", () => {
  it("is told with four rules at most, the earliest batches first", () => {
    const all = [1, 2, 3, 4, 5, 6];
    const pairs = all.flatMap((a) => all.filter((b) => b > a).map((b) => [a, b]));
    const made = planOf(leavesOf(6, pairs));
    expect(batchesOf(made)).to.have.length(6);
    expect(reasonsOf(made, "leaf6")?.map((text) => text.replace(/^.*with /, ""))).to.deep.equal([
      "leaf1 (batch 1)",
      "leaf2 (batch 2)",
      "leaf3 (batch 3)",
      "leaf4 (batch 4)",
    ]);
  });

  it("is told of full batches by their number, beside the rules, and not twice", () => {
    const apart = planOf(leavesOf(5, []), 2);
    expect(batchesOf(apart)).to.deep.equal([["leaf1", "leaf2"], ["leaf3", "leaf4"], ["leaf5"]]);
    expect(reasonsOf(apart, "leaf3")).to.deep.equal(["batch 1 is full (2)"]);
    expect(reasonsOf(apart, "leaf5")).to.deep.equal(["2 earlier batches are full (2)"]);
    // leaf1 and leaf5 share a server: the rule explains batch 1, and batch 2 is full.
    const ruled = planOf(leavesOf(5, [[1, 5]]), 2);
    expect(batchesOf(ruled)).to.deep.equal([["leaf1", "leaf2"], ["leaf3", "leaf4"], ["leaf5"]]);
    expect(reasonsOf(ruled, "leaf5")).to.deep.equal([
      `shares db1 (ESI ${esi(1)}) with leaf1 (batch 1)`,
      "batch 2 is full (2)",
    ]);
  });

  it("is told tier by tier and level by level: only who begins a level waits for it", () => {
    const world: World = {
      ...leavesOf(2, []),
      devices: [
        ...leavesOf(2, []).devices,
        ...["spine1", "spine2", "spine3"].map((name) => ({ name, role: "Spine" as const })),
      ],
    };
    const image = { name: "junos-23" };
    const campaign = campaignOf(
      {},
      {
        imageAssignments: [
          { name: "first", imageRef: image, selector: { devices: ["spine1"] } },
          {
            name: "then",
            dependsOn: ["first"],
            imageRef: image,
            selector: { devices: ["leaf1", "spine2", "spine3"] },
          },
        ],
      },
    );
    const made = plan({ fabric: fabricOf(world), campaign });
    expect(batchesOf(made)).to.deep.equal([["spine1"], ["leaf1"], ["spine2"], ["spine3"]]);
    expect(reasonsOf(made, "spine1")).to.deep.equal(["first of tier Spine"]);
    expect(reasonsOf(made, "leaf1")).to.deep.equal(["waits for the assignments that its own depends on"]);
    expect(reasonsOf(made, "spine2")).to.deep.equal(["first of tier Spine"]);
    expect(reasonsOf(made, "spine3")).to.deep.equal([
      "goes after spine2 (batch 3): nothing proves that both may be out",
    ]);
  });

  it("is told of the uplinks that a leaf keeps: three by name, more by number, and how many it needs", () => {
    const fabric = (spines: number): World => ({
      devices: [
        { name: "leaf1", role: "Leaf" },
        ...Array.from({ length: spines }, (_, top) => ({
          name: `s${String(top + 1)}`,
          role: "Spine" as const,
        })),
      ],
      cables: Array.from({ length: spines }, (_, top) => ({
        a: `leaf1/et-0/0/${String(top)}`,
        b: `s${String(top + 1)}/et-0/0/0`,
      })),
      servers: [],
    });
    const reasons = (spines: number, device: string): readonly string[] | undefined =>
      reasonsOf(plan({ fabric: fabricOf(fabric(spines)), discovery: discover(fabric(spines)) }), device);
    expect(reasons(2, "s2")).to.deep.equal(["leaf1 keeps only s2 while s1 is out (batch 2)"]);
    expect(reasons(6, "s4")).to.deep.equal([
      "leaf1 keeps only s4, s5, s6 while s1, s2, s3 is out (batch 2), and needs 3",
    ]);
    expect(reasons(8, "s5")?.[0]).to.equal(
      "leaf1 keeps only 4 uplinks while s1, s2, s3, s4 is out (batch 2), and needs 4",
    );
  });

  /** Pods of one leaf and two spines each, in two planes under two super-spines. */
  const planes = (pods: readonly string[]): World => ({
    devices: [
      ...["super1", "super2"].map((name) => ({ name, role: "SuperSpine" as const })),
      ...pods.flatMap((pod) => [
        { name: `${pod}-leaf`, role: "Leaf" as const },
        { name: `${pod}-spine1`, role: "Spine" as const },
        { name: `${pod}-spine2`, role: "Spine" as const },
      ]),
    ],
    cables: pods.flatMap((pod, index) =>
      [1, 2].flatMap((plane) => [
        { a: `${pod}-leaf/et-0/0/${String(plane)}`, b: `${pod}-spine${String(plane)}/et-0/0/0` },
        { a: `${pod}-spine${String(plane)}/et-0/0/1`, b: `super${String(plane)}/et-0/0/${String(index)}` },
      ]),
    ),
    servers: [],
  });

  it("is told of the pairs that need it, and of whom to blame", () => {
    const world = planes(["a", "b", "c"]);
    const made = plan({ fabric: fabricOf(world), discovery: discover(world) });
    expect(batchesOf(made).slice(1)).to.deep.equal([
      ["a-spine1", "b-spine1", "c-spine1"],
      ["a-spine2", "b-spine2", "c-spine2"],
      ["super1"],
      ["super2"],
    ]);
    expect(reasonsOf(made, "b-spine2")).to.deep.equal([
      "b-leaf keeps only b-spine2 while b-spine1 is out (batch 2)",
    ]);
    // With one spine of a gone already, the other planes' spines are needed for everybody's way to a.
    const damaged = plan({
      fabric: fabricOf(world),
      discovery: discover(world),
      campaign: campaignOf(
        {},
        {
          imageAssignments: [
            {
              imageRef: { name: "junos-23" },
              selector: { devices: ["a-spine1", "b-spine2", "c-spine2", "c-spine1"] },
            },
          ],
        },
      ),
    });
    expect(batchesOf(damaged)).to.deep.equal([
      ["a-spine1", "c-spine1"],
      ["b-spine2", "c-spine2"],
    ]);
    expect(reasonsOf(damaged, "b-spine2")).to.deep.equal([
      "a-leaf to b-leaf and 1 more need it while a-spine1, c-spine1 is out (batch 1)",
    ]);
  });

  it("HL-1 keeps a leaf apart from the one over which a server's other way leads, though that one is accepted", () => {
    const world = quickstart();
    const leaves = world.devices.filter(({ role }) => role === "Leaf").map(({ name }) => name);
    expect(leaves.slice(0, 3)).to.deep.equal(["leaf1", "leaf2", "leaf3"]);
    const behind: World = {
      ...world,
      devices: [...world.devices, { name: "fw1", role: "Firewall" }],
      cables: [...world.cables, { a: "fw1/et-0/0/0", b: "leaf1/et-0/0/9" }],
      servers: [...world.servers, { name: "db1", esi: esi(99), ports: ["fw1/ae1", "leaf3/ae99"] }],
    };
    const acceptNonHitless = world.devices.map(({ name }) => ({ device: name, reason: "a test" }));
    const made = plan({
      fabric: fabricOf(behind),
      discovery: discover(behind),
      campaign: campaignOf({ acceptNonHitless }),
    });
    expect(made.plan.exposed.find(({ device }) => device === "leaf1")?.endpoints).to.include("db1");
    const batchOf = (device: string): string[] | undefined =>
      batchesOf(made).find((batch) => batch.includes(device));
    expect(batchOf("leaf1")).not.to.include("leaf3");
  });

  it("HL-1 is told of two servers that need it, as their other ways lead over leaves that are out", () => {
    const { devices, cables } = leafSpine(4, 2);
    const world: World = {
      devices: [...devices, ...["fw1", "fw2"].map((name) => ({ name, role: "Firewall" as const }))],
      cables: [
        { a: "fw1/et-0/0/0", b: "leaf1/et-0/0/0" },
        { a: "fw2/et-0/0/0", b: "leaf2/et-0/0/0" },
        ...cables,
      ],
      servers: [
        { name: "db1", esi: esi(1), ports: ["fw1/ae1", "leaf3/ae1"] },
        { name: "db2", esi: esi(2), ports: ["fw2/ae2", "leaf4/ae2"] },
      ],
    };
    const acceptNonHitless = ["leaf1", "leaf2"].map((device) => ({ device, reason: "a test" }));
    const made = plan({
      fabric: fabricOf(world),
      discovery: discover(world),
      campaign: campaignOf({ acceptNonHitless }),
    });
    expect(batchesOf(made).slice(0, 2)).to.deep.equal([
      ["leaf1", "leaf2"],
      ["leaf3", "leaf4"],
    ]);
    expect(reasonsOf(made, "leaf3")).to.deep.equal([
      "db1 to db2 needs it while leaf1, leaf2 is out (batch 1)",
    ]);
  });

  it("is told with those alone that need it, whoever else is in the batch", () => {
    const [one, other] = [planes(["a", "b"]), planes(["e", "f"])];
    const apart = (text: string): string => text.replace(/^super/, "top");
    const world: World = {
      ...one,
      devices: [...one.devices, ...other.devices.map((each) => ({ ...each, name: apart(each.name) }))],
      cables: [...one.cables, ...other.cables.map(({ a, b }) => ({ a, b: apart(b) }))],
    };
    const devices = ["a-spine1", "e-spine1", "b-spine2"];
    const made = plan({
      fabric: fabricOf(world),
      discovery: discover(world),
      campaign: campaignOf(
        {},
        { imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { devices } }] },
      ),
    });
    expect(batchesOf(made)).to.deep.equal([["a-spine1", "e-spine1"], ["b-spine2"]]);
    expect(reasonsOf(made, "b-spine2")).to.deep.equal([
      "a-leaf to b-leaf needs it while a-spine1 is out (batch 1)",
    ]);
  });

  it("PL-8 is told of a slow device by the batches that it would slow down, though there are slow ones, too", () => {
    const graph = fabricGraph(buildTopology(fabricOf(leavesOf(6, [])).spec, null), []);
    const rules = {
      graph,
      of: () => [],
      paths: NO_PATH_RULES,
      partings: new Map(),
      pathsBetween: () => [],
    };
    const batches = [[0, 1], [2], [3, 4]].map((devices): Batch => ({
      tier: "Leaf",
      stage: "Ordinary",
      level: 1,
      devices,
    }));
    const reasons = (slow: readonly number[], device: number): string[] => {
      const context = placementContext(batches, {
        maxBatchSize: 4,
        secondsOf: (each) => (slow.includes(each) ? 2400 : 1200),
        protectedBy: () => [],
      });
      return explainPlacement(device, { ...context, rules });
    };
    const forTime = ["goes with devices that take as long, so that tier Leaf takes the least time"];
    const forNumber = ["stands here so that tier Leaf needs the fewest batches"];
    expect(reasons([2, 3, 4], 4)).to.deep.equal(forTime);
    expect(reasons([0, 2, 3, 4], 4)).to.deep.equal(forNumber);
    // Alone among quicker ones, or as quick as everybody, it saves no time.
    expect(reasons([4], 4)).to.deep.equal(forNumber);
    expect(reasons([], 4)).to.deep.equal(forNumber);
  });

  it("names up to sixty-four peers, each once, and nobody for a canary", () => {
    const servers = Array.from({ length: 70 }, (_, other) => [1, other + 2]);
    const made = planOf(leavesOf(71, [...servers, [1, 2]]), 70);
    const peers = made.plan.devices["leaf1"]?.peers ?? [];
    expect(peers).to.have.length(64);
    expect(peers.slice(0, 3)).to.deep.equal(["leaf2", "leaf3", "leaf4"]);
    expect(made.plan.devices["leaf2"]?.peers).to.deep.equal(["leaf1"]);
  });
});
