/** A device that was fit at its preflight and is not when it is to be touched: it waits in service, or ends untouched. */
import { expect } from "chai";
import type { StepName } from "../../src/api/steps.ts";
import { recordedReadings } from "../../src/drivers/readings.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import { unreadBaseline } from "../../src/health/evaluate.ts";
import { healthSettings } from "../../src/health/settings.ts";
import type { Fault } from "../../src/simulator/fault.ts";
import { loadBackup } from "../../src/controllers/device/backups.ts";
import { chassisFabric } from "../support/chassisFabric.ts";
import { startFabricRun, type FabricRun, type FabricStage } from "../support/fabricRun.ts";
import { assigned } from "../support/largeDevices.ts";
import { mixedFabric } from "../support/mixedFabric.ts";
import { only, type CampaignSpec } from "../support/smallFabric.ts";
import { telling } from "../sweep/moments.ts";

interface Given {
  readonly stage?: FabricStage;
  readonly campaign: Partial<CampaignSpec>;
  readonly device: string;
  /** The fault begins right before the first look at this step. */
  readonly before: StepName;
  readonly fault: Fault;
}

const MOVES = { device: "spine1", fault: "mastershipMoves" } as const;
/** Without nonstop routing, mastership that moves takes routing with it for a while. */
const COLD = { gracefulSwitchover: "absent", nonstopRouting: "absent" } as const;

const CHASSIS = [
  { name: "qfx-chassis", stage: chassisFabric(), campaign: assigned({ spine1: "qfx10" }) },
  { name: "mx", stage: mixedFabric({ redundancy: COLD }), campaign: assigned({ spine1: "mx" }) },
] as const;

