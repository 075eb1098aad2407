/** What happens to drained devices when somebody deletes the objects they belong to, and the way out for people. */
import { expect } from "chai";
import { ANNOTATIONS } from "../../src/api/names.ts";
import type { CustomKind, Kind } from "../../src/api/kinds.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { CAMPAIGN, NAMESPACE, only } from "../support/smallFabric.ts";

describe("controllers: objects deleted while a device is out of service", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  async function isGone(run: FabricRun, kind: Kind, name: string): Promise<true | undefined> {
    return (await run.store.get(kind, { namespace: NAMESPACE, name })) === undefined ? true : undefined;
  }

  async function nameOfUpgrade(run: FabricRun): Promise<string> {
    const upgrade = await run.upgrade("leaf1");
    if (upgrade === undefined) throw new Error("leaf1 has no upgrade");
    return upgrade.metadata.name;
  }

  async function remove(run: FabricRun, kind: CustomKind, name: string): Promise<void> {
    await run.store.delete(kind, { namespace: NAMESPACE, name });
  }

  async function abandon(run: FabricRun, reason: string): Promise<void> {
    const key = { namespace: NAMESPACE, name: await nameOfUpgrade(run) };
    await update({ store: run.store, kind: "DeviceUpgrade", key }, (copy) => {
      copy.metadata.annotations = { ...copy.metadata.annotations, [ANNOTATIONS.abandon]: reason };
    });
  }

  function expectAsFound(run: FabricRun): void {
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    expect(run.device("leaf1").counters.reboots).to.equal(0);
    expect(run.lost).to.equal(0);
  }

  it("HL-9 a deleted campaign brings its drained device back first, and then goes with all of its upgrades", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    await remove(run, "UpgradeCampaign", CAMPAIGN);
    const marked = await run.campaign();
    expect(marked.metadata.deletionTimestamp).to.be.a("string");
    expect((await run.fabric()).status?.outOfService).to.have.lengthOf(1);
    await run.until("campaign gone", () => isGone(run, "UpgradeCampaign", CAMPAIGN));
    expectAsFound(run);
    expect(await run.upgrade("leaf1")).to.equal(undefined);
    expect((await run.fabric()).status?.outOfService).to.deep.equal([]);
  });

  it("HL-9 a deleted campaign lets a device that reboots finish first", async () => {
    const run = await start();
    await run.untilState("leaf1", "Rebooting");
    await remove(run, "UpgradeCampaign", CAMPAIGN);
    await run.until("campaign gone", () => isGone(run, "UpgradeCampaign", CAMPAIGN));
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    expect(run.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    expect((await run.fabric()).status?.outOfService).to.deep.equal([]);
    expect(run.lost).to.equal(0);
  });

  it("HL-9 a deleted DeviceUpgrade lands, goes, and is made anew by its campaign", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    const before = (await run.upgrade("leaf1"))?.metadata.uid;
    await remove(run, "DeviceUpgrade", await nameOfUpgrade(run));
    expect((await run.upgrade("leaf1"))?.metadata.uid, "still there").to.equal(before);
    await run.untilPhase("Completed");
    expect((await run.upgrade("leaf1"))?.metadata.uid).not.to.equal(before);
    expect(run.statesOf("leaf1")).to.include.members(["Landing", "Held", "HitlessImageUpgradeSuccessful"]);
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
    expect(run.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(run.lost).to.equal(0);
  });

  it("HL-9 a deleted Fabric stays until its drained device is back", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    await remove(run, "Fabric", "dc1");
    await run.until("fabric gone", () => isGone(run, "Fabric", "dc1"));
    expectAsFound(run);
    await run.untilPhase("Blocked");
    expect(shown((await run.campaign()).status?.conditions, "Ready")).to.contain("Fabric dc1 does not exist");
    // Nothing of it is left: also the campaign can go.
    await remove(run, "UpgradeCampaign", CAMPAIGN);
    await run.until("campaign gone", () => isGone(run, "UpgradeCampaign", CAMPAIGN));
  });

  it("HL-9 the login stays until no device needs it any more", async () => {
    const run = await start();
    const { credentialsSecretRef, knownHostsRef } = (await run.fabric()).spec.connection;
    await run.untilStep("leaf1", "Quiet", "Done");
    await run.store.delete("Secret", { namespace: NAMESPACE, name: credentialsSecretRef.name });
    await run.store.delete("ConfigMap", { namespace: NAMESPACE, name: knownHostsRef.name });
    expect(await isGone(run, "Secret", credentialsSecretRef.name)).to.equal(undefined);
    await run.untilPhase("Completed");
    expect(await isGone(run, "Secret", credentialsSecretRef.name)).to.equal(true);
    expect(await isGone(run, "ConfigMap", knownHostsRef.name)).to.equal(true);
    expect(run.lost).to.equal(0);
  });

  it("HL-9 what has ended holds nothing: all can be deleted without a controller", async () => {
    const run = await start();
    await run.untilPhase("Completed");
    const held = async (): Promise<readonly string[]> => {
      const objects = [await run.campaign(), await run.fabric(), await run.upgrade("leaf1")];
      return objects.flatMap((each) => each?.metadata.finalizers ?? []);
    };
    await run.until("no finalizers", async () => ((await held()).length === 0 ? true : undefined), 600);
  });

  describe("with a device that stays out", () => {
    const strand = async (): Promise<FabricRun> => {
      const run = await start({ faults: [{ fault: "bootsOldRelease", device: "leaf1" }] });
      await run.untilPhase("Failed");
      expect((await run.fabric()).status?.outOfService).to.have.lengthOf(1);
      return run;
    };

    it("HL-9 a deleted campaign stays, and says why", async () => {
      const run = await strand();
      await remove(run, "UpgradeCampaign", CAMPAIGN);
      await run.pass(3600);
      const message = shown((await run.campaign()).status?.conditions, "Ready");
      expect(message).to.contain("leaf1").and.to.contain(ANNOTATIONS.abandon);
      expect((await run.fabric()).metadata.finalizers).to.have.lengthOf(1);
    });

    it("HL-9 AC-1 abandoning the device strikes it from the ledger and lets everything go", async () => {
      const run = await strand();
      await abandon(run, "replaced, ticket 42");
      await run.until("ledger empty", async () =>
        (await run.fabric()).status?.outOfService?.length === 0 ? true : undefined,
      );
      const upgrade = await run.upgrade("leaf1");
      expect(upgrade?.status).to.include({ state: "Cancelled" });
      expect(upgrade?.status?.message).to.contain("replaced, ticket 42");
      const { writes } = run;
      await remove(run, "UpgradeCampaign", CAMPAIGN);
      await remove(run, "Fabric", "dc1");
      await run.until("all gone", () => isGone(run, "UpgradeCampaign", CAMPAIGN));
      await run.until("all gone", () => isGone(run, "Fabric", "dc1"));
      expect(run.writes, "requests to devices").to.equal(writes);
    });

    it("HL-9 without the annotation the ledger keeps the device", async () => {
      const run = await strand();
      await run.pass(4 * 3600);
      expect((await run.fabric()).status?.outOfService).to.have.lengthOf(1);
    });
  });

  it("HL-9 a device in the middle of its upgrade can be abandoned: nothing is sent to it any more", async () => {
    const run = await start();
    await run.untilState("leaf1", "Rebooting");
    await abandon(run, "");
    await run.untilPhase("Failed");
    const { writes } = run;
    await run.pass(4 * 3600);
    expect(run.writes).to.equal(writes);
    expect(shown((await run.campaign()).status?.conditions, "Ready")).to.contain("leaf1");
    expect((await run.fabric()).status?.outOfService).to.deep.equal([]);
  });

  it("HL-9 an upgrade whose procedure this controller does not know says so, and is left alone", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    const key = { namespace: NAMESPACE, name: await nameOfUpgrade(run) };
    await update({ store: run.store, kind: "DeviceUpgrade", key }, ({ spec }) => {
      spec.procedure = "qfx/v9";
    });
    await run.untilMessage("leaf1", /qfx\/v9 is not known here/);
    const { writes } = run;
    await run.pass(3600);
    expect(run.writes).to.equal(writes);
    expect((await run.fabric()).status?.outOfService).to.have.lengthOf(1);
  });
});
