/**
 * What does not fit is told by its reason with what to do about it, and nothing is touched: image and device, package and
 * routing engine, releases, models, families. Each through the whole campaign, on simulated devices that count writes.
 */
import { assigned } from "../support/largeDevices.ts";
import { expect } from "chai";
import { hintOf, type Reason } from "../../src/api/reasons.ts";
import { loadPlan } from "../../src/controllers/campaign/planStore.ts";
import type { Draft } from "../../src/store/store.ts";
import { chassisFabric, CHASSIS_PACKAGE, HOST_PACKAGE, largeImage } from "../support/chassisFabric.ts";
import { shown, type FabricStage } from "../support/fabricRun.ts";
import { FIREWALL, firewallStage } from "../support/firewallFabric.ts";
import { mixedFabric, MX_PACKAGE, VMHOST_PACKAGE } from "../support/mixedFabric.ts";
import { PACKAGE, TARGET_RELEASE } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

type ImageSpec = Partial<Draft<"DeviceImage">["spec"]>;

interface Case {
  readonly title: string;
  readonly stage?: FabricStage;
  /** spine1 where nothing is said. */
  readonly device?: string;
  readonly image: ImageSpec & { readonly deviceImageName: string };
  readonly reason: Reason;
  readonly says: RegExp;
}

const EVO_RELEASE = `${TARGET_RELEASE}-EVO`;
const chassis = { deviceImageName: CHASSIS_PACKAGE };
const mx = { deviceFamily: "junos-mx", supportedPlatforms: ["mx480", "mx204", "mx10003"] };
const srx = { deviceFamily: "junos-srx", supportedPlatforms: ["srx1500", "srx340", "srx4600"] };
const srxPackage = (stem: string, release = TARGET_RELEASE): string => `${stem}-${release}.tgz`;

