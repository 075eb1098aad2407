/** The kubectl and helm that were built with the API server: the machine's own may be old. */
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Cluster } from "./startCluster.ts";

const run = promisify(execFile);

export interface ToolOptions {
  /** `admin` by default. */
  readonly user?: string;
}

/** Runs kubectl and returns what it prints. Rejects with its words when it fails. */
export async function kubectl(
  cluster: Cluster,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  return tool(cluster, { name: "kubectl", args: ["--context", options.user ?? "admin", ...args] });
}

/** Runs helm and returns what it prints. Rejects with its words when it fails. */
export async function helm(
  cluster: Cluster,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  return tool(cluster, { name: "helm", args: ["--kube-context", options.user ?? "admin", ...args] });
}

/** The environment of such a tool: this cluster and no other, and nothing written outside its folder. */
export function toolEnvironment(cluster: Cluster): NodeJS.ProcessEnv {
  const inFolder = (name: string) => path.join(cluster.folder, name);
  return {
    ...process.env,
    PATH: `${cluster.binaries}${path.delimiter}${process.env["PATH"] ?? ""}`,
    KUBECONFIG: cluster.kubeconfig,
    KUBECACHEDIR: inFolder("kubectl"),
    HELM_CACHE_HOME: inFolder("helm/cache"),
    HELM_CONFIG_HOME: inFolder("helm/config"),
    HELM_DATA_HOME: inFolder("helm/data"),
  };
}

async function tool(
  cluster: Cluster,
  { name, args }: { readonly name: string; readonly args: readonly string[] },
): Promise<string> {
  const options = { env: toolEnvironment(cluster), maxBuffer: 64 * 1024 * 1024 };
  const { stdout } = await run(path.join(cluster.binaries, name), args, options);
  return stdout;
}
