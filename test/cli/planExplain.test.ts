/** `hitless plan --explain`: why a device stands in its batch, with a witness. */
import { expect } from "chai";
import type { DeviceExplanation, Separation } from "../../src/cli/explain/explainDevice.ts";
import { Folders, MIXED, QUICKSTART, run, type YamlObject } from "./support.ts";

const folders = new Folders();

async function explain(folder: string, device: string): Promise<DeviceExplanation> {
  const args = ["plan", "-f", folder, "--explain", device, "-o", "json"];
  const { exitCode, stdout, stderr } = await run(args);
  expect(exitCode, stderr).to.equal(0);
  const explanation: DeviceExplanation = JSON.parse(stdout);
  return explanation;
}

async function separation(folder: string, device: string, batch: number): Promise<Separation> {
  const { placement } = await explain(folder, device);
  const found = placement?.separations.find((each) => each.batch === batch);
  if (found === undefined) throw new Error(`${device} is not separated from batch ${String(batch)}`);
  return found;
}

/** Without servers: nothing keeps leaves apart but what a test adds. */
function withoutServers({ spec }: YamlObject): void {
  delete spec.multihoming;
}

describe("hitless plan --explain", () => {
  after(() => {
    folders.removeAll();
  });

  it("TR-6 PL-5 names the server, its segment, both ports, and who would be cut off", async () => {
    const found = await separation(QUICKSTART, "leaf2", 1);
    expect(found.because).to.equal("Endpoint");
    expect(found.devices).to.deep.equal(["leaf1"]);
    expect(found.witness).to.match(
      /^server1 \(ESI 00:11:11:11:11:11:11:00:00:01\) is attached at leaf1\/ae1, leaf2\/ae1: 1 must stay, none would/,
    );
    expect(found.cutOff?.[0]).to.include("server1 loses leaf1/ae1, leaf2/ae1");
  });

  it("PL-6 names a leaf's uplinks with their ports for spines that stand over the same leaves", async () => {
    const found = await separation(QUICKSTART, "spine2", 3);
    expect(found.because).to.equal("Uplink");
    expect(found.devices).to.deep.equal(["spine1"]);
    expect(found.witness).to.match(
      /^leaf1 has uplinks to spine1 \(leaf1\/et-0\/0\/48\), spine2 \(leaf1\/et-0\/0\/49\): 1 must stay, none would/,
    );
    expect(found.cutOff?.join()).to.include("leaf1 has no way into the fabric without spine1, spine2");
  });

  it("TR-6 a cluster that is upgraded in service cuts off nobody, and carries its servers itself", async () => {
    const found = await explain(MIXED, "fw1");
    expect(found).to.deep.include({ staysInService: true, exposed: [] });
    expect(found.supports).to.have.length(1);
    expect(found.supports[0]).to.deep.include({ subject: "dmz1", carriedBy: ["fw1"], left: 1, needed: 1 });
    const { stdout } = await run(["plan", "-f", MIXED, "--explain", "fw1"]);
    expect(stdout).to.contain("cuts off  nobody: it stays in service").and.not.to.contain("cut off\n");
    expect((await explain(MIXED, "leaf1")).staysInService).to.equal(false);
  });

  it("PL-20 names a declared group and what it would keep", async () => {
    const folder = folders.quickstart({
      Fabric(object) {
        withoutServers(object);
        object.spec.redundancyGroups = [
          { name: "storage", members: ["leaf1", "leaf2", "leaf3"], minAvailable: "50%" },
        ];
      },
    });
    const members = await Promise.all(["leaf1", "leaf2", "leaf3"].map((device) => explain(folder, device)));
    const groups = members.flatMap(({ placement }) => placement?.separations ?? []);
    const found = groups.find(({ because }) => because === "Group");
    expect(found?.witness).to.equal("group storage has leaf1, leaf2, leaf3 in service: 2 must stay, 1 would");
    expect(found?.cutOff?.join()).to.include("group storage keeps 1 of its members, it needs 2");
  });

  it("PL-20 names the holders of an overlay role", async () => {
    const folder = folders.quickstart({
      Fabric({ spec }) {
        delete spec.multihoming;
        delete spec.links;
        for (const device of spec.devices.slice(2, 4)) device.overlayRoles = ["AR-Replicator"];
      },
    });
    const { placement } = await explain(folder, "leaf2");
    const found = placement?.separations.find(({ devices }) => devices.includes("leaf1"));
    expect(found?.because).to.equal("Role");
    expect(found?.witness).to.equal(
      "the overlay role AR-Replicator is held by leaf1, leaf2: 1 must stay, none would",
    );
  });

  it("PL-3 says that a batch is full, and PL-12 that a canary goes alone", async () => {
    const folder = folders.quickstart({
      Fabric: withoutServers,
      UpgradeCampaign({ spec }) {
        spec.strategy = { maxBatchSize: 2, canary: { devicesPerTier: 1 } };
      },
    });
    const { placement } = await explain(folder, "leaf8");
    const causes = placement?.separations.map(({ batch, because }) => `${String(batch)} ${because}`);
    expect(causes).to.include.members(["1 Canary", "2 Full"]);
    const full = placement?.separations.find(({ because }) => because === "Full");
    expect(full?.witness).to.equal("the batch is full (2 of 2)");
  });

  it("admits it when the rules would let a device stand elsewhere, too", async () => {
    const folder = folders.quickstart({
      Fabric: withoutServers,
      UpgradeCampaign: ({ spec }) =>
        (spec.imageAssignments[0].selector = { devices: ["leaf1", "leaf2", "leaf3"] }),
    });
    const { placement } = await explain(folder, "leaf1");
    expect(placement?.separations.filter(({ because }) => because !== "Nothing")).to.deep.equal([]);
  });

  it("FX-3 says what depends on the device, what carries it meanwhile, and whom the device cuts off", async () => {
    const leaf8 = await explain(QUICKSTART, "leaf8");
    expect(leaf8.exposed).to.deep.equal(["server13"]);
    const server10 = leaf8.supports.find(({ subject }) => subject.startsWith("server10"));
    expect(server10).to.include({ kind: "Endpoint", count: 3, left: 1, needed: 1 });
    expect(server10?.carriedBy).to.deep.equal(["leaf7"]);
    const server13 = leaf8.supports.find(({ subject }) => subject.startsWith("server13"));
    expect(server13).to.include({ left: 0, needed: 1 });
    const { stdout } = await run(["plan", "-f", QUICKSTART, "--explain", "leaf8"]);
    expect(stdout).to.match(/cuts off +server13/);
    expect(stdout).to.match(/server13 +nobody +0, 1 needed: cut off/);
  });

  it("says why a device is skipped, and what to do", async () => {
    const folder = folders.quickstart({ Fabric: ({ spec }) => (spec.devices[0].model = "qfx10002-72q") });
    const { is, placement, skipped } = await explain(folder, "spine1");
    expect(is).to.equal("Skipped");
    expect(placement).to.equal(null);
    expect(skipped?.reason).to.match(/Model|Platform/);
    const { stdout } = await run(["plan", "-f", folder, "--explain", "spine1"]);
    expect(stdout)
      .to.match(/left out +\w+: .*qfx10002-72q/)
      .and.to.match(/what to do +\w/);
  });

  it("says that no assignment selects a device", async () => {
    const folder = folders.quickstart({
      UpgradeCampaign: ({ spec }) => (spec.imageAssignments[0].selector = { roles: ["Leaf"] }),
    });
    expect((await explain(folder, "spine1")).is).to.equal("NotSelected");
    const { stdout } = await run(["plan", "-f", folder, "--explain", "spine1"]);
    expect(stdout).to.include("no assignment of the campaign selects it");
  });

  it("refuses a device that the fabric does not have, and names those it has", async () => {
    const { exitCode, stdout, stderr } = await run(["plan", "-f", QUICKSTART, "--explain", "leaf99"]);
    expect(exitCode).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.match(/--explain: found "leaf99", .*must be one of spine1, spine2, leaf1/);
  });

  it("answers in Markdown, too", async () => {
    const { stdout } = await run(["plan", "-f", QUICKSTART, "--explain", "leaf2", "-o", "markdown"]);
    expect(stdout).to.match(/^## Device leaf2 in batch 2\n/);
    expect(stdout).to.match(/\| 1 \| same server \| leaf1 \| server1 \(ESI/);
  });

  it("answers one question at a time", async () => {
    const args = ["plan", "-f", QUICKSTART, "--explain", "leaf2", "--failure", "Reboot"];
    const { exitCode, stderr } = await run(args);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("--failure").and.to.include("--explain");
  });
});
