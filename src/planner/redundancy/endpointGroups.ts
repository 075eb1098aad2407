/** Endpoints that need the same: on the same devices, with the same minimum. Thousands of servers are few groups. */
import type { FabricGraph } from "./fabricGraph.ts";
import { listAt } from "../indexes.ts";

export interface EndpointGroup {
  /** The device of each attachment that is up and in service, ascending; twice where there are two on it. */
  readonly devices: readonly number[];
  readonly minimum: number;
  /** The endpoints, by their places in the topology. */
  readonly endpoints: readonly number[];
}

interface OpenGroup extends EndpointGroup {
  readonly endpoints: number[];
}

/** Without those that have no attachment left. */
export function endpointGroups({ topology, names, liveDevices }: FabricGraph): EndpointGroup[] {
  const groups: OpenGroup[] = [];
  // Almost all endpoints are on one or two devices, and a number is a much quicker key than a text.
  const byPair = new Map<number, OpenGroup>();
  const byText = new Map<string, OpenGroup>();
  for (let endpoint = 0; endpoint < liveDevices.length; endpoint += 1) {
    const devices = listAt(liveDevices, endpoint);
    if (devices.length === 0) continue;
    const minimum = topology.endpoints[endpoint]?.minAvailable ?? 1;
    const pair = ((devices[0] ?? 0) * (names.length + 1) + (devices[1] ?? -1) + 1) * 16 + minimum;
    const text = devices.length < 3 && minimum < 16 ? null : `${devices.join(" ")} ${String(minimum)}`;
    let group = text === null ? byPair.get(pair) : byText.get(text);
    if (group === undefined) {
      group = { devices, minimum, endpoints: [] };
      groups.push(group);
      if (text === null) byPair.set(pair, group);
      else byText.set(text, group);
    }
    group.endpoints.push(endpoint);
  }
  return groups;
}

/** The names of the group's endpoints, in natural order. */
export function groupNames({ topology }: FabricGraph, { endpoints }: EndpointGroup): string[] {
  return endpoints.map((endpoint) => topology.endpoints[endpoint]?.name ?? "");
}