describe("drivers: a device that is worse than at its preflight", function () {
  this.timeout(60_000);

  let run: FabricRun | undefined;
  afterEach(async () => {
    await run?.stop();
    run = undefined;
  });

  async function start({ stage, campaign, device, before, fault }: Given) {
    const box: { run?: FabricRun; injected?: { clear(): void } } = {};
    const started = await startFabricRun({
      ...(stage === undefined ? {} : { stage }),
      campaign,
      drivers: DRIVERS.map((driver) =>
        telling(driver, async (moment) => {
          if (moment.device !== device || moment.step !== before || moment.kind !== "look") return;
          if (box.run !== undefined) box.injected = box.run.inject(fault);
        }),
      ),
      prepare: async (prepared) => {
        box.run = prepared;
      },
    });
    run = started;
    return { run: started, mend: () => box.injected?.clear() };
  }

  const expectUntouched = async (of: FabricRun, device: string): Promise<void> => {
    expect(of.device(device).counters).to.include({ commits: 0, reboots: 0, installsStarted: 0 });
    expect((await of.fabric()).status?.outOfService ?? []).to.deep.equal([]);
  };

  for (const { name, stage, campaign } of CHASSIS) {
    it(`TR-7 RE-3 ${name}: mastership that moves before the backup is waited for in service, and nothing is kept unread`, async () => {
      const { run: moved } = await start({
        stage,
        campaign,
        device: "spine1",
        before: "Backup",
        fault: MOVES,
      });
      const upgrade = await moved.untilMessage("spine1", /in service; to be compared with, and not read: /);
      expect(upgrade.status?.state).to.equal("Blocked");
      expect(upgrade.status?.message).to.contain("it is read again and goes on by itself");
      await expectUntouched(moved, "spine1");
      await moved.untilMessage("spine1", /in service; .*BGP peers established: /);
      await expectUntouched(moved, "spine1");
      await moved.untilPhase("Completed");
      const done = await moved.upgrade("spine1");
      const kept = done === undefined ? undefined : await loadBackup(moved.store, done);
      expect(unreadBaseline(kept?.readings ?? {}, healthSettings())).to.deep.equal([]);
      // As at its preflight, which saw it before mastership moved.
      const atPreflight = recordedReadings(done?.status?.health ?? [], "Before");
      expect(kept?.readings.evpnPeers?.value).to.equal(atPreflight.evpnPeers?.value);
      expect(moved.device("spine1").counters).to.include({ reboots: 2, switchovers: 2 });
    });

    it(`RE-3 ${name}: mastership that moves once it is recorded ends the run before anything is drained`, async () => {
      const { run: moved } = await start({
        stage,
        campaign,
        device: "spine1",
        before: "DrainRoutes",
        fault: MOVES,
      });
      const { status } = await moved.untilPhase("Failed");
      expect(status?.failed?.[0]).to.include({ reason: "MastershipMoved" });
      expect(status?.failed?.[0]?.message).to.contain(
        "the master is re1; when the device was found it was re0",
      );
      await expectUntouched(moved, "spine1");
    });
  }

  it("RE-3 a chassis whose other engine is away when it is recorded waits in service until it is back", async () => {
    const { run: alone, mend } = await start({
      stage: chassisFabric(),
      campaign: assigned({ spine1: "qfx10" }),
      device: "spine1",
      before: "Backup",
      fault: { device: "spine1", controlPlane: "re1", fault: "engineAbsent" },
    });
    const { status } = await alone.untilMessage("spine1", /re1 is neither master nor backup/);
    expect(status?.state).to.equal("Blocked");
    await alone.pass(3600);
    await expectUntouched(alone, "spine1");
    mend();
    await alone.untilPhase("Completed");
    expect(alone.lost).to.equal(0);
  });

  const UNREAD = { device: "leaf1", fault: "oddReply", rpc: "get-evpn-instance-information" } as const;

  it("TR-7 what must come back has to be read even where the campaign passes failures over", async () => {
    const { run: unread, mend } = await start({
      campaign: { ...only("leaf1"), healthChecks: { abortOnFailure: false } },
      device: "leaf1",
      before: "Preflight",
      fault: UNREAD,
    });
    const { status } = await unread.untilMessage("leaf1", /not read: EVPN instances \(/);
    expect(status?.state).to.equal("Blocked");
    await unread.pass(3600);
    await expectUntouched(unread, "leaf1");
    mend();
    await unread.untilPhase("Completed");
    expect(unread.lost).to.equal(0);
  });

  it("TR-7 a device that lacks EVPN peers it had at its preflight is not compared with less", async () => {
    const { run: less, mend } = await start({
      campaign: only("leaf1"),
      device: "leaf1",
      before: "Backup",
      fault: { device: "leaf1", fault: "evpnMissing" },
    });
    const { status } = await less.untilMessage("leaf1", /in service; .*EVPN received: 0, allowed: at least/);
    expect(status?.state).to.equal("Blocked");
    await expectUntouched(less, "leaf1");
    mend();
    await less.untilPhase("Completed");
    expect(less.lost).to.equal(0);
  });

  it("HC-7 Exclude leaves a device out that has become unhealthy since its preflight", async () => {
    const { run: unfit } = await start({
      campaign: { ...only("leaf1", "leaf3"), healthChecks: { abortOnFailure: true, onUnhealthy: "Exclude" } },
      device: "leaf1",
      before: "Backup",
      fault: {
        device: "leaf1",
        fault: "alarm",
        class: "Minor",
        description: "Fan tray",
        source: "chassis",
      },
    });
    await unfit.untilPhase("Completed");
    expect((await unfit.upgrade("leaf1"))?.status?.state).to.equal("Skipped");
    await expectUntouched(unfit, "leaf1");
    expect(unfit.device("leaf3").counters.reboots).to.equal(1);
  });

  it("HC-2 TR-7 a peer that is lost since the preflight is waited for before anything is kept", async () => {
    const { run: lonely, mend } = await start({
      campaign: only("leaf1"),
      device: "leaf1",
      before: "Backup",
      fault: { device: "leaf2", fault: "lacpDown", interface: "ae1" },
    });
    const { status } = await lonely.untilState("leaf1", "Blocked");
    expect(status?.message).to.contain("LACP on the multihomed peers: 1");
    await expectUntouched(lonely, "leaf1");
    mend();
    await lonely.untilPhase("Completed");
  });

  it("TR-7 a session that falls between the backup and the drain is waited for in service", async () => {
    const { run: fallen, mend } = await start({
      campaign: only("leaf1"),
      device: "leaf1",
      before: "DrainRoutes",
      fault: { device: "leaf1", fault: "bgpDown", peer: "spine1" },
    });
    const { status } = await fallen.untilMessage("leaf1", /not drained while so: BGP peers established: /);
    expect(status?.state).to.equal("Blocked");
    await expectUntouched(fallen, "leaf1");
    mend();
    await fallen.untilPhase("Completed");
  });
});
