/**
 * A whole campaign under a role: toy devices, one namespace, a service account that has these rules there and nothing
 * else. It is planned and begun, with a backup of each device; when the first device is done and the second is under
 * way, everything is deleted.
 */
import { KubeConfig } from "@kubernetes/client-node";
import { PassThrough } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { startController } from "../../src/controllers/controller.ts";
import { dialSsh } from "../../src/controllers/device/devicePool.ts";
import type { Driver, RunContext } from "../../src/drivers/driver.ts";
import type { Step } from "../../src/engine/step.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { isStoreError } from "../../src/store/errors.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { Store } from "../../src/store/store.ts";
import { applyToyObjects, toyDevices, toyDriver, toyPool } from "../controllers/toyFabric.ts";
import { kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";
import { tokenOf } from "./controllerProcess.ts";
import { completeJob } from "../support/cluster/completeJob.ts";
import { succeed } from "./deployed.ts";
import type { Rule } from "./manifests.ts";

const SPEED = 240;

export interface Play {
  /** What the API server refused, in its words. */
  readonly refusals: readonly string[];
  /** The name that the audit log knows the controller by. */
  readonly username: string;
}

/** Plays until everything is gone again, or until the first refusal. */
export async function play(cluster: Cluster, rules: readonly Rule[]): Promise<Play> {
  const namespace = await newNamespace(cluster);
  const account = { namespace, name: "hitless" };
  await bind(cluster, account, rules);
  const now = Date.now();
  const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: SPEED });
  const real = { monotonicMilliseconds: () => performance.now() };
  const people = kubernetesStore({ kubeConfig: kubeConfigOf(cluster), clock: real, namespaces: [namespace] });
  const refusals: string[] = [];
  const over = new AbortController();
  const observe = (error: unknown): void => {
    if (!isStoreError(error, "Forbidden")) return;
    refusals.push(error.message);
    over.abort(error);
  };
  const store = kubernetesStore({
    kubeConfig: withToken(cluster, await tokenOf(cluster, account)),
    clock: real,
    namespaces: [namespace],
    onInterrupted: (_kind, error) => observe(error),
  });
  const world = { devices: toyDevices(clock), clock, gate: { dead: false } };
  const stopped = startController({
    store: observed(store, observe),
    clock,
    drivers: [withBackup(toyDriver(world))],
    dial: dialSsh,
    pool: toyPool(world),
    log: createLogger({ level: "error", redact: [], stream: new PassThrough().resume() }),
    registerSecret: () => undefined,
    signal: over.signal,
  }).then(
    (running) => () => running.stop(),
    () => async () => undefined,
  );
  try {
    await declare(people, namespace);
    await until(over.signal, async () => completeJobs(cluster, people, namespace));
    await until(over.signal, async () =>
      (await people.list("DeviceUpgrade", namespace)).some(
        ({ status }) => status?.state === "HitlessImageUpgradeSuccessful",
      ),
    );
    const campaign = { namespace, name: "toys" };
    const fabric = { namespace, name: "dc1" };
    await people.delete("UpgradeCampaign", campaign);
    await people.delete("Fabric", fabric);
    await until(
      over.signal,
      async () =>
        (await people.get("UpgradeCampaign", campaign)) === undefined &&
        (await people.get("Fabric", fabric)) === undefined,
    );
  } finally {
    over.abort(new Error("the play is over"));
    await (
      await stopped
    )();
    await Promise.all([store.close(), people.close()]);
  }
  return { refusals, username: `system:serviceaccount:${namespace}:${account.name}` };
}

const LIMIT_SECONDS = 90;

/** Waits until something is so, or until the signal is aborted. Throws when neither happens. */
async function until(signal: AbortSignal, check: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + LIMIT_SECONDS * 1000;
  while (!signal.aborted && !(await check())) {
    if (performance.now() > limit) throw new Error("the campaign does not get any further");
    await sleep(50);
  }
}