const CASES: readonly Case[] = [
  {
    title: "IM-4 an image of another vendor",
    image: { ...chassis, vendorName: "Arista" },
    reason: "UnsupportedVendor",
    says: /vendor Arista/,
  },
  {
    title: "IM-5 an image of another family",
    image: { ...chassis, deviceFamily: "junos-mx" },
    reason: "ImageFamilyMismatch",
    says: /image is for junos-mx, the device is junos-qfx/,
  },
  {
    title: "IM-5 a package of another family under the device's",
    image: { deviceImageName: MX_PACKAGE },
    reason: "ImageFamilyMismatch",
    says: /package of the family junos, spine1 is junos-qfx/,
  },
  {
    title: "IM-6 an image for other models",
    image: { ...chassis, supportedPlatforms: ["qfx10002", "qfx5120"] },
    reason: "ImagePlatformMismatch",
    says: /for qfx10002, qfx5120, not for qfx10008/,
  },
  {
    title: "IM-6 the package of small switches for a QFX10008",
    image: { deviceImageName: PACKAGE },
    reason: "ImagePlatformMismatch",
    says: /qfx5120.*not for qfx10008/,
  },
  {
    title: "IM-6 the package of large switches for a QFX5120",
    device: "leaf2",
    image: chassis,
    reason: "ImagePlatformMismatch",
    says: /qfx10008.*not for qfx5120-48y/,
  },
  {
    title: "IM-9 the package for VM hosts for a QFX10008",
    image: { deviceImageName: HOST_PACKAGE },
    reason: "ImagePlatformMismatch",
    says: /not for qfx10008/,
  },
  {
    title: "IM-9 the usual package for a QFX10002-60C",
    device: "spine2",
    image: chassis,
    reason: "ImagePlatformMismatch",
    says: /qfx10002-60c is a VM host/,
  },
  {
    title: "IM-6 Junos OS Evolved on a switch that runs Junos",
    image: {
      deviceImageName: `junos-evo-install-qfx-ms-x86-64-${EVO_RELEASE}.iso`,
      osVersion: EVO_RELEASE,
    },
    reason: "ImagePlatformMismatch",
    says: /Junos OS Evolved/,
  },
  {
    title: "IM-7 a release of a train that has no order with the running one",
    image: {
      deviceImageName: "jinstall-host-qfx-10-m-15.1X53-D62.5-signed.tgz",
      osVersion: "15.1X53-D62.5",
    },
    reason: "VersionIncomparable",
    says: /have no order/,
  },
  {
    title: "PL-15 an older release that nobody asked for",
    image: { deviceImageName: "jinstall-host-qfx-10-m-x86-64-18.4R3.3-signed.tgz", osVersion: "18.4R3.3" },
    reason: "DowngradeRefused",
    says: /runs 21\.4R3-S5\.4, the image is 18\.4R3\.3/,
  },
  {
    title: "FB-2 a switch that runs Junos OS Evolved",
    stage: chassisFabric({ model: "qfx5130-32cd", single: true }),
    image: { ...chassis, supportedPlatforms: ["qfx5130"] },
    reason: "UnsupportedModel",
    says: /qfx5130-32cd runs Junos OS Evolved/,
  },
  {
    title: "FB-2 a switch of a series without a driver",
    stage: chassisFabric({ model: "qfx3500", single: true }),
    image: { ...chassis, supportedPlatforms: ["qfx3500"] },
    reason: "UnsupportedModel",
    says: /qfx3500/,
  },
  {
    title: "FB-2 a Virtual Chassis of two switches",
    stage: chassisFabric({ leaf1Members: 2 }),
    device: "leaf1",
    image: {
      deviceImageName: PACKAGE,
      sizeBytes: 1_879_048_192,
      checksum: { sha256: "ab".repeat(32) },
    },
    reason: "VirtualChassisUnsupported",
    says: /Virtual Chassis of 2 members/,
  },
  {
    title: "FB-2 two routing engines where the model has one",
    stage: chassisFabric({ model: "qfx5120-32c" }),
    image: { deviceImageName: PACKAGE },
    reason: "ControlPlanesUndeclared",
    says: /has one routing engine, the Fabric names two/,
  },
  {
    title: "IM-9 the usual package for an MX480 whose engines are VM hosts",
    stage: mixedFabric({ engineModel: "RE-S-X6-64G" }),
    image: { ...mx, deviceImageName: MX_PACKAGE },
    reason: "ImagePlatformMismatch",
    says: /spine1 re0 is a VM host/,
  },
  {
    title: "IM-9 the package for VM hosts for an MX480 that has none",
    stage: mixedFabric(),
    image: { ...mx, deviceImageName: VMHOST_PACKAGE },
    reason: "ImagePlatformMismatch",
    says: /for VM hosts, spine1 re0 is none/,
  },
  {
    title: "FB-6 an MX before 18.4R2-S3",
    stage: mixedFabric({ releases: { re0: "18.4R2-S2.4", re1: "18.4R2-S2.4" } }),
    image: { ...mx, deviceImageName: MX_PACKAGE },
    reason: "ReleaseNotSupported",
    says: /18\.4R2-S3 or later/,
  },
  {
    title: "FB-6 an MX with one engine before 18.4R2-S3",
    stage: mixedFabric({ releases: { re0: TARGET_RELEASE, re1: "18.4R2-S2.4" } }),
    image: { ...mx, deviceImageName: MX_PACKAGE },
    reason: "ReleaseNotSupported",
    says: /18\.4R2-S3 or later/,
  },
  {
    title: "FB-7 an MX that the driver was not tested with",
    stage: mixedFabric({ model: "mx204", single: true }),
    image: { ...mx, deviceImageName: VMHOST_PACKAGE },
    reason: "ModelUntested",
    says: /mx204 is none of mx240/,
  },
  {
    title: "IS-16 the package of small firewalls for an SRX1500",
    stage: firewallStage(),
    device: FIREWALL,
    image: { ...srx, deviceImageName: srxPackage("junos-srxsme") },
    reason: "ImagePlatformMismatch",
    says: /srx300.*not for srx1500/i,
  },
  {
    title: "IS-16 a firewall that is upgraded in band only",
    stage: firewallStage({ model: "SRX340" }),
    device: FIREWALL,
    image: { ...srx, deviceImageName: srxPackage("junos-srxsme") },
    reason: "InServiceUpgradeUnsupported",
    says: /in-band cluster upgrade only/,
  },
  {
    title: "IS-16 an SRX4600, of which the guide names no release",
    stage: firewallStage({ model: "SRX4600" }),
    device: FIREWALL,
    image: { ...srx, deviceImageName: srxPackage("junos-srxhe-x86-64") },
    reason: "InServiceUpgradeUnsupported",
    says: /names no release from which srx4600/i,
  },
  {
    title: "IS-16 a firewall back to an older release",
    stage: firewallStage(),
    device: FIREWALL,
    image: {
      ...srx,
      deviceImageName: srxPackage("junos-srxentedge-x86-64", "20.4R3.8"),
      osVersion: "20.4R3.8",
    },
    reason: "DowngradeRefused",
    says: /20\.4R3\.8/,
  },
];

