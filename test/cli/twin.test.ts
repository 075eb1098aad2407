/** Campaigns on a twin of one leaf's size: what they report, and that no secret comes out anywhere. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Writable } from "node:stream";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { KIND_NAMES } from "../../src/api/kinds.ts";
import { campaignInput, storeOf, type CampaignInput } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { runOnTwin, type TwinReport } from "../../src/cli/twin.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { Folders, QUICKSTART, run, type YamlObject } from "./support.ts";

const SPEED = 400;
const SIMULATION = "simulation/simulation.yaml";

/** A package as the description of a simulation has it. */
interface Package {
  readonly name: string;
  readonly release: string;
}
const CANARY = "canary-7341-<&>-geheim";

const folders = new Folders();

function onlyLeaf1({ spec }: YamlObject): void {
  spec.imageAssignments[0].selector = { devices: ["leaf1"] };
  spec.strategy.soak = "30s";
}

async function inputOf(folder: string): Promise<CampaignInput> {
  return campaignInput(await storeOf(await readManifests([folder]), { now: () => 0 }));
}

describe("a campaign on a twin", function () {
  this.timeout(60_000);

  after(() => {
    folders.removeAll();
  });

  it("LG-2 shows no secret in any log line, event, status, configuration of ours or argument", async () => {
    const objects = await inputOf(folders.quickstart({ UpgradeCampaign: onlyLeaf1 }));
    const description = await readSimulation([QUICKSTART], objects.fabric);
    const lines: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        lines.push(chunk.toString("utf8"));
        done();
      },
    });
    const stored: string[] = [];
    const report = await runOnTwin({
      objects,
      description: { ...description, credentials: { username: "hitless", password: CANARY } },
      speed: SPEED,
      signal: new AbortController().signal,
      log: createLogger({ level: "debug", stream, redact: [] }),
      async inspect({ store }) {
        for (const kind of KIND_NAMES) {
          const found = await store.list(kind);
          // The one object that has it is the Secret of the login; backups of configurations are looked at, too.
          const told = found.filter(({ metadata }) => metadata.name !== "dc1-login");
          stored.push(...told.map((object) => JSON.stringify(object)));
        }
      },
    });
    expect(report.outcome, report.problems.join("\n")).to.equal("Succeeded");
    expect(stored.length).to.be.greaterThan(5);
    expect(lines.length).to.be.greaterThan(5);
    const everything = [...lines, ...stored, JSON.stringify(report), process.argv.join(" ")];
    for (const form of [CANARY, Buffer.from(CANARY).toString("base64"), encodeURIComponent(CANARY)]) {
      expect(everything.filter((text) => text.includes(form))).to.deep.equal([]);
    }
  });

  it("PL-10 HL-1 takes a device over an image on the way: two installs, two reboots, not one packet lost", async () => {
    const stop = "22.2R3-S2.8";
    const folder = folders.quickstart({
      UpgradeCampaign(object) {
        onlyLeaf1(object);
        object.spec.imageAssignments[0].path = [{ name: "junos-stop" }];
      },
    });
    const read = (file: string): string => readFileSync(path.join(folder, file), "utf8");
    const image = read("image.yaml")
      .replaceAll("23.4R2-S3.9", stop)
      .replace(/name: junos-.*/, "name: junos-stop");
    writeFileSync(path.join(folder, "stop.yaml"), image);
    // The package of the way lies where the other one lies.
    const simulation: { images: Package[]; defaults: { packages: Package[] } } = parse(read(SIMULATION));
    const withStop = (packages: Package[]): Package[] =>
      packages.flatMap((one) => [
        one,
        { ...one, name: one.name.replace("23.4R2-S3.9", stop), release: stop },
      ]);
    simulation.images = withStop(simulation.images);
    simulation.defaults.packages = withStop(simulation.defaults.packages);
    writeFileSync(path.join(folder, SIMULATION), stringify(simulation));
    const table = await run(["plan", "-f", folder]);
    expect(table.stdout)
      .to.include(`? → ${stop} → 23.4R2-S3.9`)
      .and.to.match(/\d min \+ \d+ min/);
    const args = ["rehearse", "-f", folder, "--speed", String(SPEED), "-o", "json"];
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).to.equal(0);
    const report: TwinReport = JSON.parse(stdout);
    expect(report.plan?.devices["leaf1"]?.hops?.map(({ to }) => to)).to.deep.equal([stop, "23.4R2-S3.9"]);
    expect(report.devices[0]).to.include({
      name: "leaf1",
      from: "21.4R3-S5.4",
      to: "23.4R2-S3.9",
      state: "HitlessImageUpgradeSuccessful",
      reboots: 2,
      installs: 2,
    });
    expect(report.packets.sent).to.be.greaterThan(0);
    expect(report.packets.lost).to.equal(0);
  });

  it("TR-5 HL-1 rehearse reports the device, one install, one reboot and not one packet lost", async () => {
    const folder = folders.quickstart({ UpgradeCampaign: onlyLeaf1 });
    const log = path.join(folder, "rehearsal.log");
    const args = ["rehearse", "-f", folder, "--speed", String(SPEED), "-o", "json", "--log", log];
    const { exitCode, stdout, stderr } = await run(args);
    expect(exitCode, stderr).to.equal(0);
    const report: TwinReport = JSON.parse(stdout);
    expect(report.devices).to.have.length(1);
    expect(report.devices[0]).to.include({
      name: "leaf1",
      from: "21.4R3-S5.4",
      to: "23.4R2-S3.9",
      state: "HitlessImageUpgradeSuccessful",
      reboots: 1,
      installs: 1,
    });
    expect(report.packets.sent).to.be.greaterThan(0);
    expect(report.packets.lost).to.equal(0);
    expect(stderr).to.match(/Approved: plan [0-9a-f]{32}/);
    expect(stderr)
      .to.include("Maintenance Mode Activated")
      .and.to.include("Hitless Image Upgrade Successful");
    const entries = readFileSync(log, "utf8").trimEnd().split("\n");
    for (const line of entries) {
      const entry: unknown = JSON.parse(line);
      expect(entry).to.include.all.keys("timestamp", "level", "object", "action", "code", "message");
    }
  });

  it("EX-10 rehearse says no, and why, when the installation fails; nothing is lost", async () => {
    const folder = folders.quickstart({ UpgradeCampaign: onlyLeaf1 });
    const file = path.join(folder, "simulation/simulation.yaml");
    const text = readFileSync(file, "utf8");
    const faults = [
      "faults:",
      "  - { device: leaf1, fault: installFails }",
      "  - { device: leaf2, fault: bootsOldRelease }",
      "  - { device: leaf3, fault: alarm, description: x, when: { onRpc: commit-configuration, occurrence: 9 } }",
      "",
    ].join("\n");
    expect(text).to.include("faults: []\n");
    writeFileSync(file, text.replace("faults: []\n", faults));
    const { exitCode, stdout } = await run(["rehearse", "-f", folder, "--speed", String(SPEED)]);
    expect(stdout).to.match(/^Failed: Failed/);
    expect(stdout).to.match(/leaf1 .*Hitless Image Upgrade Failed/);
    expect(stdout).to.match(/Problems\n.*leaf1: HitlessImageUpgradeFailed: /s);
    expect(stdout).not.to.contain("leaf1: the fault");
    expect(stdout).to.match(/Problems\n.*leaf2: the fault bootsOldRelease did not happen: nobody met it/s);
    expect(stdout).to.match(
      /leaf3: the fault alarm did not happen: request 9 of commit-configuration did not come/,
    );
    expect(stdout).to.match(/all other flows +[\d,]+ +0 |all flows +[\d,]+ +0 /);
    expect(exitCode).to.equal(1);
  });

  it("rehearse needs no simulation.yaml: fabric and image say enough", async () => {
    const folder = folders.quickstart({ UpgradeCampaign: onlyLeaf1 });
    rmSync(path.join(folder, "simulation"), { recursive: true });
    const { exitCode, stdout, stderr } = await run(["rehearse", "-f", folder, "--speed", String(SPEED)]);
    expect(exitCode, `${stdout}${stderr}`).to.equal(0);
    expect(stdout).to.match(/leaf1 +1 +21\.4R3-S5\.4 → 23\.4R2-S3\.9 +1 +1 /);
  });

  it("refuses a simulation that makes no sense, with file and field", async () => {
    const folder = folders.quickstart();
    const file = path.join(folder, "simulation/simulation.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("installSeconds: 400", "installSeconds: soon"));
    const { exitCode, stderr } = await run(["rehearse", "-f", folder]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("simulation.yaml").and.to.include("installSeconds").and.to.include("soon");
  });

  it("does not begin what cannot be approved", async () => {
    const folder = folders.quickstart({
      UpgradeCampaign: ({ spec }) => delete spec.strategy.acceptNonHitless,
    });
    const { exitCode, stdout } = await run(["rehearse", "-f", folder, "--speed", "1000"]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/^Stalled: Blocked/);
    expect(stdout).to.include("leaf8");
    expect(stdout).to.match(/leaf8 +\d .* 0 +0 /);
  });

  it("ends at once, and cleanly, when it is stopped", async () => {
    const stop = new AbortController();
    const folder = folders.quickstart({ UpgradeCampaign: onlyLeaf1 });
    const objects = await inputOf(folder);
    const failure: unknown = await runOnTwin({
      objects,
      description: await readSimulation([folder], objects.fabric),
      speed: SPEED,
      signal: stop.signal,
      onPlan: () => {
        stop.abort(new Error("enough"));
      },
    }).catch((error: unknown) => error);
    expect(failure).to.be.an("error").with.property("message", "enough");
  });
});
