/** Runs of the small fabric whose devices are drained by one technique or another, and what is expected of each. */
import { expect } from "chai";
import type { Plan } from "../../../src/api/plan.ts";
import { loadPlan } from "../../../src/controllers/campaign/planStore.ts";
import type { SimulationDescription } from "../../../src/simulator/description.ts";
import type { FabricRun, FabricStage } from "../../support/fabricRun.ts";
import {
  applyFabric,
  campaignDraft,
  imageDraft,
  only,
  simulation,
  type CampaignSpec,
} from "../../support/smallFabric.ts";

type Technique = NonNullable<NonNullable<CampaignSpec["strategy"]["drain"]>["technique"]>;

/** What a campaign says that asks for a technique. */
export function drainedBy(technique: Technique, ...devices: string[]): Partial<CampaignSpec> {
  const { strategy } = campaignDraft().spec;
  return { ...only(...devices), strategy: { ...strategy, drain: { technique } } };
}

/** The small fabric, with something different in its simulation. */
export function stageOf(change: (usual: SimulationDescription) => SimulationDescription): FabricStage {
  return {
    simulation: () => change(simulation()),
    apply: (store, served) => applyFabric(store, served, imageDraft()),
    campaign: campaignDraft,
  };
}

/** With other releases on some devices. */
export function withReleases(releases: Readonly<Record<string, string>>): FabricStage {
  return stageOf((usual) => ({
    ...usual,
    devices: usual.devices.map((device) => ({
      ...device,
      release: releases[device.name] ?? device.release,
    })),
  }));
}

/** The techniques that a device was drained by, with the reasons. */
export async function techniquesOf(
  run: FabricRun,
  device: string,
): Promise<Readonly<Record<string, string>>> {
  const techniques = (await run.upgrade(device))?.status?.drain?.techniques ?? [];
  return Object.fromEntries(techniques.map(({ name, why }) => [name, why]));
}

/** The techniques that the plan said a device would be drained by, with the reasons; undefined where it said nothing. */
export async function plannedOf(
  run: FabricRun,
  device: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const drain = (await planOf(run)).devices[device]?.drain;
  return drain && Object.fromEntries(drain.map(({ name, why }) => [name, why]));
}

/** The plan as people approved it. */
export async function planOf(run: FabricRun): Promise<Plan> {
  const record = await loadPlan(run.store, await run.campaign());
  if (record === undefined) throw new Error("there is no plan");
  return record.plan;
}

/** Upgraded once, as found, and nothing lost. */
export async function expectPerfect(run: FabricRun, ...devices: readonly string[]): Promise<void> {
  await expectAsFound(run, ...devices);
  expect(run.lost, "packets").to.equal(0);
}

/** Upgraded once, and as found. */
export async function expectAsFound(run: FabricRun, ...devices: readonly string[]): Promise<void> {
  await run.untilPhase("Completed");
  for (const name of devices) {
    expect(run.device(name).counters, name).to.include({ reboots: 1, installsStarted: 1 });
    expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
  }
  expect((await run.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
}

/** The leaves have a maintenance mode of their own. */
export const WITH_MAINTENANCE_MODE = stageOf((usual) => ({
  ...usual,
  devices: usual.devices.map((device) =>
    device.role === "Leaf" ? { ...device, features: ["evpnMaintenanceMode"] } : device,
  ),
}));
