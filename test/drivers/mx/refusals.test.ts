/** What does not fit is refused before anything is touched: package and engine, model, release, what the Fabric says. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import type { DeviceImage } from "../../../src/api/deviceImage.gen.ts";
import type { DeviceDiscovery, DiscoveredControlPlane } from "../../../src/api/discovery.ts";
import type { FabricDevice } from "../../../src/drivers/driver.ts";
import { mx, mxSingle } from "../../../src/drivers/mx.ts";
import { estimateUpgrade } from "../../../src/drivers/estimate.ts";
import { driverOf, DRIVERS } from "../../../src/drivers/registry.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { mixedFabric, MX_PACKAGE, VMHOST_PACKAGE, type MixedOptions } from "../../support/mixedFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

const PLANES = [
  { name: "re0" as const, address: "192.0.2.2" },
  { name: "re1" as const, address: "192.0.2.3" },
];
const DEVICE: FabricDevice = {
  name: "spine1",
  address: "192.0.2.1",
  model: "mx480",
  family: "junos-mx",
  role: "Spine",
  controlPlanes: PLANES,
};
const IMAGE: DeviceImage = {
  apiVersion: "hitless.dev/v1alpha1",
  kind: "DeviceImage",
  metadata: {
    namespace: "default",
    name: "mx",
    uid: "u",
    resourceVersion: "1",
    generation: 1,
    creationTimestamp: "2026-11-22T00:00:00Z",
  },
  spec: {
    deviceImageName: MX_PACKAGE,
    vendorName: "Juniper",
    deviceFamily: "junos-mx",
    supportedPlatforms: ["mx480"],
    osVersion: "23.4R2-S3.9",
    sizeBytes: 1,
    checksum: { sha256: "ab".repeat(32) },
  },
};

function said(release: string, vmhost = false): DeviceDiscovery {
  const plane = (name: string, role: "Master" | "Backup"): DiscoveredControlPlane => ({
    name,
    role,
    release,
    vmhost,
  });
  return {
    device: "spine1",
    readAt: "2026-11-22T00:00:00Z",
    hostName: "spine1",
    model: "mx480",
    release,
    routerAddresses: [],
    lldpNeighbours: [],
    interfaces: [],
    segments: [],
    bgpPeers: [],
    controlPlanes: [plane("re0", "Master"), plane("re1", "Backup")],
  };
}

function against(
  device: Partial<FabricDevice>,
  image: Partial<DeviceImage["spec"]> = {},
  options: Parameters<typeof mx.supports>[2] = {},
): string {
  const found = mx.supports(
    { ...DEVICE, ...device },
    { ...IMAGE, spec: { ...IMAGE.spec, ...image } },
    options,
  );
  return found === null ? "fits" : found.reason;
}

describe("drivers: what an MX is not upgraded with", () => {
  it("the registry takes the driver by family, and by how many routing engines the Fabric names", () => {
    expect(driverOf(DRIVERS, DEVICE)).to.equal(mx);
    const { controlPlanes: _planes, ...single } = DEVICE;
    expect(driverOf(DRIVERS, single)).to.equal(mxSingle);
    expect(driverOf(DRIVERS, { ...single, family: "junos-qfx" })?.name).to.equal("qfx");
    expect(driverOf(DRIVERS, { ...DEVICE, family: "junos-qfx" })?.name).to.equal("qfx-chassis");
  });

  it("FB-7 MX240, MX480, MX960 and MX10003; others only where the campaign allows it", () => {
    for (const model of ["MX240", "mx480", "MX960"]) expect(against({ model }), model).to.equal("fits");
    expect(against({ model: "MX10003" }, { deviceImageName: VMHOST_PACKAGE })).to.equal("fits");
    expect(against({ model: "MX204" })).to.equal("ModelUntested");
    const untested = { allowUntestedModels: true };
    expect(against({ model: "MX204" }, { deviceImageName: VMHOST_PACKAGE }, untested)).to.equal("fits");
    expect(against({ model: "MX204" }, {}, untested), "it has VM hosts only").to.equal(
      "ImagePlatformMismatch",
    );
    expect(against({ model: "qfx5120-48y" })).to.equal("UnsupportedModel");
  });

  it("FB-6 defect 8 18.4R2-S3 or later by number, not by letters: S10 is later, S2 is not", () => {
    for (const release of ["18.4R2-S3.4", "18.4R2-S10.1", "18.4R3", "19.1R1"]) {
      expect(against({}, {}, { said: said(release) }), release).to.equal("fits");
    }
    for (const release of ["18.4R2-S2.3", "18.4R2.7", "17.4R3"]) {
      expect(against({}, {}, { said: said(release) }), release).to.equal("ReleaseNotSupported");
    }
    expect(against({}, { osVersion: "18.4R2-S2" })).to.equal("ReleaseNotSupported");
  });

  it("FB-6 X and F trains have no order with it: somebody has to say", () => {
    for (const release of ["15.1X53-D62", "15.1F6-S7.2"]) {
      expect(against({}, {}, { said: said(release) }), release).to.equal("VersionIncomparable");
    }
  });

  it("RE-6 IM-9 a package for VM hosts on an engine that is none, and the other way round", () => {
    expect(against({}, { deviceImageName: VMHOST_PACKAGE }, { said: said("21.4R3") })).to.equal(
      "ImagePlatformMismatch",
    );
    expect(against({}, {}, { said: said("21.4R3", true) })).to.equal("ImagePlatformMismatch");
    expect(against({}, { deviceImageName: VMHOST_PACKAGE }, { said: said("21.4R3", true) })).to.equal("fits");
    expect(against({ model: "mx10003" })).to.equal("ImagePlatformMismatch");
  });

  it("PL-9 two routing engines are planned longer than one", () => {
    const experience = { soakSeconds: 60, stepTimes: [] };
    const [two, one] = [mx, mxSingle].map((driver) => estimateUpgrade(driver, DEVICE, experience).seconds);
    expect(two ?? 0).to.be.greaterThan((one ?? 0) * 1.5);
  });

  describe("on the device", function () {
    this.timeout(60_000);
    const start = startsFabricRuns({});

    async function refused(options: MixedOptions, image = "mx"): Promise<FabricRun> {
      const run = await start({ stage: mixedFabric(options), campaign: assigned({ spine1: image }) });
      await run.untilPhase("Blocked");
      expect(run.writes).to.equal(0);
      return run;
    }
    const words = async (run: FabricRun): Promise<string> =>
      JSON.stringify((await run.campaign()).status?.conditions);

    it("RE-6 IM-9 an MX480 with VM hosts is not given the usual package: the plan says so, and nothing is touched", async () => {
      expect(await words(await refused({ engineModel: "RE-S-X6-64G" }))).to.contain("is a VM host");
    });

    it("RE-6 IM-9 an MX480 without VM hosts is not given the package for them", async () => {
      expect(await words(await refused({}, "mx-vmhost"))).to.contain("is for VM hosts");
    });

    it("FB-6 an MX at 18.4R2-S2 is left alone", async () => {
      const run = await refused({ releases: { re0: "18.4R2-S2.4", re1: "18.4R2-S2.4" } });
      expect(await words(run)).to.contain("18.4R2-S3 or later");
    });

    it("FB-7 an MX204 needs the campaign's word", async () => {
      const run = await refused({ model: "mx204", single: true }, "mx-vmhost");
      expect(await words(run)).to.contain("mx204");
    });

    it("a chassis with two engines that the Fabric gives one is not touched", async () => {
      const whole = mixedFabric({});
      const run = await start({
        stage: {
          ...whole,
          apply: async (store, served) => mixedFabric({ single: true }).apply(store, served),
        },
        campaign: assigned({ spine1: "mx" }),
      });
      const campaign = await run.untilPhase("Failed");
      expect(campaign.status?.failed?.[0]?.reason).to.equal("ControlPlanesUndeclared");
      expect(run.writes).to.equal(0);
    });

    it("FB-5 an MX with one routing engine is upgraded as a switch is", async () => {
      const run = await start({ stage: mixedFabric({ single: true }), campaign: assigned({ spine1: "mx" }) });
      await run.untilPhase("Completed");
      expect(run.device("spine1").counters).to.include({ reboots: 1, installsStarted: 1 });
      expect(run.lost).to.equal(0);
    });
  });
});
