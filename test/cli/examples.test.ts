/** Every example is whole: its objects are valid, its parts agree, and its plan is proven. */
import { readdirSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { KNOWN_HOSTS_KEY } from "../../src/api/names.ts";
import type { Plan } from "../../src/api/plan.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import type { TwinReport } from "../../src/cli/twin.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { assignedImage } from "../../src/controllers/campaign/planning.ts";
import { endpointOf } from "../../src/controllers/device/devicePool.ts";
import { parseKnownHosts } from "../../src/netconf/knownHosts.ts";
import { hostKey } from "../../src/simulator/management/hostKey.ts";
import { EXAMPLES, Folders, run } from "./support.ts";

const folders = new Folders();

/** Folders with a fabric of their own. */
const FABRICS = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "import")
  .map(({ name }) => name);

/** What a plan of an example comes to. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  quickstart: [
    "Leaf leaf1 leaf3 leaf5 leaf7",
    "Leaf leaf2 leaf4 leaf6 leaf8",
    "Spine spine1",
    "Spine spine2",
  ],
  mixed: [
    "Leaf leaf1 leaf3",
    "Leaf leaf2 leaf4",
    "Border border1",
    "Border border2",
    "Firewall fw1",
    "Spine spine1",
    "Spine spine2",
  ],
  "small-crb": ["Leaf leaf1", "Leaf leaf2 leaf3", "Leaf leaf4", "Spine spine1", "Spine spine2"],
};

for (const name of FABRICS) {
  const folder = path.join(EXAMPLES, name);

  describe(`examples/${name}`, () => {
    async function load() {
      const store = await storeOf(await readManifests([folder]), { now: () => 0 });
      const input = await campaignInput(store);
      return { store, ...input, description: await readSimulation([folder], input.fabric) };
    }

    async function planOf(): Promise<Plan> {
      const { exitCode, stdout, stderr } = await run(["plan", "-f", folder, "-o", "json"]);
      expect(exitCode, stderr).to.equal(0);
      const plan: Plan = JSON.parse(stdout);
      return plan;
    }

    it("plans, and the plan holds", async () => {
      const plan = await planOf();
      const { exitCode, stdout } = await run(["verify", "-", "-f", folder], { stdin: JSON.stringify(plan) });
      expect(stdout).to.match(/^The plan holds/);
      expect(exitCode).to.equal(0);
      expect(plan.skipped).to.deep.equal([]);
      expect(plan.batches.length).to.equal(plan.lowerBound);
      const expected = EXPECTED[name];
      if (expected === undefined) return;
      expect(plan.batches.map(({ tier, devices }) => [tier, ...devices].join(" "))).to.deep.equal(expected);
    });

    it("logs in as its simulated devices let it, and knows their host keys", async () => {
      const { fabric, store, description } = await load();
      const { credentialsSecretRef, knownHostsRef } = fabric.spec.connection;
      const secret = await store.get("Secret", { namespace: "default", name: credentialsSecretRef.name });
      const decode = (key: string): string =>
        Buffer.from(secret?.data?.[key] ?? "", "base64").toString("utf8");
      expect({ username: decode("username"), password: decode("password") }).to.deep.equal(
        description.credentials,
      );
      const map = await store.get("ConfigMap", { namespace: "default", name: knownHostsRef.name });
      const knownHosts = parseKnownHosts(map?.data?.[KNOWN_HOSTS_KEY] ?? "");
      for (const device of fabric.spec.devices) {
        const { host, port } = endpointOf(fabric, device);
        const key = hostKey(description.name, device.name, 0).publicKey.split(" ")[1] ?? "";
        expect(knownHosts.check(host, port, Buffer.from(key, "base64")), device.name).to.equal("Match");
        for (const [slot, plane] of (device.controlPlanes ?? []).entries()) {
          const owner = slot === 0 ? device.name : `${device.name}/${plane.name}`;
          const own = Buffer.from(
            hostKey(description.name, owner, 0).publicKey.split(" ")[1] ?? "",
            "base64",
          );
          const at = endpointOf(fabric, plane);
          expect(knownHosts.check(at.host, at.port, own), plane.address).to.equal("Match");
          expect(knownHosts.check(host, port, own), `${device.name} after a switchover`).to.equal("Match");
        }
      }
    });

    it("IM-7 assigns the image that lies on its devices, and simulates the servers that it declares", async () => {
      const { images, fabric, campaign, description } = await load();
      for (const device of fabric.spec.devices) {
        const image = assignedImage(campaign, images, device);
        if (image === undefined) continue;
        const { deviceImageName, sizeBytes, osVersion, checksum } = image.spec;
        const packages = description.devices.find(({ name: other }) => other === device.name)?.packages ?? [];
        const found = packages.find((each) => each.name === deviceImageName);
        expect(found, device.name).to.include({ sizeBytes, release: osVersion, sha256: checksum.sha256 });
      }
      const devicesOf = (ports: readonly string[]): (string | undefined)[] =>
        ports.map((port) => port.split("/")[0]);
      const segments = fabric.spec.multihoming.segments ?? [];
      expect(
        description.servers.map((server) => ({
          name: server.name,
          esi: server.esi,
          devices: server.attachments.map(({ device }) => device),
        })),
      ).to.deep.equal(
        segments.map((segment) => ({
          name: segment.name,
          esi: segment.esi,
          devices: devicesOf(segment.members),
        })),
      );
    });

    it("listens at ports that no other example uses", async () => {
      const others = FABRICS.filter((each) => each !== name);
      const addressesOf = async (each: string): Promise<string[]> => {
        const store = await storeOf(await readManifests([path.join(EXAMPLES, each)]), { now: () => 0 });
        const { fabric } = await campaignInput(store);
        return fabric.spec.devices.flatMap(({ address, controlPlanes = [] }) => [
          address,
          ...controlPlanes.map((plane) => plane.address),
        ]);
      };
      const own = await addressesOf(name);
      for (const other of others) {
        const shared = (await addressesOf(other)).filter((address) => own.includes(address));
        expect(shared, other).to.deep.equal([]);
      }
    });
  });
}

describe("examples", () => {
  after(() => {
    folders.removeAll();
  });

  it("there is a small one, one with centrally routed bridging, one with two pods and one with routers", () => {
    expect(FABRICS).to.include.members(["quickstart", "small-crb", "two-pods", "mixed"]);
  });

  it("PL-4 PL-20 two-pods: tiers in order, spines of a pod apart, storage and three-way servers kept", async () => {
    const { stdout } = await run(["plan", "-f", path.join(EXAMPLES, "two-pods"), "-o", "json"]);
    const plan: Plan = JSON.parse(stdout);
    expect([...new Set(plan.batches.map(({ tier }) => tier))]).to.deep.equal([
      "Leaf",
      "Border",
      "Spine",
      "SuperSpine",
    ]);
    expect(plan.hitless).to.equal(true);
    for (const [few, of] of [
      [1, ["p1-spine1", "p1-spine2"]],
      [1, ["p2-spine1", "p2-spine2"]],
      [1, ["superspine1", "superspine2"]],
      [1, ["border1", "border2"]],
      [1, ["p2-leaf1", "p2-leaf3", "p2-leaf4"]],
      [1, ["p1-leaf2", "p1-leaf3", "p1-leaf4"]],
    ] as const) {
      for (const { index, devices } of plan.batches) {
        const together = of.filter((device) => devices.includes(device));
        expect(together.length, `batch ${String(index)}: ${together.join()}`).to.be.at.most(few);
      }
    }
    // What the pods do not share may go together: that is what makes nine batches of sixteen devices.
    expect(plan.batches.some(({ devices }) => devices.join() === "p1-spine1,p2-spine1")).to.equal(true);
  });

  it("TR-5 HL-1 small-crb: rehearsing a leaf and a gateway loses no packet", async function () {
    this.timeout(120_000);
    const folder = folders.example("small-crb", {
      UpgradeCampaign({ spec }) {
        spec.imageAssignments[0].selector = { devices: ["leaf1", "spine1"] };
        spec.strategy = { soak: "30s" };
      },
    });
    const { exitCode, stdout, stderr } = await run([
      "rehearse",
      "-f",
      folder,
      "--speed",
      "600",
      "-o",
      "json",
    ]);
    expect(exitCode, stderr).to.equal(0);
    const report: TwinReport = JSON.parse(stdout);
    expect(
      report.devices.map(({ name, reboots, state }) => `${name} ${String(reboots)} ${state}`),
    ).to.deep.equal(["leaf1 1 HitlessImageUpgradeSuccessful", "spine1 1 HitlessImageUpgradeSuccessful"]);
    expect(report.packets.sent).to.be.greaterThan(0);
    expect(report.packets.lost).to.equal(0);
  });
});
