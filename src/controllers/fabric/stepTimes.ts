/**
 * What steps took, kept in the Fabric for the estimates of later plans: per model and step the median of each of the
 * last campaigns, and the median of those.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { parseInstant } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { StepTime } from "../../drivers/estimate.ts";
import { hasSucceeded } from "../../engine/campaignProgress.ts";
import { updateStatus } from "../../store/retryOnConflict.ts";
import type { ControllerContext } from "../controllerContext.ts";

/** So many campaigns are remembered; an odd number, so that the median is one of them. */
const CAMPAIGNS = 9;
/** As many entries as the Fabric's status has room for. */
const ENTRIES = 512;

/** Adds what a campaign that has ended took. A campaign that was counted is not counted again. */
export async function rememberStepTimes(
  { store, door }: Pick<ControllerContext, "store" | "door">,
  campaign: UpgradeCampaign,
  children: readonly DeviceUpgrade[],
): Promise<void> {
  const { namespace, uid } = campaign.metadata;
  const key = { namespace, name: campaign.spec.fabricRef.name };
  const fabric = await store.get("Fabric", key);
  if (fabric === undefined) return;
  const taken = timesOf(fabric, children);
  if (taken.length === 0) return;
  await door.run(`Fabric/${key.name}`, "WriteStepTimes", () =>
    updateStatus({ store, kind: "Fabric", key }, (copy) => {
      const known = copy.status?.stepTimes ?? [];
      if (known.some(({ lastCampaign }) => lastCampaign === uid)) return false;
      copy.status = { ...copy.status, stepTimes: addTimes(known, taken, uid) };
      return undefined;
    }),
  );
}

/** What one campaign took for a step on devices of a model: the median of them. */
export interface Taken {
  readonly model: string;
  readonly step: string;
  readonly seconds: number;
}

/** Only steps that were done at the first attempt on devices that succeeded: the rest tells of trouble, not of time. */
export function timesOf(fabric: Fabric, children: readonly DeviceUpgrade[]): Taken[] {
  const models = new Map(fabric.spec.devices.map(({ name, model }) => [name, model]));
  const taken = new Map<string, { model: string; step: string; all: number[] }>();
  for (const { spec, status } of children.filter(hasSucceeded)) {
    const model = models.get(spec.deviceName);
    for (const { name, state, attempts, startedAt, finishedAt } of status?.steps ?? []) {
      const isPlain = state === "Done" && attempts <= 1 && name !== "Soak";
      if (model === undefined || !isPlain || startedAt === undefined || finishedAt === undefined) continue;
      const key = `${model} ${name}`;
      const found = taken.get(key) ?? { model, step: name, all: [] };
      found.all.push(Math.max(0, Math.round((parseInstant(finishedAt) - parseInstant(startedAt)) / 1000)));
      taken.set(key, found);
    }
  }
  return Array.from(taken.values(), ({ model, step, all }) => ({ model, step, seconds: medianOf(all) }));
}

/** The known times with those of one more campaign. The entries that were added to last stay where there are too many. */
export function addTimes(
  known: readonly StepTime[],
  taken: readonly Taken[],
  lastCampaign: string,
): StepTime[] {
  const isSame = (a: Pick<Taken, "model" | "step">, b: Pick<Taken, "model" | "step">): boolean =>
    a.model === b.model && a.step === b.step;
  const kept = known.filter((time) => !taken.some((each) => isSame(each, time)));
  const renewed = taken.map(({ model, step, seconds }): StepTime => {
    const before = known.find((time) => isSame(time, { model, step }))?.campaignSeconds ?? [];
    const campaignSeconds = [...before, seconds].slice(-CAMPAIGNS);
    return { model, step, medianSeconds: medianOf(campaignSeconds), campaignSeconds, lastCampaign };
  });
  return [...kept, ...renewed].slice(-ENTRIES);
}

/** The lower one of the two in the middle where the number is even. */
function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}
