/** The health readings of a chassis cluster: those of a switch, without what a firewall does not have. */
import type { CheckName } from "../../health/catalogue.ts";
import type { HealthReadings } from "../../health/reading.ts";
import type { RunContext } from "../driver.ts";
import { takeReadings } from "../readings.ts";

/** Nothing to judge on a firewall: it is no EVPN device, and its LAGs are those of the redundant interfaces. */
const NOT_ON_FIREWALLS: readonly CheckName[] = [
  "lacpLocal",
  "lacpPeers",
  "evpnInstances",
  "segmentsForwarding",
  "macCount",
];

/** Takes the readings through the node that runs the cluster: all, or as many as the given checks need. */
export async function takeClusterReadings(
  context: RunContext,
  asked?: ReadonlySet<CheckName>,
): Promise<HealthReadings> {
  const readings = await takeReadings(context, asked);
  return { ...readings, ...Object.fromEntries(NOT_ON_FIREWALLS.map((name) => [name, null])) };
}
