/**
 * Our CustomResourceDefinitions are replaced by newer ones while objects are stored, watched and written: nothing is
 * lost, watches go on, and what is new is there. On a cluster of its own, since definitions belong to all.
 */
import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { CustomKind, ObjectOf } from "../../src/api/kinds.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { StoreError } from "../../src/store/errors.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { updateStatus } from "../../src/store/retryOnConflict.ts";
import { CRD_DIRECTORY, readDefinitions } from "../../src/store/schema/definitions.ts";
import type { Json, JsonObject } from "../../src/store/schema/json.ts";
import { isJsonObject, toJsonObject } from "../../src/store/schema/json.ts";
import type { Store } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";
import { startCluster } from "../support/cluster/startCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { campaignDraft, configMapDraft, deviceUpgradeDraft, fabricDraft } from "../store/objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

/** What an earlier release did not have yet, by kind: fields with and without a default, in spec and status. */
const NOT_YET: Readonly<Record<CustomKind, readonly string[]>> = {
  Fabric: ["spec.drain.quietBitsPerSecond", "status.problems"],
  DeviceImage: ["spec.checksum.sha256", "status.parsedVersion"],
  UpgradeCampaign: ["spec.paused", "spec.strategy.maxBatchSize", "status.progress"],
  DeviceUpgrade: ["status.percent", "status.message"],
};
const KINDS_OF_OURS = ["Fabric", "DeviceImage", "UpgradeCampaign", "DeviceUpgrade"] as const;
const UPGRADES = 30;

