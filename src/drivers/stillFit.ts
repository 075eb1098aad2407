/**
 * Whether a device that passed its preflight may still be touched. Staging takes up to hours, and what was healthy then
 * can be worse by now, or on its way back from something. Nothing is drained yet, so it is waited for.
 */
import type { Observation } from "../engine/step.ts";
import type { CheckName } from "../health/catalogue.ts";
import { evaluateHealth, unreadBaseline, verdict } from "../health/evaluate.ts";
import type { HealthReadings } from "../health/reading.ts";
import type { RunContext } from "./driver.ts";
import { recordedReadings } from "./readings.ts";
import { MUST_COME_BACK } from "./steps/controlPlane.ts";

/** What staging itself changes: the package takes its room, and its checksum the CPU. */
const CHANGED_BY_STAGING: ReadonlySet<CheckName> = new Set(["storageFreeBytes", "routingEngineCpuIdle"]);

type WhyNot = Extract<Observation, { readonly is: "Blocked" | "Skipped" }>;

/**
 * Why these readings must not become those that the device is compared with afterwards; undefined where they may. What
 * must come back before the undrain has to be read whatever the campaign passes over: without it the device would stay
 * drained.
 */
export function whyNotBaseline(context: RunContext, readings: HealthReadings): WhyNot | undefined {
  const { settings, status } = context;
  const { health, abortOnFailure, onUnhealthy } = settings;
  const unread = unreadBaseline(readings, health).filter(
    ({ check }) => abortOnFailure || MUST_COME_BACK.has(check),
  );
  if (unread.length > 0) {
    const message = `in service; to be compared with, and not read: ${unread.map(({ title }) => title).join(", ")}`;
    return { is: "Blocked", reason: "BaselineNotRead", message };
  }
  const results = evaluateHealth({ readings, settings: health, phase: "Before" }).filter(
    ({ check }) => !CHANGED_BY_STAGING.has(check),
  );
  const atPreflight = recordedReadings(status.health ?? [], "Before");
  const sincePreflight = evaluateHealth({
    readings,
    baseline: atPreflight,
    settings: health,
    phase: "After",
  }).filter(({ check }) => MUST_COME_BACK.has(check) && atPreflight[check] !== undefined);
  const peers = results.find(({ check, passed }) => check === "lacpPeers" && !passed);
  const already = new Set(results.filter(({ passed }) => !passed).map(({ check }) => check));
  const all = [
    ...results.filter((result) => result !== peers),
    ...sincePreflight.filter(({ check }) => !already.has(check)),
  ];
  const { proceed, explained } = verdict(all, abortOnFailure);
  if (!proceed && onUnhealthy === "Exclude") return { is: "Skipped", ...explained };
  if (!proceed) {
    return { is: "Blocked", reason: explained.reason, message: `in service; ${explained.message}` };
  }
  return peers !== undefined && abortOnFailure
    ? { is: "Blocked", reason: "PeerLost", message: peers.message }
    : undefined;
}
