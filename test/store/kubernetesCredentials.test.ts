/** Credentials change while the controller runs: tokens rotate and expire, plugins are asked again. */
import type { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { mock } from "node:test";
import { tmpdir } from "node:os";
import path from "node:path";
import { podKubeConfig, readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { StoreError } from "../../src/store/errors.ts";
import type { Store, WatchEvent } from "../../src/store/store.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { configMapDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };
const SERVICE_ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount";

describeWithCluster("Kubernetes store: credentials that change", (cluster) => {
  let proxy: FaultProxy;
  let folder: string;
  let namespace: string;
  const stores: Store[] = [];

  beforeEach(async () => {
    proxy = await startFaultProxy(cluster());
    namespace = await newNamespace(cluster());
    folder = await mkdtemp(path.join(tmpdir(), "hitless-credentials-"));
    await serviceAccount();
  });
  afterEach(async () => {
    mock.timers.reset();
    await Promise.all(stores.splice(0).map(async (store) => store.close()));
    await proxy.stop();
    await rm(folder, { recursive: true });
  });

  const opened = (kubeConfig: KubeConfig, requestTimeoutSeconds = 30) => {
    const store = kubernetesStore({
      kubeConfig,
      clock,
      namespaces: [namespace],
      random: () => 0,
      requestTimeoutSeconds,
    });
    stores.push(store);
    return store;
  };
  const meta = (name: string) => ({ namespace, name });
  const statuses = (method: string) =>
    proxy.requests.filter((request) => request.method === method).map(({ statusCode }) => statusCode);

  /** A service account that may do everything with ConfigMaps. */
  async function serviceAccount(): Promise<void> {
    const post = async (where: string, body: unknown) => {
      const { statusCode, text } = await cluster().request({ method: "POST", path: where, body });
      expect(statusCode, text).to.equal(201);
    };
    await post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "pod" } });
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["*"] }];
    await post(`${rbac}/roles`, { metadata: { name: "pod" }, rules });
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "pod" };
    const subjects = [{ kind: "ServiceAccount", namespace, name: "pod" }];
    await post(`${rbac}/rolebindings`, { metadata: { name: "pod" }, roleRef, subjects });
  }

  /** A token of the service account, as the kubelet asks for one; it is void once its Secret is gone. */
  async function newToken(secret: string): Promise<string> {
    const root = `/api/v1/namespaces/${namespace}`;
    const body = { metadata: { name: secret } };
    const made = await cluster().request({ method: "POST", path: `${root}/secrets`, body });
    const { uid }: { uid: string } = JSON.parse(made.text).metadata;
    const boundObjectRef = { kind: "Secret", apiVersion: "v1", name: secret, uid };
    const { text } = await cluster().request({
      method: "POST",
      path: `${root}/serviceaccounts/pod/token`,
      body: { spec: { expirationSeconds: 600, boundObjectRef } },
    });
    const { token }: { token: string } = JSON.parse(text).status;
    return token;
  }

  /** What a Pod finds on its disk and in its environment. */
  async function podWith(token: string): Promise<{ store: Store; rotate: (next: string) => Promise<void> }> {
    const at = path.join(folder, SERVICE_ACCOUNT);
    await mkdir(at, { recursive: true });
    await writeFile(path.join(at, "ca.crt"), cluster().ca);
    await writeFile(path.join(at, "token"), token);
    const { hostname, port } = new URL(proxy.url);
    const environment = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
    const before = { ...process.env };
    Object.assign(process.env, environment);
    try {
      const store = opened(podKubeConfig({ root: `${folder}/` }));
      return { store, rotate: async (next) => writeFile(path.join(at, "token"), next) };
    } finally {
      for (const name of Object.keys(environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  }

  /** A kubeconfig file with one user, who is authenticated in this way. */
  async function kubeConfigWith(user: unknown): Promise<KubeConfig> {
    const file = path.join(folder, "config");
    const whole = JSON.parse(cluster().kubeconfigText({ url: proxy.url }));
    const contexts = [{ name: "pod", context: { cluster: "test", user: "pod" } }];
    const config = { ...whole, users: [{ name: "pod", user }], contexts, "current-context": "pod" };
    await writeFile(file, JSON.stringify(config));
    return readKubeConfig(file);
  }

  it("AC-2 reads the Pod's token anew when it is refused, and sends again what was refused", async () => {
    const [old, next] = await Promise.all([newToken("old"), newToken("next")]);
    const { store, rotate } = await podWith(old);
    await store.create("ConfigMap", configMapDraft(meta("a")));
    await rotate(next);
    proxy.revoke(old);
    const created = await store.create("ConfigMap", configMapDraft(meta("b")));
    expect(created.metadata.name).to.equal("b");
    expect(statuses("POST")).to.deep.equal([201, 401, 201]);
    await store.create("ConfigMap", configMapDraft(meta("c")));
    expect(statuses("POST")).to.deep.equal([201, 401, 201, 201]);
  });

  it("AC-2 takes up a token that the API server itself has let expire", async () => {
    const expired = await newToken("old");
    const secret = `/api/v1/namespaces/${namespace}/secrets/old`;
    await cluster().request({ method: "DELETE", path: secret });
    const { store, rotate } = await podWith(expired);
    await fails("Forbidden", store.get("ConfigMap", meta("a")));
    await rotate(await newToken("next"));
    expect(await store.get("ConfigMap", meta("a"))).to.equal(undefined);
    expect(statuses("GET")).to.deep.equal([401, 401, 404]);
  });

  it("reads the Pod's token again after a minute, before anybody refuses the old one", async () => {
    const [old, next] = await Promise.all([newToken("old"), newToken("next")]);
    mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const { store, rotate } = await podWith(old);
    await store.get("ConfigMap", meta("a"));
    await rotate(next);
    mock.timers.tick(61_000);
    await store.get("ConfigMap", meta("a"));
    proxy.revoke(old);
    await store.get("ConfigMap", meta("a"));
    expect(statuses("GET")).to.deep.equal([404, 404, 404]);
  });

  it("says Forbidden and asks once where there is no other token", async () => {
    const token = await newToken("old");
    const { store } = await podWith(token);
    proxy.revoke(token);
    const error = await fails("Forbidden", store.create("ConfigMap", configMapDraft(meta("a"))));
    expect(error.hint).to.include("kubeconfig or token");
    expect(statuses("POST")).to.deep.equal([401]);
  });

  it("AC-3 goes on watching with the new token, and misses nothing while it had none", async () => {
    const [old, next] = await Promise.all([newToken("old"), newToken("next")]);
    const { store, rotate } = await podWith(old);
    const direct = opened(kubeConfigOf(cluster()));
    const events: WatchEvent<"ConfigMap">[] = [];
    await store.watch("ConfigMap", (event) => events.push(event), new AbortController().signal);
    await proxy.until(() => proxy.streams.length === 1);
    proxy.revoke(old);
    proxy.streams[0]?.reset();
    await proxy.until(() => statuses("GET").filter((status) => status === 401).length >= 2);
    await direct.create("ConfigMap", configMapDraft(meta("meanwhile")));
    expect(events).to.deep.equal([]);
    await rotate(next);
    await eventually(() => expect(events[0]?.object.metadata.name).to.equal("meanwhile"));
    expect(
      proxy.requests.filter(({ isWatch, url }) => !isWatch && url.pathname.includes("configmaps")),
    ).to.have.length(1);
  });

  it("reads the tokenFile of a kubeconfig, beside it, with or without a line break", async () => {
    const [old, next] = await Promise.all([newToken("old"), newToken("next")]);
    const tokenFile = path.join(folder, "token");
    await writeFile(tokenFile, `${old}\n`);
    const store = opened(await kubeConfigWith({ tokenFile: "token", token: "stale" }));
    await store.get("ConfigMap", meta("a"));
    await writeFile(tokenFile, next);
    proxy.revoke(old);
    await store.get("ConfigMap", meta("a"));
    expect(statuses("GET")).to.deep.equal([404, 401, 404]);
  });

  it("asks a credential plugin once for many requests, and again when its token is refused", async () => {
    const [old, next] = await Promise.all([newToken("old"), newToken("next")]);
    const apiVersion = "client.authentication.k8s.io/v1";
    const answer = async (token: string) => {
      const credential = { apiVersion, kind: "ExecCredential", status: { token } };
      await writeFile(path.join(folder, "credential.json"), JSON.stringify(credential));
    };
    const script = `echo run >>'${folder}/runs'; cat '${folder}/credential.json'`;
    const runs = async () => (await readFile(path.join(folder, "runs"), "utf8")).trim().split("\n").length;
    await answer(old);
    const exec = { apiVersion, command: "/bin/sh", args: ["-c", script], interactiveMode: "Never" };
    const store = opened(await kubeConfigWith({ exec }));
    const readMany = async () =>
      Promise.all(Array.from({ length: 8 }, async () => store.get("ConfigMap", meta("a"))));
    await readMany();
    expect(await runs()).to.equal(1);
    await answer(next);
    proxy.revoke(old);
    await readMany();
    expect(await runs()).to.equal(2);
    expect(statuses("GET").filter((status) => status === 404)).to.have.length(16);
  });

  it("does not wait for ever for a plugin that says nothing", async () => {
    const kubeConfig = kubeConfigOf(cluster(), { url: proxy.url });
    kubeConfig.applySecurityAuthentication = async () => new Promise(() => undefined);
    const store = opened(kubeConfig, 0.3);
    const error = await fails("Unavailable", store.get("ConfigMap", meta("a")));
    expect(error.message).to.include("did not answer in time");
    expect(proxy.requests).to.deep.equal([]);
  });
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
