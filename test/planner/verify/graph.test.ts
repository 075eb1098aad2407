import { expect } from "chai";
import fc from "fast-check";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import { graphOf } from "../../../src/planner/verify/graph.ts";
import { leafSpine } from "../fabrics.ts";
import { discover, fabricOf, runs } from "../support.ts";

describe("the graph of the proof", () => {
  const topology = buildTopology(fabricOf(leafSpine(4, 3)).spec, discover(leafSpine(4, 3)));

  it("has each neighbour once and in order, however many links there are and in whatever order", () => {
    const whole = graphOf(topology);
    const property = fc.property(fc.shuffledSubarray([...topology.links.keys()]), (places) => {
      const shuffled = places.flatMap((place) => topology.links[place] ?? []);
      const once = places.toSorted((a, b) => a - b).flatMap((place) => topology.links[place] ?? []);
      const [mixed, plain] = [
        graphOf({ ...topology, links: [...shuffled, ...shuffled.slice(0, 3)] }),
        graphOf({ ...topology, links: once }),
      ];
      expect([mixed.up, mixed.down, mixed.flat]).to.deep.equal([plain.up, plain.down, plain.flat]);
      for (const [device, above] of mixed.up.entries()) {
        expect(whole.up[device]).to.include.members([...above]);
      }
    });
    fc.assert(property, { numRuns: runs(200), seed: 20_260_901 });
    const numbers = (...names: readonly string[]): number[] =>
      names.map((name) => whole.numberOf.get(name) ?? -1);
    expect(whole.up.map((above) => above.length)).to.deep.equal([3, 3, 3, 3, 0, 0, 0]);
    expect(whole.down[whole.numberOf.get("spine2") ?? -1]).to.deep.equal(
      numbers("leaf1", "leaf2", "leaf3", "leaf4"),
    );
    const reversed = graphOf({ ...topology, links: topology.links.toReversed() });
    expect(reversed.up).to.deep.equal(whole.up);
    expect(reversed.down).to.deep.equal(whole.down);
  });

  it("has each session's two ends, and one outside the fabric beside them", () => {
    const evpnSessions = [
      { device: "leaf2", peer: "spine1" },
      { device: "leaf1", peer: "spine2" },
      { device: "leaf1", peer: "spine1" },
      { device: "leaf1", peer: "spine1" },
      { device: "leaf3", peer: null },
    ];
    const { numberOf, peersOf, clientsOf } = graphOf({ ...topology, evpnSessions });
    const number = (name: string): number => numberOf.get(name) ?? -1;
    expect(peersOf[number("leaf1")]).to.deep.equal([number("spine1"), number("spine2")]);
    expect(peersOf[number("leaf3")]).to.deep.equal([-1]);
    expect(clientsOf[number("spine1")]).to.deep.equal([number("leaf1"), number("leaf2")]);
    expect(clientsOf[number("leaf3")]).to.deep.equal([]);
  });
});
