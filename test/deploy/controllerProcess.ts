/** `hitless controller` as a Pod would run it: the rendered arguments, and the token of its service account. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { succeed } from "./deployed.ts";
import { ROOT } from "./manifests.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";

export interface ServiceAccount {
  readonly namespace: string;
  readonly name: string;
}

export interface LogLine {
  readonly level: string;
  readonly action?: string;
  readonly code?: string;
  readonly message: string;
}

export interface ControllerProcess {
  /** Where it serves probes and metrics. */
  readonly url: string;
  /** What it has logged so far. */
  readonly log: readonly LogLine[];
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
}

/** A token of an account, as the kubelet would put it into a Pod. */
export async function tokenOf(cluster: Cluster, { namespace, name }: ServiceAccount): Promise<string> {
  const { text } = await succeed(cluster, {
    method: "POST",
    path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  return JSON.parse(text).status.token;
}

/** Starts it with those arguments, and waits until it serves. */
export async function startControllerProcess(
  cluster: Cluster,
  { account, args }: { readonly account: ServiceAccount; readonly args: readonly string[] },
): Promise<ControllerProcess> {
  const folder = await mkdtemp(path.join(cluster.folder, "controller-"));
  const kubeconfig = path.join(folder, "kubeconfig.json");
  await writeFile(kubeconfig, await kubeconfigText(cluster, account), { mode: 0o600 });
  const child = spawn(
    process.execPath,
    [path.join(ROOT, "bin/hitless.js"), ...args, `--kubeconfig=${kubeconfig}`, "--bind-address=127.0.0.1:0"],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit");
  const log: LogLine[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const entry: LogLine = JSON.parse(line);
      log.push(entry);
      const address = /serves probes and metrics at (\S+)$/.exec(entry.message)?.[1];
      if (address !== undefined) resolve(`http://${address.replace(/^http:\/\//, "")}`);
    });
    exited.then(([code]) => reject(new Error(`the controller has ended with ${String(code)}`)), reject);
  });
  return {
    url,
    log,
    async stop() {
      child.kill("SIGTERM");
      const [code]: unknown[] = await exited;
      return typeof code === "number" ? code : null;
    },
  };
}

async function kubeconfigText(cluster: Cluster, account: ServiceAccount): Promise<string> {
  const ca = Buffer.from(cluster.ca).toString("base64");
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: cluster.url, "certificate-authority-data": ca } }],
    users: [{ name: "u", user: { token: await tokenOf(cluster, account) } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u", namespace: account.namespace } }],
    "current-context": "c",
  });
}