function withImage(stage: FabricStage, image: Case["image"]): FabricStage {
  const { deviceImageName, ...spec } = image;
  return {
    ...stage,
    async apply(store, served) {
      await stage.apply(store, served);
      await store.create("DeviceImage", largeImage("odd", deviceImageName, spec));
    },
  };
}

describe("drivers: what does not fit is refused, and nothing is touched", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});

  for (const { title, stage = chassisFabric(), device = "spine1", image, reason, says } of CASES) {
    it(`${title}: ${reason}`, async () => {
      const run = await start({ stage: withImage(stage, image), campaign: assigned({ [device]: "odd" }) });
      const campaign = await run.untilPhase("Blocked");
      const ready = shown(campaign.status?.conditions, "Ready");
      expect(ready).to.match(says);
      expect(ready, "what to do").to.contain(hintOf(reason));
      const plan = (await loadPlan(run.store, campaign))?.plan;
      expect(plan?.skipped.map((each) => `${each.device} ${each.reason}`)).to.deep.equal([
        `${device} ${reason}`,
      ]);
      await run.pass(3600);
      expect(run.writes, "requests that change something").to.equal(0);
      expect(await run.upgrade(device), "its upgrade").to.equal(undefined);
    });
  }

  it("TR-1 the release that it runs already: skipped, and the campaign has nothing to do", async () => {
    const stage = mixedFabric({ releases: { re0: TARGET_RELEASE, re1: TARGET_RELEASE } });
    const run = await start({ stage, campaign: assigned({ spine1: "mx" }) });
    const campaign = await run.untilPhase("Completed");
    const plan = (await loadPlan(run.store, campaign))?.plan;
    expect(plan?.skipped.map((each) => each.reason)).to.deep.equal(["SameVersion"]);
    expect(run.writes).to.equal(0);
  });

  for (const [title, osVersion, reason] of [
    ["IM-7 an inexact release", "23.4R2-S3", "ImageVersionMismatch"],
    ["IM-12 another release than in the package's name", "24.2R1.9", "ImageVersionMismatch"],
  ] as const) {
    it(`${title}: the image is not ready, and no device is asked to do anything`, async () => {
      const image = { deviceImageName: CHASSIS_PACKAGE, osVersion };
      const run = await start({
        stage: withImage(chassisFabric(), image),
        campaign: assigned({ spine1: "odd" }),
      });
      const campaign = await run.untilPhase("Blocked");
      const ready = shown(campaign.status?.conditions, "Ready");
      expect(ready).to.contain("ImageNotReady").and.to.contain(hintOf(reason));
      expect(run.writes).to.equal(0);
    });
  }

  it("IM-6 a device that was exchanged for another model after the plan was made: ImagePlatformMismatch, before its batch", async () => {
    const run = await start({
      stage: chassisFabric({ single: true }),
      campaign: assigned({ spine1: "qfx10" }),
      prepare: (at) => at.hold("UpgradeCampaign", "not yet"),
    });
    await run.untilPhase("Held");
    run.inject({
      device: "spine1",
      fault: "reading",
      rpc: "get-software-information",
      element: "product-model",
      text: "qfx5120-32c",
    });
    await run.hold("UpgradeCampaign", undefined);
    const end = await run.untilPhase("Failed");
    expect(end.status?.failed?.[0]).to.include({ device: "spine1", reason: "ImagePlatformMismatch" });
    expect(end.status?.failed?.[0]?.message).to.contain("not for qfx5120-32c");
    expect(run.writes).to.equal(0);
  });
});
