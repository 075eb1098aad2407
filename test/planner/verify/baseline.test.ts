import { expect } from "chai";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import type { Topology } from "../../../src/planner/topology/topology.ts";
import { whoLosesService } from "../../../src/planner/verify/verify.ts";
import type { ServiceQuestion } from "../../../src/planner/verify/verify.ts";
import { discover, esi, fabricOf, quickstart } from "../support.ts";
import type { World } from "../support.ts";

const world = quickstart();

function topologyOf(changed: Partial<World> = {}): Topology {
  return buildTopology(fabricOf(world).spec, discover({ ...world, ...changed }));
}

const healthy = topologyOf();

/** Everything between a leaf and a spine is down. */
function without(leaf: string, spine: string): Pick<World, "cables" | "sessions"> {
  return {
    cables: world.cables.map((cable) => ({
      ...cable,
      up: !(cable.a.startsWith(`${leaf}/`) && cable.b.startsWith(`${spine}/`)),
    })),
    sessions: (world.sessions ?? []).filter(([a, b]) => a !== leaf || b !== spine),
  };
}

function lost(topology: Topology, question: Partial<ServiceQuestion>): string[] {
  const asked = { removing: ["spine1"], alreadyOut: [], baseline: healthy, ...question };
  return whoLosesService(topology, asked).map(({ kind, endpoint }) => `${kind} ${endpoint}`);
}

describe("who loses service by a device that has left already", () => {
  const behindLeaf3 = ["server4", "server5", "server6"];

  it("HL-3 is asked by the links and sessions that it had, and by those that the others have now", () => {
    const now = topologyOf({ dead: ["spine1"], ...without("leaf3", "spine2") });
    expect(lost(now, {})).to.deep.equal(
      ["Isolated", "NoEvpnPeer"].flatMap((kind) => behindLeaf3.map((name) => `${kind} ${name}`)),
    );
    // A link that leaf3 had to the other spine when it was read before is worth nothing.
    expect(lost(topologyOf({ dead: ["spine1"] }), {})).to.deep.equal([]);
  });

  it("HL-3 counts a link of it that is down now because it is drained, and one that has come up since", () => {
    const drained = without("leaf3", "spine1");
    const both = {
      cables: without("leaf3", "spine2").cables.map((cable, place) => ({
        ...cable,
        up: cable.up === true && drained.cables[place]?.up === true,
      })),
      sessions: [],
    };
    expect(lost(topologyOf(both), {}).filter((text) => text.startsWith("Isolated"))).to.deep.equal(
      behindLeaf3.map((name) => `Isolated ${name}`),
    );
    // In the baseline leaf3 had no link to spine1; now it has, and needs it.
    const lone = topologyOf(without("leaf3", "spine2"));
    expect(lost(lone, { baseline: topologyOf(without("leaf3", "spine1")) })).to.include("Isolated server4");
  });

  it("HL-3 counts a link of it that was up then or is up now, and of others only what is up now", () => {
    const down = (topology: Topology, ...spines: readonly string[]): Topology => ({
      ...topology,
      links: topology.links.map((link) =>
        link.a.device === "leaf3" && spines.includes(link.b.device) ? { ...link, up: false } : link,
      ),
    });
    const isolated = (now: Topology, baseline: Topology): string[] =>
      lost(now, { baseline }).filter((text) => text.startsWith("Isolated"));
    const expected = behindLeaf3.map((name) => `Isolated ${name}`);
    expect(isolated(down(healthy, "spine1", "spine2"), healthy)).to.deep.equal(expected);
    expect(isolated(down(healthy, "spine2"), down(healthy, "spine1"))).to.deep.equal(expected);
    expect(isolated(healthy, down(healthy, "spine2"))).to.deep.equal([]);
  });

  it("HL-3 takes sessions with it as they were, and sessions of others as they are", () => {
    const now = topologyOf({ dead: ["spine1"], sessions: without("leaf3", "spine2").sessions ?? [] });
    expect(lost(now, {})).to.deep.equal(behindLeaf3.map((name) => `NoEvpnPeer ${name}`));
  });

  it("HL-3 judges other devices' servers by the present alone", () => {
    // server1 was on leaf1 and leaf2 and is on leaf2 only now: removing spine1 changes nothing of that.
    const servers = world.servers.map((server) =>
      server.name === "server1" ? { ...server, ports: ["leaf2/ae1"] } : server,
    );
    expect(lost(topologyOf({ servers }), {})).to.deep.equal([]);
    expect(lost(topologyOf({ servers }), { removing: ["leaf2"] })).to.deep.equal(["Detached server1"]);
    expect(lost(topologyOf({ servers }), { removing: ["leaf1"] })).to.deep.equal([]);
  });

  it("HL-3 takes back into service what goes, and nobody else who does not answer", () => {
    const redundancyGroups = [{ name: "trio", members: ["leaf1", "leaf3", "leaf5"], minAvailable: 1 }];
    const spec = fabricOf(world, { redundancyGroups }).spec;
    const group = (...dead: string[]): Topology => buildTopology(spec, discover({ ...world, dead }));
    const ask = (now: Topology): string[] => lost(now, { removing: ["leaf1"], baseline: group() });
    expect(ask(group("leaf1", "leaf3"))).to.deep.equal([]);
    expect(ask(group("leaf1", "leaf3", "leaf5"))).to.deep.equal(["GroupShort group trio"]);
    expect(ask(group("leaf3", "leaf5"))).to.deep.equal(["GroupShort group trio"]);
  });

  it("HL-3 believes a peer that still shares the segment, though it has lost its sessions since", () => {
    const said = discover(world);
    const { leaf2 } = said;
    if (leaf2 === undefined) throw new Error("no leaf2");
    const bgpPeers = leaf2.bgpPeers.map((peer) => ({ ...peer, established: false }));
    const now = buildTopology(fabricOf(world).spec, { ...said, leaf2: { ...leaf2, bgpPeers } });
    expect(lost(now, { removing: ["leaf1"] })).to.deep.equal([]);
  });

  it("HL-3 names servers on others as they are called now", () => {
    const servers = world.servers.map((server) =>
      server.name === "server4" ? { ...server, name: "db4" } : server,
    );
    const now = topologyOf({ dead: ["spine1"], servers, ...without("leaf3", "spine2") });
    expect(lost(now, {}).filter((text) => text.startsWith("Isolated"))).to.deep.equal(
      ["db4", "server5", "server6"].map((name) => `Isolated ${name}`),
    );
  });

  it("HL-3 does not count on an attachment that has come since and is down", () => {
    const grown = (down: string[]): Topology => {
      const server = { name: "server1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"], down };
      return topologyOf({ servers: [server, ...world.servers.slice(1)] });
    };
    const ask = (now: Topology): string[] => lost(now, { removing: ["leaf1"], alreadyOut: ["leaf2"] });
    expect(ask(grown([]))).to.not.include("Detached server1");
    expect(ask(grown(["leaf3/ae1"]))).to.include("Detached server1");
  });

  it("HL-3 keeps the higher of two minimums", () => {
    const members = ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"];
    const three = { servers: [{ name: "server1", esi: esi(1), ports: members }] };
    const withMinimum = (minAvailable: number): Topology => {
      const segments = [{ name: "server1", esi: esi(1), members, minAvailable }];
      const spec = fabricOf(world, { multihoming: { discovery: "Required", segments } }).spec;
      return buildTopology(spec, discover({ ...world, ...three }));
    };
    const ask = (now: number, before: number): string[] =>
      lost(withMinimum(now), { removing: ["leaf1"], alreadyOut: ["leaf2"], baseline: withMinimum(before) });
    expect(ask(1, 1)).to.deep.equal([]);
    expect(ask(2, 1)).to.deep.equal(["Detached server1"]);
    expect(ask(1, 2)).to.deep.equal(["Detached server1"]);
  });

  it("is nobody's question where what goes is out already, or unknown", () => {
    expect(lost(healthy, { removing: [] })).to.deep.equal([]);
    const dark = topologyOf({ dead: ["leaf1", "leaf2"] });
    expect(lost(dark, { removing: ["leaf1"], baseline: dark })).to.deep.equal([]);
  });
});

