/** Routers that somebody has to help: what he reads, that it says what to do, and that the run goes on once it is done. */
import { expect } from "chai";
import type { StepName } from "../../../src/api/steps.ts";
import { findCondition } from "../../../src/api/conditions.ts";
import { startFabricRun, type FabricRun } from "../../support/fabricRun.ts";
import { assigned } from "../../support/largeDevices.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { OLD_RELEASE, TARGET_RELEASE } from "../../support/smallFabric.ts";

type Happening = Parameters<FabricRun["inject"]>[0];

describe("drivers: routers that somebody has to help", function () {
  this.timeout(60_000);

  let run: FabricRun | undefined;
  afterEach(async () => {
    await run?.stop();
    run = undefined;
  });

  /** A campaign in which something happens right before a step is begun. */
  async function startWith(step: StepName, happening: Happening): Promise<FabricRun & { mend: () => void }> {
    let mend = (): void => undefined;
    let isOver = false;
    const started = await startFabricRun({
      stage: mixedFabric(),
      campaign: assigned({ spine1: "mx" }),
      hooks: {
        before({ object, action }) {
          if (object !== "spine1" || action !== step || isOver) return;
          isOver = true;
          const fault = started.inject(happening);
          mend = () => {
            fault.clear();
          };
        },
      },
    });
    run = started;
    return Object.assign(started, {
      mend: () => {
        mend();
      },
    });
  }

  /** What `kubectl get` and `kubectl describe` say of the router, and of the campaign. */
  async function read(of: FabricRun): Promise<{ device: string; stalled: string; campaign: string }> {
    const { status } = (await of.upgrade("spine1")) ?? {};
    const campaign = (await of.campaign()).status;
    return {
      device: status?.message ?? "",
      stalled: findCondition(status?.conditions, "Stalled")?.status ?? "",
      campaign: findCondition(campaign?.conditions, "Ready")?.message ?? "",
    };
  }

  async function expectDone(of: FabricRun): Promise<void> {
    await of.untilPhase("Completed");
    for (const { name, release, counters } of of.device("spine1").truth().controlPlanes) {
      expect(release, name).to.equal(TARGET_RELEASE);
      expect(counters, name).to.deep.equal({ reboots: 1, installsStarted: 1, installsFinished: 1 });
    }
    expect(of.configurationOf("spine1")).to.equal(of.foundConfigurationOf("spine1"));
    expect((await of.fabric()).status?.outOfService ?? []).to.deep.equal([]);
    expect(of.lost).to.equal(0);
  }

  for (const step of ["InstallFormerMaster", "RebootFormerMaster"] as const) {
    it(`RE-8 mastership that went back to the old release before ${step}: who, on what, what to do; done by hand, it goes on`, async () => {
      const router = await startWith(step, { device: "spine1", fault: "mastershipMoves" });
      const upgrade = await router.untilState("spine1", "Blocked");
      expect(router.device("spine1").truth().master).to.equal("re0");
      const said = await read(router);
      expect(said.device).to.contain(`re0 is the master, with ${OLD_RELEASE}`);
      expect(said.device).to.contain("goes on by itself once re1 is the master");
      expect(said.device).to.contain("request chassis routing-engine master switch");
      expect(said.stalled).to.equal("True");
      expect(said.campaign).to.contain("spine1: re0 is the master");
      expect(upgrade.status?.landing).to.equal(undefined);

      // Nobody moves it for him, however long it takes, and the device stays out.
      await router.pass(3 * 3600);
      expect(router.device("spine1").truth().master).to.equal("re0");
      expect((await read(router)).device).to.contain("request chassis routing-engine master switch");
      expect((await router.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
        "spine1",
      ]);

      // The device's address moves with mastership, and takes the session with it.
      await router
        .client("spine1")
        .call("<request-chassis-routing-engine-switch><no-confirm/></request-chassis-routing-engine-switch>")
        .catch(() => undefined);
      await expectDone(router);
      expect(router.device("spine1").truth().master).to.equal("re1");
    });
  }

  for (const [step, fault, words] of [
    ["RestoreRedundancy", "engineHalted", /re0 is away/],
    ["RestoreRedundancy", "engineAbsent", /re0 is away/],
    ["UndrainRoutes", "engineHalted", /undrain routes waits: .*re0/],
  ] as const) {
    it(`RE-5 HL-6 ${fault} before ${step}: it is told which engine is missing, and goes on as soon as that is back`, async () => {
      const router = await startWith(step, { device: "spine1", controlPlane: "re0", fault });
      const upgrade = await router.untilState("spine1", "Hung");
      const said = await read(router);
      expect(said.device).to.match(words).and.to.contain("show chassis routing-engine");
      expect(said.device).to.contain("goes on by itself");
      expect(said.campaign).to.match(words).and.to.contain("goes on by itself");
      expect(upgrade.status?.landing).to.equal(undefined);
      expect((await router.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal([
        "spine1",
      ]);
      router.mend();
      await expectDone(router);
    });
  }
});
