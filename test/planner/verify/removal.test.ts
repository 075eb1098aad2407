import { expect } from "chai";
import fc from "fast-check";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import type { Topology } from "../../../src/planner/topology/topology.ts";
import { verifyRemoval } from "../../../src/planner/verify/verify.ts";
import type { CutOffKind } from "../../../src/planner/verify/verify.ts";
import {
  groupsOf,
  irregularUplinks,
  irregularWorld,
  outOf,
  peerLinks,
  shape,
  withPeerLinks,
  worldOf,
} from "../arbitraryWorld.ts";
import { plainReach } from "../plainReach.ts";
import { declarationsOf, discover, esi, fabricOf, plan, runs } from "../support.ts";
import type { World } from "../support.ts";

const EDGES: readonly string[] = ["Leaf", "Border", "Firewall"];

/** What a removal costs, found by walking every path and by counting on one's fingers. */
interface Walked {
  readonly detached: readonly string[];
  /** Somebody who stays can't reach somebody else who stays any more. */
  readonly isParted: boolean;
  readonly withoutPeer: readonly string[];
  readonly shortGroups: readonly string[];
  readonly lostRoles: readonly string[];
}

function walk(
  topology: Topology,
  { out, removed }: { out: readonly string[]; removed: readonly string[] },
): Walked {
  const { devices, endpoints, links, evpnSessions, groups } = topology;
  const gone = new Set([...out, ...removed]);
  const isIn = new Set(
    devices
      .filter(({ name, knowledge }) => knowledge !== "Unknown" && !out.includes(name))
      .map(({ name }) => name),
  );
  const going = removed.filter((name) => isIn.has(name));
  const stays = (name: string): boolean => isIn.has(name) && !going.includes(name);
  const [before, after] = [plainReach(topology, new Set(out)), plainReach(topology, gone)];
  const live = (
    attachments: Topology["endpoints"][number]["attachments"],
    has: (name: string) => boolean,
  ): number => attachments.filter(({ device, up }) => up && has(device)).length;
  const entries = devices
    .filter(({ role, name }) => {
      const isUsed = endpoints.some(({ attachments }) =>
        attachments.some((each) => each.up && each.device === name),
      );
      return stays(name) && (EDGES.includes(role) || isUsed);
    })
    .map(({ name }) => name);
  const served = endpoints.filter(({ attachments }) => live(attachments, stays) > 0);
  const above = (leaf: string, has: (name: string) => boolean): number =>
    links.filter(({ a, b, up }) => {
      const far = a.device === leaf ? b.device : b.device === leaf ? a.device : null;
      const role = devices.find(({ name }) => name === far)?.role ?? "Firewall";
      return up && far !== null && has(far) && HEIGHTS[role] > HEIGHTS[roleOf(topology, leaf)];
    }).length;
  const isParted =
    entries.some((a, place) =>
      entries.slice(place + 1).some((b) => before.devicesReach(a, b) && !after.devicesReach(a, b)),
    ) ||
    served.some((a) => served.some((b) => before.reaches(a, b) && !after.reaches(a, b))) ||
    entries.some(
      (leaf) =>
        EDGES.includes(roleOf(topology, leaf)) &&
        above(leaf, (name) => isIn.has(name)) > 0 &&
        above(leaf, stays) === 0,
    );
  const peers = (name: string, has: (peer: string) => boolean): number =>
    evpnSessions.filter(({ device, peer }) => device === name && (peer === null || has(peer))).length;
  const namesOn = (name: string): string[] => {
    const own = endpoints.filter(({ attachments }) =>
      attachments.some(({ device, up }) => up && device === name),
    );
    return own.length === 0 ? [name] : own.map((endpoint) => endpoint.name);
  };
  return {
    detached: endpoints
      .filter(({ attachments, minAvailable }) => {
        const [had, left] = [live(attachments, (name) => isIn.has(name)), live(attachments, stays)];
        return left < had && left < minAvailable;
      })
      .map(({ name }) => name),
    isParted,
    withoutPeer: entries
      .filter((name) => peers(name, (peer) => isIn.has(peer)) > 0 && peers(name, stays) === 0)
      .flatMap(namesOn),
    shortGroups: groups
      .filter(({ members, minAvailable }) => {
        return members.some((name) => going.includes(name)) && members.filter(stays).length < minAvailable;
      })
      .map(({ name }) => `group ${name}`),
    lostRoles: ["DC-Gateway", "Route-Reflector"]
      .filter((role) => {
        const holders = devices
          .filter((device) => device.overlayRoles.includes(role))
          .map(({ name }) => name);
        return holders.some((name) => going.includes(name)) && !holders.some(stays);
      })
      .map((role) => `role ${role}`),
  };
}

