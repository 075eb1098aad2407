/** The example is one: its parts agree with each other and with what the simulator serves. */
import { expect } from "chai";
import { KNOWN_HOSTS_KEY } from "../../src/api/names.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import { endpointOf } from "../../src/controllers/device/devicePool.ts";
import { parseKnownHosts } from "../../src/netconf/knownHosts.ts";
import { hostKey } from "../../src/simulator/management/hostKey.ts";
import { QUICKSTART } from "./support.ts";

describe("examples/quickstart", () => {
  async function load() {
    const store = await storeOf(await readManifests([QUICKSTART]), { now: () => 0 });
    const input = await campaignInput(store);
    return { store, ...input, description: await readSimulation([QUICKSTART], input.fabric) };
  }

  it("FB-1 has the devices, links and servers of the demo", async () => {
    const { fabric } = await load();
    const { devices, links, multihoming } = fabric.spec;
    const withRole = (role: string) =>
      devices.filter((device) => device.role === role).map(({ name }) => name);
    expect(withRole("Spine")).to.have.length(2);
    expect(withRole("Leaf")).to.have.length(8);
    expect(links).to.have.length(16);
    const segments = multihoming.segments ?? [];
    expect(segments.filter(({ members }) => members.length === 2)).to.have.length(12);
    expect(segments.filter(({ members }) => members.length === 1).map(({ name }) => name)).to.deep.equal([
      "server13",
    ]);
  });

  it("knows the very host keys that the simulated devices present", async () => {
    const { fabric, store, description } = await load();
    const map = await store.get("ConfigMap", {
      namespace: "default",
      name: fabric.spec.connection.knownHostsRef.name,
    });
    const knownHosts = parseKnownHosts(map?.data?.[KNOWN_HOSTS_KEY] ?? "");
    for (const device of fabric.spec.devices) {
      const { host, port } = endpointOf(fabric, device);
      const key = hostKey(description.name, device.name, 0).publicKey.split(" ")[1] ?? "";
      expect(knownHosts.check(host, port, Buffer.from(key, "base64")), device.name).to.equal("Match");
    }
  });

  it("logs in as the simulated devices let it", async () => {
    const { fabric, store, description } = await load();
    const name = fabric.spec.connection.credentialsSecretRef.name;
    const secret = await store.get("Secret", { namespace: "default", name });
    const decode = (key: string) => Buffer.from(secret?.data?.[key] ?? "", "base64").toString("utf8");
    expect({ username: decode("username"), password: decode("password") }).to.deep.equal(
      description.credentials,
    );
  });

  it("IM-7 assigns the image that lies on the simulated devices, with size and checksum", async () => {
    const { images, description } = await load();
    const [image] = images;
    for (const { name, packages } of description.devices) {
      const found = packages.find((each) => each.name === image?.spec.deviceImageName);
      expect(found?.sizeBytes, name).to.equal(image?.spec.sizeBytes);
      expect(found?.sha256, name).to.equal(image?.spec.checksum.sha256);
      expect(found?.release, name).to.equal(image?.spec.osVersion);
    }
  });

  it("simulates the servers it declares, on the same segments and devices", async () => {
    const { fabric, description } = await load();
    const declared = (fabric.spec.multihoming.segments ?? []).map(({ name, esi, members }) => ({
      name,
      esi,
      devices: members.map((member) => member.split("/")[0]),
    }));
    const simulated = description.servers.map(({ name, esi, attachments }) => ({
      name,
      esi,
      devices: attachments.map(({ device }) => device),
    }));
    expect(simulated).to.deep.equal(declared);
  });
});
