/** Large switches, upgraded by the real drivers: line cards, two routing engines, VM hosts, and what is not touched. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import type { FabricRun } from "../../support/fabricRun.ts";
import { startFabricRun } from "../../support/fabricRun.ts";
import { chassisFabric } from "../../support/chassisFabric.ts";
import { DEVICES, TARGET_RELEASE } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

describe("drivers: a campaign over leaves and QFX10000 spines", function () {
  this.timeout(120_000);

  describe("the whole fabric", () => {
    let run: FabricRun;
    before(async () => {
      run = await startFabricRun({ stage: chassisFabric() });
      await run.untilPhase("Completed");
      await run.pass(3600);
    });
    after(() => run.stop());

    it("HL-1 FB-5 is upgraded by one campaign, and no packet is lost", () => {
      expect(run.simulator.traffic.report().sent).to.be.greaterThan(1_000_000);
      expect(run.lost).to.equal(0);
      for (const name of DEVICES) expect(run.device(name).truth().release, name).to.equal(TARGET_RELEASE);
    });

    it("RE-2 RE-4 HL-7 a QFX10008 with two routing engines: the backup first, each once, mastership moves once", () => {
      const acts = run
        .device("spine1")
        .rpcLog.filter(({ rpc }) => /package-add|reboot$|engine-switch/.test(rpc))
        .map(({ controlPlane, rpc }) => `${controlPlane} ${rpc}`);
      expect(acts).to.deep.equal([
        "re1 request-package-add",
        "re1 request-reboot",
        "re0 request-chassis-routing-engine-switch",
        "re0 request-package-add",
        "re0 request-reboot",
      ]);
      expect(run.device("spine1").counters).to.include({ switchovers: 1, reboots: 2, installsStarted: 2 });
    });

    it("RE-6 IM-9 a QFX10002-60C is installed and rebooted by the requests for VM hosts", () => {
      const acts = run
        .device("spine2")
        .rpcLog.map(({ rpc }) => rpc)
        .filter((rpc) => /package-add|reboot$/.test(rpc));
      expect(acts).to.deep.equal(["request-vmhost-package-add", "request-vmhost-reboot"]);
    });

    it("HL-3 N10 all configurations are as found", () => {
      for (const name of DEVICES) {
        expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
      }
    });

    it("HC-1 its line cards were counted before and after: three, and its empty slots are none", async () => {
      const { status } = (await run.upgrade("spine1")) ?? {};
      const online = (status?.health ?? []).filter(({ check }) => check === "fpcsOnline");
      expect(
        online.map(({ phase, observed, passed }) => `${phase} ${observed} ${String(passed)}`),
      ).to.deep.equal(["Before 3 (FPC 0, FPC 2, FPC 5) true", "After 3 (FPC 0, FPC 2, FPC 5) true"]);
    });
  });

  describe("one spine of it", () => {
    const start = startsFabricRuns({});
    const only = (device: string, image: string): { campaign: ReturnType<typeof assigned> } => ({
      campaign: assigned({ [device]: image }),
    });

    it("HC-1 FB-5 a QFX10016 with one routing engine goes the way of a switch", async () => {
      const run = await start({
        stage: chassisFabric({ model: "qfx10016", single: true }),
        ...only("spine1", "qfx10"),
      });
      await run.untilPhase("Completed");
      expect(run.device("spine1").counters).to.include({ reboots: 1, installsStarted: 1 });
      expect(run.lost).to.equal(0);
    });

    it("HC-3 a line card that is dead before: the chassis is not touched, and the card is named", async () => {
      const run = await start({
        stage: chassisFabric(),
        ...only("spine1", "qfx10"),
        faults: [{ device: "spine1", fault: "lineCardDead", slot: 5 }],
      });
      const campaign = await run.untilPhase("Failed");
      expect(campaign.status?.failed?.[0]?.reason).to.equal("HealthCheckFailed");
      expect(campaign.status?.failed?.[0]?.message).to.contain("FPC 5 Offline");
      expect(run.writes).to.equal(0);
    });

    it("HC-3 the dead line card of a chassis that is as it should be is allowed by the campaign, and compared as found", async () => {
      const run = await start({
        stage: chassisFabric({ single: true }),
        campaign: {
          ...assigned({ spine1: "qfx10" }),
          healthChecks: { abortOnFailure: true, checks: [{ name: "fpcState", enabled: true, max: 1 }] },
        },
        faults: [{ device: "spine1", fault: "lineCardDead", slot: 5 }],
      });
      await run.untilPhase("Completed");
      expect(run.lost).to.equal(0);
    });

    it("TR-7 a line card that does not come back keeps the chassis drained, though one may be missing", async () => {
      const run = await start({
        stage: chassisFabric({ single: true }),
        campaign: {
          ...assigned({ spine1: "qfx10" }),
          healthChecks: { abortOnFailure: true, checks: [{ name: "fpcState", enabled: true, max: 1 }] },
        },
      });
      await run.untilStep("spine1", "Reboot", "Running");
      const dead = run.inject({ device: "spine1", fault: "lineCardDead", slot: 5 });
      await run.untilMessage("spine1", /Line cards as found: 2 \(FPC 0, FPC 2\)/);
      await run.pass(600);
      expect((await run.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
        "spine1",
      ]);
      expect(run.lost).to.equal(0);
      dead.clear();
      await run.untilPhase("Completed");
      expect(run.lost).to.equal(0);
    });

    it("a second routing engine that the Fabric does not name: nothing is touched", async () => {
      const run = await start({
        stage: chassisFabric({ single: true, engines: 2 }),
        ...only("spine1", "qfx10"),
      });
      const campaign = await run.untilPhase("Failed");
      expect(campaign.status?.failed?.[0]?.reason).to.equal("ControlPlanesUndeclared");
      expect(run.writes).to.equal(0);
    });

    it("EX-9 RE-8 the controller dies after each act on a QFX10008 with two routing engines", async () => {
      for (const action of ["RebootBackupEngine", "SwitchMastership", "InstallFormerMaster"]) {
        const run = await startFabricRun({
          stage: chassisFabric(),
          ...only("spine1", "qfx10"),
          crash: { moment: "after", at: (effect) => effect.object === "spine1" && effect.action === action },
        });
        try {
          await run.untilPhase("Completed");
          expect(run.device("spine1").counters, action).to.include({
            reboots: 2,
            installsStarted: 2,
            switchovers: 1,
          });
          expect(run.lost, action).to.equal(0);
        } finally {
          await run.stop();
        }
      }
    });
  });
});