const HEIGHTS = { Firewall: 0, Leaf: 1, Border: 1, Spine: 2, SuperSpine: 3 };

function roleOf({ devices }: Topology, name: string): keyof typeof HEIGHTS {
  return devices.find((device) => device.name === name)?.role ?? "Firewall";
}

function proven(
  topology: Topology,
  { out, removed }: { out: readonly string[]; removed: readonly string[] },
): Walked {
  const cut = verifyRemoval(topology, removed, { alreadyOut: out });
  const named = (...kinds: readonly CutOffKind[]): string[] => [
    ...new Set(cut.filter(({ kind }) => kinds.includes(kind)).map(({ endpoint }) => endpoint)),
  ];
  return {
    detached: named("Detached"),
    isParted: named("Isolated", "Partitioned").length > 0,
    withoutPeer: named("NoEvpnPeer"),
    shortGroups: named("GroupShort"),
    lostRoles: named("RoleLost"),
  };
}

function expectSame(
  topology: Topology,
  question: { out: readonly string[]; removed: readonly string[] },
): boolean {
  const sorted = ({ isParted, ...lists }: Walked): unknown => [
    isParted,
    Object.entries(lists).map(([what, names]) => [what, [...new Set(names)].toSorted()]),
  ];
  const walked = walk(topology, question);
  expect(sorted(proven(topology, question)), `without ${question.removed.join(", ")}`).to.deep.equal(
    sorted(walked),
  );
  return walked.isParted;
}

/** Of a list, those at the drawn places. */
function pick<Item>(list: readonly Item[], places: readonly number[]): Item[] {
  return [...new Set(places.flatMap((place) => list[place % list.length] ?? []))];
}

const picks = fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 4 });

