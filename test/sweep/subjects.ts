/** What the sweep upgrades: for each driver a device, on a fabric that can spare it, and the device that backs it up. */
import { assigned } from "../support/largeDevices.ts";
import { mx, mxParallel, mxSingle } from "../../src/drivers/mx.ts";
import type { Driver } from "../../src/drivers/driver.ts";
import { qfx, qfxChassis } from "../../src/drivers/qfx.ts";
import { srx } from "../../src/drivers/srx.ts";
import type { Timings } from "../../src/simulator/description.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { chassisFabric } from "../support/chassisFabric.ts";
import { changedStage, type FabricStage } from "../support/fabricRun.ts";
import { FIREWALL, firewallStage } from "../support/firewallFabric.ts";
import { mixedFabric } from "../support/mixedFabric.ts";
import {
  applyFabric,
  campaignDraft,
  imageDraft,
  NAMESPACE,
  only,
  simulation,
} from "../support/smallFabric.ts";
import type { CampaignSpec } from "../support/smallFabric.ts";

/** Names of rows: the procedure, and where it differs the kind of routing engine. */
export const SUBJECT_NAMES = [
  "qfx/v1",
  "mx/v1",
  "mx/v1 vmhost",
  "mx-single/v1",
  "srx/v1",
  "qfx-chassis/v1",
  "mx-parallel/v1",
] as const;
export type SubjectName = (typeof SUBJECT_NAMES)[number];

export interface Subject {
  readonly name: SubjectName;
  readonly driver: Driver;
  /** The device that things go wrong on; the campaign begins with it. */
  readonly device: string;
  /** Backs it up, and is next in the campaign; a cluster backs itself up. */
  readonly peer?: string;
  /** Everything that the device's traffic could go to instead. */
  readonly rest: readonly string[];
  /** The routing engine or node that goes first, and the one that goes second. */
  readonly controlPlanes?: { readonly first: string; readonly second: string };
  readonly stage: FabricStage;
  readonly campaign: Partial<CampaignSpec>;
}

/** Devices that are quick: nothing here depends on how long a boot takes, and each poll costs. */
export const QUICK: Partial<Timings> = {
  bootSeconds: 120,
  fpcOnlineSeconds: 15,
  installSeconds: 60,
  copySeconds: 20,
  replicationSeconds: 10,
  switchoverHoldSeconds: 30,
  upgradeValidateSeconds: 20,
  upgradeLineCardsSeconds: 15,
};

const SERVER = "http://images.example.net/junos";
const ENGINES = { first: "re1", second: "re0" } as const;
const ROUTER_REST = ["spine2"] as const;
/** One group on either node, so that they have to be brought together. */
const SPLIT_GROUPS =
  "{groups: [{id: 0, priorities: {node0: 200, node1: 100}}, {id: 1, priorities: {node0: 100, node1: 200}, primary: node1}]}";

/**
 * Devices that are enough for one to be spared and for traffic to cross the spines; fewer to be read in each of many runs.
 * Servers of leaf4 hang on leaf3 alone, which nobody upgrades.
 */
const DEVICES: ReadonlySet<string> = new Set(["leaf1", "leaf2", "leaf3", "spine1", "spine2"]);

function onFewDevices(stage: FabricStage): FabricStage {
  const key = { namespace: NAMESPACE, name: "dc1" };
  const few = changedStage(stage, {
    simulation: (whole) => ({
      ...whole,
      devices: whole.devices.filter(({ name }) => DEVICES.has(name)),
      links: whole.links.filter(({ a, b }) => DEVICES.has(a.device) && DEVICES.has(b.device)),
      servers: whole.servers.flatMap((server) => {
        const attachments = server.attachments.filter(({ device }) => DEVICES.has(device));
        if (attachments.length === server.attachments.length) return server;
        const { name, vlan } = server;
        return attachments.length === 0 ? [] : { name, vlan, attachments, lacp: "none" as const };
      }),
    }),
    apply: (store) =>
      update({ store, kind: "Fabric", key }, ({ spec }) => {
        spec.devices = spec.devices.filter(({ name }) => DEVICES.has(name));
      }),
  });
  return {
    ...few,
    campaign(spec) {
      const draft = stage.campaign(spec);
      const { acceptNonHitless: _none, ...strategy } = draft.spec.strategy;
      return { ...draft, spec: { ...draft.spec, strategy } };
    },
  };
}

/** The small fabric; its package has to be fetched. */
const switches: FabricStage = {
  simulation: () => simulation(false),
  async apply(store, served) {
    const image = imageDraft();
    const source = { url: `${SERVER}/${image.spec.deviceImageName}` };
    await applyFabric(store, served, { ...image, spec: { ...image.spec, source } });
  },
  campaign: (spec) => campaignDraft(spec),
};

export const SUBJECTS: readonly Subject[] = [
  {
    name: "qfx/v1",
    driver: qfx,
    device: "leaf1",
    peer: "leaf2",
    rest: ["leaf2", "spine1", "spine2"],
    stage: onFewDevices(switches),
    campaign: only("leaf1", "leaf2"),
  },
  {
    name: "mx/v1",
    driver: mx,
    device: "spine1",
    peer: "spine2",
    rest: ROUTER_REST,
    controlPlanes: ENGINES,
    stage: onFewDevices(mixedFabric({ server: SERVER })),
    campaign: assigned({ spine1: "mx", spine2: "mx-vmhost" }),
  },
  {
    name: "mx/v1 vmhost",
    driver: mx,
    device: "spine1",
    peer: "spine2",
    rest: ROUTER_REST,
    controlPlanes: ENGINES,
    stage: onFewDevices(mixedFabric({ model: "mx10003" })),
    campaign: { imageAssignments: [{ imageRef: { name: "mx-vmhost" }, selector: { roles: ["Spine"] } }] },
  },
  {
    name: "mx-single/v1",
    driver: mxSingle,
    device: "spine1",
    peer: "spine2",
    rest: ROUTER_REST,
    stage: onFewDevices(mixedFabric({ single: true, server: SERVER })),
    campaign: assigned({ spine1: "mx", spine2: "mx-vmhost" }),
  },
  {
    name: "srx/v1",
    driver: srx,
    device: FIREWALL,
    rest: [],
    controlPlanes: { first: "node1", second: "node0" },
    stage: firewallStage({ cluster: SPLIT_GROUPS }),
    campaign: {},
  },
  {
    name: "qfx-chassis/v1",
    driver: qfxChassis,
    device: "spine1",
    peer: "spine2",
    rest: ROUTER_REST,
    controlPlanes: ENGINES,
    stage: onFewDevices(chassisFabric()),
    campaign: assigned({ spine1: "qfx10", spine2: "qfx10-host" }),
  },
  {
    name: "mx-parallel/v1",
    driver: mxParallel,
    device: "spine1",
    peer: "spine2",
    rest: ROUTER_REST,
    controlPlanes: ENGINES,
    stage: onFewDevices(mixedFabric()),
    campaign: {
      ...assigned({ spine1: "mx", spine2: "mx-vmhost" }),
      strategy: { ...campaignDraft().spec.strategy, routingEngines: "Parallel" },
    },
  },
];

export function subjectOf(name: SubjectName): Subject {
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined) throw new RangeError(`no subject ${name}`);
  return subject;
}
