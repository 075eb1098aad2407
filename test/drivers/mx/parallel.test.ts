/** RE-7: both routing engines of a drained router at the same time, where a campaign asks for it. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import { loadPlan } from "../../../src/controllers/campaign/planStore.ts";
import { mx, mxParallel } from "../../../src/drivers/mx.ts";
import { driverOf, DRIVERS } from "../../../src/drivers/registry.ts";
import { dieAroundEach, effectsOf, type Endurance } from "../../support/controllerDies.ts";
import { startFabricRun, type FabricRun, type FabricRunOptions } from "../../support/fabricRun.ts";
import { mixedFabric, type MixedOptions } from "../../support/mixedFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { campaignDraft, TARGET_RELEASE, type CampaignSpec } from "../../support/smallFabric.ts";

const STRATEGY: CampaignSpec["strategy"] = {
  ...campaignDraft().spec.strategy,
  routingEngines: "Parallel",
};

function parallel(device = "spine1", image = "mx", options: MixedOptions = {}): FabricRunOptions {
  return {
    stage: mixedFabric(options),
    campaign: { ...assigned({ [device]: image }), strategy: STRATEGY },
  };
}

function expectUpgraded(run: FabricRun, device: string): void {
  for (const plane of run.device(device).truth().controlPlanes) {
    expect(plane, plane.name).to.deep.include({
      release: TARGET_RELEASE,
      pendingRelease: undefined,
      counters: { reboots: 1, installsStarted: 1, installsFinished: 1 },
    });
  }
  expect(run.configurationOf(device)).to.equal(run.foundConfigurationOf(device));
  expect(run.lost, "lost packets").to.equal(0);
}

describe("drivers: both routing engines of a router at the same time", function () {
  this.timeout(240_000);

  const start = startsFabricRuns({});

  it("RE-7 is taken only where the campaign says so", async () => {
    const planes = [
      { name: "re0" as const, address: "192.0.2.2" },
      { name: "re1" as const, address: "192.0.2.3" },
    ];
    const router = {
      name: "spine1",
      address: "192.0.2.1",
      model: "mx480",
      family: "junos-mx",
      role: "Spine",
      controlPlanes: planes,
    } as const;
    expect(driverOf(DRIVERS, router)).to.equal(mx);
    expect(driverOf(DRIVERS, router, { routingEngines: "OneByOne" })).to.equal(mx);
    expect(driverOf(DRIVERS, router, { routingEngines: "Parallel" })).to.equal(mxParallel);
  });

  for (const [device, image] of [
    ["spine1", "mx"],
    ["spine2", "mx-vmhost"],
  ] as const) {
    it(`RE-7 ${device} with ${image}: drained, then both are installed and rebooted beside each other, and no packet is lost`, async () => {
      const run = await start(parallel(device, image));
      await run.untilPhase("Completed");
      expectUpgraded(run, device);
      const order = run.simulator
        .log()
        .filter(
          (entry) => entry.device === device && /^Install|^Reboot|^WentDown|^ManagementUp/.test(entry.kind),
        )
        .map(({ kind, message }) => `${kind} ${message.slice(0, 3)}`);
      expect(order).to.deep.equal([
        "InstallStarted re1",
        "InstallStarted re0",
        "InstallFinished re1",
        "InstallFinished re0",
        "RebootRequested re1",
        "RebootRequested re0",
        "WentDown re1",
        "WentDown re0",
        "ManagementUp re1",
        "ManagementUp re0",
      ]);
      const asked = run.device(device).rpcLog.map(({ rpc }) => rpc);
      expect(asked).not.to.include("request-chassis-routing-engine-switch");
      const host = image === "mx-vmhost" ? "request-vmhost-reboot" : "request-reboot";
      expect(asked.filter((rpc) => rpc === host)).to.have.length(2);
    });
  }

  it("RE-7 PL-9 is planned shorter than one after the other, and is shorter", async () => {
    const seconds: Record<string, { planned: number; taken: number }> = {};
    for (const way of ["OneByOne", "Parallel"] as const) {
      const run = await startFabricRun({
        ...parallel(),
        campaign: { ...assigned({ spine1: "mx" }), strategy: { ...STRATEGY, routingEngines: way } },
      });
      try {
        const campaign = await run.untilPhase("Completed");
        const planned = (await loadPlan(run.store, campaign))?.plan.batches[0]?.estimateSeconds ?? 0;
        const { startedAt = "", finishedAt = "" } = (await run.upgrade("spine1"))?.status ?? {};
        seconds[way] = { planned, taken: (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000 };
      } finally {
        await run.stop();
      }
    }
    const { OneByOne: one, Parallel: both } = seconds;
    process.stdout.write(
      `      one after the other ${String(one?.taken)} s, at the same time ${String(both?.taken)} s\n`,
    );
    expect(both?.planned ?? 0).to.be.lessThan((one?.planned ?? 0) * 0.7);
    expect(both?.taken ?? 0).to.be.lessThan((one?.taken ?? 0) * 0.7);
  });

  it("RE-7 a drain that is not followed: neither engine is touched", async () => {
    const run = await start({
      ...parallel(),
      faults: [{ device: "leaf1", fault: "stuckFlow" }],
    });
    await run.untilPhase("Failed");
    expect(run.device("spine1").counters).to.include({ installsStarted: 0, reboots: 0 });
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(run.lost).to.equal(0);
  });

  it("RE-7 an engine that cannot be installed: the other one is not rebooted either, and the router comes back as it was", async () => {
    const run = await start({
      ...parallel(),
      faults: [{ device: "spine1", controlPlane: "re0", fault: "installFails" }],
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.reason).to.equal("InstallFailed");
    await run.pass(3600);
    expect(run.device("spine1").counters.reboots).to.equal(0);
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect((await run.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });

  it("RE-7 an engine that boots the release before: the router stays out of service, and people are told which", async () => {
    const run = await start({
      ...parallel(),
      faults: [{ device: "spine1", controlPlane: "re1", fault: "bootsOldRelease" }],
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "spine1", reason: "VersionUnexpected" });
    expect(campaign.status?.failed?.[0]?.message).to.contain("re1 booted with 21.4R3-S5.4");
    expect((await run.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal(["spine1"]);
    expect(run.lost).to.equal(0);
  });

  for (const moment of ["before", "after"] as const) {
    it(`RE-7 RE-8 N5 the controller dies ${moment} each act: each engine is installed and rebooted once`, async () => {
      const endurance: Endurance = {
        device: "spine1",
        options: parallel(),
        async expectPerfect(run) {
          await run.untilPhase("Completed");
          expectUpgraded(run, "spine1");
        },
      };
      const names: ReadonlySet<string> = new Set(["InstallEngines", "RebootEngines", "RestoreRedundancy"]);
      const acts = (await effectsOf(endurance)).filter(({ action }) => names.has(action));
      expect(acts.length).to.be.at.least(3);
      await dieAroundEach(moment, acts, endurance);
    });
  }

  it("RE-7 RE-8 the reply to one of the two requests is lost, and the session with it: neither is asked again", async () => {
    for (const controlPlane of ["re0", "re1"]) {
      const run = await startFabricRun({
        ...parallel(),
        faults: [
          { device: "spine1", controlPlane, fault: "dropSession", rpc: "request-reboot", executed: true },
          {
            device: "spine1",
            controlPlane,
            fault: "dropSession",
            rpc: "request-package-add",
            executed: true,
          },
        ],
      });
      try {
        await run.untilPhase("Completed");
        expectUpgraded(run, "spine1");
      } finally {
        await run.stop();
      }
    }
  });

  it("RE-7 one of the two requests never arrives: that engine alone is asked once more", async () => {
    const run = await start({
      ...parallel(),
      faults: [
        {
          device: "spine1",
          controlPlane: "re0",
          fault: "dropSession",
          rpc: "request-reboot",
          executed: false,
        },
      ],
    });
    await run.untilPhase("Completed");
    expectUpgraded(run, "spine1");
  });
});
