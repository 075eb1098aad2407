/**
 * How long a device is out of service: as measured on the simulator, beside what physics alone would take, and beside a
 * model of Contrail's flow with the same physical times. Everything is model time: the same figures on every machine.
 */
import { assigned } from "../test/support/largeDevices.ts";
import { startFabricRun, type FabricStage } from "../test/support/fabricRun.ts";
import { firewallStage, FIREWALL } from "../test/support/firewallFabric.ts";
import { mixedFabric } from "../test/support/mixedFabric.ts";
import { campaignDraft, imageDraft, only, applyFabric, simulation } from "../test/support/smallFabric.ts";
import type { CampaignSpec } from "../test/support/smallFabric.ts";
import { DEFAULT_TIMINGS, type Timings } from "../src/simulator/description.ts";

export interface OutOfService {
  readonly device: string;
  readonly driver: string;
  readonly measuredSeconds: number;
  /** Installations, boots, line cards, convergence: what nobody can make shorter. */
  readonly physicalSeconds: number;
  /** Null where the flow does not know such devices. */
  readonly contrailSeconds: number | null;
}

interface Candidate {
  readonly driver: string;
  readonly device: string;
  readonly stage: FabricStage;
  readonly campaign: Partial<CampaignSpec>;
  readonly physical: (timings: Timings) => number;
  readonly contrail: ((timings: Timings) => number) | null;
}

const smallFabric: FabricStage = {
  simulation: () => simulation(),
  apply: (store, served) => applyFabric(store, served, imageDraft()),
  campaign: (spec) => campaignDraft(spec),
};

/** The hold-down interval of redundancy group 0: until it may go back to the node that it was found on. */
const GROUP_HOLD_SECONDS = 300;

/** From the request until the device answers again. */
const rebootSeconds = ({ shutdownSeconds, bootSeconds }: Timings): number => shutdownSeconds + bootSeconds;

/** Until routes are back: sessions of the underlay and its routes, then those of the overlay. */
const convergence = (timings: Timings): number =>
  2 * timings.bgpUpSeconds + timings.underlayConvergeSeconds + timings.evpnConvergeSeconds;

/** Until nobody sends any more to what is about to go. */
const drain = ({ underlayConvergeSeconds, evpnConvergeSeconds }: Timings): number =>
  underlayConvergeSeconds + evpnConvergeSeconds;

const CANDIDATES: readonly Candidate[] = [
  {
    driver: "qfx",
    device: "leaf1",
    stage: smallFabric,
    campaign: only("leaf1"),
    physical: (timings) =>
      drain(timings) +
      timings.installSeconds +
      rebootSeconds(timings) +
      timings.fpcOnlineSeconds +
      convergence(timings) +
      timings.lacpUpSeconds,
    contrail: (timings) => contrailSeconds(timings, { isLeaf: true, engines: 1 }),
  },
  {
    driver: "mx, one engine",
    device: "spine1",
    stage: mixedFabric({ single: true }),
    campaign: assigned({ spine1: "mx" }),
    physical: (timings) =>
      timings.underlayConvergeSeconds +
      timings.installSeconds +
      rebootSeconds(timings) +
      timings.fpcOnlineSeconds +
      convergence(timings),
    contrail: (timings) => contrailSeconds(timings, { isLeaf: false, engines: 1 }),
  },
  {
    driver: "mx, two engines",
    device: "spine1",
    stage: mixedFabric(),
    campaign: assigned({ spine1: "mx" }),
    physical: (timings) =>
      timings.underlayConvergeSeconds +
      2 * (timings.installSeconds + rebootSeconds(timings)) +
      timings.fpcOnlineSeconds +
      timings.replicationSeconds,
    contrail: (timings) => contrailSeconds(timings, { isLeaf: false, engines: 2 }),
  },
  {
    driver: "srx cluster",
    device: FIREWALL,
    stage: firewallStage(),
    campaign: {},
    physical: (timings) =>
      timings.upgradeValidateSeconds +
      timings.copySeconds +
      timings.replicationSeconds +
      2 * (timings.installSeconds + rebootSeconds(timings) + timings.replicationSeconds) +
      timings.upgradeLineCardsSeconds +
      GROUP_HOLD_SECONDS,
    contrail: null,
  },
];

