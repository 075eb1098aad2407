/** Which device of the fabric is meant by a name in LLDP, or by an address in EVPN and BGP. */
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { append } from "../indexes.ts";
import { sortedNames } from "../naturalOrder.ts";
import type { TopologyProblem } from "./topology.ts";

/** Devices by LLDP system name; null for a name that two devices go by. */
export type SystemNames = ReadonlyMap<string, string | null>;

/** A device goes by the host name it gives itself, and by the name the Fabric gives it. */
export function systemNames(
  spec: Fabric["spec"],
  saidBy: ReadonlyMap<string, DeviceDiscovery>,
  problems: TopologyProblem[],
): SystemNames {
  const byHostName = new Map<string, string[]>();
  for (const [device, { hostName }] of saidBy) {
    if (hostName !== "") append(byHostName, hostName.toLowerCase(), device);
  }
  const systems = new Map<string, string | null>();
  for (const [hostName, devices] of byHostName) {
    systems.set(hostName, devices.length === 1 ? (devices[0] ?? null) : null);
    if (devices.length === 1) continue;
    const message = `${sortedNames(devices).join(" and ")} have the same host name ${hostName}`;
    for (const device of devices) problems.push({ device, reason: "TopologyContradiction", message });
  }
  for (const { name } of spec.devices) {
    const holder = systems.get(name);
    if (holder === undefined) systems.set(name, name);
    else if (holder !== null && holder !== name) {
      const message = `${holder} calls itself ${name}, which is the name of another device of the fabric`;
      problems.push({ device: holder, reason: "TopologyContradiction", message });
      systems.set(name, null);
    }
  }
  return systems;
}

/**
 * The device that a system name stands for: undefined for none of the fabric, null for more than one. A system
 * name may carry a domain (`spine1.example.net`) that the Fabric's names lack.
 */
export function findSystem(systems: SystemNames, remoteSystem: string): string | null | undefined {
  const name = remoteSystem.toLowerCase();
  const exact = systems.get(name);
  if (exact !== undefined) return exact;
  const dot = name.indexOf(".");
  return dot === -1 ? undefined : systems.get(name.slice(0, dot));
}

/** Devices by the addresses that they say are theirs. An address of two (an anycast loopback) names neither. */
export function addressesOf(saidBy: ReadonlyMap<string, DeviceDiscovery>): Map<string, string> {
  const byAddress = new Map<string, string>();
  const shared = new Set<string>();
  for (const [device, { routerAddresses }] of saidBy) {
    for (const address of new Set(routerAddresses)) {
      if (byAddress.has(address)) shared.add(address);
      byAddress.set(address, device);
    }
  }
  for (const address of shared) byAddress.delete(address);
  return byAddress;
}