describe("who is excused", () => {
  const world: World = {
    devices: ["leaf1", "leaf2", "leaf3"].map((name) => ({ name, role: "Leaf" as const })),
    cables: [],
    servers: [{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"] }],
  };
  const lost = (minAvailable: number, removed: readonly string[], accepted: readonly string[]): string[] => {
    const members = world.servers[0]?.ports ?? [];
    const segments = [{ name: "db1", esi: esi(1), members: [...members], minAvailable }];
    const spec = fabricOf(world, { multihoming: { discovery: "Disabled", segments } }).spec;
    return verifyRemoval(buildTopology(spec, null), removed, { accepted }).map(({ message }) => message);
  };

  it("FB-9 is nobody whose own going would have left enough", () => {
    expect(lost(2, ["leaf1"], [])).to.deep.equal([]);
    expect(lost(2, ["leaf1", "leaf2"], ["leaf1"])).to.deep.equal([
      "db1 loses leaf1/ae1, leaf2/ae1: only leaf3/ae1 is left, it needs 2",
    ]);
  });

  it("FB-9 is who falls short alone, as long as somebody still carries", () => {
    expect(lost(3, ["leaf1"], ["leaf1"])).to.deep.equal([]);
    expect(lost(3, ["leaf1", "leaf2"], ["leaf1"])).to.deep.equal([]);
    expect(lost(3, ["leaf1", "leaf2", "leaf3"], ["leaf1"])).to.have.length(1);
    expect(lost(3, ["leaf1"], ["leaf2"])).to.have.length(1);
  });

  it("HL-1 is everybody on a cluster that carries traffic while it is upgraded", () => {
    const topology = buildTopology(fabricOf(world).spec, discover(world));
    const all = ["leaf1", "leaf2", "leaf3"];
    expect(verifyRemoval(topology, all)).to.have.length(1);
    const devices = topology.devices.map((device) =>
      device.name === "leaf2" ? { ...device, staysInService: true as const } : device,
    );
    expect(verifyRemoval({ ...topology, devices }, all)).to.deep.equal([]);
  });

  it("HL-1 is no group because another one keeps enough", () => {
    const redundancyGroups = [
      { name: "pair", members: ["leaf1", "leaf2"], minAvailable: 1 },
      { name: "trio", members: ["leaf1", "leaf2", "leaf3"], minAvailable: 3 },
    ];
    const topology = buildTopology(fabricOf(world, { redundancyGroups }).spec, discover(world));
    expect(verifyRemoval(topology, ["leaf1"]).map(({ message }) => message)).to.deep.equal([
      "group trio keeps 2 of its members, it needs 3",
    ]);
  });

  it("HL-1 is nobody who only stands below what goes and reaches all that he reached", () => {
    const tower: World = {
      devices: [
        { name: "super1", role: "SuperSpine" },
        { name: "spine1", role: "Spine" },
        { name: "leaf1", role: "Leaf" },
      ],
      cables: [
        { a: "spine1/et-0/0/0", b: "super1/et-0/0/0" },
        { a: "leaf1/et-0/0/0", b: "spine1/et-0/0/1" },
      ],
      servers: [
        { name: "db1", ports: ["spine1/xe-0/0/1"] },
        { name: "db2", ports: ["leaf1/xe-0/0/1"] },
      ],
    };
    const topology = buildTopology(fabricOf(tower).spec, discover(tower));
    expect(verifyRemoval(topology, ["super1"])).to.deep.equal([]);
    expect(
      plan({ fabric: fabricOf(tower), discovery: discover(tower) }).plan.exposed.map(({ device }) => device),
    ).to.deep.equal(["leaf1", "spine1"]);
  });
});

describe("the proof of a removal", () => {
  it("TR-4 HL-1 says who loses service just as walking every path does: 800 removals of any devices", function () {
    this.timeout(60_000);
    let parted = 0;
    const property = fc.property(shape, peerLinks, picks, (drawn, peers, places) => {
      const world = withPeerLinks(worldOf(drawn), drawn.spines > 0 ? peers : []);
      const fabric = fabricOf(world, { redundancyGroups: groupsOf(drawn, world) });
      const topology = buildTopology(fabric.spec, discover(world));
      const removed = pick(world.devices, places).map(({ name }) => name);
      if (expectSame(topology, { out: outOf(drawn, world), removed })) parted += 1;
    });
    fc.assert(property, { numRuns: runs(800), seed: 20_260_401 });
    expect(parted).to.be.greaterThan(runs(100));
  });

  it("TR-4 is the same for fabrics with declared links of which some are down", () => {
    const property = fc.property(shape, picks, (drawn, places) => {
      fc.pre(drawn.pods === 1 || (drawn.spines > 0 && drawn.superSpines > 0));
      const world = worldOf(drawn);
      const topology = buildTopology(fabricOf(world, declarationsOf(world)).spec, discover(world));
      const removed = pick(world.devices, places).map(({ name }) => name);
      expectSame(topology, { out: outOf(drawn, world), removed });
    });
    fc.assert(property, { numRuns: runs(300), seed: 20_260_402 });
  });

  it("TR-4 HL-1 is the same where dozens of leaves have each their own spines", function () {
    this.timeout(60_000);
    const property = fc.property(irregularUplinks, picks, picks, (leaves, tops, edges) => {
      const world = irregularWorld(leaves);
      const topology = buildTopology(fabricOf(world).spec, discover(world));
      const spines = topology.devices.filter(({ role }) => role === "Spine").map(({ name }) => name);
      const names = topology.devices.filter(({ role }) => role === "Leaf").map(({ name }) => name);
      expectSame(topology, { out: pick(names, edges.slice(0, 1)), removed: pick(spines, tops) });
      expectSame(topology, { out: [], removed: [...pick(spines, tops.slice(0, 1)), ...pick(names, edges)] });
    });
    fc.assert(property, { numRuns: runs(120), seed: 20_260_403 });
  });
});
