/** What would follow if a step failed, for every procedure of a plan, and what would be lost by it (CA-2, RB-4). */
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan } from "../../api/plan.ts";
import type { StepName } from "../../api/steps.ts";
import { parseDurationSeconds } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { assignedImage } from "../../controllers/campaign/planning.ts";
import { expectedSeconds } from "../../drivers/estimate.ts";
import type { Driver } from "../../drivers/driver.ts";
import { driverOf } from "../../drivers/registry.ts";
import type { StepRule } from "../../engine/step.ts";
import { totalSeconds } from "../../planner/estimate.ts";
import { compareNames, sortedNames } from "../../planner/naturalOrder.ts";
import { drainedDevices } from "../../planner/topology/drained.ts";
import type { Topology } from "../../planner/topology/topology.ts";
import { campaignAfter, type CampaignAfter } from "./campaignAfter.ts";
import { foresee } from "./foresee.ts";
import { FAILURES, type Foreseen } from "./recovery.ts";

export interface ForecastInput {
  readonly plan: Plan;
  readonly campaign: UpgradeCampaign;
  readonly fabric: Fabric;
  readonly images: readonly DeviceImage[];
  readonly topology: Topology;
  readonly outOfService: readonly string[];
  readonly drivers: readonly Driver[];
}

export interface Forecast {
  readonly step: StepName;
  /** One for each procedure that the plan uses and that has the step. */
  readonly procedures: readonly ProcedureForecast[];
  /** What is left without a spare while one device stays out; the worst first. Devices that leave all are missing. */
  readonly whileOut: readonly Exposure[];
  /** By the batch in which it fails. */
  readonly batches: readonly BatchForecast[];
}

export interface ProcedureForecast {
  readonly procedure: string;
  readonly devices: readonly string[];
  readonly rule: Pick<StepRule, "landing" | "once" | "deadlineSeconds" | "onDeadline" | "outOfService">;
  readonly failures: readonly (Omit<Foreseen, "status"> & { readonly campaign: CampaignAfter })[];
}

export interface Exposure {
  readonly device: string;
  /** Endpoints that are cut off as long as it is out. */
  readonly cutOff: readonly string[];
  /** Endpoints that have just as many working attachments left as they need. */
  readonly withoutSpare: readonly string[];
}

export interface BatchForecast {
  readonly batch: number;
  /** Devices of the batches before, which run their image then and keep it. */
  readonly doneDevices: number;
  readonly notBegunDevices: number;
  /** To take back what is done by then, batch by batch: as long as it took. */
  readonly goBackSeconds: number;
  /** To finish, once it is mended. */
  readonly goOnSeconds: number;
}

/** The steps that can be asked about: those of the procedures of the plan. */
export function stepsOf(input: ForecastInput): readonly StepName[] {
  const names = driversOf(input).flatMap(({ driver }) => driver.procedure.steps.map(({ name }) => name));
  return [...new Set(names)];
}

/** The forecast for a step that `stepsOf` names. */
export function forecastFailure(step: StepName, input: ForecastInput): Forecast {
  const { plan, campaign, fabric } = input;
  const soakSeconds = parseDurationSeconds(campaign.spec.strategy.soak);
  return {
    step,
    procedures: driversOf(input).flatMap(({ driver, devices }): ProcedureForecast[] => {
      const rule = driver.procedure.steps.find(({ name }) => name === step);
      if (rule === undefined) return [];
      const device = mostTelling(plan, devices);
      const experience = {
        model: fabric.spec.devices.find(({ name }) => name === device)?.model ?? "",
        soakSeconds,
        stepTimes: fabric.status?.stepTimes ?? [],
      };
      return [
        {
          procedure: driver.procedure.name,
          devices,
          rule: {
            landing: rule.landing,
            once: rule.once,
            deadlineSeconds: rule.deadlineSeconds,
            onDeadline: rule.onDeadline,
            outOfService: rule.outOfService,
          },
          failures: FAILURES.flatMap((failure) => {
            const foreseen = foresee(driver.procedure, {
              failure,
              step,
              expectedSeconds: (name) => {
                const expected = driver.procedure.steps.find((each) => each.name === name);
                return expected === undefined ? null : expectedSeconds(expected, experience);
              },
            });
            if (foreseen === undefined) return [];
            const { status, ...rest } = foreseen;
            const held = failure === "Stopped";
            return [{ ...rest, campaign: campaignAfter({ campaign, plan, device, status, held }) }];
          }),
        },
      ];
    }),
    whileOut: exposures(input),
    batches: plan.batches.map(({ index, devices }, place) => {
      const before = plan.batches.slice(0, place).flatMap((batch) => batch.devices).length;
      return {
        batch: index,
        doneDevices: before,
        notBegunDevices: Object.keys(plan.devices).length - before - devices.length,
        goBackSeconds: totalSeconds(plan.batches.slice(0, place)),
        goOnSeconds: totalSeconds(plan.batches.slice(place)),
      };
    }),
  };
}

/** The drivers of the plan's devices. */
function driversOf({
  plan,
  campaign,
  fabric,
  images,
  drivers,
}: ForecastInput): readonly { readonly driver: Driver; readonly devices: readonly string[] }[] {
  const planned = fabric.spec.devices.filter(({ name }) => Object.hasOwn(plan.devices, name));
  return drivers.flatMap((driver) => {
    const devices = planned.filter((device) => {
      const image = assignedImage(campaign, images, device);
      return image !== undefined && driverOf(drivers, device, campaign.spec.strategy) === driver;
    });
    return devices.length === 0 ? [] : [{ driver, devices: sortedNames(devices.map(({ name }) => name)) }];
  });
}

/** One that has others in its batch and batches after it, so that the forecast speaks of them, too. */
function mostTelling(plan: Plan, devices: readonly string[]): string {
  const batch = plan.batches.find(
    (each) => each.devices.length > 1 && devices.some((device) => each.devices.includes(device)),
  );
  return devices.find((device) => batch?.devices.includes(device)) ?? devices[0] ?? "";
}

function exposures({ plan, topology, outOfService }: ForecastInput): Exposure[] {
  const out = new Set([...outOfService, ...drainedDevices(topology).map(({ name }) => name)]);
  const found = new Map<string, { cutOff: string[]; withoutSpare: string[] }>();
  for (const { name, minAvailable, attachments } of topology.endpoints) {
    const live = attachments.filter(({ device, up }) => up && !out.has(device));
    for (const device of new Set(live.map((attachment) => attachment.device))) {
      if (!Object.hasOwn(plan.devices, device)) continue;
      const left = live.filter((attachment) => attachment.device !== device).length;
      if (left > minAvailable) continue;
      const exposure = found.get(device) ?? { cutOff: [], withoutSpare: [] };
      found.set(device, exposure);
      (left < minAvailable ? exposure.cutOff : exposure.withoutSpare).push(name);
    }
  }
  return [...found]
    .map(([device, { cutOff, withoutSpare }]) => ({
      device,
      cutOff: sortedNames(cutOff),
      withoutSpare: sortedNames(withoutSpare),
    }))
    .toSorted(
      (a, b) =>
        b.cutOff.length - a.cutOff.length ||
        b.withoutSpare.length - a.withoutSpare.length ||
        compareNames(a.device, b.device),
    );
}
