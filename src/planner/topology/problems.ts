/** What the finished graph leaves unproven. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { drainText } from "./drained.ts";
import { layerOf, topLayer } from "./layers.ts";
import type { Topology, TopologyProblem } from "./topology.ts";

type Graph = Omit<Topology, "problems">;

/**
 * Devices that were not read though they had to be, and devices in service whose way into the fabric is not
 * known: for those nobody can say which spine they need.
 */
export function findProblems(
  graph: Graph,
  policy: Fabric["spec"]["multihoming"]["discovery"],
): TopologyProblem[] {
  const problems: TopologyProblem[] = [];
  const top = topLayer(graph.devices);
  const linked = new Set<string>();
  for (const { a, b, up } of graph.links) {
    if (!up) continue;
    linked.add(a.device);
    linked.add(b.device);
  }
  const linksKnown = graph.source === "devices" || graph.links.length > 0;
  for (const device of graph.devices) {
    const { name, role, knowledge } = device;
    if (device.drainedBy !== undefined) {
      problems.push({ device: name, reason: "OutOfTraffic", message: drainText(device) });
    }
    if (knowledge === "Unknown") {
      const message = `${name} was not read (multihoming.discovery is ${policy}): it counts as out of service`;
      problems.push({ device: name, reason: "TopologyUnproven", message });
    } else if (linksKnown && layerOf(role) < top && !linked.has(name)) {
      const message = `no working link of ${name} to another device is known`;
      problems.push({ device: name, reason: "TopologyUnproven", message });
    }
  }
  return problems;
}
