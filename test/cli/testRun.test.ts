/** `hitless test-run` without a cluster: on a twin, and on devices over real SSH. */
import { expect } from "chai";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import type { TestRunReport } from "../../src/cli/testRun/testRunReport.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import type { Credentials } from "../../src/simulator/description.ts";
import {
  createFabricSimulator,
  type FabricSimulator,
  type ServedDevice,
} from "../../src/simulator/fabricSimulator.ts";
import { realClock } from "../../src/simulator/modelClock.ts";
import { Folders, QUICKSTART, run, servedAt, type YamlObject } from "./support.ts";

const folders = new Folders();

function onlyLeaf1({ spec }: YamlObject): void {
  spec.imageAssignments[0].selector = { devices: ["leaf1"] };
}

describe("hitless test-run", function () {
  this.timeout(60_000);
  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];
  let lookOnly: Credentials;

  before(async () => {
    const { fabric } = await campaignInput(
      await storeOf(await readManifests([QUICKSTART]), { now: () => 0 }),
    );
    const description = await readSimulation([QUICKSTART], fabric);
    lookOnly = description.readOnlyCredentials;
    simulator = createFabricSimulator({ description, clock: realClock() });
    served = await simulator.serve({ freePorts: true });
  });

  after(async () => {
    await simulator.close();
    folders.removeAll();
  });

  async function reportOf(folder: string, ...options: readonly string[]) {
    const { exitCode, stdout, stderr } = await run(["test-run", "-f", folder, "-o", "json", ...options]);
    expect(stdout, stderr).not.to.equal("");
    const report: TestRunReport = JSON.parse(stdout);
    return { exitCode, report };
  }

  it("TR-1 TR-2 TR-3 gives a table for each device over SSH, and makes no commit, install or reboot", async () => {
    const { exitCode, report } = await reportOf(folders.quickstart(servedAt(served)));
    expect(report).to.include({ passed: true, phase: "Tested" });
    expect(exitCode).to.equal(0);
    expect(report.devices).to.have.lengthOf(10);
    for (const { name, checks, from } of report.devices) {
      expect(from, name).to.equal("21.4R3-S5.4");
      expect(
        checks.filter(({ passed }) => !passed),
        name,
      ).to.deep.equal([]);
      expect(
        checks.map(({ check }) => check),
        name,
      ).to.include.members(["redundancy", "package", "drain"]);
      expect(simulator.devices.get(name)?.counters, name).to.include({
        writes: 0,
        commits: 0,
        installsStarted: 0,
        reboots: 0,
      });
    }
  });

  it("HC-1 says what does not pass, by observed and allowed value, and exits with 1", async () => {
    const { exitCode, report } = await reportOf(
      folders.quickstart({
        ...servedAt(served),
        UpgradeCampaign: (object) => {
          onlyLeaf1(object);
          object.spec.healthChecks = { checks: [{ name: "routingEngineCpuIdle", max: 95 }] };
        },
      }),
    );
    expect(exitCode).to.equal(1);
    expect(report).to.include({ passed: false, phase: "Blocked" });
    expect(report.devices[0]?.checks.filter(({ passed }) => !passed)).to.deep.equal([
      { check: "routingEngineCpuIdle", observed: "89", allowed: "at least 95 %", passed: false },
    ]);
  });

  it("shows people a line for each device, and with --all the whole table", async () => {
    const folder = folders.quickstart({ UpgradeCampaign: onlyLeaf1 });
    const short = await run(["test-run", "-f", folder, "--twin"]);
    expect(short.exitCode, short.stderr).to.equal(0);
    expect(short.stdout).to.match(/^Tested: 1 device can be upgraded as it is;/);
    expect(short.stdout).to.match(/leaf1 +1 +21\.4R3-S5\.4 → 23\.4R2-S3\.9 +(\d+)\/\1 +passed/);
    expect(short.stdout).not.to.contain("bgpPeerState");
    const all = await run(["test-run", "-f", folder, "--twin", "--all"]);
    expect(all.stdout).to.match(/\n {2}CHECK +OBSERVED +ALLOWED +PASSED\n/);
    expect(all.stdout).to.match(/\n {2}bgpPeerState +0 +at most 0 peers +yes\n/);
  });

  it("HL-3 diff shows what the drain of a device would change, and commits nothing", async () => {
    const folder = folders.quickstart(servedAt(served));
    const { exitCode, stdout, stderr } = await run(["diff", "leaf1", "-f", folder]);
    expect(exitCode, stderr).to.equal(0);
    expect(stdout).to.match(/^leaf1: as the device shows it now\n/);
    expect(stdout).to.match(/\[edit interfaces ae1\]\n\+ {2,}disable;/);
    expect(simulator.devices.get("leaf1")?.counters).to.include({ writes: 0, commits: 0 });
    const unknown = await run(["diff", "leaf99", "-f", folder]);
    expect(unknown.exitCode).to.equal(2);
    expect(unknown.stderr).to.contain("has no device leaf99; it has: spine1, spine2, leaf1");
    const away = await run(["diff", "leaf1", "-f", folders.quickstart()]);
    expect(away.exitCode, "nobody listens there").to.equal(3);
    expect(away.stderr).to.match(/^hitless: leaf1: [^l]/m);
  });

  it("TR-3 with a login that may only look it says which row needs more, and all the others pass", async () => {
    const folder = folders.quickstart({
      ...servedAt(served),
      Secret: (object) => (object.stringData = { ...lookOnly }),
      UpgradeCampaign: onlyLeaf1,
    });
    const { exitCode, report } = await reportOf(folder);
    expect(exitCode).to.equal(1);
    const failed = report.devices[0]?.checks.filter(({ passed }) => !passed) ?? [];
    expect(failed.map(({ check }) => check)).to.deep.equal(["drain"]);
    expect(failed[0]?.observed).to.contain("permission denied");
  });

  it("says why nothing could be tested", async () => {
    const folder = folders.quickstart({
      ...servedAt(served),
      Secret: (object) => (object.stringData = { username: "hitless", password: "wrong-7341" }),
    });
    const { exitCode, stdout, stderr } = await run(["test-run", "-f", folder]);
    expect(exitCode).to.equal(1);
    expect(stdout + stderr).to.match(/leaf1: the device refused user hitless/);
  });

  it("wants either a campaign of a cluster or files", async () => {
    const { exitCode, stderr } = await run(["test-run"]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain("CAMPAIGN");
  });
});
