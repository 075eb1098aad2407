/** What people are told of one device, and that the commands for the way back by hand are right. */
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import { diffOfUpgrade } from "../../src/cli/commands/diff.ts";
import { renderLog, renderStory } from "../../src/cli/render/deviceStoryText.ts";
import { deviceStory } from "../../src/cli/story/deviceStory.ts";
import { restoreParts } from "../../src/cli/story/restore.ts";
import type { FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { OLD_RELEASE, only } from "../support/smallFabric.ts";

async function upgradeOf(run: FabricRun, device = "leaf1"): Promise<DeviceUpgrade> {
  const upgrade = await run.upgrade(device);
  if (upgrade === undefined) throw new Error(`${device} has no upgrade`);
  return upgrade;
}

describe("the story of a device", function () {
  this.timeout(60_000);
  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("TR-2 has every step with what was seen, and its time", async () => {
    const run = await start();
    await run.untilPhase("Completed");
    const story = deviceStory(await upgradeOf(run), undefined);
    expect(story.failure).to.equal(null);
    expect(story.restore).to.deep.equal([]);
    expect(story.from).to.equal(OLD_RELEASE);
    expect(story.steps.map(({ state }) => state)).to.deep.equal(story.steps.map(() => "Done"));
    for (const { step, evidence, seconds } of story.steps) {
      expect(evidence, step).not.to.equal("");
      expect(seconds, step).to.be.a("number");
    }
    const text = renderStory(story, { all: false });
    expect(text).to.match(/Reboot +Done +\d+ min +booted at .* with 23\.4R2-S3\.9/);
    expect(renderLog(story).split("\n").at(-1)).to.equal(
      "now: Hitless Image Upgrade Successful: runs the image and carries traffic",
    );
    const times = renderLog(story)
      .split("\n")
      .map((line) => /^\S+Z/.exec(line)?.[0])
      .filter((at) => at !== undefined);
    expect(times).to.deep.equal(times.toSorted());
  });

  it("HL-3 names nothing to take back where nothing is left", async () => {
    const run = await start({ faults: [{ device: "leaf1", fault: "installFails" }] });
    await run.untilPhase("Failed");
    const upgrade = await upgradeOf(run);
    const story = deviceStory(upgrade, undefined);
    expect(story.failure).to.include({ step: "Install", reason: "InstallFailed", landing: "InService" });
    expect(story.restore.map(({ purpose }) => purpose).join()).not.to.contain("drain");
  });

  it("HL-3 the commands that take a drain back bring the very configuration that was found", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    const upgrade = await upgradeOf(run);
    expect(run.configurationOf("leaf1")).not.to.equal(run.foundConfigurationOf("leaf1"));
    const [undrain] = restoreParts(upgrade).filter(({ at }) => at === "device, configuration mode");
    const commands = (undrain?.commands ?? []).slice(1, -1);
    expect(undrain?.commands[0]).to.equal("configure exclusive");
    await run.configure("leaf1", commands);
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
  });

  it("says why a device stays out, and how to bring the former release back", async () => {
    const run = await start({ faults: [{ device: "leaf1", fault: "bootsOldRelease" }] });
    await run.untilPhase("Failed");
    const upgrade = await upgradeOf(run);
    const since = (await run.fabric()).status?.outOfService?.[0]?.since;
    const story = deviceStory(upgrade, since);
    expect(story.failure).to.include({ reason: "VersionUnexpected", landing: "Drained" });
    const text = renderStory(story, { all: false });
    expect(text).to.contain(`since ${String(since)}`);
    expect(text).to.match(/request system software rollback\n +request system reboot/);
    expect(text).to.contain("configure exclusive").and.to.contain("commit and-quit");
    expect(text).to.match(/kubectl get secret \S+ -n default/);
  });

  describe("by hand, of devices with two control planes", () => {
    type Status = NonNullable<DeviceUpgrade["status"]>;
    const begun = (...names: readonly string[]): NonNullable<Status["steps"]> =>
      names.map((name) => ({ name, state: "Running", attempts: 1 }));
    const commandsOf = async (run: FabricRun, status: Status): Promise<readonly (readonly string[])[]> => {
      const upgrade = await run.until("leaf1 has an upgrade", () => run.upgrade("leaf1"));
      return restoreParts({ ...upgrade, status }).map(({ at, commands }) => [at, ...commands]);
    };
    const found = { version: OLD_RELEASE, bootedAt: "2026-11-22T00:00:00Z" };

    it("RE-8 the engine that is not in charge goes first, and mastership is as it was found", async () => {
      const run = await start();
      const engine = (name: string, role: "Master" | "Backup") => ({ ...found, name, role });
      const parts = await commandsOf(run, {
        found: { ...found, controlPlanes: [engine("re0", "Master"), engine("re1", "Backup")] },
        steps: begun("InstallBackupEngine", "RebootBackupEngine", "SwitchMastership", "InstallFormerMaster"),
      });
      expect(parts).to.deep.equal([
        ["device, on re0", "request system software rollback"],
        ["device", "request chassis routing-engine master switch"],
        ["device, on re1", "request system software rollback", "request system reboot"],
      ]);
    });

    it("the in-service upgrade of a cluster is given up, and its groups are where they were", async () => {
      const run = await start();
      const parts = await commandsOf(run, {
        found: { ...found, redundancyGroups: [{ group: 1, primary: "node1", nodes: [] }] },
        steps: begun("ConsolidateGroups", "InServiceUpgrade"),
      });
      expect(parts).to.deep.equal([
        ["device, on the primary node of group 0", "request chassis cluster in-service-upgrade abort"],
        [
          "device",
          "request chassis cluster failover redundancy-group 1 node 1",
          "request chassis cluster failover reset redundancy-group 1",
        ],
      ]);
    });
  });

  it("HL-3 BK-2 the backup, with the list of packages, brings the very configuration that was found, where nothing else does", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Quiet", "Done");
    const upgrade = await upgradeOf(run);
    const key = { namespace: "default", name: upgrade.status?.found?.configuration?.secretName ?? "" };
    const secret = await run.store.get("Secret", key);
    const kept = gunzipSync(Buffer.from(secret?.data?.["configuration.set.gz"] ?? "", "base64")).toString();
    const packages = Buffer.from(secret?.data?.["packages.json"] ?? "", "base64").toString();
    expect(packages, "BK-2").to.contain(`JUNOS jinsight [${OLD_RELEASE}]`);
    expect(kept.trimEnd()).to.equal(run.foundConfigurationOf("leaf1").trimEnd());
    const last = restoreParts(upgrade).at(-1);
    expect(last?.commands).to.deep.equal([
      "configure exclusive",
      "delete",
      "load set /var/tmp/leaf1.set",
      "show | compare",
      "commit and-quit",
    ]);
  });

  it("takes the requests for VM hosts where the package is for one", async () => {
    const run = await start({ faults: [{ device: "leaf1", fault: "bootsOldRelease" }] });
    await run.untilPhase("Failed");
    const upgrade = await upgradeOf(run);
    const deviceImageName = "junos-vmhost-install-mx-x86-64-23.4R2-S3.9.tgz";
    const vmhost = {
      ...upgrade,
      spec: { ...upgrade.spec, image: { ...upgrade.spec.image, deviceImageName } },
    };
    expect(restoreParts(vmhost)[0]?.commands).to.deep.equal([
      "request vmhost software rollback",
      "request vmhost reboot",
    ]);
  });

  describe("diff", () => {
    it("HL-3 is what the drain would change, then what takes it back, then that it is as found", async () => {
      const run = await start({ campaign: { ...only("leaf1"), mode: "TestRun" } });
      await run.untilPhase("Tested");
      const ahead = diffOfUpgrade(await upgradeOf(run));
      expect(ahead.is).to.equal("Ahead");
      expect(ahead.diff).to.contain("disable;");
      expect(ahead.techniques.map(({ name }) => name)).to.include.members(["Policy", "LinksDown"]);
      await run.change((spec) => {
        spec.mode = "Upgrade";
      });
      await run.untilStep("leaf1", "Quiet", "Done");
      const drained = diffOfUpgrade(await upgradeOf(run));
      expect(drained.is).to.equal("Drained");
      expect(drained.undo).to.include("delete interfaces ae1 disable");
      // What the device itself said of it in the test run.
      expect(drained.undo).to.deep.equal(ahead.undo);
      await run.untilPhase("Completed");
      const after = diffOfUpgrade(await upgradeOf(run));
      expect(after).to.include({ is: "AsFound" });
      expect(after.message).to.match(/^as found; .* SHA-256 [0-9a-f]{64}$/);
    });

    it("says that the device was not asked", async () => {
      const run = await start();
      await run.until("leaf1 has an upgrade", () => run.upgrade("leaf1"));
      const upgrade = await upgradeOf(run);
      expect(diffOfUpgrade({ ...upgrade, status: {} })).to.include({ is: "Unknown", diff: null });
    });

    it("is a no where the configuration is not as it was found", async () => {
      const run = await start();
      await run.untilStep("leaf1", "Quiet", "Done");
      await run.configure("leaf1", ["set system login message somebody"]);
      await run.untilPhase("Failed");
      const found = diffOfUpgrade(await upgradeOf(run));
      expect(found).to.include({ is: "Differs" });
      expect(found.message).to.contain("not the one that was found");
    });
  });
});
