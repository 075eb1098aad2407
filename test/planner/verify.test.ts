import { expect } from "chai";
import type { Plan } from "../../src/api/plan.ts";
import { buildTopology } from "../../src/planner/topology/topology.ts";
import type { Topology } from "../../src/planner/topology/topology.ts";
import { verifyPlan, verifyRemoval, whoLosesService } from "../../src/planner/verify/verify.ts";
import { discover, esi, fabricOf, plan, quickstart } from "./support.ts";
import type { World } from "./support.ts";

const world = quickstart();
const made = plan({ fabric: fabricOf(world), discovery: discover(world) });
const rules = { maxBatchSize: 4, accepted: ["leaf8"] };

function topologyOf(changed: Partial<World>): Topology {
  return buildTopology(fabricOf(world).spec, discover({ ...world, ...changed }));
}

/** The plan with other batches, consistent in itself. */
function withBatches(batches: readonly (readonly string[])[]): Plan {
  const roles = new Map(world.devices.map(({ name, role }) => [name, role]));
  return {
    ...made.plan,
    batches: batches.map((devices, place) => ({
      index: place + 1,
      tier: roles.get(devices[0] ?? "") ?? "Leaf",
      canary: false,
      devices,
      estimateSeconds: 1800,
    })),
    devices: Object.fromEntries(
      Object.entries(made.plan.devices).map(([name, device]) => [
        name,
        { ...device, batch: batches.findIndex((batch) => batch.includes(name)) + 1 },
      ]),
    ),
  };
}

function witnesses(judged: Plan, topology: Topology, options = rules): string[] {
  return verifyPlan(judged, topology, options).map(
    ({ claim, batch, witness }) => `${claim} ${String(batch)}: ${witness}`,
  );
}