/**
 * Contrail's flow by its playbooks: a pause of 60 s after the drain of a leaf, the image fetched while drained (once per
 * routing engine), then all engines rebooted at once; 60 s until the first knock at the port and 60 s between knocks; line
 * cards and BGP asked every 25 s.
 */
function contrailSeconds(
  timings: Timings,
  { isLeaf, engines }: { readonly isLeaf: boolean; readonly engines: number },
): number {
  const asked = (seconds: number, every: number): number => Math.ceil(seconds / every) * every;
  const pause = isLeaf ? 60 : 0;
  const transferAndInstall = engines * (timings.copySeconds + timings.installSeconds);
  const back = 60 + asked(Math.max(0, rebootSeconds(timings) - 60), 60);
  const sinceBack = back - rebootSeconds(timings);
  const lineCards = asked(Math.max(0, timings.fpcOnlineSeconds - sinceBack), 25);
  const restored = pause + asked(convergence(timings), 25);
  return pause + transferAndInstall + back + lineCards + restored;
}

export interface WholeCampaign {
  readonly devices: number;
  readonly batches: number;
  readonly measuredSeconds: number;
  readonly contrailSeconds: number;
}

/**
 * Four leaves and two spines, in the batches that both flows have: two of leaves, then one spine after the other. In
 * either the slowest of a batch holds the next one.
 */
export async function benchCampaign(): Promise<WholeCampaign> {
  const run = await startFabricRun({ stage: smallFabric });
  try {
    const startedAt = run.clock.now();
    const campaign = await run.untilPhase("Completed");
    const leaf = contrailSeconds(DEFAULT_TIMINGS, { isLeaf: true, engines: 1 });
    const spine = contrailSeconds(DEFAULT_TIMINGS, { isLeaf: false, engines: 1 });
    return {
      devices: campaign.status?.plan?.devices ?? 0,
      batches: campaign.status?.plan?.batches ?? 0,
      measuredSeconds: (Date.parse(campaign.status?.finishedAt ?? "") - startedAt) / 1000,
      contrailSeconds: 2 * leaf + 2 * spine,
    };
  } finally {
    await run.stop();
  }
}

/** Runs an upgrade of each kind of device. */
export async function benchOutOfService(): Promise<readonly OutOfService[]> {
  const all: OutOfService[] = [];
  for (const { driver, device, stage, campaign, physical, contrail } of CANDIDATES) {
    all.push({
      driver,
      device,
      measuredSeconds: await measure({ stage, campaign, device }),
      physicalSeconds: physical(DEFAULT_TIMINGS),
      contrailSeconds: contrail?.(DEFAULT_TIMINGS) ?? null,
    });
  }
  return all;
}

/** From the ledger's taking the device out until its giving it back. */
async function measure({
  stage,
  campaign,
  device,
}: Pick<Candidate, "stage" | "campaign" | "device">): Promise<number> {
  const at = new Map<string, number>();
  const box: { now?: () => number } = {};
  const run = await startFabricRun({
    stage,
    campaign,
    prepare: async ({ clock }) => {
      box.now = () => clock.now();
    },
    hooks: {
      after: ({ object, action }) => {
        if (object === device) at.set(action, box.now?.() ?? 0);
      },
    },
  });
  try {
    await run.untilState(device, "HitlessImageUpgradeSuccessful");
  } finally {
    await run.stop();
  }
  return ((at.get("ReturnToService") ?? 0) - (at.get("TakeOutOfService") ?? 0)) / 1000;
}
