/** Single requests: what is sent, what is sent again, and what a refusal means. */
import { getEventListeners } from "node:events";
import { expect } from "chai";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import { Connection } from "../../src/store/kubernetes/connection.ts";
import type { KubernetesStoreOptions } from "../../src/store/kubernetes/kubernetesStore.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { objectPath } from "../../src/store/kubernetes/paths.ts";
import { statusPatch } from "../../src/store/kubernetes/wireObjects.ts";
import { StoreError } from "../../src/store/errors.ts";
import { updateStatus } from "../../src/store/retryOnConflict.ts";
import type { JsonObject } from "../../src/store/schema/json.ts";
import type { Store } from "../../src/store/store.ts";
import { keyOf } from "../../src/store/store.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy, SeenRequest } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { configMapDraft, deviceUpgradeDraft, fabricDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

describeWithCluster("Kubernetes store: requests", (cluster) => {
  let proxy: FaultProxy;
  let store: Store;
  let namespace: string;
  const stores: Store[] = [];

  beforeEach(async () => {
    proxy = await startFaultProxy(cluster());
    namespace = await newNamespace(cluster());
    store = opened();
  });

  afterEach(async () => {
    await Promise.all(stores.splice(0).map(async (each) => each.close()));
    await proxy.stop();
  });

  const opened = (options: Partial<KubernetesStoreOptions> & { user?: string } = {}) => {
    const { user = "admin", ...others } = options;
    const kubeConfig = kubeConfigOf(cluster(), { url: proxy.url, user });
    const made = kubernetesStore({ kubeConfig, clock, random: () => 0, ...others });
    stores.push(made);
    return made;
  };
  const meta = (name: string) => ({ namespace, name });
  /** What the store would not send. */
  const patchStatus = async (fabric: Fabric, body: JsonObject) => {
    const kubeConfig = kubeConfigOf(cluster(), { url: proxy.url });
    const wait = async () => Promise.resolve();
    const connection = new Connection({
      kubeConfig,
      clock,
      requestTimeoutSeconds: 30,
      random: () => 0,
      wait,
    });
    try {
      const path = `${objectPath("Fabric", keyOf(fabric))}/status`;
      await connection.send({ method: "PATCH", path, body, kind: "Fabric", subject: fabric.metadata.name });
    } finally {
      await connection.close();
    }
  };
  const sent = (method: string) => proxy.requests.filter((request) => request.method === method).length;
  const is = (method: string) => (request: SeenRequest) => request.method === method;

  describe("what is sent again", () => {
    it("EX-9 a write whose reply was lost is not: whether it happened is not known", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      proxy.breakNext(is("PATCH"), { is: "LostReply" });
      const status = { observedGeneration: 1 };
      await fails("Unavailable", store.replaceStatus("Fabric", { ...created, status }));
      expect(sent("PATCH")).to.equal(1);
      expect((await store.get("Fabric", keyOf(created)))?.status).to.deep.equal(status);
    });

    for (const statusCode of [500, 503, 504]) {
      it(`a write is not after ${statusCode}, a read is`, async () => {
        const created = await store.create("ConfigMap", configMapDraft(meta("a")));
        proxy.breakNext(is("PUT"), { is: "Reply", statusCode, body: "no" });
        const changed = { ...created, data: { a: "2" } };
        await fails("Unavailable", store.replace("ConfigMap", changed));
        expect(sent("PUT")).to.equal(1);
        proxy.breakNext(is("GET"), { is: "Reply", statusCode, body: "no" });
        expect(await store.get("ConfigMap", keyOf(created))).to.deep.equal(created);
        expect(sent("GET")).to.equal(2);
      });
    }

    it("a write is after 429, as late as the server asks", async () => {
      proxy.breakNext(is("POST"), { is: "Reply", statusCode: 429, retryAfter: "1" });
      await store.create("ConfigMap", configMapDraft(meta("a")));
      const [first, second] = proxy.requests.filter(is("POST"));
      expect((second?.at ?? 0) - (first?.at ?? 0)).to.be.at.least(990);
    });

    it("nothing is when the server asks for more time than there is", async () => {
      const hasty = opened({ requestTimeoutSeconds: 5 });
      proxy.breakNext(is("GET"), { is: "Reply", statusCode: 429, retryAfter: "60" });
      await fails("Unavailable", hasty.get("ConfigMap", meta("a")));
      expect(sent("GET")).to.equal(1);
    });

    it("a read is when its connection was reset", async () => {
      proxy.breakNext(is("GET"), { is: "Reset" });
      expect(await store.get("ConfigMap", meta("a"))).to.equal(undefined);
      expect(sent("GET")).to.equal(2);
    });

    it("a read is not for ever", async () => {
      for (let count = 0; count < 10; count += 1) {
        proxy.breakNext(is("GET"), { is: "Reply", statusCode: 500, body: "no" });
      }
      await fails("Unavailable", store.get("ConfigMap", meta("a")));
      expect(sent("GET")).to.equal(4);
    });
  });

  describe("waiting", () => {
    it("ends after the time limit when nothing comes back", async () => {
      const hasty = opened({ requestTimeoutSeconds: 0.5 });
      proxy.breakNext(is("POST"), { is: "Silence" });
      const error = await fails("Unavailable", hasty.create("ConfigMap", configMapDraft(meta("a"))));
      expect(error.message).to.include("did not answer in time");
    });

    it("ends with the signal's reason", async () => {
      const controller = new AbortController();
      proxy.breakNext(is("POST"), { is: "Silence" });
      const draft = configMapDraft(meta("a"));
      const outcome = store.create("ConfigMap", draft, { signal: controller.signal }).catch(String);
      await proxy.until(() => sent("POST") === 1);
      controller.abort(new Error("stop"));
      expect(await outcome).to.equal("Error: stop");
    });

    it("close() waits for a write under way, and ends reads", async () => {
      proxy.breakNext(is("GET"), { is: "Silence" });
      const read = store.get("ConfigMap", meta("a")).catch((error: unknown) => error);
      const write = store.create("ConfigMap", configMapDraft(meta("a")));
      await proxy.until(() => sent("GET") === 1);
      await store.close();
      expect((await write).metadata.name).to.equal("a");
      expect(await read).to.have.property("code", "Unavailable");
      await fails("Unavailable", store.get("ConfigMap", meta("a")));
    });

    it("says so in one sentence when there is no API server", async () => {
      await proxy.stop();
      const error = await fails("Unavailable", store.get("ConfigMap", meta("a")));
      expect(error.message).to.match(/^ConfigMap .*: the API server cannot be reached: .*ECONNREFUSED/);
    });
  });

  describe("what is not sent", () => {
    it("a write that changes nothing: a read takes its place", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const told = await store.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      const writes = () => sent("PUT") + sent("PATCH");
      const before = writes();
      expect(await store.replace("Fabric", structuredClone(told))).to.deep.equal(told);
      expect(await store.replaceStatus("Fabric", structuredClone(told))).to.deep.equal(told);
      const target = { store, kind: "Fabric", key: keyOf(told) } as const;
      await updateStatus(target, (copy) => {
        copy.status = { observedGeneration: 1 };
      });
      // One that has not seen the object reads it first.
      expect(await opened().replaceStatus("Fabric", structuredClone(told))).to.deep.equal(told);
      expect(writes()).to.equal(before);
    });

    it("… which a proxy that counts them would see", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const told = await store.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      // This one has not seen the object, and cannot know.
      await opened().replace("Fabric", structuredClone(told));
      await patchStatus(told, statusPatch(created, told));
      const writes = proxy.requests.filter(({ method }) => method === "PUT" || method === "PATCH");
      expect(writes.map(({ wasNeedless }) => wasNeedless)).to.deep.equal([false, true, true]);
    });

    it("… and conflicts as the write would where somebody else has written", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const other = opened();
      await other.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      await fails("Conflict", store.replace("Fabric", structuredClone(created)));
      await other.delete("Fabric", keyOf(created));
      await fails("NotFound", store.replace("Fabric", structuredClone(created)));
    });

    for (const name of ["", ".", "..", "a/b", "a?b", "%2e%2e"]) {
      it(`a request for the name ${JSON.stringify(name)}, which would mean something else`, async () => {
        const kept = await store.create("ConfigMap", configMapDraft(meta("kept")));
        const before = proxy.requests.length;
        await fails("NotFound", store.delete("ConfigMap", meta(name)));
        expect(await store.get("ConfigMap", meta(name))).to.equal(undefined);
        await fails("NotFound", store.delete("ConfigMap", { namespace: name, name: "kept" }));
        expect(proxy.requests).to.have.length(before);
        expect(await store.get("ConfigMap", keyOf(kept))).to.deep.equal(kept);
      });
    }
  });

  describe("what a refusal means", () => {
    it("Forbidden without permission, and with a token that is none", async () => {
      const error = await fails("Forbidden", opened({ user: "stranger" }).list("Fabric", namespace));
      expect(error.message).to.include("cannot list resource");
      proxy.breakNext(is("GET"), { is: "Reply", statusCode: 401, body: "{}" });
      await fails("Forbidden", store.get("Fabric", meta("dc1")));
    });

    it("Unavailable, not absence, where the server does not know the kind", async () => {
      for (const body of [
        "404 page not found\n",
        '{"kind":"Status","code":404,"reason":"NotFound","message":"the server could not find the requested resource","details":{}}',
      ]) {
        proxy.breakNext(is("GET"), { is: "Reply", statusCode: 404, body });
        const error = await fails("Unavailable", store.get("Fabric", meta("dc1")));
        expect(error.hint).to.include("CustomResourceDefinitions");
      }
    });

    it("NotFound for a new object in a namespace that is not there", async () => {
      const draft = configMapDraft({ namespace: "nowhere", name: "a" });
      expect((await fails("NotFound", store.create("ConfigMap", draft))).message).to.include("namespaces");
    });

    it("NotFound for a Lease that is gone, which a PUT could otherwise make anew", async () => {
      const created = await store.create("Lease", { metadata: meta("a"), spec: { holderIdentity: "b" } });
      await store.delete("Lease", keyOf(created));
      await fails("NotFound", store.replace("Lease", { ...created, spec: { holderIdentity: "c" } }));
      expect(await store.get("Lease", keyOf(created))).to.equal(undefined);
    });

    it("Immutable for what can never change in a Secret and an Event", async () => {
      const secret = await store.create("Secret", {
        metadata: meta("a"),
        type: "Opaque",
        data: { a: "MQ==" },
      });
      await fails("Immutable", store.replace("Secret", { ...secret, type: "example.org/other" }));
      const sealed = await store.replace("Secret", { ...secret, immutable: true });
      await fails("Immutable", store.replace("Secret", { ...sealed, data: { a: "Mg==" } }));
      const event = await store.create("Event", {
        metadata: meta("b"),
        eventTime: "2026-03-01T10:00:00.000000Z",
        type: "Normal",
        reason: "Drained",
        action: "Drain",
        reportingController: "hitless.dev/controller",
        reportingInstance: "controller-0",
        regarding: { apiVersion: "v1", kind: "Secret", ...meta("a"), uid: secret.metadata.uid },
      });
      await fails("Immutable", store.replace("Event", { ...event, reason: "Undrained" }));
    });

    it("Invalid for what is larger than etcd takes", async () => {
      const big = { data: { a: "x".repeat(1024 * 1024 - 10) } };
      const annotations = Object.fromEntries(["a", "b"].map((name) => [name, "y".repeat(100_000)]));
      const error = await fails(
        "Invalid",
        store.create(
          "ConfigMap",
          configMapDraft({ ...meta("a"), annotations }, { data: { ...big.data, b: "x".repeat(1024) } }),
        ),
      );
      expect(error.message.length).to.be.lessThan(500);
    });
  });

  describe("objects", () => {
    it("come without managedFields", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      expect(created.metadata).not.to.have.property("managedFields");
      const [listed] = await store.list("Fabric", namespace);
      expect(listed).to.deep.equal(created);
    });

    it("keep what others wrote into them and this product does not know", async () => {
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const body = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "made-" } };
      const made = await cluster().request({ method: "POST", path, body });
      const [found] = await store.list("ConfigMap", namespace);
      expect(made.text).to.include(found?.metadata.name);
      if (found !== undefined) await store.replace("ConfigMap", { ...found, data: { a: "2" } });
      const { text } = await cluster().request({ path: `${path}/${found?.metadata.name}` });
      expect(JSON.parse(text)).to.have.nested.include({ "metadata.generateName": "made-", "data.a": "2" });
    });

    it("are written under the name of this product", async () => {
      await store.create("ConfigMap", configMapDraft(meta("a")));
      const { text } = await cluster().request({ path: `/api/v1/namespaces/${namespace}/configmaps/a` });
      expect(JSON.parse(text).metadata.managedFields[0].manager).to.equal("hitless");
    });
  });

  it("asks no more often than it says, for each kind of call", async () => {
    const counts: Record<string, string> = {};
    const bytes: Record<string, string> = {};
    const counted = async <T>(title: string, call: () => Promise<T>): Promise<T> => {
      const from = proxy.requests.length;
      const result = await call();
      const asked = proxy.requests.slice(from);
      counts[title] = asked.map(({ method, isWatch }) => (isWatch ? "WATCH" : method)).join(" ");
      const sum = (of: "sentBytes" | "receivedBytes") => asked.reduce((all, request) => all + request[of], 0);
      bytes[title] = `${title} ${sum("sentBytes")}/${sum("receivedBytes")}`;
      return result;
    };
    const created = await counted("create", async () =>
      store.create("DeviceUpgrade", deviceUpgradeDraft(meta("c-leaf1"))),
    );
    const key = keyOf(created);
    const target = { store, kind: "DeviceUpgrade", key } as const;
    await counted("get", async () => store.get("DeviceUpgrade", key));
    await counted("list", async () => store.list("DeviceUpgrade", namespace));
    const told = await counted("replaceStatus", async () =>
      store.replaceStatus("DeviceUpgrade", { ...created, status: { state: "Rebooting", percent: 40 } }),
    );
    await counted("replaceStatus, same", async () =>
      store.replaceStatus("DeviceUpgrade", structuredClone(told)),
    );
    await counted("replace", async () =>
      store.replace("DeviceUpgrade", { ...told, spec: { ...told.spec, desired: "Hold" } }),
    );
    await counted("updateStatus", async () =>
      updateStatus(target, (copy) => {
        copy.status = { ...copy.status, percent: 50 };
      }),
    );
    await counted("updateStatus, no change", async () => updateStatus(target, () => false));
    await counted("watch and cache", async () => {
      await store.cached("DeviceUpgrade").whenSynced();
      await store.watch("DeviceUpgrade", () => undefined, new AbortController().signal);
      await proxy.until(() => proxy.streams.length === 1);
    });
    await counted("delete", async () => store.delete("DeviceUpgrade", key));
    console.log(`      bytes sent/received: ${Object.values(bytes).join(", ")}`);
    expect(counts).to.deep.equal({
      create: "POST",
      get: "GET",
      list: "GET",
      replaceStatus: "PATCH",
      "replaceStatus, same": "GET",
      replace: "PUT",
      updateStatus: "GET PATCH",
      "updateStatus, no change": "GET",
      "watch and cache": "GET WATCH",
      delete: "DELETE",
    });
  });

  it("leaves nothing with a signal that lives longer than the requests made with it", async () => {
    const { signal } = new AbortController();
    const joined = AbortSignal.any.bind(AbortSignal);
    let joins = 0;
    AbortSignal.any = (signals) => {
      joins += 1;
      return joined(signals);
    };
    try {
      const created = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("c-leaf1")), { signal });
      await store.replaceStatus("DeviceUpgrade", { ...created, status: { percent: 1 } }, { signal });
      await store.get("DeviceUpgrade", keyOf(created), { signal });
      await store.list("DeviceUpgrade", namespace, { signal });
      await store.delete("DeviceUpgrade", keyOf(created), { signal });
    } finally {
      AbortSignal.any = joined;
    }
    expect(getEventListeners(signal, "abort")).to.deep.equal([]);
    // Each would leave a record with the signal (src/api/signalLink.ts).
    expect(joins).to.equal(0);
  });

  it("sends of a status what differs, and nothing else", async () => {
    const created = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("c-leaf1")));
    const steps = ["Preflight", "Backup", "Stage"].map(
      (name) => ({ name, state: "Pending", attempts: 0 }) as const,
    );
    const status = { state: "Draining", percent: 40, message: "drains", steps } as const;
    const told = await store.replaceStatus("DeviceUpgrade", { ...created, status });
    const from = proxy.requests.length;
    const { message: _gone, ...rest } = status;
    const next = await store.replaceStatus("DeviceUpgrade", { ...told, status: { ...rest, percent: 50 } });
    const [request] = proxy.requests.slice(from);
    const { resourceVersion } = told.metadata;
    const difference = { metadata: { resourceVersion }, status: { percent: 50, message: null } };
    expect(request?.sentBytes).to.equal(JSON.stringify(difference).length);
    expect(next.status).to.deep.equal({ ...rest, percent: 50 });
  });

  it("reads of a Fabric that it knows the metadata alone, and all of it once anybody has changed it", async () => {
    const links = Array.from({ length: 500 }, (_, index) => ({
      a: `leaf1/et-0/0/${String(index)}`,
      b: `leaf2/et-0/0/${String(index)}`,
    }));
    const draft = fabricDraft(meta("dc1"));
    const created = await store.create("Fabric", { ...draft, spec: { ...draft.spec, links } });
    const reading = async () => {
      const before = proxy.requests.length;
      const fabric = await store.get("Fabric", keyOf(created));
      const requests = proxy.requests.slice(before);
      return { fabric, receivedBytes: requests.reduce((sum, each) => sum + each.receivedBytes, 0) };
    };
    const known = await reading();
    expect(known.fabric).to.equal(created);
    expect(known.receivedBytes).to.be.below(5_000);

    const other = opened();
    const status = { observedGeneration: 1 };
    await updateStatus({ store: other, kind: "Fabric", key: keyOf(created) }, (copy) => {
      copy.status = status;
    });
    const changed = await reading();
    expect(changed.fabric?.status).to.deep.equal(status);
    expect(changed.receivedBytes).to.be.above(25_000);

    await other.delete("Fabric", keyOf(created));
    const anew = await other.create("Fabric", draft);
    expect((await reading()).fabric?.metadata.uid).to.equal(anew.metadata.uid);
    await other.delete("Fabric", keyOf(created));
    expect((await reading()).fabric).to.equal(undefined);
  });

  it("uses one pool of connections", async () => {
    for (let count = 0; count < 20; count += 1) await store.get("ConfigMap", meta("a"));
    // A second one is opened when a reply is still being put away.
    expect(proxy.connections()).to.be.at.most(2);
  });

  it("makes the pool anew after ten minutes, so that rotated certificates count", async () => {
    let minutes = 0;
    const patient = opened({ clock: { monotonicMilliseconds: () => minutes * 60_000 } });
    await patient.get("ConfigMap", meta("a"));
    minutes = 9;
    for (let count = 0; count < 20; count += 1) await patient.get("ConfigMap", meta("a"));
    const connections = proxy.connections();
    expect(connections).to.be.at.most(2);
    minutes = 11;
    await patient.get("ConfigMap", meta("a"));
    expect(proxy.connections()).to.equal(connections + 1);
  });

  it("lists and watches only the namespaces it is limited to, with a role for no more", async () => {
    const other = await newNamespace(cluster());
    for (const name of [namespace, other]) await allow("viewer", name);
    const elsewhere = await newNamespace(cluster());
    const full = opened();
    await full.create("ConfigMap", configMapDraft({ namespace: elsewhere, name: "unseen" }));
    for (const name of [other, namespace]) {
      await full.create("ConfigMap", configMapDraft({ namespace: name, name: "seen" }));
    }
    const limited = opened({ user: "viewer", namespaces: [namespace, other] });
    const listed = await eventually(async () => limited.list("ConfigMap"));
    const expected = [namespace, other].toSorted();
    expect(listed.map(({ metadata }) => metadata.namespace)).to.deep.equal(expected);
    const cache = limited.cached("ConfigMap");
    await cache.whenSynced();
    expect(cache.list()).to.deep.equal(listed);
    await fails("Forbidden", opened({ user: "viewer" }).list("ConfigMap"));
  });

  async function allow(user: string, where: string): Promise<void> {
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "watch"] }];
    const path = `/apis/rbac.authorization.k8s.io/v1/namespaces/${where}`;
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const role = { apiVersion, kind: "Role", metadata: { name: "reader" }, rules };
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };
    const subjects = [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: user }];
    const binding = { apiVersion, kind: "RoleBinding", metadata: { name: "reader" }, roleRef, subjects };
    await cluster().request({ method: "POST", path: `${path}/roles`, body: role });
    await cluster().request({ method: "POST", path: `${path}/rolebindings`, body: binding });
  }
});

async function fails(code: StoreError["code"], outcome: Promise<unknown>): Promise<StoreError> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected ${code}, got ${String(error)}`);
  expect(error.code, error.message).to.equal(code);
  return error;
}
