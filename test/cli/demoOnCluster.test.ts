/** The demo on a real API server: applied by kubectl, under the roles of deploy/, with the controller as a process. */
import { expect } from "chai";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Writable } from "node:stream";
import { QUICKSTART } from "../../src/cli/commands/demo.ts";
import { runOnCluster } from "../../src/cli/demo/onCluster.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import type { TwinReport } from "../../src/cli/twin/twinReport.ts";
import { kubectl, toolEnvironment } from "../support/cluster/kubectl.ts";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";
import { startCluster, type Cluster } from "../support/cluster/startCluster.ts";
import { eventually } from "../support/eventually.ts";

/** Model seconds in a second. Each write to the API takes its real time. */
const SPEED = 300;
const NAMESPACE = "default";

describeWithCluster("cli: the demo on a cluster", function (shared) {
  let cluster: Cluster;
  let folder: string;
  let report: TwinReport;
  let written = "";
  let log: readonly Record<string, unknown>[] = [];
  const searchPath = process.env["PATH"];

  before(async function () {
    this.timeout(400_000);
    // One of its own: what it applies is for a whole cluster.
    cluster = await startCluster({ binaries: shared().binaries });
    folder = await mkdtemp(path.join(tmpdir(), "hitless-test-"));
    process.env["PATH"] = toolEnvironment(cluster)["PATH"] ?? "";
    const objects = await campaignInput(await storeOf(await readManifests([QUICKSTART]), { now: Date.now }));
    const logFile = path.join(folder, "controller.log");
    const stream = new Writable({
      decodeStrings: false,
      write: (chunk: string, _encoding, done) => {
        written += chunk;
        done();
      },
    });
    const options = {
      kubeconfig: cluster.kubeconfig,
      manifests: QUICKSTART,
      objects,
      description: await readSimulation([QUICKSTART], objects.fabric),
      speed: SPEED,
      logFile,
      signal: new AbortController().signal,
      keep: false,
    };
    report = await runOnCluster(options, { stream });
    log = (await readFile(logFile, "utf8"))
      .split("\n")
      .filter((line) => line !== "")
      .map((line): Record<string, unknown> => JSON.parse(line));
  });

  after(async function () {
    this.timeout(30_000);
    process.env["PATH"] = searchPath;
    await cluster.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("EX-11 HL-9 ends like the demo: every device once, and nobody lost a packet but who was said to", () => {
    expect(report.problems).to.deep.equal([]);
    expect(report.outcome).to.equal("Succeeded");
    expect(report.devices).to.have.lengthOf(10);
    for (const device of report.devices) {
      expect(device, device.name).to.include({ reboots: 1, installs: 1, to: "23.4R2-S3.9" });
    }
    expect(report.packets.others.sent).to.be.greaterThan(1_000_000);
    expect(report.packets.others.lost).to.equal(0);
    expect(report.packets.exposed.lost).to.be.greaterThan(0);
  });

  it("EX-4 MO-1 shows in the end what kubectl get says", () => {
    expect(written).to.contain("$ kubectl get fabrics,deviceimages,upgradecampaigns,deviceupgrades");
    expect(written).to.match(/upgradecampaign\.hitless\.dev\/dc1-24q4\s+Completed\s+10\/10/);
    expect(written.match(/HitlessImageUpgradeSuccessful/g)).to.have.lengthOf(10);
  });

  it("MO-2 events tell the story in words, and stay when the objects are gone", async () => {
    const events = await kubectl(cluster, [
      "get",
      "events",
      "-n",
      NAMESPACE,
      "-o",
      "custom-columns=:.involvedObject.kind,:.reason,:.message",
      "--no-headers",
    ]);
    expect(events).to.match(/UpgradeCampaign\s+Completed/);
    expect(events).to.match(/DeviceUpgrade\s+HitlessImageUpgradeSuccessful/);
    expect(events).not.to.contain("simulated\n");
  });

  it("LG-1 LG-2 every line of the controller's log is JSON with time, object, action and code", () => {
    expect(log.length).to.be.greaterThan(50);
    for (const line of log) expect(line).to.include.keys("timestamp", "level", "object", "action", "code");
    expect(log.filter(({ level }) => level === "error")).to.deep.equal([]);
  });

  it("HL-9 leaves nothing behind: what it applied of the example can be deleted at once", async function () {
    this.timeout(30_000);
    await eventually(async () => {
      const left = await kubectl(cluster, ["get", "hitless", "-n", NAMESPACE, "-o", "name"]);
      // Without kube-controller-manager nobody collects what a deleted campaign owned.
      expect(
        left.split("\n").filter((line) => line !== "" && !line.startsWith("deviceupgrade")),
      ).to.deep.equal([]);
    });
  });
});
