import { expect } from "chai";
import { devicesOfRule, namedRules, waysOfRuleLeft } from "../../../src/planner/redundancy/namedRules.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import { planes } from "../fabrics.ts";
import { discover, fabricOf, quickstart } from "../support.ts";
import type { World } from "../support.ts";

const world = quickstart();
const topology = buildTopology(fabricOf(world).spec, discover(world));

describe("rules by name", () => {
  it("say what depends on a device", () => {
    const rules = namedRules(topology, { tier: "Spine", outOfService: [] }).of("spine1");
    expect(
      rules.map(({ kind, subject, alike, isolates, ways, minimum }) => [
        kind,
        subject,
        alike,
        isolates.length,
        ways,
        minimum,
      ]),
    ).to.deep.equal([
      ["Uplink", "leaf1", 7, 8, [["spine1"], ["spine2"]], 1],
      ["EvpnPeer", "leaf1", 7, 8, [["spine1"], ["spine2"]], 1],
      ["Role", "Route-Reflector", 0, 0, [["spine1"], ["spine2"]], 1],
    ]);
  });

  it("say nothing of a spine that is alone in its tier and leads to nobody", () => {
    const lone: World = { devices: [{ name: "spine1", role: "Spine" }], cables: [], servers: [] };
    const rules = namedRules(buildTopology(fabricOf(lone).spec, discover(lone)), {
      tier: "Spine",
      outOfService: [],
    });
    expect(rules.of("spine1")).to.deep.equal([]);
    const two: World = { ...lone, devices: [...lone.devices, { name: "spine2", role: "Spine" }] };
    const pair = namedRules(buildTopology(fabricOf(two).spec, discover(two)), {
      tier: "Spine",
      outOfService: [],
    });
    expect(pair.of("spine2")).to.deep.equal([
      {
        kind: "OneByOne",
        subject: "spine1, spine2",
        alike: 0,
        names: [],
        isolates: [],
        ways: [["spine1"], ["spine2"]],
        minimum: 1,
      },
    ]);
  });

  it("say what devices break together, and neither alone", () => {
    const leaves = namedRules(topology, { tier: "Leaf", outOfService: [] });
    const [rule] = leaves.brokenTogether("leaf2", ["leaf1", "leaf3"]);
    expect(rule?.names).to.deep.equal(["server1", "server2", "server3"]);
    expect(leaves.brokenTogether("leaf2", ["leaf3"])).to.deep.equal([]);
    expect(leaves.brokenTogether("leaf2", [])).to.deep.equal([]);
    // With leaf1 out already, leaf2 cuts server1 off alone.
    const alone = namedRules(topology, { tier: "Leaf", outOfService: ["leaf1"] });
    expect(alone.brokenTogether("leaf2", ["leaf3"])).to.deep.equal([]);
  });

  it("name the ways of a pair that loses each other", () => {
    const graph = buildTopology(fabricOf(planes).spec, discover(planes));
    const spines = namedRules(graph, { tier: "Spine", outOfService: [] });
    expect(spines.brokenTogether("b-spine2", ["a-spine1"])).to.deep.equal([
      {
        kind: "Path",
        subject: "a-leaf1 to b-leaf1",
        alike: 0,
        names: [],
        isolates: ["a-leaf1", "b-leaf1"],
        ways: [
          ["a-spine1", "b-spine1"],
          ["a-spine2", "b-spine2"],
        ],
        minimum: 1,
      },
    ]);
    expect(spines.brokenTogether("b-spine1", ["a-spine1"])).to.deep.equal([]);
    // What one of them does alone is not blamed on both.
    const damaged = namedRules(graph, { tier: "Spine", outOfService: ["a-spine2"] });
    expect(damaged.brokenTogether("b-spine2", ["a-spine1"])).to.deep.equal([]);
    expect(damaged.brokenTogether("a-spine1", ["b-spine2"])).to.deep.equal([]);
  });

  it("count the ways that are left: one with two devices is lost with either of them", () => {
    const graph = buildTopology(fabricOf(planes).spec, discover(planes));
    const [rule] = namedRules(graph, { tier: "Spine", outOfService: [] }).brokenTogether("b-spine2", [
      "a-spine1",
    ]);
    if (rule === undefined) throw new Error("no rule");
    expect([...devicesOfRule(rule)]).to.deep.equal(["a-spine1", "b-spine1", "a-spine2", "b-spine2"]);
    expect(waysOfRuleLeft(rule, new Set())).to.equal(2);
    expect(waysOfRuleLeft(rule, new Set(["a-spine1", "b-spine1"]))).to.equal(1);
    expect(waysOfRuleLeft(rule, new Set(["a-spine1", "b-spine2"]))).to.equal(0);
  });
});
