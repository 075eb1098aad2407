/** What a driver has read of a device's health: plain data, kept as the baseline for the comparison afterwards. */
import type { CheckName } from "./catalogue.ts";

export interface Reading {
  /** In the unit of the check. */
  readonly value: number;
  /** What the number is made of, for people: the peers that are down, the alarms. */
  readonly detail: readonly string[];
}

/**
 * The readings by check. An absent one was not obtained, and does not pass; `null` says that devices of this family
 * have no such thing, and there is nothing to pass.
 */
export type HealthReadings = { readonly [Name in CheckName]?: Reading | null };
