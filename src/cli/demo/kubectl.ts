/** kubectl, as the demo's user has it on the PATH: what is applied is applied the way people do it. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { CliError } from "../cliError.ts";

const run = promisify(execFile);

/** `bin/`, where kubectl finds its plugin. */
const PLUGINS = path.resolve(import.meta.dirname, "../../../bin");

export interface Kubectl {
  (...args: readonly string[]): Promise<string>;
}

/** kubectl on one cluster. What it complains about becomes a `CliError`. */
export function kubectlOn(kubeconfig: string, signal: AbortSignal): Kubectl {
  const env = {
    ...process.env,
    KUBECONFIG: kubeconfig,
    PATH: `${PLUGINS}${path.delimiter}${process.env["PATH"] ?? ""}`,
  };
  return async (...args) => {
    try {
      const { stdout } = await run("kubectl", args, { env, signal, maxBuffer: 64 * 1024 * 1024 });
      return stdout.trimEnd();
    } catch (error) {
      signal.throwIfAborted();
      throw new CliError("Unreachable", `kubectl ${args.join(" ")}: ${wordsOf(error)}`, { cause: error });
    }
  };
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "kubectl is not on the PATH";
  const said = "stderr" in error && typeof error.stderr === "string" ? error.stderr.trim() : "";
  return said === "" ? error.message : said;
}

export interface TemporaryKubeConfig {
  readonly file: string;
  remove(): Promise<void>;
}

/** A kubeconfig for a service account of the cluster, with a token that runs out by itself. */
export async function serviceAccountKubeConfig(
  kubectl: Kubectl,
  account: { readonly namespace: string; readonly name: string },
): Promise<TemporaryKubeConfig> {
  const token = await kubectl("create", "token", account.name, "-n", account.namespace, "--duration=4h");
  const view = await kubectl("config", "view", "--raw", "--minify", "--flatten", "--output=json");
  const { clusters }: { clusters: readonly { name: string; cluster: unknown }[] } = JSON.parse(view);
  const [cluster] = clusters;
  if (cluster === undefined) throw new CliError("BadInput", "the kubeconfig names no cluster");
  const { name: user } = account;
  const content = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [cluster],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: user, context: { cluster: cluster.name, user } }],
    "current-context": user,
  };
  const folder = await mkdtemp(path.join(tmpdir(), "hitless-demo-"));
  const file = path.join(folder, "kubeconfig.json");
  await writeFile(file, JSON.stringify(content), { mode: 0o600 });
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
