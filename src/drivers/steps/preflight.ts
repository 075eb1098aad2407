/**
 * Preflight: the device is healthy, nobody else is working on it, and it is not there already. Read-only; made
 * anew for every batch.
 */
import type { Observation, Step } from "../../engine/step.ts";
import { checksOf, evaluateHealth, verdict } from "../../health/evaluate.ts";
import type { RunContext } from "../driver.ts";
import { GUARDS } from "../guards.ts";
import { healthRecords, takeReadings } from "../readings.ts";

/** What a family asks of the device's software, in the place of the usual guard; undefined: nothing is against it. */
export type CheckSoftware = (context: RunContext) => Promise<Observation | undefined>;

export function preflightStep(checkSoftware?: CheckSoftware): Step<RunContext> {
  const guards = checkSoftware === undefined ? GUARDS : GUARDS.filter(({ name }) => name !== "release");
  return {
    name: "Preflight",
    once: false,
    landing: "InService",
    deadlineSeconds: 1800,
    expectedSeconds: 0,
    onDeadline: "Fail",
    outOfService: false,
    needsFreshProof: false,
    silences: false,
    pollSeconds: 20,
    async observe(context) {
      const { device, status, settings } = context;
      const connection = await context.connect(device.name);
      const against = await checkSoftware?.(context);
      if (against !== undefined) return against;
      for (const guard of guards) {
        const answer = await guard.ask(context, connection);
        if (answer.is !== "Free") return answer;
      }
      const results = evaluateHealth({
        readings: await takeReadings(context, checksOf(settings.health, "Before")),
        settings: settings.health,
        phase: "Before",
      });
      const health = healthRecords(results, status.health, "Before");
      // A peer that cannot take over is waited for: that is not this device's fault, nor cured by failing it.
      const peers = results.find(({ check, passed }) => check === "lacpPeers" && !passed);
      const { proceed, explained } = verdict(
        results.filter((result) => result !== peers),
        settings.abortOnFailure,
      );
      if (!proceed && settings.onUnhealthy === "Exclude") return { is: "Skipped", ...explained, health };
      if (!proceed) return { is: "Failed", ...explained, health };
      return peers !== undefined && settings.abortOnFailure
        ? { is: "Blocked", reason: "PeerLost", message: peers.message }
        : { is: "Done", evidence: { message: explained.message, health } };
    },
  };
}

/** Of a device with one routing engine. */
export const preflight = preflightStep();
