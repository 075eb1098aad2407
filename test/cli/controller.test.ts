/** `hitless controller`: what it refuses, what it serves, and how it ends. */
import { createServer } from "node:net";
import { once } from "node:events";
import { expect } from "chai";
import { isStoreError } from "../../src/store/errors.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultProxy, type FaultProxy } from "../support/faultProxy.ts";
import { startControllerProcess, type ControllerRun } from "./controllerRun.ts";
import { Folders, run } from "./support.ts";

const LOG_KEYS = ["timestamp", "level", "object", "action", "code", "message"];

/** A kubeconfig for a server that nobody has. */
function kubeconfigText(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "u", user: { token: "secret-token" } }],
    contexts: [{ name: "here", context: { cluster: "c", user: "u" } }],
    "current-context": "here",
  });
}

describe("hitless controller", function () {
  this.timeout(60_000);
  const folders = new Folders();
  const running: ControllerRun[] = [];
  afterEach(async () => {
    for (const each of running.splice(0)) {
      each.signal("SIGKILL");
      await each.exited;
    }
  });
  after(() => folders.removeAll());

  async function start(...args: readonly string[]): Promise<ControllerRun> {
    const started = await startControllerProcess(args);
    running.push(started);
    return started;
  }

  describe("refuses what no waiting would mend", () => {
    const refusals: readonly (readonly [string, readonly string[], RegExp])[] = [
      ["no cluster outside a Pod", [], /^hitless: this is no Pod: .*; name a cluster with --kubeconfig\n$/],
      ["a context without a kubeconfig", ["--context", "x"], /--context goes with --kubeconfig only/],
      ["a kubeconfig that is not there", ["--kubeconfig", "/nowhere"], /\/nowhere cannot be read; name a /],
      ["a context that is not there", ["--kubeconfig", "FILE", "--context", "x"], /no context "x"; .*: here/],
      ["a server without TLS", ["--kubeconfig", "PLAIN"], /http:\/\/127.0.0.1:1 is not reached over TLS/],
      [
        "a namespace that is none",
        ["--kubeconfig", "FILE", "-n", "A/B"],
        /A\/B is not the name of a namespace/,
      ],
      ["an address that is none", ["--bind-address", "8080"], /must be host:port, as in 0\.0\.0\.0:8080/],
      ["a port that is none", ["--bind-address", "[::1]:70000"], /must be host:port/],
      ["a level that is none", ["--log-level", "loud"], /Allowed choices are error, warn, info, debug/],
      ["a time that is none", ["--simulated-time", "1,2"], /must be anchorModelMs,anchorRealMs,speed/],
    ];
    for (const [what, args, words] of refusals) {
      it(what, async () => {
        const folder = folders.of({
          FILE: kubeconfigText("https://127.0.0.1:1"),
          PLAIN: kubeconfigText("http://127.0.0.1:1"),
        });
        const named = args.map((arg) => (["FILE", "PLAIN"].includes(arg) ? `${folder}/${arg}` : arg));
        const { exitCode, stdout, stderr } = await run(["controller", ...named]);
        expect(stderr).to.match(words);
        expect(stderr).not.to.match(/\n +at /);
        expect(stdout).to.equal("");
        expect(exitCode).to.equal(2);
      });
    }

    it("an address that is taken", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      const port = typeof address === "object" ? String(address?.port) : "";
      const folder = folders.of({ FILE: kubeconfigText("https://127.0.0.1:1") });
      const args = ["--kubeconfig", `${folder}/FILE`, "--bind-address", `127.0.0.1:${port}`];
      const { exitCode, stderr } = await run(["controller", ...args]);
      server.close();
      expect(stderr).to.match(
        /cannot serve probes and metrics: .*EADDRINUSE.*; choose another --bind-address/,
      );
      expect(exitCode).to.equal(3);
    });

    it("is told by --help how to be run, and not of what is for tests", async () => {
      const { stdout } = await run(["controller", "--help"]);
      expect(stdout).to.match(/--bind-address <host:port>[^]*0\.0\.0\.0:8080/);
      expect(stdout).not.to.contain("simulated-time");
    });
  });

  it("waits for an API server that cannot be reached: alive, not ready, and says which server and why", async () => {
    const folder = folders.of({ FILE: kubeconfigText("https://127.0.0.1:1") });
    const controller = await start("--kubeconfig", `${folder}/FILE`);
    await controller.logged(
      ({ object, message }) =>
        object === "https://127.0.0.1:1" && /ECONNREFUSED.*it is tried again/.test(String(message)),
    );
    expect((await controller.ask("/healthz")).status).to.equal(200);
    const { status, text } = await controller.ask("/readyz");
    expect(status).to.equal(503);
    expect(text).to.match(/the API server https:\/\/127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/);
    expect(text).to.match(/the objects have not all been read yet/);
    controller.signal("SIGTERM");
    expect(await controller.exited).to.equal(0);
    expect(controller.other, "nothing but JSON").to.deep.equal([]);
    expect(JSON.stringify(controller.log)).not.to.contain("secret-token");
  });

  describeWithCluster("on an API server", (cluster) => {
    let proxy: FaultProxy;
    let namespace: string;
    let kubeconfig: string;
    before(async () => {
      proxy = await startFaultProxy(cluster());
    });
    after(() => proxy.stop());
    beforeEach(async () => {
      namespace = await newNamespace(cluster());
      kubeconfig = `${folders.of({ FILE: cluster().kubeconfigText({ url: proxy.url }) })}/FILE`;
    });

    async function ready(controller: ControllerRun): Promise<void> {
      await eventually(async () => expect(await controller.ask("/readyz")).to.include({ status: 200 }));
    }

    /** Who holds the lease of a fabric that is there by name alone. */
    async function leaseHolder(): Promise<string | undefined> {
      const clock = { monotonicMilliseconds: () => performance.now() };
      const store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
      try {
        return (await store.get("Lease", { namespace, name: "hitless-dc1" }))?.spec.holderIdentity;
      } finally {
        await store.close();
      }
    }

    async function createFabric(): Promise<void> {
      const clock = { monotonicMilliseconds: () => performance.now() };
      const store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
      try {
        await store.create("Fabric", {
          metadata: { namespace, name: "dc1" },
          spec: {
            devices: [
              {
                name: "leaf1",
                address: "127.0.0.1:1",
                model: "qfx5120-48y",
                family: "junos-qfx",
                role: "Leaf",
              },
            ],
            connection: {
              port: 830,
              credentialsSecretRef: { name: "login" },
              knownHostsRef: { name: "hosts" },
            },
            multihoming: { discovery: "Required" },
            drain: { quietBitsPerSecond: 0, confirmTimeout: "10m" },
          },
        });
      } catch (error) {
        if (!isStoreError(error, "AlreadyExists")) throw error;
      } finally {
        await store.close();
      }
    }

    it("LG-1 LG-2 EX-9 serves, logs JSON with the same keys on every line, and hands over at SIGTERM", async () => {
      await createFabric();
      const controller = await start("--kubeconfig", kubeconfig, "-n", namespace, "--log-level", "debug");
      await ready(controller);
      await controller.logged(({ action }) => action === "Discover");
      expect(await leaseHolder()).to.match(/^hitless-/);
      const metrics = await controller.ask("/metrics");
      expect(metrics.headers.get("content-type")).to.match(/^text\/plain; version=0\.0\.4/);
      expect(metrics.text).to.contain(
        `hitless_fabric_leader{fabric_namespace="${namespace}",fabric="dc1"} 1`,
      );
      expect(metrics.text).to.match(/^process_resident_memory_bytes \d/m);
      const startedAt = performance.now();
      controller.signal("SIGTERM");
      expect(await controller.exited).to.equal(0);
      console.log(`        ended after ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
      expect(controller.other, "nothing but JSON").to.deep.equal([]);
      for (const line of controller.log) expect(Object.keys(line).slice(0, 6)).to.deep.equal(LOG_KEYS);
      expect(await leaseHolder()).to.equal("");
    });

    it("is not ready while the API server cannot be reached, and ready again afterwards", async () => {
      const controller = await start("--kubeconfig", kubeconfig, "-n", namespace);
      await ready(controller);
      proxy.cut();
      await eventually(async () => {
        const { status, text } = await controller.ask("/readyz");
        expect(status).to.equal(503);
        expect(text).to.contain(`the API server ${proxy.url} does not answer`);
      }, 1200);
      expect((await controller.ask("/healthz")).status).to.equal(200);
      proxy.mend();
      await ready(controller);
      controller.signal("SIGTERM");
      expect(await controller.exited).to.equal(0);
    });

    it("EX-9 ends with 0 while the API server is silent", async () => {
      await createFabric();
      const controller = await start("--kubeconfig", kubeconfig, "-n", namespace);
      await ready(controller);
      await controller.logged(({ action }) => action === "Lead");
      for (let times = 0; times < 50; times += 1) {
        proxy.breakNext(({ isWatch, url }) => !isWatch && url.pathname.includes(namespace), {
          is: "Silence",
        });
      }
      const seen = proxy.requests.length;
      await proxy.until(() => proxy.requests.length > seen);
      const startedAt = performance.now();
      controller.signal("SIGTERM");
      expect(await controller.exited).to.equal(0);
      console.log(`        ended after ${((performance.now() - startedAt) / 1000).toFixed(2)} s`);
    });

    it("says what it may not do, and waits for it to be allowed", async () => {
      const folder = folders.of({ FILE: cluster().kubeconfigText({ user: "stranger" }) });
      const controller = await start("--kubeconfig", `${folder}/FILE`, "-n", namespace);
      await controller.logged(
        ({ action, code, message }) =>
          action === "WatchFabric" &&
          code === "Forbidden" &&
          /cannot list resource "fabrics"/.test(String(message)),
      );
      const { status, text } = await controller.ask("/readyz");
      expect(status).to.equal(503);
      expect(text).to.match(/not all been read yet;.*cannot list resource/);
      controller.signal("SIGTERM");
      expect(await controller.exited).to.equal(0);
    });
  });
});
