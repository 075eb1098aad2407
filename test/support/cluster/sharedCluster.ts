/**
 * The one cluster of a test run, started by the first suite that needs it, with our CustomResourceDefinitions
 * installed. It ends with the process.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { readDefinitions } from "../../../src/store/schema/definitions.ts";
import { skipSuite } from "../skipped.ts";
import { buildCluster, whyNoCluster } from "./buildCluster.ts";
import type { Cluster } from "./startCluster.ts";
import { startCluster } from "./startCluster.ts";

/** A first build takes minutes. */
const BUILD_TIMEOUT_MILLISECONDS = 40 * 60_000;

let shared: Promise<Cluster> | undefined;

/**
 * Declares a suite that needs the cluster; `cluster()` gives it, from hooks and tests. Where none can be built the
 * suite is left out and named at the end; with CI=true that is a failure.
 */
export function describeWithCluster(title: string, declare: (cluster: () => Cluster) => void): void {
  const why = whyNoCluster();
  if (why !== undefined) {
    skipSuite(title, why);
    return;
  }
  describe(title, () => {
    let cluster: Cluster | undefined;
    before(async function () {
      this.timeout(BUILD_TIMEOUT_MILLISECONDS);
      shared ??= startShared();
      cluster = await shared;
    });
    declare(() => {
      if (cluster === undefined) throw new Error("the cluster is there from the first hook on");
      return cluster;
    });
  });
}

/** A KubeConfig of one of the cluster's users; also for another URL (a proxy's). */
export function kubeConfigOf(
  cluster: Cluster,
  options: { readonly user?: string; readonly url?: string } = {},
): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(cluster.kubeconfigText(options));
  return kubeConfig;
}

/** Makes a namespace that nobody else uses. Namespaces are never removed: no controller would empty them. */
export async function newNamespace(cluster: Cluster): Promise<string> {
  const name = `test-${randomBytes(5).toString("hex")}`;
  await expectSuccess(cluster, {
    method: "POST",
    path: "/api/v1/namespaces",
    body: { apiVersion: "v1", kind: "Namespace", metadata: { name } },
  });
  return name;
}

/** Installs our CustomResourceDefinitions and waits until the server serves them. */
export async function installDefinitions(cluster: Cluster): Promise<void> {
  const collection = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  for (const definition of readDefinitions()) {
    await expectSuccess(cluster, {
      method: "PATCH",
      path: `${collection}/${definition.metadata.name}?fieldManager=test&force=true`,
      contentType: "application/apply-patch+yaml",
      body: definition,
    });
  }
  for (const { metadata } of readDefinitions()) {
    while (!(await isEstablished(cluster, `${collection}/${metadata.name}`))) await sleep(20);
  }
}

async function isEstablished(cluster: Cluster, path: string): Promise<boolean> {
  const { text } = await cluster.request({ path });
  const definition: { status?: { conditions?: { type: string; status: string }[] } } = JSON.parse(text);
  const conditions = definition.status?.conditions ?? [];
  return conditions.some(({ type, status }) => type === "Established" && status === "True");
}

async function expectSuccess(cluster: Cluster, request: Parameters<Cluster["request"]>[0]): Promise<void> {
  const { statusCode, text } = await cluster.request(request);
  if (statusCode >= 300) throw new Error(`${request.path}: ${statusCode} ${text}`);
}

async function startShared(): Promise<Cluster> {
  const binaries = await buildCluster({ onProgress: (line) => console.log(line) });
  const cluster = await startCluster({ binaries });
  await installDefinitions(cluster);
  return cluster;
}
