/** The probes around one device: right before it is taken out of service, and once it is back. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Explained } from "../../api/reasons.ts";
import type { StepName } from "../../api/steps.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Driver } from "../../drivers/driver.ts";
import { currentRule } from "../../engine/journal.ts";
import {
  backInService,
  occasionAfterDevice,
  occasionBeforeDevice,
  probesAt,
  takingOut,
  withAnswer,
} from "../../engine/probes.ts";
import type { Observation } from "../../engine/step.ts";
import { askProbes, type ProbeContext } from "./probes.ts";

interface About {
  readonly upgrade: DeviceUpgrade;
  readonly driver: Driver;
}

/** Why the device must not be taken out now; undefined where no probe says so. */
export async function askBeforeDevice(
  context: ProbeContext,
  { upgrade, driver }: About,
  signal: AbortSignal,
): Promise<Explained | undefined> {
  const campaign = campaignOf(context, upgrade);
  if (campaign === undefined || probesAt(campaign, "BeforeDevice").length === 0) return undefined;
  const run = { status: upgrade.status ?? {}, procedure: driver.procedure.steps };
  // A device that is out already only gets its place in the ledger back.
  if (currentRule(run.status, run.procedure)?.name !== takingOut(run.procedure)) return undefined;
  const occasion = occasionBeforeDevice(upgrade.spec.deviceName, upgrade.metadata.uid, run);
  const answer = await askProbes(context, { campaign, occasions: [occasion] }, signal);
  return answer.is === "Passed" ? undefined : answer.because;
}

/** What a look at the device comes to: once it is back and as it was found, its probes have their say. */
export async function askAfterDevice(
  context: ProbeContext,
  { upgrade, driver, step, seen }: About & { readonly step: StepName; readonly seen: Observation },
  signal: AbortSignal,
): Promise<Observation> {
  const run = { status: upgrade.status ?? {}, procedure: driver.procedure.steps };
  if (seen.is !== "Done" || step !== backInService(run.procedure)) return seen;
  const campaign = campaignOf(context, upgrade);
  if (campaign === undefined || probesAt(campaign, "AfterDevice").length === 0) return seen;
  const occasion = occasionAfterDevice(upgrade.spec.deviceName, upgrade.metadata.uid, run);
  return withAnswer(seen, await askProbes(context, { campaign, occasions: [occasion] }, signal));
}

function campaignOf(
  { store }: Pick<ProbeContext, "store">,
  { metadata, spec }: DeviceUpgrade,
): UpgradeCampaign | undefined {
  return store.cached("UpgradeCampaign").get({ namespace: metadata.namespace, name: spec.campaignRef.name });
}
