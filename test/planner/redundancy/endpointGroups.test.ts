import { expect } from "chai";
import fc from "fast-check";
import { endpointGroups, groupNames } from "../../../src/planner/redundancy/endpointGroups.ts";
import { fabricGraph } from "../../../src/planner/redundancy/fabricGraph.ts";
import { buildTopology } from "../../../src/planner/topology/topology.ts";
import { leavesOnly } from "../fabrics.ts";
import { discover, fabricOf, runs } from "../support.ts";

const world = leavesOnly(
  Array.from({ length: 6 }, (_, leaf) => `leaf${String(leaf)}`),
  [],
);
const bare = fabricGraph(buildTopology(fabricOf(world).spec, discover(world)), []);

describe("endpoints that need the same", () => {
  it("are those on the same devices with the same minimum, and no others", () => {
    const place = fc.integer({ min: 0, max: 5 });
    const drawn = fc.array(
      fc.record({
        devices: fc.array(place, { maxLength: 4 }).map((devices) => devices.toSorted((a, b) => a - b)),
        minAvailable: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 14, max: 18 })),
      }),
      { maxLength: 40 },
    );
    const property = fc.property(drawn, (all) => {
      const endpoints = all.map(({ minAvailable }, number) => {
        return { name: `server${String(number)}`, esi: null, minAvailable, attachments: [] };
      });
      const graph = {
        ...bare,
        topology: { ...bare.topology, endpoints },
        liveDevices: all.map(({ devices }) => devices),
      };
      const expected = new Map<string, string[]>();
      for (const [number, { devices, minAvailable }] of all.entries()) {
        if (devices.length === 0) continue;
        const key = `${devices.join(",")} ${String(minAvailable)}`;
        expected.set(key, [...(expected.get(key) ?? []), `server${String(number)}`]);
      }
      const found = endpointGroups(graph).map(
        (group) => [`${group.devices.join(",")} ${String(group.minimum)}`, groupNames(graph, group)] as const,
      );
      expect(found).to.deep.equal([...expected]);
    });
    fc.assert(property, { numRuns: runs(600), seed: 20_261_001 });
  });

  it("are told apart by each of their devices, and by the minimum", () => {
    const lists = [
      [0, 1],
      [0, 2],
      [1, 2],
      [0],
      [1],
      [0, 0],
      [0, 1, 2],
      [0, 1, 3],
      [1, 1],
      [0, 5],
      [1, 0],
      [2, 3],
    ];
    const endpoints = [...lists, ...lists].map((_, number) => {
      const minAvailable = number < lists.length ? 1 : 2;
      return { name: `server${String(number)}`, esi: null, minAvailable, attachments: [] };
    });
    const graph = { ...bare, topology: { ...bare.topology, endpoints }, liveDevices: [...lists, ...lists] };
    expect(endpointGroups(graph)).to.have.length(2 * lists.length);
  });
});