/** What people apply. The toys need no login, but it is held while a device is out of service. */
async function declare(store: Store, namespace: string): Promise<void> {
  await store.create("Secret", { metadata: { namespace, name: "login" }, type: "Opaque", data: {} });
  await store.create("ConfigMap", { metadata: { namespace, name: "hosts" }, data: {} });
  await store.create("CronJob", {
    metadata: { namespace, name: "smoke" },
    spec: {
      schedule: "0 0 1 1 *",
      suspend: true,
      jobTemplate: {
        spec: {
          template: { spec: { restartPolicy: "Never", containers: [{ name: "smoke", image: "smoke:1" }] } },
        },
      },
    },
  });
  await applyToyObjects(store, namespace, [
    { name: "smoke", points: ["BeforeCampaign"], job: { cronJobRef: { name: "smoke" }, timeout: "10m" } },
  ]);
}

/** What a kubelet and its controller would do. */
async function completeJobs(cluster: Cluster, store: Store, namespace: string): Promise<boolean> {
  const jobs = await store.list("Job", namespace);
  for (const { metadata } of jobs) await completeJob(cluster, metadata);
  return jobs.length > 0;
}

const CONFIGURATION = "set system host-name toy\n";

/** The toys' procedure, and in it the backup of a real one. */
function withBackup(driver: Driver): Driver {
  const [preflight, ...rest] = driver.procedure.steps;
  if (preflight === undefined) return driver;
  const backup: Step<RunContext> = {
    ...preflight,
    name: "Backup",
    observe: async ({ backups, status, clock }) => {
      const configuration = await backups.find(CONFIGURATION);
      if (configuration === undefined) return { is: "Needed" };
      const bootedAt = status.found?.bootedAt ?? new Date(clock.now()).toISOString();
      return {
        is: "Done",
        evidence: { message: "kept", found: { version: "21.4R3-S5.4", bootedAt, configuration } },
      };
    },
    start: async ({ backups }) => backups.save({ configuration: CONFIGURATION, readings: {} }),
  };
  return { ...driver, procedure: { ...driver.procedure, steps: [preflight, backup, ...rest] } };
}

/** The store, with somebody who is told what goes wrong. */
function observed(store: Store, observe: (error: unknown) => void): Store {
  const told = async <T>(request: Promise<T>): Promise<T> => {
    request.catch(observe);
    return request;
  };
  return {
    get: async (kind, key, options) => told(store.get(kind, key, options)),
    list: async (kind, namespace, options) => told(store.list(kind, namespace, options)),
    cached: (kind) => store.cached(kind),
    create: async (kind, draft, options) => told(store.create(kind, draft, options)),
    replace: async (kind, object, options) => told(store.replace(kind, object, options)),
    replaceStatus: async (kind, object, options) => told(store.replaceStatus(kind, object, options)),
    delete: async (kind, key, options) => told(store.delete(kind, key, options)),
    watch: async (kind, handler, signal) => store.watch(kind, handler, signal),
    close: async () => store.close(),
  };
}

function withToken(cluster: Cluster, token: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    {
      name: "c",
      server: cluster.url,
      caData: Buffer.from(cluster.ca).toString("base64"),
      skipTLSVerify: false,
    },
    { name: "u", token },
  );
  return kubeConfig;
}

/** Gives an account these rules, in its namespace. */
async function bind(
  cluster: Cluster,
  { namespace, name }: { readonly namespace: string; readonly name: string },
  rules: readonly Rule[],
): Promise<void> {
  const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
  const metadata = { name };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
  const subjects = [{ kind: "ServiceAccount", name, namespace }];
  const objects: readonly (readonly [string, object])[] = [
    [`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata }],
    [`${rbac}/roles`, { metadata, rules }],
    [`${rbac}/rolebindings`, { metadata, roleRef, subjects }],
  ];
  for (const [path, body] of objects) await succeed(cluster, { method: "POST", path, body });
}
