/**
 * API server and etcd go away and come back: what is told meanwhile, and what is there afterwards. On a cluster of
 * its own, since the others' must stand.
 */
import { expect } from "chai";
import type { ObjectOf } from "../../src/api/kinds.ts";
import type { KubernetesStoreOptions } from "../../src/store/kubernetes/kubernetesStore.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { StoreError } from "../../src/store/errors.ts";
import { retryOnConflict, updateStatus } from "../../src/store/retryOnConflict.ts";
import type { Store, WatchEvent } from "../../src/store/store.ts";
import {
  describeWithCluster,
  installDefinitions,
  kubeConfigOf,
  newNamespace,
} from "../support/cluster/sharedCluster.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";
import { startCluster } from "../support/cluster/startCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { fabricDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

describeWithCluster("Kubernetes store: outages", (shared) => {
  let cluster: Cluster;
  let proxy: FaultProxy;
  let store: Store;
  let namespace: string;
  let controller: AbortController;
  const stores: Store[] = [];

  before(async function () {
    this.timeout(60_000);
    cluster = await startCluster({ binaries: shared().binaries });
    await installDefinitions(cluster);
    // The server holds back the first object of a new definition for two seconds.
    const first = kubernetesStore({ kubeConfig: kubeConfigOf(cluster), clock });
    await first.create("Fabric", fabricDraft({ namespace: "default", name: "first" }));
    await first.close();
  });
  after(async () => cluster.stop());

  beforeEach(async () => {
    proxy = await startFaultProxy(cluster);
    namespace = await newNamespace(cluster);
    controller = new AbortController();
    store = opened();
    await allowController();
    await eventually(async () => store.list("Fabric", namespace));
  });
  afterEach(async () => {
    controller.abort();
    await Promise.all(stores.splice(0).map(async (each) => each.close()));
    await proxy.stop();
  });

  /** Whoever is in `system:masters` may do everything at any time. The controller is not, and is ruled by roles. */
  async function allowController(): Promise<void> {
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [{ apiGroups: ["hitless.dev"], resources: ["*"], verbs: ["*"] }];
    await cluster.request({
      method: "POST",
      path: `${path}/roles`,
      body: { metadata: { name: "all" }, rules },
    });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "all" };
    const subjects = [{ kind: "User", apiGroup: roleRef.apiGroup, name: "controller" }];
    const body = { metadata: { name: "all" }, roleRef, subjects };
    await cluster.request({ method: "POST", path: `${path}/rolebindings`, body });
  }

  const opened = (options: Partial<KubernetesStoreOptions> = {}) => {
    const made = kubernetesStore({
      kubeConfig: kubeConfigOf(cluster, { url: proxy.url, user: "controller" }),
      clock,
      namespaces: [namespace],
      requestTimeoutSeconds: 1,
      ...options,
    });
    stores.push(made);
    return made;
  };
  const meta = (name: string) => ({ namespace, name });
  const create = async (name: string) => store.create("Fabric", fabricDraft(meta(name)));
  const needless = () => proxy.requests.filter(({ wasNeedless }) => wasNeedless === true);

  /** What a watch has told, and whether it fits together. */
  async function watching(target = store) {
    const known = new Map<string, ObjectOf<"Fabric">>();
    const contradictions: string[] = [];
    const events: WatchEvent<"Fabric">[] = [];
    await target.watch(
      "Fabric",
      (event) => {
        const { name, uid, resourceVersion } = event.object.metadata;
        const before = known.get(name);
        const fits = event.type === "Added" ? before === undefined : before?.metadata.uid === uid;
        if (!fits || before?.metadata.resourceVersion === resourceVersion) {
          contradictions.push(`${event.type} ${name} ${resourceVersion}`);
        }
        if (event.type === "Deleted") known.delete(name);
        else known.set(name, event.object);
        events.push(event);
      },
      controller.signal,
    );
    return { known, contradictions, events };
  }

  /**
   * Counters in the statuses of fabrics, raised by several writers at the same time until they are told to stop, and
   * how each write ended.
   */
  function countersRaisedBy(names: readonly string[], target = store) {
    const acknowledged = new Map(names.map((name) => [name, 0]));
    const unknown = new Map(names.map((name) => [name, 0]));
    const refused: StoreError[] = [];
    let isOver = false;
    const add = (to: Map<string, number>, name: string) => to.set(name, (to.get(name) ?? 0) + 1);
    const raise = async (name: string) => {
      const key = meta(name);
      try {
        await updateStatus({ store: target, kind: "Fabric", key }, (copy) => {
          copy.status = { ...copy.status, observedGeneration: (copy.status?.observedGeneration ?? 0) + 1 };
        });
        add(acknowledged, name);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        if (error.code === "Unavailable") add(unknown, name);
        else refused.push(error);
      }
    };
    const lanes = names.map(async (name) => {
      while (!isOver && !controller.signal.aborted) await raise(name);
    });
    return {
      acknowledged,
      unknown,
      refused,
      total: (of: Map<string, number>) => [...of.values()].reduce((sum, value) => sum + value, 0),
      async stop() {
        isOver = true;
        await Promise.all(lanes);
      },
    };
  }

  /** Every acknowledged write is there, and nothing that nobody can have asked for. */
  async function expectCounters(counters: ReturnType<typeof countersRaisedBy>): Promise<void> {
    for (const [name, atLeast] of counters.acknowledged) {
      const found = await eventually(async () => store.get("Fabric", meta(name)));
      const atMost = atLeast + (counters.unknown.get(name) ?? 0);
      expect(found?.status?.observedGeneration ?? 0, name).to.be.within(atLeast, atMost);
    }
  }

  it("EX-9 loses no acknowledged write when the API server is killed during writes", async function () {
    this.timeout(60_000);
    const names = ["a", "b", "c", "d"];
    for (const name of names) await create(name);
    const seen = await watching();
    const cache = store.cached("Fabric");
    const counters = countersRaisedBy(names);
    await eventually(() => expect(counters.total(counters.acknowledged)).to.be.greaterThan(40));
    await cluster.kill();
    await eventually(() => expect(counters.total(counters.unknown)).to.be.greaterThan(names.length));
    await cluster.restart();
    const before = counters.total(counters.acknowledged);
    await eventually(() => expect(counters.total(counters.acknowledged)).to.be.greaterThan(before + 20));
    await counters.stop();
    await expectCounters(counters);
    print("API server killed", counters);
    // A server that has just come up says this to everybody until it has read the roles.
    expect(counters.refused.filter(({ code }) => code !== "Forbidden")).to.deep.equal([]);
    await eventually(async () => {
      const there = await store.list("Fabric", namespace);
      expect([...seen.known.values()]).to.have.deep.members([...there]);
      expect(cache.list()).to.deep.equal(there);
    });
    expect(seen.contradictions).to.deep.equal([]);
    expect(needless()).to.deep.equal([]);
  });

  it("EX-9 loses no acknowledged write when etcd is killed during writes, and takes nothing for deleted", async function () {
    this.timeout(90_000);
    const names = ["a", "b", "c", "d"];
    for (const name of names) await create(name);
    const seen = await watching();
    const counters = countersRaisedBy(names);
    await eventually(() => expect(counters.total(counters.acknowledged)).to.be.greaterThan(40));
    await cluster.killEtcd();
    await eventually(() => expect(counters.total(counters.unknown)).to.be.greaterThan(0));
    // Nothing is absent because nobody can look it up.
    const outcomes = await Promise.allSettled([
      store.get("Fabric", meta("a")),
      store.list("Fabric", namespace),
    ]);
    for (const outcome of outcomes) {
      expect(outcome).to.have.nested.property("reason.code", "Unavailable");
    }
    await cluster.restartEtcd();
    const before = counters.total(counters.acknowledged);
    await eventually(() => expect(counters.total(counters.acknowledged)).to.be.greaterThan(before + 20));
    await counters.stop();
    await expectCounters(counters);
    print("etcd killed", counters);
    expect(counters.refused.map(String)).to.deep.equal([]);
    expect(seen.events.filter(({ type }) => type === "Deleted")).to.deep.equal([]);
    await create("new");
    await eventually(async () => {
      expect([...seen.known.values()]).to.have.deep.members([...(await store.list("Fabric", namespace))]);
    });
    expect(seen.contradictions).to.deep.equal([]);
    expect(needless()).to.deep.equal([]);
  });

  it("EX-9 tells a write that was refused from one of which nobody knows", async () => {
    const made = await create("a");
    const status = { observedGeneration: 1 };
    const outcomes: Record<string, string> = {};
    const attempt = async (title: string, write: () => Promise<unknown>) => {
      const error = await write().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      const found = await store.get("Fabric", meta("a"));
      const happened = found?.status?.observedGeneration === 1;
      outcomes[title] = `${error instanceof StoreError ? error.code : String(error)}, happened: ${happened}`;
    };
    const isWrite = ({ method }: { readonly method: string }) => method === "PATCH";
    const write = async () => store.replaceStatus("Fabric", { ...made, status });
    proxy.breakNext(isWrite, { is: "Reset" });
    await attempt("reset before it arrived", write);
    proxy.breakNext(isWrite, { is: "Reply", statusCode: 504 });
    await attempt("timed out in the server", write);
    await attempt("a wrong field", async () =>
      store.replaceStatus("Fabric", { ...made, status: { observedGeneration: -1 } }),
    );
    proxy.breakNext(isWrite, { is: "LostReply" });
    await attempt("lost reply", write);
    await attempt("sent again by somebody who did not read", write);
    expect(outcomes).to.deep.equal({
      "reset before it arrived": "Unavailable, happened: false",
      "timed out in the server": "Unavailable, happened: false",
      "a wrong field": "Invalid, happened: false",
      "lost reply": "Unavailable, happened: true",
      "sent again by somebody who did not read": "Conflict, happened: true",
    });
    // Who reads first does it once.
    await retryOnConflict(async () => {
      const found = await store.get("Fabric", meta("a"));
      if (found?.status?.observedGeneration !== 1) await write();
    });
    expect(needless()).to.deep.equal([]);
  });

  describe("a minute without API", () => {
    /** Real waits take no time; what was waited for is added up. */
    function impatient() {
      const delays: number[] = [];
      const wait = async (seconds: number, signal: AbortSignal | undefined) => {
        signal?.throwIfAborted();
        delays.push(seconds);
      };
      return { delays, wait, waited: () => delays.reduce((sum, delay) => sum + delay, 0) };
    }

    it("waits longer and longer, at most ten seconds, and is there with the first answer", async () => {
      const { delays, wait, waited } = impatient();
      store = opened({ wait, random: () => 0.999_999 });
      const seen = await watching();
      await proxy.until(() => proxy.streams.length === 1);
      const lists = () => proxy.requests.filter(({ isWatch, method }) => !isWatch && method === "GET").length;
      const before = lists();
      proxy.cut();
      await proxy.until(() => waited() > 60);
      const direct = opened({ kubeConfig: kubeConfigOf(cluster) });
      await direct.create("Fabric", fabricDraft(meta("meanwhile")));
      proxy.mend();
      await eventually(() => expect([...seen.known.keys()]).to.deep.equal(["meanwhile"]));
      const longest = Math.max(...delays);
      console.log(
        `      ${delays.length} tries, waits up to ${longest.toFixed(1)} s in ${Math.round(waited())} s`,
      );
      expect(delays.slice(0, 6).map((delay) => Number(delay.toFixed(1)))).to.deep.equal([
        0.2, 0.4, 0.8, 1.6, 3.2, 6.4,
      ]);
      expect(longest).to.be.within(9.9, 10);
      // Of a list there was no need: the server still knew where the watch was.
      expect(lists()).to.equal(before);
      // The next failure is a first one again.
      const told = delays.length;
      proxy.streams[0]?.reset();
      await proxy.until(() => delays.length > told);
      expect(delays[told]).to.be.lessThan(0.3);
    });

    it("ends every request within its own time limit, and says what it does not know", async () => {
      const { wait } = impatient();
      store = opened({ wait, requestTimeoutSeconds: 0.5 });
      const made = await create("a");
      proxy.cut();
      const outcomes = await Promise.allSettled([
        store.get("Fabric", meta("a")),
        store.list("Fabric", namespace),
        store.create("Fabric", fabricDraft(meta("b"))),
        store.replaceStatus("Fabric", { ...made, status: { observedGeneration: 1 } }),
        store.delete("Fabric", meta("a")),
      ]);
      for (const outcome of outcomes) {
        expect(outcome).to.have.nested.property("reason.code", "Unavailable");
      }
      proxy.mend();
      expect(await store.get("Fabric", meta("a"))).to.deep.equal(made);
    });
  });

  it("ends at once when it is closed during an outage", async () => {
    await watching();
    const cache = store.cached("DeviceUpgrade");
    proxy.cut();
    await proxy.until(() => proxy.turnedAway() > 1);
    const closedAt = performance.now();
    await store.close();
    console.log(`      closed in ${Math.round(performance.now() - closedAt)} ms`);
    const outcome = await cache.whenSynced().catch((error: unknown) => error);
    expect(outcome === undefined || outcome instanceof StoreError).to.equal(true);
  });

  function print(what: string, counters: ReturnType<typeof countersRaisedBy>): void {
    const { acknowledged, unknown, refused, total } = counters;
    const counts = `${total(acknowledged)} writes acknowledged, ${refused.length} refused`;
    console.log(`      ${what}: ${counts}, of ${total(unknown)} the outcome was not known`);
  }
});
