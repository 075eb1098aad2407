/** What people see of our kinds with nothing but kubectl: columns, explanations, selectors, waiting, watching. */
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { CustomKind, ObjectOf } from "../../src/api/kinds.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { readDefinitions } from "../../src/store/schema/definitions.ts";
import type { Draft, DraftMeta, Store } from "../../src/store/store.ts";
import { kubectl, toolEnvironment } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { campaignDraft, deviceUpgradeDraft, fabricDraft } from "../store/objects.ts";
import { nodesOf } from "./crdRules.ts";
import { readTable } from "./table.ts";

const clock = { monotonicMilliseconds: () => performance.now() };
const SINCE = "2026-03-01T10:00:00Z";

describeWithCluster("our kinds in kubectl", (cluster) => {
  let store: Store;
  let namespace: string;

  beforeEach(async () => {
    store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
    namespace = await newNamespace(cluster());
  });
  afterEach(async () => store.close());

  const meta = (name: string) => ({ namespace, name });
  const run = async (...args: readonly string[]) => kubectl(cluster(), [...args, "--namespace", namespace]);
  const get = async (...args: readonly string[]) => readTable(await run("get", ...args));

  it("IM-11 lists images with family, release and whether they were verified", async () => {
    const image = await store.create("DeviceImage", imageDraft(meta("junos-23.4")));
    const status = { vmhost: false, conditions: [condition("Verified", "True")] };
    await store.replaceStatus("DeviceImage", { ...image, status });
    const { headers, rows } = await get("deviceimages");
    expect(headers).to.deep.equal(["NAME", "FAMILY", "VERSION", "VMHOST", "VERIFIED", "AGE"]);
    expect(rows).to.have.length(1);
    expect(rows[0]).to.deep.include({
      NAME: "junos-23.4",
      FAMILY: "junos-qfx",
      VERSION: "23.4R2-S3.9",
      VMHOST: "false",
      VERIFIED: "True",
    });
    const wide = await get("deviceimages", "--output", "wide");
    expect(wide.rows[0]?.["PACKAGE"]).to.equal(image.spec.deviceImageName);
  });

  it("IM-3 shows an image whose file is not the one that was declared", async () => {
    const image = await store.create("DeviceImage", imageDraft(meta("junos")));
    const conditions = [condition("Verified", "False", "ChecksumMismatch")];
    await store.replaceStatus("DeviceImage", { ...image, status: { conditions } });
    expect((await get("deviceimages")).rows[0]?.["VERIFIED"]).to.equal("False");
    const reason = "{.items[0].status.conditions[?(@.type=='Verified')].reason}";
    expect(await run("get", "deviceimages", "--output", `jsonpath=${reason}`)).to.equal("ChecksumMismatch");
  });

  it("IM-2 refuses another name for an image, and IM-10 takes any other change at any time", async () => {
    const image = await store.create("DeviceImage", imageDraft(meta("junos")));
    const patch = async (change: unknown) =>
      run("patch", "deviceimage", "junos", "--type", "merge", "--patch", JSON.stringify(change));
    const refused = await patch({ metadata: { name: "other" } }).catch((error: unknown) => error);
    expect(refused).to.have.property("stderr").that.includes("the name of the object (other) does not match");
    await patch({ spec: { osVersion: "23.4R2-S4.5", supportedPlatforms: ["qfx5120", "qfx5200"] } });
    const changed = await store.get("DeviceImage", meta("junos"));
    expect(changed?.metadata).to.deep.include({ uid: image.metadata.uid, generation: 2 });
    expect(changed?.spec.osVersion).to.equal("23.4R2-S4.5");
    expect((await store.list("DeviceImage", namespace)).length).to.equal(1);
  });

  it("EX-2 shows each device's state and progress, in the order of its device", async () => {
    for (const [device, state, percent] of [
      ["leaf1", "HitlessImageUpgradeSuccessful", 100],
      ["leaf2", "Rebooting", 65],
      ["leaf3", "Pending", 0],
    ] as const) {
      const made = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta(`c-${device}`), device));
      const message = state === "Rebooting" ? "boots since 2 minutes" : "";
      await store.replaceStatus("DeviceUpgrade", { ...made, status: { state, percent, message } });
    }
    const { headers, rows } = await get("deviceupgrades");
    expect(headers).to.deep.equal(["NAME", "DEVICE", "BATCH", "STATE", "PERCENT", "VERSION", "AGE"]);
    expect(rows.map(({ DEVICE, STATE, PERCENT }) => `${DEVICE} ${STATE} ${PERCENT}`)).to.deep.equal([
      "leaf1 HitlessImageUpgradeSuccessful 100",
      "leaf2 Rebooting 65",
      "leaf3 Pending 0",
    ]);
    const wide = await get("deviceupgrades", "--output", "wide");
    expect(wide.rows[1]?.["MESSAGE"]).to.equal("boots since 2 minutes");
  });

  it("EX-4 shows how far a campaign is as a whole", async () => {
    await campaignUnderWay();
    const { headers, rows } = await get("upgradecampaigns");
    expect(headers.slice(0, 6)).to.deep.equal(["NAME", "PHASE", "DEVICES", "BATCH", "BATCHES", "HITLESS"]);
    expect(rows[0]).to.deep.include({
      NAME: "dc1-24q4",
      PHASE: "Running",
      DEVICES: "12/34",
      BATCH: "4",
      BATCHES: "9",
      HITLESS: "true",
      SUCCEEDED: "Unknown",
    });
  });

  it("MO-1 shows of a fabric whether it is proven, reachable and what is out of service", async () => {
    const fabric = await store.create("Fabric", fabricDraft(meta("dc1")));
    await store.replaceStatus("Fabric", {
      ...fabric,
      status: {
        counts: { devices: 34, reachable: 33, outOfService: 2 },
        conditions: [condition("Ready", "False", "DeviceUnreachable"), condition("TopologyProven", "True")],
      },
    });
    const { rows } = await get("fabrics");
    const shown = { READY: "False", TOPOLOGY: "True", DEVICES: "34", REACHABLE: "33", OUT: "2" };
    expect(rows[0]).to.deep.include({ NAME: "dc1", ...shown });
  });

  it("MO-4 finds all four kinds in one category, by short names, and by their fields", async () => {
    await store.create("Fabric", fabricDraft(meta("dc1")));
    await store.create("DeviceImage", imageDraft(meta("junos")));
    await campaignUnderWay();
    for (const device of ["leaf1", "leaf2"]) {
      const made = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta(`c-${device}`), device));
      const state = device === "leaf1" ? "Rebooting" : "Pending";
      await store.replaceStatus("DeviceUpgrade", { ...made, status: { state } });
    }
    const names = async (...args: readonly string[]) =>
      (await run("get", ...args, "--output", "name")).trim().split("\n");
    expect(await names("hitless")).to.deep.equal([
      "deviceimage.hitless.dev/junos",
      "deviceupgrade.hitless.dev/c-leaf1",
      "deviceupgrade.hitless.dev/c-leaf2",
      "fabric.hitless.dev/dc1",
      "upgradecampaign.hitless.dev/dc1-24q4",
    ]);
    expect(await names("hfab,dimg,upc,devup")).to.have.length(5);
    for (const [selector, expected] of [
      ["spec.deviceName=leaf2", ["c-leaf2"]],
      ["spec.deviceName!=leaf2,spec.desired=Proceed", ["c-leaf1"]],
      ["status.state=Rebooting", ["c-leaf1"]],
    ] as const) {
      const found = await names("deviceupgrades", "--field-selector", selector);
      expect(found, selector).to.deep.equal(expected.map((name) => `deviceupgrade.hitless.dev/${name}`));
    }
    const unknown = await names("deviceupgrades", "--field-selector", "spec.rack=r7").catch(
      (error: unknown) => error,
    );
    expect(unknown).to.have.property("stderr").that.includes("field label not supported: spec.rack");
  });

  it("MO-4 lets people watch a device and wait for a campaign", async () => {
    const upgrade = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("c-leaf1")));
    const campaign = await campaignUnderWay();
    const args = [
      "--context",
      "admin",
      "--namespace",
      namespace,
      "get",
      "deviceupgrades",
      "--watch",
      "--no-headers",
    ];
    const watching = spawn(path.join(cluster().binaries, "kubectl"), args, {
      env: toolEnvironment(cluster()),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const lines = createInterface({ input: watching.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).to.match(/^c-leaf1 +leaf1 +1 /);
    await store.replaceStatus("DeviceUpgrade", { ...upgrade, status: { state: "Draining", percent: 30 } });
    expect((await lines.next()).value).to.match(/^c-leaf1 +leaf1 +1 +Draining +30 /);
    watching.kill();
    await once(watching, "close");

    const waiting = run("wait", "upgradecampaign/dc1-24q4", "--for=condition=Succeeded", "--timeout=15s");
    const conditions = [condition("Succeeded", "True")];
    await store.replaceStatus("UpgradeCampaign", { ...campaign, status: { ...campaign.status, conditions } });
    expect(await waiting).to.include("condition met");
  });

  it("explains every field of every kind", async () => {
    for (const { spec } of readDefinitions()) {
      const explained = await run("explain", spec.names.plural, "--recursive");
      const nodes = spec.versions.flatMap(({ schema }) => nodesOf(schema.openAPIV3Schema));
      const fields = new Set(
        nodes.map(
          (node) =>
            node.path
              .split(".")
              .at(-1)
              ?.replaceAll(/[[\]{}]/g, "") ?? "",
        ),
      );
      fields.delete("");
      const missing = [...fields].filter((field) => !new RegExp(`\\b${field}\\t<`).test(explained));
      expect(missing, spec.names.kind).to.deep.equal([]);
    }
    const soak = await run("explain", "upgradecampaign.spec.strategy.soak");
    expect(soak.replaceAll(/\s+/g, " ")).to.include(
      "How long an upgraded device is watched before the next batch",
    );
    const role = await run("explain", "fabric.spec.devices.role");
    expect(role.replaceAll(/\s+/g, " ")).to.include("ENUM: Leaf Border Firewall Spine SuperSpine");
  });

  for (const kind of ["Fabric", "DeviceImage", "UpgradeCampaign", "DeviceUpgrade"] as const) {
    it(`says of a new ${kind} that nobody has seen it yet, never that all is well`, async () => {
      await create(kind, meta("new"));
      const conditions = "{range .items[0].status.conditions[*]}{.type}={.status} {end}";
      const said = await run("get", KINDS[kind].plural, "--output", `jsonpath=${conditions}`);
      expect(said).to.include("Reconciling=True").and.not.to.include("Ready=True");
    });
  }

  async function create(kind: CustomKind, metadata: DraftMeta): Promise<unknown> {
    switch (kind) {
      case "Fabric":
        return store.create(kind, fabricDraft(metadata));
      case "DeviceImage":
        return store.create(kind, imageDraft(metadata));
      case "UpgradeCampaign":
        return store.create(kind, campaignDraft(metadata));
      case "DeviceUpgrade":
        return store.create(kind, deviceUpgradeDraft(metadata));
    }
  }

  /** A campaign in its fourth batch of nine. */
  async function campaignUnderWay(): Promise<ObjectOf<"UpgradeCampaign">> {
    const campaign = await store.create("UpgradeCampaign", campaignDraft(meta("dc1-24q4")));
    return store.replaceStatus("UpgradeCampaign", {
      ...campaign,
      status: {
        phase: "Running",
        progress: "12/34",
        plan: {
          hash: "4f2a",
          configMapRef: { name: "plan" },
          devices: 34,
          batches: 9,
          lowerBound: 9,
          hitless: true,
          estimatedSeconds: 15_000,
        },
        current: { batch: 4, devices: ["leaf13", "leaf14"] },
        conditions: [condition("Succeeded", "Unknown")],
      },
    });
  }
});

function condition(type: string, status: "True" | "False" | "Unknown", reason = "Tested") {
  return {
    type,
    status,
    reason,
    message: "told by a test",
    lastTransitionTime: SINCE,
    observedGeneration: 1,
  };
}

function imageDraft(metadata: DraftMeta): Draft<"DeviceImage"> {
  return {
    metadata,
    spec: {
      deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1_000_000,
      checksum: { md5: "d41d8cd98f00b204e9800998ecf8427e" },
    },
  };
}
