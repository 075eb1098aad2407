/** The sizes that the design promises, on a real API server: what fits into etcd, and what people are told beyond. */
import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { API_VERSION } from "../../src/api/names.ts";
import { StoreError } from "../../src/store/errors.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import { readDefinitions } from "../../src/store/schema/definitions.ts";
import type { Draft, Store } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { campaignDraft } from "../store/objects.ts";
import type { FabricSize } from "./largeObjects.ts";
import {
  deviceName,
  ETCD_LIMIT_BYTES,
  kilobytes,
  largeFabric,
  largeFabricStatus,
  sizeOf,
} from "./largeObjects.ts";

const clock = { monotonicMilliseconds: () => performance.now(), now: () => 0 };

/** The largest fabric whose declaration leaves room for its status: 5,000 devices, 7,000 links, 2,000 segments. */
const LARGEST: FabricSize = { devices: 5000, links: 7000, segments: 2000 };

describeWithCluster("the largest objects on an API server", function (cluster) {
  let store: Store;
  let namespace: string;

  beforeEach(async () => {
    store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
    namespace = await newNamespace(cluster());
  });
  afterEach(async () => store.close());

  const meta = (name: string) => ({ namespace, name });

  /** Writes a manifest and applies it; returns what kubectl says. */
  async function apply(
    kind: "Fabric" | "UpgradeCampaign",
    draft: Draft<"Fabric"> | Draft<"UpgradeCampaign">,
    flags: readonly string[] = ["--server-side"],
  ): Promise<string> {
    const file = path.join(cluster().folder, `${namespace}-${draft.metadata.name}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: API_VERSION, kind, ...draft }));
    return kubectl(cluster(), ["apply", ...flags, "--filename", file]);
  }

  it("FB-1 take 5,000 devices, their links and segments by server-side apply, twice, and the fullest status", async function () {
    this.timeout(60_000);
    const fabric = largeFabric(meta("large"), LARGEST);
    const status = largeFabricStatus();
    const timed = stopwatch();
    expect(await apply("Fabric", fabric)).to.include("serverside-applied");
    timed.lap("applied");
    const found = await existing();
    timed.lap("read");
    const told = await store.replaceStatus("Fabric", { ...found, status });
    timed.lap("status written");
    expect(told.status).to.deep.equal(status);
    expect(told.spec).to.deep.equal(found.spec);

    fabric.spec.drain.confirmTimeout = "5m";
    await apply("Fabric", fabric);
    timed.lap("applied again");
    const again = await existing();
    expect(again.spec.drain.confirmTimeout).to.equal("5m");
    expect(again.spec.devices).to.deep.equal(fabric.spec.devices);
    expect(again.status).to.deep.equal(status);
    const stored = await storedBytes("large");
    console.log(
      `      ${LARGEST.devices} devices, ${LARGEST.links} links, ${LARGEST.segments} segments: manifest ` +
        `${kilobytes(sizeOf(fabric))}, with a status of ${kilobytes(sizeOf(status))} ${kilobytes(stored)} of ` +
        `${kilobytes(ETCD_LIMIT_BYTES)}; ${timed.laps()}`,
    );
    expect(stored).to.be.within(0.9 * ETCD_LIMIT_BYTES, ETCD_LIMIT_BYTES);
  });

  it("FB-1 take a ledger entry in a fabric of 5,000 devices without being sent the devices", async () => {
    const proxy = await startFaultProxy(cluster());
    await store.close();
    store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster(), { url: proxy.url }), clock });
    const made = await store.create("Fabric", largeFabric(meta("large"), { devices: 5000 }));
    const entry = { device: deviceName(0), holder: "a", reason: "upgrade", since: "2026-03-01T10:00:00Z" };
    const timed = stopwatch();
    const told = await store.replaceStatus("Fabric", { ...made, status: { outOfService: [entry] } });
    timed.lap("written and read back");
    const sentBytes = proxy.requests.at(-1)?.sentBytes ?? 0;
    console.log(`      one ledger entry in ${kilobytes(sizeOf(made))}: ${sentBytes} bytes ${timed.laps()}`);
    expect(told.status?.outOfService).to.deep.equal([entry]);
    expect(told.spec.devices).to.have.length(5000);
    expect(sentBytes).to.be.within(1, 2000);
    await proxy.stop();
  });

  for (const [title, size] of [
    ["more than etcd takes", { devices: 5000, links: 9500, segments: 2000 }],
    ["more than the API server sends to etcd", { devices: 5000, links: 20_000, segments: 6000 }],
    ["more than the API server reads", { devices: 5000, links: 20_000, segments: 20_000 }],
  ] as const) {
    it(`say that a fabric is too large: ${title}`, async function () {
      this.timeout(60_000);
      const fabric = largeFabric(meta("large"), size);
      const error = await failsInvalid(store.create("Fabric", fabric));
      const own = await failsInvalid(memoryStore({ clock }).create("Fabric", fabric));
      for (const { message } of [error, own]) {
        expect(message).to.match(/large/);
        expect(message.length).to.be.lessThan(300);
      }
      console.log(`      ${kilobytes(sizeOf(fabric))}: ${error.message.split("invalid: ")[1] ?? ""}`);
      expect(await store.list("Fabric", namespace)).to.deep.equal([]);
    });
  }

  it("say to kubectl that a fabric is too large", async function () {
    this.timeout(60_000);
    const said = await failure(apply("Fabric", largeFabric(meta("large"), { devices: 5000, links: 15_000 })));
    expect(said).to.include("request is too large");
    expect(await store.list("Fabric", namespace)).to.deep.equal([]);
  });

  it("refuse a status for which a fabric leaves no room, as Invalid", async function () {
    this.timeout(60_000);
    const made = await store.create("Fabric", largeFabric(meta("large"), { ...LARGEST, segments: 2650 }));
    const error = await failsInvalid(store.replaceStatus("Fabric", { ...made, status: largeFabricStatus() }));
    expect(error.message).to.include("large");
    expect((await existing()).metadata.resourceVersion).to.equal(made.metadata.resourceVersion);
  });

  it("need a server-side apply: the other way keeps a copy in an annotation, which is too small", async () => {
    const said = await failure(apply("Fabric", largeFabric(meta("large"), { devices: 5000 }), []));
    expect(said).to.include("metadata.annotations: Too long");
    expect(await store.list("Fabric", namespace)).to.deep.equal([]);
  });

  it("FB-2 take a campaign that names 5,000 devices, and its status", async () => {
    const campaign = campaignDraft(meta("campaign"));
    const devices = Array.from({ length: 5000 }, (_, index) => deviceName(index));
    campaign.spec.imageAssignments = [{ imageRef: { name: "image" }, selector: { devices } }];
    await apply("UpgradeCampaign", campaign);
    const found = await store.get("UpgradeCampaign", meta("campaign"));
    if (found === undefined) throw new Error("the campaign is not there");
    expect(found.spec.imageAssignments[0]?.selector.devices).to.deep.equal(devices);
    const failed = devices
      .slice(0, 20)
      .map((device) => ({ device, reason: "Hung", message: "x".repeat(1024) }));
    const told = await store.replaceStatus("UpgradeCampaign", {
      ...found,
      status: { phase: "Failed", failed },
    });
    expect(told.status?.failed).to.deep.equal(failed);
    console.log(
      `      a campaign of 5,000 names: ${kilobytes(await storedBytes("campaign", "upgradecampaigns"))}`,
    );
    campaign.spec.imageAssignments[0]?.selector.devices?.push("one-more");
    expect(await failure(apply("UpgradeCampaign", campaign))).to.include(
      "spec.imageAssignments[0].selector.devices",
    );
  });

  it("keep their rules within the API server's budget, which is one: a rule on a list without an end is refused", async () => {
    const [fabrics] = readDefinitions().filter(({ spec }) => spec.names.kind === "Fabric");
    const installed = async (changed: unknown) =>
      cluster().request({
        method: "PATCH",
        path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/fabrics.hitless.dev?fieldManager=budget&force=true&dryRun=All",
        contentType: "application/apply-patch+yaml",
        body: changed,
      });
    expect((await installed(fabrics)).statusCode).to.equal(200);
    const greedy = JSON.parse(JSON.stringify(fabrics));
    const { devices } = greedy.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties;
    delete devices.maxItems;
    const rule = "self.all(one, self.exists_one(other, other.name == one.name))";
    devices["x-kubernetes-validations"] = [{ rule, message: "names must be unique" }];
    const { statusCode, text } = await installed(greedy);
    expect(statusCode).to.equal(422);
    expect(text).to.match(/exceeds budget/);
  });

  async function existing() {
    const found = await store.get("Fabric", meta("large"));
    if (found === undefined) throw new Error("the fabric is not there");
    return found;
  }

  /** The size of an object as the API server keeps it, nearly: with managedFields. */
  async function storedBytes(name: string, plural = "fabrics"): Promise<number> {
    const { text } = await cluster().request({
      path: `/apis/${API_VERSION}/namespaces/${namespace}/${plural}/${name}`,
    });
    return Buffer.byteLength(text);
  }
});

/** What a command says on its way out, when it fails. */
async function failure(outcome: Promise<string>): Promise<string> {
  const error = await outcome.then(
    (said) => new Error(`expected a refusal, got: ${said}`),
    (reason: unknown) => reason,
  );
  if (error instanceof Error && "stderr" in error) return String(error.stderr);
  throw error;
}

async function failsInvalid(outcome: Promise<unknown>): Promise<StoreError> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected Invalid, got ${String(error)}`);
  expect(error.code, error.message).to.equal("Invalid");
  return error;
}

/** Times to print. */
function stopwatch() {
  let at = performance.now();
  const laps: string[] = [];
  return {
    lap(what: string) {
      const now = performance.now();
      laps.push(`${what} in ${((now - at) / 1000).toFixed(1)} s`);
      at = now;
    },
    laps: () => laps.join(", "),
  };
}