describeWithCluster("an upgrade of the CustomResourceDefinitions in place", (shared) => {
  let cluster: Cluster;
  let proxy: FaultProxy;
  let store: Store;
  let namespace: string;
  /** Ends what a test leaves running when it fails. */
  const over = new AbortController();

  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster({ binaries: shared().binaries });
    proxy = await startFaultProxy(cluster);
    const folder = path.join(cluster.folder, "older");
    await mkdir(folder);
    for (const older of olderDefinitions()) {
      const { kind } = older.spec.names;
      await writeFile(path.join(folder, `${kind}.json`), JSON.stringify(older));
    }
    await kubectl(cluster, ["apply", "--server-side", "--filename", folder]);
    namespace = await newNamespace(cluster);
    store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster, { url: proxy.url }), clock });
  });
  after(async () => {
    over.abort();
    await store.close();
    await proxy.stop();
    await cluster.stop();
  });

  const upgrade = async () => kubectl(cluster, ["apply", "--server-side", "--kustomize", CRD_DIRECTORY]);
  const meta = (name: string) => ({ namespace, name });

  it("ends watches and lets them go on, loses nothing, and brings new fields and their defaults", async function () {
    this.timeout(60_000);
    const before = await storeObjects();
    expect(before.Fabric.spec.drain).not.to.have.property("quietBitsPerSecond");
    expect(before.UpgradeCampaign.spec).not.to.have.property("paused");
    expect(before.DeviceUpgrade.status).to.deep.equal({ state: "Rebooting" });

    const deletions: string[] = [];
    const caches = KINDS_OF_OURS.map((kind) => store.cached(kind));
    const untouched = store.cached("ConfigMap");
    await Promise.all([...caches, untouched].map(async (cache) => cache.whenSynced()));
    for (const kind of KINDS_OF_OURS) {
      await store.watch(
        kind,
        ({ type, object }) => {
          if (type === "Deleted") deletions.push(`${kind} ${object.metadata.name}`);
        },
        over.signal,
      );
    }
    const watches = (kind: CustomKind | "ConfigMap") =>
      proxy.requests.filter(({ isWatch, url }) => isWatch && url.pathname.endsWith(`/${KINDS[kind].plural}`));
    await proxy.until(() => proxy.streams.length === caches.length + 1);

    const writer = startWriter();
    await eventually(() => expect(writer.acknowledged()).to.be.greaterThan(20));
    const upgradedAt = performance.now();
    await upgrade();
    for (const kind of KINDS_OF_OURS) await proxy.until(() => watches(kind).length > 1);
    await proxy.until(() => proxy.streams.length === caches.length + 1);
    const seconds = ((performance.now() - upgradedAt) / 1000).toFixed(1);
    const target = writer.acknowledged() + 20;
    await eventually(() => expect(writer.acknowledged()).to.be.greaterThan(target));
    await writer.stop();
    console.log(
      `      all watches back after ${seconds} s; of ${writer.acknowledged()} writes meanwhile the slowest took ` +
        `${Math.round(writer.slowest())} ms; ${writer.failures.length} failed`,
    );

    // The caches hold what a reader finds, with the defaults of fields that no object has been written with.
    for (const [index, kind] of KINDS_OF_OURS.entries()) {
      await eventually(async () => {
        expect(caches[index]?.list(namespace), kind).to.deep.equal(await store.list(kind, namespace));
      });
    }
    const fabric = await existing("Fabric");
    expect(fabric.metadata).to.deep.equal(before.Fabric.metadata);
    expect(fabric.spec.drain).to.deep.equal({ ...before.Fabric.spec.drain, quietBitsPerSecond: 100_000 });
    expect(store.cached("Fabric").get(meta("object"))).to.deep.equal(fabric);
    const campaign = await existing("UpgradeCampaign");
    expect(campaign.spec).to.deep.include({ paused: false });
    expect(campaign.spec.strategy.maxBatchSize).to.equal(4);
    expect(await existing("DeviceImage")).to.have.deep.property("spec", before.DeviceImage.spec);

    // Nothing was lost, least of all what was written at that very moment.
    const counter = await existing("DeviceUpgrade");
    expect(writer.failures.map(String)).to.deep.equal([]);
    expect(counter.status?.observedGeneration).to.equal(writer.acknowledged());
    expect(await store.list("DeviceUpgrade", namespace)).to.have.length(UPGRADES + 1);
    expect(deletions).to.deep.equal([]);
    expect(watches("ConfigMap")).to.have.length(1);
  });

  it("takes the new fields from then on, in old objects too", async () => {
    const old = await existing("DeviceUpgrade");
    const told = await store.replaceStatus("DeviceUpgrade", {
      ...old,
      status: { ...old.status, percent: 40, message: "boots" },
    });
    expect(told.status).to.deep.include({ percent: 40, message: "boots" });
    await eventually(() => {
      expect(store.cached("DeviceUpgrade").get(meta("object"))?.status?.percent).to.equal(40);
    });
  });

  it("changes nothing when the same definitions are applied again", async () => {
    const versions = async () =>
      kubectl(cluster, [
        "get",
        "customresourcedefinitions",
        "--output",
        "jsonpath={.items[*].metadata.generation}",
      ]);
    const before = await versions();
    const watchesBefore = proxy.requests.filter(({ isWatch }) => isWatch).length;
    await upgrade();
    expect(await versions()).to.equal(before);
    const made = await store.create("Fabric", fabricDraft(meta("after")));
    await eventually(() => expect(store.cached("Fabric").get(meta("after"))).to.deep.equal(made));
    expect(proxy.requests.filter(({ isWatch }) => isWatch)).to.have.length(watchesBefore);
  });

  async function existing<K extends CustomKind>(kind: K): Promise<ObjectOf<K>> {
    const found = await store.get(kind, meta("object"));
    if (found === undefined) throw new Error(`the ${kind} is not there`);
    return found;
  }

  /** One object of each kind, and more of one, in the terms of the older release. */
  async function storeObjects() {
    const image = {
      metadata: meta("object"),
      spec: {
        deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
        vendorName: "Juniper",
        deviceFamily: "junos-qfx",
        supportedPlatforms: ["qfx5120"],
        osVersion: "23.4R2-S3.9",
        sizeBytes: 1000,
        checksum: { md5: "d41d8cd98f00b204e9800998ecf8427e" },
      },
    };
    for (let index = 0; index < UPGRADES; index += 1) {
      await store.create("DeviceUpgrade", deviceUpgradeDraft(meta(`c-${index}`), `leaf${index}`));
    }
    await store.create("ConfigMap", configMapDraft(meta("object")));
    const made = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("object"), "spine1"));
    // The server drops what it does not know: a newer controller on older definitions does no harm.
    const status = { state: "Rebooting" as const, percent: 50 };
    return {
      Fabric: await store.create("Fabric", fabricDraft(meta("object"))),
      DeviceImage: await store.create("DeviceImage", image),
      UpgradeCampaign: await store.create("UpgradeCampaign", campaignDraft(meta("object"))),
      DeviceUpgrade: await store.replaceStatus("DeviceUpgrade", { ...made, status }),
    };
  }

  /** Raises a counter in a status, one write after the other. */
  function startWriter() {
    const failures: StoreError[] = [];
    let acknowledged = 0;
    let slowest = 0;
    let isOver = false;
    const target = { store, kind: "DeviceUpgrade", key: meta("object") } as const;
    const run = async () => {
      while (!isOver && !over.signal.aborted) {
        const startedAt = performance.now();
        try {
          await updateStatus(target, (copy) => {
            const observedGeneration = (copy.status?.observedGeneration ?? 0) + 1;
            copy.status = { ...copy.status, observedGeneration };
          });
          acknowledged += 1;
        } catch (error) {
          if (!(error instanceof StoreError)) throw error;
          failures.push(error);
        }
        slowest = Math.max(slowest, performance.now() - startedAt);
      }
    };
    const running = run();
    return {
      failures,
      acknowledged: () => acknowledged,
      slowest: () => slowest,
      async stop() {
        isOver = true;
        await running;
      },
    };
  }
});

/** Today's definitions without what an earlier release did not have, and without what a status says by default. */
function olderDefinitions() {
  return readDefinitions().map((definition) => {
    const { kind } = definition.spec.names;
    const paths = Object.entries(NOT_YET).flatMap(([of, names]) => (of === kind ? names : []));
    const versions = definition.spec.versions.map((version) => {
      const columns = (version.additionalPrinterColumns ?? []).filter(
        ({ jsonPath }) => !paths.some((name) => jsonPath === `.${name}`),
      );
      const schema = toJsonObject(version.schema.openAPIV3Schema) ?? {};
      for (const name of paths) removeField(schema, name);
      const status = propertyOf(schema, "status");
      delete status["default"];
      return { ...version, additionalPrinterColumns: columns, schema: { openAPIV3Schema: schema } };
    });
    return { ...definition, spec: { ...definition.spec, versions } };
  });
}

function removeField(schema: JsonObject, name: string): void {
  const parts = name.split(".");
  const last = parts.pop() ?? "";
  const parent = parts.reduce(propertyOf, schema);
  const properties = parent["properties"];
  if (!isJsonObject(properties) || properties[last] === undefined) throw new Error(`there is no ${name}`);
  delete properties[last];
}

function propertyOf(schema: JsonObject, name: string): JsonObject {
  const properties: Json | undefined = schema["properties"];
  const property = isJsonObject(properties) ? properties[name] : undefined;
  if (!isJsonObject(property)) throw new Error(`there is no ${name}`);
  return property;
}
