/**
 * What a device may lack because others are out of service: routes and addresses of those others, sessions with them,
 * their half of a multihomed server's link. It is theirs to bring back, and no failure of this one.
 */
import type { HealthResult } from "../health/evaluate.ts";
import type { HealthReadings, Reading } from "../health/reading.ts";

/** One session of the underlay and one of the overlay. */
const SESSIONS_PER_NEIGHBOUR = 2;

export interface Comparison {
  readonly readings: HealthReadings;
  readonly baseline: HealthReadings;
  /** Devices that are out of service by the ledger. */
  readonly outOfService: ReadonlySet<string>;
  /** Those the device shares links or servers with. */
  readonly neighbours: readonly string[];
}

/** Whether all that failed may be due to others. How much of it is shows when they are back. */
export function isDueToOthers(failed: readonly HealthResult[], comparison: Comparison): boolean {
  return comparison.outOfService.size > 0 && failed.every((result) => mayBeDue(result, comparison));
}

function mayBeDue({ check }: HealthResult, comparison: Comparison): boolean {
  const reading = comparison.readings[check];
  const before = comparison.baseline[check];
  if (!isReading(reading) || !isReading(before)) return false;
  const { outOfService, neighbours } = comparison;
  switch (check) {
    case "activeRoutes":
    case "macCount":
    case "evpnDatabase":
      return true;
    case "interfacesUp":
    case "segmentsShared":
      return neighbours.some((name) => outOfService.has(name));
    case "bgpPeerState":
    case "bgpDownPeerCount":
    case "bfdSessions": {
      const away = neighbours.filter((name) => outOfService.has(name)).length;
      return reading.value - before.value <= away * SESSIONS_PER_NEIGHBOUR;
    }
    case "lacpPeers": {
      const ofOthers = reading.detail.filter((text) => !outOfService.has(deviceOf(text)));
      return ofOthers.length <= before.value;
    }
    default:
      return false;
  }
}

function isReading(reading: Reading | null | undefined): reading is Reading {
  return reading !== null && reading !== undefined;
}

/** `leaf2/xe-0/0/1 Detached`, `leaf2: no answer` */
function deviceOf(text: string): string {
  return /^[^/:]*/.exec(text)?.[0] ?? "";
}
