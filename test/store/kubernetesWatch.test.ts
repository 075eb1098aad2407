/** A watch goes on whatever breaks: nothing is missed, nothing told twice. */
import { expect } from "chai";
import type { ObjectOf } from "../../src/api/kinds.ts";
import type { Wait } from "../../src/store/kubernetes/backOff.ts";
import { pause } from "../../src/store/kubernetes/backOff.ts";
import type { KubernetesStoreOptions } from "../../src/store/kubernetes/kubernetesStore.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { Store, WatchEvent } from "../../src/store/store.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import type { FaultProxy, SeenRequest, Stream } from "../support/faultProxy.ts";
import { startFaultProxy } from "../support/faultProxy.ts";
import { configMapDraft, fabricDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

/** What the server sends where it has forgotten the resourceVersion of a watch. */
const EXPIRED = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" };

describeWithCluster("Kubernetes store: watches behind a network that breaks", (cluster) => {
  let proxy: FaultProxy;
  /** Sees the faults. */
  let store: Store;
  /** Sees none. */
  let direct: Store;
  let namespace: string;
  let controller: AbortController;
  let interruptions: unknown[];

  beforeEach(async () => {
    proxy = await startFaultProxy(cluster());
    namespace = await newNamespace(cluster());
    controller = new AbortController();
    interruptions = [];
    direct = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
    store = faulty();
  });

  afterEach(async () => {
    controller.abort();
    await Promise.all([store.close(), direct.close()]);
    await proxy.stop();
  });

  const faulty = (options: Partial<KubernetesStoreOptions> = {}) =>
    kubernetesStore({
      kubeConfig: kubeConfigOf(cluster(), { url: proxy.url }),
      clock,
      namespaces: [namespace],
      // The shortest waits.
      random: () => 0,
      onInterrupted: (_kind, error) => interruptions.push(error),
      ...options,
    });

  const meta = (name: string) => ({ namespace, name });
  const create = async (name: string) => direct.create("Fabric", fabricDraft(meta(name)));
  const isWatch = (request: SeenRequest) => request.isWatch;
  const isList = (request: SeenRequest) => !request.isWatch && request.method === "GET";
  const lists = () => proxy.requests.filter(isList).length;
  const watches = () => proxy.requests.filter(isWatch);

  /** Watches fabrics through the proxy, and waits until the stream is open. */
  async function watching() {
    const events: WatchEvent<"Fabric">[] = [];
    let wake = () => {};
    await store.watch(
      "Fabric",
      (event) => {
        events.push(event);
        wake();
      },
      controller.signal,
    );
    await proxy.until(() => proxy.streams.length === 1);
    return {
      told: () => events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      async count(expected: number) {
        while (events.length < expected) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    };
  }

  /** What happens while nothing comes through: one object changed, one deleted, one new. */
  async function whileSilent(): Promise<void> {
    for (const stream of proxy.streams) stream.silence();
    const { spec, ...changed } = await existing("changed");
    await direct.replace("Fabric", {
      ...changed,
      spec: { ...spec, drain: { ...spec.drain, confirmTimeout: "7m" } },
    });
    await direct.delete("Fabric", meta("deleted"));
    await create("new");
  }

  async function existing(name: string) {
    const found = await direct.get("Fabric", meta(name));
    if (found === undefined) throw new Error(`${name} is not there`);
    return found;
  }

  const BEFORE = ["Added changed", "Added deleted", "Added same"];
  const beforeSilence = async () => {
    await create("changed");
    await create("deleted");
    await create("same");
  };

  it("goes on where it was when the connection is reset", async () => {
    await beforeSilence();
    const seen = await watching();
    await whileSilent();
    proxy.streams[0]?.reset();
    await seen.count(6);
    expect(seen.told()).to.deep.equal([...BEFORE, "Modified changed", "Deleted deleted", "Added new"]);
    expect(lists()).to.equal(1);
  });

  for (const [how, fault] of [
    [
      "as an ERROR event",
      { statusCode: 200, body: `${JSON.stringify({ type: "ERROR", object: EXPIRED })}\n` },
    ],
    ["over HTTP", { statusCode: 410, body: JSON.stringify(EXPIRED) }],
  ] as const) {
    it(`lists again when the server says 410 ${how}, and tells the differences only`, async () => {
      await beforeSilence();
      const seen = await watching();
      await whileSilent();
      proxy.breakNext(isWatch, { is: "Reply", ...fault });
      proxy.streams[0]?.reset();
      await seen.count(6);
      expect(seen.told()).to.deep.equal([...BEFORE, "Deleted deleted", "Modified changed", "Added new"]);
      expect(lists()).to.equal(2);
    });
  }

  it("tells of an object that was deleted and made anew while nobody watched", async () => {
    await create("same");
    const seen = await watching();
    proxy.streams[0]?.silence();
    await direct.delete("Fabric", meta("same"));
    await create("same");
    proxy.breakNext(isWatch, { is: "Reply", statusCode: 410, body: JSON.stringify(EXPIRED) });
    proxy.streams[0]?.reset();
    await seen.count(3);
    expect(seen.told()).to.deep.equal(["Added same", "Deleted same", "Added same"]);
  });

  for (const statusCode of [500, 503, 401, 403]) {
    it(`goes on where it was after ${statusCode}`, async () => {
      const seen = await watching();
      proxy.streams[0]?.silence();
      await create("new");
      proxy.breakNext(isWatch, { is: "Reply", statusCode, body: "no" });
      proxy.streams[0]?.reset();
      await seen.count(1);
      expect(seen.told()).to.deep.equal(["Added new"]);
      expect(lists()).to.equal(1);
      expect(interruptions.length).to.be.at.least(2);
    });
  }

  it("waits as long as the server asks with 429", async () => {
    const seen = await watching();
    proxy.breakNext(isWatch, { is: "Reply", statusCode: 429, retryAfter: "1" });
    proxy.streams[0]?.reset();
    await create("new");
    await seen.count(1);
    const [, turnedAway, next] = watches();
    expect((next?.at ?? 0) - (turnedAway?.at ?? 0)).to.be.at.least(990);
  });

  it("lists again after silence, for the server may wait for a state that it has lost", async () => {
    await store.close();
    store = faulty({ idleLimitSeconds: 1 });
    await beforeSilence();
    const seen = await watching();
    await whileSilent();
    await seen.count(6);
    expect(seen.told()).to.deep.equal([...BEFORE, "Deleted deleted", "Modified changed", "Added new"]);
    expect(String(interruptions[0])).to.include("nothing for 1 seconds");
  });

  it("is not confused by a line that was cut off", async () => {
    const seen = await watching();
    proxy.streams[0]?.cutNextPiece();
    await create("new");
    await seen.count(1);
    await create("newer");
    await seen.count(2);
    expect(seen.told()).to.deep.equal(["Added new", "Added newer"]);
  });

  it("lists again when the server ends a watch early: the definition of the kind may be another", async () => {
    await create("same");
    const seen = await watching();
    proxy.streams[0]?.end();
    await create("new");
    await seen.count(2);
    await proxy.until(() => proxy.streams.length === 1);
    expect(seen.told()).to.deep.equal(["Added same", "Added new"]);
    expect(lists()).to.equal(2);
  });

  it("does not list again when the time of a watch was over", async () => {
    let minutes = 0;
    await store.close();
    store = faulty({ clock: { monotonicMilliseconds: () => minutes * 60_000 } });
    const seen = await watching();
    minutes = 8;
    proxy.streams[0]?.end();
    await create("new");
    await seen.count(1);
    expect(lists()).to.equal(1);
    expect(watches().length).to.be.greaterThan(1);
  });

  it("goes on after a line that is no event", async () => {
    const seen = await watching();
    await proxy.streams[0]?.write('{"type":"ADDED","obj');
    await create("new");
    await seen.count(1);
    expect(seen.told()).to.deep.equal(["Added new"]);
  });

  it("asks for bookmarks, and goes on from the last one", async () => {
    const seen = await watching();
    expect(watches()[0]?.url.searchParams.get("allowWatchBookmarks")).to.equal("true");
    await create("new");
    await seen.count(1);
    // Another kind has moved on: the events of this one say nothing of it, a bookmark does.
    const other = await direct.create("ConfigMap", configMapDraft(meta("other")));
    const { resourceVersion } = other.metadata;
    await proxy.streams[0]?.write(
      JSON.stringify({ type: "BOOKMARK", object: { kind: "Fabric", metadata: { resourceVersion } } }),
    );
    proxy.streams[0]?.reset();
    await proxy.until(() => watches().length === 2);
    expect(watches()[1]?.url.searchParams.get("resourceVersion")).to.equal(resourceVersion);
  });

  it("reads long lists in pages, and all at once when the token of a page has expired", async () => {
    const names = Array.from({ length: 505 }, (_, index) => `a${String(index).padStart(3, "0")}`);
    await Promise.all(names.map(async (name) => direct.create("ConfigMap", configMapDraft(meta(name)))));
    const isNextPage = ({ url }: SeenRequest) => url.searchParams.has("continue");

    const inPages = await store.list("ConfigMap", namespace);
    expect(inPages.map(({ metadata }) => metadata.name)).to.include.members(names);
    expect(proxy.requests.filter(isNextPage)).to.have.length(1);

    proxy.breakNext(isNextPage, { is: "Reply", statusCode: 410, body: JSON.stringify(EXPIRED) });
    const atOnce = await store.list("ConfigMap", namespace);
    expect(atOnce).to.deep.equal(inPages);
    expect(proxy.requests.at(-1)?.url.searchParams.has("limit")).to.equal(false);
  });

  it("begins once the API server lets it, however often that fails", async () => {
    const { length } = Array.from({ length: 6 }, () =>
      proxy.breakNext(isList, { is: "Reply", statusCode: 503, body: "starting" }),
    );
    await create("there");
    const seen = await watching();
    expect(seen.told()).to.deep.equal(["Added there"]);
    expect(lists()).to.equal(length + 1);
  });

  it("ends at once when its signal is aborted, also before the first list is there", async () => {
    proxy.breakNext(isList, { is: "Silence" });
    const outcome = store.watch("Fabric", () => undefined, controller.signal).catch(String);
    await proxy.until(() => lists() === 1);
    controller.abort(new Error("stop"));
    expect(await outcome).to.equal("Error: stop");
    await store.close();
    expect(watches()).to.have.length(0);
  });

  it("goes on when the credentials could not be had for a while", async () => {
    const kubeConfig = kubeConfigOf(cluster(), { url: proxy.url });
    const authenticate = kubeConfig.applySecurityAuthentication.bind(kubeConfig);
    let failures = 0;
    kubeConfig.applySecurityAuthentication = async (context) => {
      if (failures > 0) {
        failures -= 1;
        throw new Error("the plugin has failed");
      }
      return authenticate(context);
    };
    await store.close();
    store = faulty({ kubeConfig });
    const seen = await watching();
    failures = 3;
    proxy.streams[0]?.reset();
    await create("new");
    await seen.count(1);
    expect(failures).to.equal(0);
    expect(String(interruptions.at(-1))).to.include("the plugin has failed");
  });

  it("tells a history without gaps and contradictions, whatever breaks", async function () {
    this.timeout(60_000);
    await store.close();
    const hasten: Wait = async (seconds, signal) => pause(seconds / 10, signal);
    store = faulty({ idleLimitSeconds: 0.3, wait: hasten });
    const random = randomNumbers(20_260_301);
    const names = ["a", "b", "c", "d", "e"];
    const told = new Map<string, ObjectOf<"Fabric">>();
    const contradictions: string[] = [];
    const changeSomething = async (name: string) => {
      const found = await direct.get("Fabric", meta(name));
      if (found === undefined) await create(name);
      else if (random(3) === 0) await direct.delete("Fabric", meta(name));
      else {
        const observedGeneration = (found.status?.observedGeneration ?? 0) + 1;
        await direct.replaceStatus("Fabric", { ...found, status: { observedGeneration } });
      }
    };
    await store.watch(
      "Fabric",
      ({ type, object }) => {
        const before = told.get(object.metadata.name);
        const fits = type === "Added" ? before === undefined : before?.metadata.uid === object.metadata.uid;
        if (!fits) contradictions.push(`${type} ${object.metadata.name}`);
        if (type === "Deleted") told.delete(object.metadata.name);
        else told.set(object.metadata.name, object);
      },
      controller.signal,
    );
    const expireNext = () =>
      proxy.breakNext(isWatch, { is: "Reply", statusCode: 410, body: JSON.stringify(EXPIRED) });
    const breaks: readonly ((stream: Stream) => void)[] = [
      (stream) => stream.reset(),
      (stream) => stream.cutNextPiece(),
      (stream) => stream.silence(),
      (stream) => {
        expireNext();
        stream.reset();
      },
      (stream) => {
        proxy.breakNext(isWatch, { is: "Reply", statusCode: 500 });
        stream.cutNextPiece();
      },
      (stream) => {
        expireNext();
        proxy.breakNext(isList, { is: "Reset" });
        stream.reset();
      },
    ];
    const rounds = 12;
    for (let round = 0; round < rounds; round += 1) {
      await proxy.until(() => proxy.streams.length === 1);
      const [stream] = proxy.streams;
      if (stream === undefined) throw new Error("no watch is open");
      breaks[round % breaks.length]?.(stream);
      for (let step = 0; step < 5; step += 1) await changeSomething(names[random(names.length)] ?? "a");
      await proxy.until(() => proxy.streams[0] !== stream);
    }
    await eventually(async () => {
      const now = await direct.list("Fabric", namespace);
      const [known, there] = [[...told.values()], now].map((objects) => objects.toSorted(byName));
      expect(known).to.deep.equal(there);
    });
    expect(contradictions).to.deep.equal([]);
    expect(watches().length).to.be.greaterThan(rounds);
  });
});

function byName(a: ObjectOf<"Fabric">, b: ObjectOf<"Fabric">): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** Whole numbers below a limit, the same for the same seed (a linear congruential generator). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
