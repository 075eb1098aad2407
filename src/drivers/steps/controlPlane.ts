/**
 * ControlPlane: line cards, BGP and EVPN are back, while the device is still drained. Only what a drained device
 * can have is asked for: its servers are away, so LACP and addresses are compared after the undrain.
 */
import type { CheckName } from "../../health/catalogue.ts";
import { evaluateHealth } from "../../health/evaluate.ts";
import type { Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { takeReadings } from "../readings.ts";

const ASKED: ReadonlySet<CheckName> = new Set([
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
    const kept = await context.backups.load();
    const results = evaluateHealth({
      readings: await takeReadings(context, ASKED),
      settings: context.settings.health,
      phase: "After",
      ...(kept === undefined ? {} : { baseline: kept.readings }),
    });
    const missing = results.filter(({ check, passed }) => ASKED.has(check) && !passed);
    return missing.length === 0
      ? { is: "Done", evidence: { message: "line cards, BGP and EVPN are back" } }
      : {
          is: "Blocked",
          reason: "ControlPlaneNotReady",
          message: missing.map(({ message }) => message).join("; "),
        };
  },
};
