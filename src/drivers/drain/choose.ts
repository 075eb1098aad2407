/**
 * Which techniques drain a device. What its configuration and release rule out is left out here; of what is left the
 * device's `commit check` takes the first that it accepts.
 *
 * Policies go before graceful shutdown: a longer AS path is worse for every peer, while the community of RFC 8326 moves
 * only those that heed it. The device's own maintenance mode goes before our switching links off: it knows more.
 */
import type { DrainableConfiguration, DrainProblem } from "../../junos/drain/drainableConfiguration.ts";
import { evpnMaintenanceMode } from "./evpnMaintenanceMode.ts";
import { forwarderPreference } from "./forwarderPreference.ts";
import { gracefulShutdown } from "./gracefulShutdown.ts";
import { linksDown } from "./linksDown.ts";
import { overload } from "./overload.ts";
import { policy } from "./policy.ts";
import type { ChosenTechnique, DrainTechnique } from "./technique.ts";

/** What a campaign may ask for. */
export type WantedTechnique = "Auto" | "Policy" | "GracefulShutdown" | "EvpnMaintenanceMode";

/** Routes are drained first, and come back last. */
export type DrainPhase = "Routes" | "Access";

/** Techniques that together drain one phase. */
export type Candidate = readonly ChosenTechnique[];

export interface Choice {
  /** The best first; empty where there is none, with why. */
  readonly candidates: readonly Candidate[];
  readonly problems: readonly DrainProblem[];
}

/** Every technique, in the order in which it is taken back. */
export const ROUTE_TECHNIQUES: readonly DrainTechnique[] = [
  policy,
  gracefulShutdown,
  forwarderPreference,
  overload,
];
export const ACCESS_TECHNIQUES: readonly DrainTechnique[] = [evpnMaintenanceMode, linksDown];

/** The candidates of a phase for this device. */
export function chooseTechniques(
  configuration: DrainableConfiguration,
  phase: DrainPhase,
  wanted: WantedTechnique = "Auto",
): Choice {
  const general = configuration.problems.filter(({ only }) => only === undefined);
  if (general.length > 0) return { candidates: [], problems: general };
  switch (phase) {
    case "Routes": {
      const always = withReason(configuration, [forwarderPreference, overload]);
      return oneOf(configuration, bgpTechniques(wanted), { wanted, always });
    }
    case "Access":
      return oneOf(configuration, accessTechniques(wanted), { wanted, always: [] });
  }
}

function bgpTechniques(wanted: WantedTechnique): readonly DrainTechnique[] {
  switch (wanted) {
    case "Policy":
      return [policy];
    case "GracefulShutdown":
      return [gracefulShutdown];
    case "Auto":
    case "EvpnMaintenanceMode":
      return [policy, gracefulShutdown];
  }
}

function accessTechniques(wanted: WantedTechnique): readonly DrainTechnique[] {
  switch (wanted) {
    case "EvpnMaintenanceMode":
      return [evpnMaintenanceMode];
    case "Auto":
      return [evpnMaintenanceMode, linksDown];
    case "Policy":
    case "GracefulShutdown":
      return [linksDown];
  }
}

/** One of these techniques, together with those that are always used. */
function oneOf(
  configuration: DrainableConfiguration,
  techniques: readonly DrainTechnique[],
  { wanted, always }: { readonly wanted: WantedTechnique; readonly always: Candidate },
): Choice {
  const applying = techniques.filter(({ applies }) => applies(configuration));
  if (applying.length === 0) return { candidates: [always], problems: [] };
  const problems: DrainProblem[] = [];
  const candidates: Candidate[] = [];
  for (const technique of applying) {
    const against = technique.problems(configuration);
    if (against.length === 0) {
      // A later one is only come to where the device has refused the one before.
      const before = candidates.at(-1)?.[0]?.technique.name;
      const why =
        before === undefined
          ? reasonFor(configuration, technique, { wanted, problems })
          : `commit check refuses ${before}`;
      candidates.push([{ technique, why }, ...always]);
    } else problems.push(...against);
  }
  return { candidates, problems: candidates.length === 0 ? problems : [] };
}

function withReason(
  configuration: DrainableConfiguration,
  techniques: readonly DrainTechnique[],
): readonly ChosenTechnique[] {
  return techniques
    .filter(({ applies }) => applies(configuration))
    .map((technique) => ({ technique, why: usualReason(configuration, technique) }));
}

function reasonFor(
  configuration: DrainableConfiguration,
  technique: DrainTechnique,
  { wanted, problems }: { readonly wanted: WantedTechnique; readonly problems: readonly DrainProblem[] },
): string {
  if (technique.name === wanted) return "the campaign asks for it";
  const [first] = problems;
  const usual = usualReason(configuration, technique);
  // Where a better one was ruled out, that is the reason.
  return first === undefined || technique.name === "LinksDown" ? usual : `${first.code}: ${first.statement}`;
}

function usualReason(configuration: DrainableConfiguration, { name }: DrainTechnique): string {
  switch (name) {
    case "Policy":
      return "works with any peer";
    case "GracefulShutdown":
      return "the device takes it";
    case "ForwarderPreference":
      return "forwarders are elected by preference";
    case "Overload":
      return `runs ${configuration.interiorProtocols.map((each) => each.name).join(" and ")}`;
    case "LinksDown":
      return "LACP tells the servers";
    case "EvpnMaintenanceMode":
      return "the device takes it";
  }
}
