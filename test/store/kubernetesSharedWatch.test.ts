/** One watch of a kind, however many want to know: counted where the requests pass. */
import { expect } from "chai";
import type { KubernetesStoreOptions } from "../../src/store/kubernetes/kubernetesStore.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { Store, WatchEvent } from "../../src/store/store.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy, SeenRequest } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { deviceUpgradeDraft, fabricDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

describeWithCluster("Kubernetes store: one watch per kind", (cluster) => {
  let proxy: FaultProxy;
  let store: Store;
  let namespace: string;
  let controller: AbortController;

  beforeEach(async () => {
    proxy = await startFaultProxy(cluster());
    namespace = await newNamespace(cluster());
    controller = new AbortController();
    store = opened();
  });
  afterEach(async () => {
    controller.abort();
    await store.close();
    await proxy.stop();
  });

  const opened = (options: Partial<KubernetesStoreOptions> = {}) =>
    kubernetesStore({
      kubeConfig: kubeConfigOf(cluster(), { url: proxy.url }),
      clock,
      namespaces: [namespace],
      random: () => 0,
      ...options,
    });
  const meta = (name: string) => ({ namespace, name });
  const create = async (name: string) => store.create("Fabric", fabricDraft(meta(name)));
  const count = (matches: (request: SeenRequest) => boolean) => proxy.requests.filter(matches).length;
  const watches = () => count(({ isWatch }) => isWatch);
  const lists = () => count(({ isWatch, method }) => !isWatch && method === "GET");

  /** A subscriber; `told()` is what it has heard. */
  async function subscribed(signal = controller.signal, target = store) {
    const events: WatchEvent<"Fabric">[] = [];
    await target.watch("Fabric", (event) => events.push(event), signal);
    return { events, told: () => events.map(({ type, object }) => `${type} ${object.metadata.name}`) };
  }

  it("MO-4 asks once for a cache and four watches, and tells all of them the same", async () => {
    await create("a");
    const cache = store.cached("Fabric");
    const early = await Promise.all([subscribed(), subscribed()]);
    await create("b");
    await eventually(() => expect(early[0].told()).to.deep.equal(["Added a", "Added b"]));
    const late = await Promise.all([subscribed(), subscribed()]);
    await store.delete("Fabric", meta("a"));
    for (const { told } of [...early, ...late]) {
      await eventually(() => expect(told()).to.deep.equal(["Added a", "Added b", "Deleted a"]));
    }
    expect(cache.list().map(({ metadata }) => metadata.name)).to.deep.equal(["b"]);
    // Not only alike: each object is in memory once.
    for (const { events } of late) expect(events[1]?.object).to.equal(early[0].events[1]?.object);
    expect({ watches: watches(), lists: lists() }).to.deep.equal({ watches: 1, lists: 1 });
  });

  it("asks once for each kind, and once for each namespace it is limited to", async () => {
    const other = await newNamespace(cluster());
    await store.close();
    store = opened({ namespaces: [namespace, other] });
    await Promise.all([store.cached("Fabric").whenSynced(), subscribed(), subscribed()]);
    await Promise.all([store.cached("DeviceUpgrade").whenSynced(), store.cached("Fabric").whenSynced()]);
    await eventually(() => expect(watches()).to.equal(4));
    await store.create("Fabric", fabricDraft({ namespace: other, name: "a" }));
    await create("b");
    const names = () =>
      store
        .cached("Fabric")
        .list()
        .map(({ metadata }) => metadata.name);
    await eventually(() => expect(names()).to.have.members(["a", "b"]));
    expect(lists()).to.equal(4);
  });

  it("goes on for the others when one leaves, and for the cache when all have left", async () => {
    const passing = new AbortController();
    const gone = await subscribed(passing.signal);
    const staying = await subscribed();
    const cache = store.cached("Fabric");
    passing.abort();
    await create("a");
    await eventually(() => expect(staying.told()).to.deep.equal(["Added a"]));
    controller.abort();
    await create("b");
    await eventually(() => expect(cache.get(meta("b"))?.metadata.name).to.equal("b"));
    expect(gone.told()).to.deep.equal([]);
    expect(staying.told()).to.deep.equal(["Added a"]);
    expect(watches()).to.equal(1);
  });

  it("ends the request with the last subscriber, and asks anew for the next", async () => {
    await subscribed();
    await proxy.until(() => proxy.streams.length === 1);
    controller.abort();
    await proxy.until(() => proxy.streams.length === 0);
    await create("a");
    const next = await subscribed(new AbortController().signal);
    expect(next.told()).to.deep.equal(["Added a"]);
    await eventually(() => expect(watches()).to.equal(2));
  });

  it("lets a subscriber that gives up before the first list go, and serves the others", async () => {
    proxy.breakNext((request) => request.method === "GET", { is: "Reply", statusCode: 503 });
    const passing = new AbortController();
    const outcome = subscribed(passing.signal).catch(String);
    const staying = subscribed();
    passing.abort(new Error("no longer"));
    expect(await outcome).to.equal("Error: no longer");
    await create("a");
    const { told } = await staying;
    await eventually(() => expect(told()).to.deep.equal(["Added a"]));
  });

  it("tells a late subscriber no deletion it need not know of, whatever the network did", async () => {
    await create("a");
    const early = await subscribed();
    await proxy.until(() => proxy.streams.length === 1);
    proxy.streams[0]?.reset();
    await store.delete("Fabric", meta("a"));
    await create("b");
    await eventually(() => expect(early.told()).to.include.members(["Deleted a", "Added b"]));
    const late = await subscribed();
    expect(late.told()).to.deep.equal(["Added b"]);
    expect(lists()).to.equal(1);
  });

  it("follows 200 upgrades for ten subscribers with one request", async function () {
    this.timeout(60_000);
    const heard = Array.from({ length: 10 }, () => new Set<string>());
    for (const names of heard) {
      await store.watch("DeviceUpgrade", ({ object }) => names.add(object.metadata.name), controller.signal);
    }
    const startedAt = performance.now();
    const indexes = Array.from({ length: 200 }, (_, index) => index);
    const lanes = Array.from({ length: 16 }, async () => {
      for (let index = indexes.pop(); index !== undefined; index = indexes.pop()) {
        await store.create("DeviceUpgrade", deviceUpgradeDraft(meta(`c-${index}`), `leaf${index}`));
      }
    });
    await Promise.all(lanes);
    for (const names of heard) await eventually(() => expect(names.size).to.equal(200));
    const [watch] = proxy.requests.filter(({ isWatch }) => isWatch);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    const kilobytes = Math.round((watch?.receivedBytes ?? 0) / 1000);
    console.log(`      200 upgrades made and told ten times in ${seconds} s, ${kilobytes} KB received once`);
    expect(watches()).to.equal(1);
  });
});
