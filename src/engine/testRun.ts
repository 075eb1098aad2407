/** How far the test run of a campaign is, counted from what its devices say of their tests. */
import { explain, type Explained } from "../api/reasons.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { CampaignPhase } from "../api/campaignPhase.ts";
import { blocked } from "./approval.ts";
import type { CampaignWorld, StoredPlan } from "./campaignWorld.ts";

const NAMED_DEVICES = 5;

/** What a test run is of: it changes with every edit of the campaign, and with the plan. */
export function testOf({ metadata }: UpgradeCampaign, { hash }: Pick<StoredPlan, "hash">): string {
  return `generation ${String(metadata.generation)} of plan ${hash.slice(0, 16)}`;
}

/** A message of the transport begins with the device already. */
function nameFirst(device: string, message: string): string {
  return message.startsWith(`${device}: `) ? message : `${device}: ${message}`;
}

/** The phase of a campaign whose devices shall be tested, and why it is that. */
export function judgeTestRun(
  { campaign, children, fabricRead = true }: CampaignWorld,
  stored: StoredPlan,
): { readonly phase: CampaignPhase; readonly because: Explained } {
  if (!fabricRead) return { phase: "Testing", because: explain("Testing", "the fabric is being read") };
  const wanted = testOf(campaign, stored);
  const devices = Object.keys(stored.plan.devices);
  const tested = children.filter(
    ({ spec, status }) => status?.test?.of === wanted && Object.hasOwn(stored.plan.devices, spec.deviceName),
  );
  const total = String(devices.length);
  if (tested.length < devices.length) {
    return {
      phase: "Testing",
      because: explain("Testing", `${String(tested.length)} of ${total} devices are tested`),
    };
  }
  const failed = tested.filter(({ status }) => status?.test?.passed !== true);
  if (failed.length > 0) {
    const named = failed
      .slice(0, NAMED_DEVICES)
      .map(({ spec, status }) => nameFirst(spec.deviceName, status?.message ?? ""));
    const more = failed.length > NAMED_DEVICES ? "; …" : "";
    const message = `${String(failed.length)} of ${total} devices fail: ${named.join("; ")}${more}`;
    return { phase: "Blocked", because: explain("HealthCheckFailed", message) };
  }
  if (stored.blockers.length > 0) return { phase: "Blocked", because: blocked(stored.blockers) };
  const ready =
    devices.length === 1
      ? "1 device can be upgraded as it is"
      : `${total} devices can be upgraded as they are`;
  return {
    phase: "Tested",
    because: explain("Tested", `${ready}; with mode Upgrade the plan waits for its approval`),
  };
}