describe("verify", () => {
  it("TR-4 finds nothing against the plan that was made", () => {
    expect(verifyPlan(made.plan, made.topology, rules)).to.deep.equal([]);
  });

  it("TR-4 catches two peers together, and names the server and its ports", () => {
    const batches = [
      ["leaf1", "leaf2", "leaf5", "leaf7"],
      ["leaf3", "leaf4"],
      ["leaf6", "leaf8"],
      ["spine1"],
      ["spine2"],
    ];
    expect(witnesses(withBatches(batches), made.topology)).to.deep.equal([
      "Connected 1: server1 loses leaf1/ae1, leaf2/ae1: nothing else carries it",
      "Connected 1: server2 loses leaf1/ae2, leaf2/ae2: nothing else carries it",
      "Connected 1: server3 loses leaf1/ae3, leaf2/ae3: nothing else carries it",
      "Connected 2: server4 loses leaf3/ae4, leaf4/ae4: nothing else carries it",
      "Connected 2: server5 loses leaf3/ae5, leaf4/ae5: nothing else carries it",
      "Connected 2: server6 loses leaf3/ae6, leaf4/ae6: nothing else carries it",
    ]);
  });

  it("catches both spines together", () => {
    const batches = [...made.plan.batches.slice(0, 2).map(({ devices }) => devices), ["spine1", "spine2"]];
    const found = verifyPlan(withBatches(batches), made.topology, rules);
    expect(new Set(found.map(({ claim }) => claim))).to.deep.equal(new Set(["Connected", "Quorum"]));
    expect(found.map(({ witness }) => witness)).to.include("leaf1 keeps 0 of 2 uplinks, half must stay");
    expect(found.map(({ witness }) => witness)).to.include(
      "server1 is cut off: leaf1 has no way into the fabric without spine1, spine2",
    );
    expect(found.map(({ witness }) => witness)).to.include(
      "leaf1 has no EVPN peer left: it only has spine1, spine2",
    );
  });

  it("catches a link that is dropped after the plan was made", () => {
    const cables = world.cables.map((cable) => ({ ...cable, up: cable.a !== "leaf3/et-0/0/48" }));
    const sessions = (world.sessions ?? []).filter(([leaf, spine]) => leaf !== "leaf3" || spine !== "spine1");
    const found = witnesses(made.plan, topologyOf({ cables, sessions }));
    expect(found).to.include(
      "Connected 4: server4 is cut off: leaf3 has no way into the fabric without spine2",
    );
    expect(found).to.include("Connected 4: leaf3 has no EVPN peer left: it only has spine2");
    expect(found).to.include(
      "Exposed 4: server4 is cut off: leaf3 has no way into the fabric without spine2",
    );
  });

  it("catches a plan that was made while a dead device was counted as alive", () => {
    const found = witnesses(made.plan, topologyOf({ dead: ["leaf1"] }));
    expect(found).to.include("Connected 2: server1 loses leaf2/ae1: nothing else carries it");
    const drained = verifyPlan(made.plan, made.topology, { ...rules, outOfService: ["leaf1"] });
    expect(drained.map(({ witness }) => witness)).to.include(
      "server1 loses leaf2/ae1: nothing else carries it",
    );
  });

  it("catches a plan that was made with a lower minimum than is declared", () => {
    const segments = [{ name: "x", esi: esi(1), members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 2 }];
    const strict = fabricOf(world, { multihoming: { discovery: "Required", segments } });
    expect(witnesses(made.plan, buildTopology(strict.spec, discover(world)))).to.include(
      "Connected 1: server1 loses leaf1/ae1: only leaf2/ae1 is left, it needs 2",
    );
    const groups = [{ name: "odd", members: ["leaf1", "leaf3", "leaf5"], minAvailable: "60%" }];
    const found = verifyPlan(made.plan, made.topology, { ...rules, groups });
    expect(found.map(({ batch, devices, witness }) => [batch, devices, witness])).to.deep.equal([
      [1, ["leaf1", "leaf3", "leaf5"], "group odd keeps 0 of its members, it needs 2"],
    ]);
  });

  it("does not excuse the loss of what two accepted devices back up for each other", () => {
    const batches = [
      ["leaf1", "leaf3", "leaf5"],
      ["leaf2", "leaf4", "leaf6"],
      ["leaf7", "leaf8"],
      ["spine1"],
      ["spine2"],
    ];
    const found = verifyPlan(withBatches(batches), made.topology, {
      maxBatchSize: 4,
      accepted: ["leaf7", "leaf8"],
    });
    expect(found.map(({ witness }) => witness)).to.deep.equal(
      [10, 11, 12].map((number) => {
        const port = `ae${String(number)}`;
        return `server${String(number)} loses leaf7/${port}, leaf8/${port}: nothing else carries it`;
      }),
    );
  });

  it("objects to an exposed device that nobody accepted, and to false claims", () => {
    const unaccepted = witnesses(made.plan, made.topology, { maxBatchSize: 4, accepted: [] });
    expect(unaccepted).to.deep.equal([
      "Connected 2: leaf8/xe-0/0/13 loses leaf8/xe-0/0/13: nothing else carries it",
    ]);
    // Without what it says of impact, which would contradict the rest.
    const plain = withBatches(made.plan.batches.map(({ devices }) => devices));
    const boasting = { ...plain, hitless: true, exposed: [] };
    expect(verifyPlan(boasting, made.topology, rules).map(({ claim }) => claim)).to.deep.equal([
      "Exposed",
      "Hitless",
    ]);
    const timid = {
      ...plain,
      exposed: [...made.plan.exposed, { device: "leaf1", endpoints: ["server1"] }],
    };
    expect(witnesses(timid, made.topology)).to.deep.equal([
      "Exposed 1: leaf1 is called exposed, but without it nobody is cut off",
    ]);
  });

  it("objects to batches that are too big, mixed, out of order, or hold a device twice", () => {
    const claims = (batches: string[][]): string[] => [
      ...new Set(verifyPlan(withBatches(batches), made.topology, rules).map(({ claim }) => claim)),
    ];
    const leaves = [
      ["leaf1", "leaf3", "leaf5", "leaf7"],
      ["leaf2", "leaf4", "leaf6", "leaf8"],
    ];
    expect(claims([...leaves, ["spine1"], ["spine2"]])).to.deep.equal([]);
    expect(
      verifyPlan(made.plan, made.topology, { ...rules, maxBatchSize: 3 }).map(({ claim }) => claim),
    ).to.deep.equal(["BatchSize", "BatchSize"]);
    expect(claims([["spine1"], ...leaves, ["spine2"]])).to.include("TierOrder");
    expect(
      claims([
        ["leaf1", "spine1"],
        ["leaf3", "leaf5", "leaf7"],
        ["leaf2", "leaf4", "leaf6", "leaf8"],
        ["spine2"],
      ]),
    ).to.include("TierOrder");
    expect(claims([...leaves, ["leaf1"], ["spine1"], ["spine2"]])).to.include("OnceEach");
    expect(claims([...leaves, ["spine1"]])).to.include("OnceEach");
    const canary = { ...made.plan, batches: made.plan.batches.map((batch) => ({ ...batch, canary: true })) };
    expect(verifyPlan(canary, made.topology, rules).map(({ claim }) => claim)).to.include("CanaryAlone");
  });

  it("HL-1 wants half of the uplinks and of the holders of a role to stay, beyond bare connection", () => {
    const spines = ["spine1", "spine2", "spine3"];
    const three: World = {
      ...world,
      devices: [
        ...spines.map((name) => ({ name, role: "Spine" as const, overlayRoles: ["DCI-Gateway"] })),
        ...world.devices.filter(({ role }) => role === "Leaf"),
      ],
      cables: [
        ...world.cables,
        ...Array.from({ length: 8 }, (_, index) => ({
          a: `leaf${String(index + 1)}/et-0/0/50`,
          b: `spine3/et-0/0/${String(index + 1)}`,
        })),
      ],
      sessions: [],
    };
    const { plan: sound, topology } = plan({ fabric: fabricOf(three), discovery: discover(three) });
    const together = {
      ...sound,
      batches: [
        ...sound.batches.slice(0, 2),
        {
          index: 3,
          tier: "Spine" as const,
          canary: false,
          devices: ["spine1", "spine2"],
          estimateSeconds: 1800,
        },
        { index: 4, tier: "Spine" as const, canary: false, devices: ["spine3"], estimateSeconds: 1800 },
      ],
    };
    const judge = (outOfService: string[]): string[] =>
      verifyPlan(together, topology, { ...rules, outOfService })
        .filter(({ claim }) => claim === "Quorum")
        .map(({ batch, devices, witness }) => `${String(batch)} ${devices.join(" ")}: ${witness}`);
    expect(judge([])).to.deep.equal([
      ...Array.from(
        { length: 8 },
        (_, index) => `3 spine1 spine2: leaf${String(index + 1)} keeps 1 of 3 uplinks, half must stay`,
      ),
      "3 spine1 spine2: role DCI-Gateway keeps 1 of 3 holders, half must stay",
    ]);
    // With the third one out there is one left of two and then none: that is connection, and half is one.
    expect(judge(["spine1"])).to.deep.equal([]);
    expect(judge(["spine3"])).to.include("3 spine1 spine2: leaf1 keeps 0 of 2 uplinks, half must stay");
  });

  it("wants canaries first and gateways last in their tier", () => {
    const devices = world.devices.map((device) =>
      ["leaf1", "leaf2"].includes(device.name) ? { ...device, overlayRoles: ["CRB-Gateway"] } : device,
    );
    const topology = buildTopology(fabricOf({ ...world, devices }).spec, discover(world));
    const ordinary = [
      ["leaf3", "leaf5", "leaf7"],
      ["leaf4", "leaf6", "leaf8"],
    ];
    const judge = (batches: string[][], canaries: string[] = []): string[] => {
      const judged = withBatches([...batches, ["spine1"], ["spine2"]]);
      const marked = judged.batches.map((batch) => ({
        ...batch,
        canary: batch.devices.some((device) => canaries.includes(device)),
      }));
      return witnesses({ ...judged, batches: marked }, topology);
    };
    expect(judge([...ordinary, ["leaf1"], ["leaf2"]])).to.deep.equal([]);
    expect(judge([["leaf1"], ...ordinary, ["leaf2"]])).to.deep.equal([
      "GatewaysLast 2: leaf3, leaf5, leaf7 should go before the gateway leaf1 (batch 1)",
      "GatewaysLast 3: leaf4, leaf6, leaf8 should go before the gateway leaf1 (batch 1)",
    ]);
    expect(
      judge([["leaf3", "leaf5", "leaf7", "leaf1"], ["leaf4", "leaf6", "leaf8"], ["leaf2"]]),
    ).to.deep.equal([
      "GatewaysLast 1: leaf3, leaf5, leaf7 should go before the gateway leaf1 (batch 1)",
      "GatewaysLast 2: leaf4, leaf6, leaf8 should go before the gateway leaf1 (batch 1)",
    ]);
    expect(judge([["leaf1"], ...ordinary, ["leaf2"]], ["leaf1"])).to.deep.equal([]);
    expect(judge([...ordinary, ["leaf1"], ["leaf2"]], ["leaf1"])).to.deep.equal([
      "CanaryFirst 3: batch 1 goes before the canary",
    ]);
  });

  it("does not excuse that the last attachment goes with an accepted device that would have left one", () => {
    const segments = [{ name: "x", esi: esi(1), members: ["leaf1/ae1", "leaf2/ae1"], minAvailable: 2 }];
    const multihoming = { discovery: "Required" as const, segments };
    const redundancyGroups = [{ name: "pair", members: ["leaf3", "leaf4"], minAvailable: 2 }];
    const fabric = fabricOf(world, { multihoming, redundancyGroups });
    const strict = buildTopology(fabric.spec, discover(world));
    const lost = (removed: string[], accepted: string[]): string[] =>
      verifyRemoval(strict, removed, { accepted })
        .map(({ endpoint }) => endpoint)
        .filter((name) => name === "server1" || name.startsWith("group"));
    expect(lost(["leaf1"], [])).to.deep.equal(["server1"]);
    expect(lost(["leaf1"], ["leaf1"])).to.deep.equal([]);
    expect(lost(["leaf1", "leaf2"], ["leaf1", "leaf2"])).to.deep.equal(["server1"]);
    expect(lost(["leaf3"], ["leaf3"])).to.deep.equal([]);
    expect(lost(["leaf3", "leaf4"], ["leaf3", "leaf4"])).to.deep.equal(["group pair"]);
  });

  it("does not count a valley: a leaf carries nothing from spine to spine", () => {
    const names = ["leaf1", "leaf2", "leaf3"];
    const valley: World = {
      devices: [
        ...names.map((name) => ({ name, role: "Leaf" as const })),
        ...["spine1", "spine2"].map((name) => ({ name, role: "Spine" as const })),
      ],
      cables: [
        { a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" },
        { a: "leaf2/et-0/0/48", b: "spine1/et-0/0/2" },
        { a: "leaf2/et-0/0/49", b: "spine2/et-0/0/2" },
        { a: "leaf3/et-0/0/49", b: "spine2/et-0/0/3" },
        { a: "leaf1/et-0/0/49", b: "spine2/et-0/0/1" },
      ],
      servers: names.map((name) => ({ name: `server-${name}`, ports: [`${name}/xe-0/0/1`] })),
    };
    const topology = buildTopology(fabricOf(valley).spec, discover(valley));
    const lost = verifyRemoval(topology, new Set(["spine2"]));
    // leaf1 and leaf2 still meet on spine1; leaf3 would need a way through leaf2.
    expect(lost.map(({ kind, endpoint }) => [kind, endpoint])).to.deep.equal([["Isolated", "server-leaf3"]]);
    expect(verifyRemoval(topology, new Set(["spine1"]))).to.deep.equal([]);
  });

  it("lets leaves carry for each other where there is no other layer", () => {
    const names = ["leaf1", "leaf2", "leaf3", "leaf4"];
    const ring: World = {
      devices: names.map((name) => ({ name, role: "Leaf" as const })),
      cables: names.map((name, index) => ({
        a: `${name}/et-0/0/0`,
        b: `${names[(index + 1) % names.length] ?? ""}/et-0/0/1`,
      })),
      servers: [],
    };
    const topology = buildTopology(fabricOf(ring).spec, discover(ring));
    expect(verifyRemoval(topology, new Set(["leaf1"]))).to.deep.equal([]);
    expect(
      verifyRemoval(topology, new Set(["leaf1", "leaf3"])).map(({ endpoint }) => endpoint),
    ).to.deep.equal(["leaf2", "leaf4"]);
    const result = plan({ fabric: fabricOf(ring), discovery: discover(ring) });
    expect(result.plan.batches).to.have.length(4);
  });

  it("does not blame a removal for what was cut off before", () => {
    const servers = world.servers.map((server) => ({
      ...server,
      down: server.name === "server1" ? server.ports : [],
    }));
    expect(verifyRemoval(topologyOf({ servers }), new Set(["leaf1"]))).to.deep.equal([]);
  });

  it("blames an overlay role that nobody holds any more", () => {
    const devices = world.devices.map((device) =>
      device.name === "leaf1" ? { ...device, overlayRoles: ["DC-Gateway"] } : device,
    );
    const fabric = fabricOf({ ...world, devices });
    const lost = verifyRemoval(buildTopology(fabric.spec, discover(world)), new Set(["leaf1"]));
    expect(lost.map(({ kind, message }) => [kind, message])).to.deep.equal([
      ["RoleLost", "nobody holds the overlay role DC-Gateway any more"],
    ]);
  });
});

describe("who loses service", () => {
  const healthy = made.topology;

  it("HL-2 is nobody while the peer carries", () => {
    expect(whoLosesService(healthy, { removing: ["leaf1"], alreadyOut: [] })).to.deep.equal([]);
  });

  it("HL-2 counts what is out already, for whatever cause", () => {
    const lost = whoLosesService(healthy, { removing: ["leaf1"], alreadyOut: ["leaf2"] });
    expect(lost.map(({ endpoint }) => endpoint)).to.deep.equal(["server1", "server2", "server3"]);
    expect(lost[0]).to.deep.include({ kind: "Detached", removed: ["leaf1"] });
  });

  /** leaf1 drained: its server ports are down, EVPN on its peer has forgotten it. */
  const drained = {
    servers: world.servers.map((server) => ({
      ...server,
      down: server.ports.filter((port) => port.startsWith("leaf1/")),
    })),
  };

  it("HL-3 judges a drained device by what it carried before", () => {
    const question = { removing: ["leaf1"], alreadyOut: ["leaf1"], baseline: healthy };
    expect(whoLosesService(topologyOf(drained), question)).to.deep.equal([]);
    const servers = world.servers.map((server) => ({
      ...server,
      down: server.ports.filter((port) => port.startsWith("leaf1/") || port === "leaf2/ae2"),
    }));
    const lost = whoLosesService(topologyOf({ servers }), question);
    expect(lost.map(({ endpoint }) => endpoint)).to.deep.equal(["server2"]);
    expect(whoLosesService(topologyOf({ servers }), { removing: ["leaf1"], alreadyOut: [] })).to.deep.equal(
      [],
    );
  });

  it("HL-3 sees that the peer died while the device was drained, though neither answers", () => {
    const question = { removing: ["leaf1"], alreadyOut: [], baseline: healthy };
    expect(whoLosesService(topologyOf({ dead: ["leaf1"] }), question)).to.deep.equal([]);
    const lost = whoLosesService(topologyOf({ dead: ["leaf1", "leaf2"] }), question);
    expect(lost.map(({ endpoint }) => endpoint)).to.deep.equal(["server1", "server2", "server3"]);
  });

  it("knows that a half-drained device and its peer still carry one endpoint", () => {
    const said = discover(world);
    const [leaf1, leaf2] = [said["leaf1"], said["leaf2"]];
    if (leaf1 === undefined || leaf2 === undefined) throw new Error("no leaves");
    const blind = leaf2.segments.map((segment) => ({ ...segment, remoteAddresses: [] }));
    const halfway = buildTopology(fabricOf(world).spec, { ...said, leaf2: { ...leaf2, segments: blind } });
    expect(halfway.endpoints.length).to.be.greaterThan(healthy.endpoints.length);
    const question = { removing: ["leaf1"], alreadyOut: [], baseline: healthy };
    expect(whoLosesService(halfway, question)).to.deep.equal([]);
    // The same picture because the peer has lost its EVPN sessions is no proof.
    const bgpPeers = leaf2.bgpPeers.map((peer) => ({ ...peer, established: false }));
    const lone = buildTopology(fabricOf(world).spec, {
      ...said,
      leaf2: { ...leaf2, bgpPeers, segments: blind },
    });
    expect(whoLosesService(lone, question).map(({ endpoint }) => endpoint)).to.deep.equal([
      "server1",
      "server2",
      "server3",
    ]);
  });

  /** Two pods of one leaf under one spine each, both on one super-spine; a server on each leaf. */
  const line: World = {
    devices: [
      { name: "super1", role: "SuperSpine" },
      ...["a", "b"].flatMap((pod) => [
        { name: `${pod}-spine`, role: "Spine" as const },
        ...["1", "2"].map((number) => ({ name: `${pod}-leaf${number}`, role: "Leaf" as const })),
      ]),
    ],
    cables: ["a", "b"].flatMap((pod, index) => [
      { a: `${pod}-spine/et-0/0/0`, b: `super1/et-0/0/${String(index)}` },
      ...["1", "2"].map((number) => ({
        a: `${pod}-leaf${number}/et-0/0/0`,
        b: `${pod}-spine/et-0/0/${number}`,
      })),
    ]),
    servers: ["a", "b"].flatMap((pod) =>
      ["1", "2"].map((number) => ({
        name: `server-${pod}${number}`,
        ports: [`${pod}-leaf${number}/xe-0/0/1`],
      })),
    ),
  };

  it("accepts that two lose each other by an accepted device, not that one of them loses more", () => {
    const topology = buildTopology(fabricOf(line).spec, discover(line));
    const question = { removing: ["super1"], alreadyOut: [] };
    const lost = whoLosesService(topology, question);
    expect(lost.map(({ kind, endpoint, far }) => [kind, endpoint, far])).to.deep.equal([
      ["Partitioned", "server-a1", "server-b1"],
    ]);
    expect(whoLosesService(topology, { ...question, accepted: ["super1"] })).to.deep.equal([]);
    const exposed = [{ device: "super1", endpoints: ["server-b1"] }];
    expect(whoLosesService(topology, { ...question, exposed })).to.deep.equal([]);
    // The same device is accepted, but another goes with it and takes a server off the fabric.
    const more = whoLosesService(topology, {
      ...question,
      removing: ["super1", "a-leaf1"],
      accepted: ["super1"],
    });
    expect(more.map(({ kind, endpoint }) => [kind, endpoint])).to.deep.include(["Detached", "server-a1"]);
  });

  it("accepts what hangs on an accepted device alone, and nothing else", () => {
    const question = { removing: ["leaf8"], alreadyOut: [], accepted: ["leaf8"] };
    expect(whoLosesService(healthy, { ...question, accepted: [] })).to.have.length(1);
    expect(whoLosesService(healthy, question)).to.deep.equal([]);
    const lost = whoLosesService(healthy, { ...question, alreadyOut: ["leaf7"] });
    expect(lost.map(({ endpoint }) => endpoint)).to.deep.equal(["server10", "server11", "server12"]);
    const exposed = [{ device: "leaf8", endpoints: ["server10", "server11"] }];
    const rest = whoLosesService(healthy, { ...question, alreadyOut: ["leaf7"], exposed });
    expect(rest.map(({ endpoint }) => endpoint)).to.deep.equal(["server12"]);
  });
});
