/**
 * ControlPlane: line cards, BGP and EVPN are back, while the device is still drained. Only what a drained device
 * can have is asked for: its servers are away, so LACP and addresses are compared after the undrain.
 */
import type { CheckName } from "../../health/catalogue.ts";
import { evaluateHealth, type HealthResult } from "../../health/evaluate.ts";
import type { Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { takeReadings } from "../readings.ts";

/** What a device must have again before its drain is taken back. */
export const MUST_COME_BACK: ReadonlySet<CheckName> = new Set([
  "bgpPeerState",
  "bgpDownPeerCount",
  "fpcState",
  "fpcsOnline",
  "evpnInstances",
  "evpnPeers",
]);

export const controlPlane: Step<RunContext> = {
  name: "ControlPlane",
  once: false,
  landing: "Forward",
  deadlineSeconds: 1800,
  expectedSeconds: 120,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 15,
  async observe(context) {
    const missing = await missingNow(context);
    return missing.length === 0
      ? { is: "Done", evidence: { message: "line cards, BGP and EVPN are back" } }
      : {
          is: "Blocked",
          reason: "ControlPlaneNotReady",
          message: missing.map(({ message }) => message).join("; "),
        };
  },
};

/** What of it the device does not have now; asked before a drain, too: what is away then would keep it drained. */
export async function missingNow(context: RunContext): Promise<readonly HealthResult[]> {
  const kept = await context.backups.load();
  const results = evaluateHealth({
    readings: await takeReadings(context, MUST_COME_BACK),
    settings: context.settings.health,
    phase: "After",
    ...(kept === undefined ? {} : { baseline: kept.readings }),
  });
  return results.filter(({ check, passed }) => MUST_COME_BACK.has(check) && !passed);
}