describe("what is accepted of it", () => {
  it("FB-9 is what hangs on the device by its structure, though nobody could read it at that time", () => {
    const segments = [{ name: "db9", members: ["leaf8/xe-0/0/13"], minAvailable: 1 }];
    const { spec } = fabricOf(world, { multihoming: { discovery: "Required", segments } });
    const [now, dark] = [discover(world), discover({ ...world, dead: ["leaf8"] })];
    const question = { removing: ["leaf8"], baseline: buildTopology(spec, dark) };
    expect(lost(buildTopology(spec, now), question)).to.deep.equal(["Detached db9"]);
    expect(lost(buildTopology(spec, now), { ...question, accepted: ["leaf8"] })).to.deep.equal([]);
  });

  it("FB-9 is nothing that hangs on an accepted device which stays", () => {
    const members = ["leaf7/ae10", "leaf8/ae10"];
    const segments = [{ name: "server10", esi: esi(10), members, minAvailable: 2 }];
    const { spec } = fabricOf(world, { multihoming: { discovery: "Required", segments } });
    const both = buildTopology(spec, discover(world));
    const question = { removing: ["leaf7"], baseline: both };
    expect(lost(both, { ...question, accepted: ["leaf8"] })).to.deep.equal(["Detached server10"]);
    expect(lost(both, { ...question, accepted: ["leaf8", "leaf7"] })).to.deep.equal([]);
  });

  it("FB-9 is by the devices that go: acceptance of others excuses nothing, whatever the order of names", () => {
    const question = { removing: ["leaf8"] };
    expect(lost(healthy, { ...question, accepted: ["leaf7"] })).to.deep.equal(["Detached leaf8/xe-0/0/13"]);
    expect(lost(healthy, { ...question, accepted: ["leaf7", "leaf8"] })).to.deep.equal([]);
    const exposed = [
      { device: "leaf7", endpoints: ["leaf8/xe-0/0/13"] },
      { device: "leaf8", endpoints: ["server12"] },
    ];
    expect(lost(healthy, { ...question, exposed })).to.deep.equal(["Detached leaf8/xe-0/0/13"]);
  });
});
