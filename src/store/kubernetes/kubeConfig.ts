/** Which cluster, and as whom: a kubeconfig file that somebody named, or the service account of a Pod. */
import { KubeConfig } from "./clientLibrary.ts";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { StoreError } from "../errors.ts";
import type { Json } from "../schema/json.ts";
import { isJsonObject, toJson } from "../schema/json.ts";

/** Reads a kubeconfig file. A cluster is only ever used because its file was named. Throws `StoreError`. */
export function readKubeConfig(file: string, options: { readonly context?: string } = {}): KubeConfig {
  let kubeConfig: KubeConfig;
  try {
    kubeConfig = readKubeConfigFile(file);
  } catch (cause) {
    const hint = "name a kubeconfig file that you may read";
    throw new StoreError("Unavailable", `the kubeconfig ${file} cannot be read`, { cause, hint });
  }
  if (options.context !== undefined) kubeConfig.setCurrentContext(options.context);
  if (kubeConfig.getCurrentCluster() === null) {
    const name = JSON.stringify(kubeConfig.getCurrentContext());
    const hint = `choose one of: ${kubeConfig
      .getContexts()
      .map((context) => context.name)
      .join(", ")}`;
    throw new StoreError("Unavailable", `the kubeconfig ${file} has no context ${name}`, { hint });
  }
  return kubeConfig;
}

/**
 * What one kubeconfig file says, which need not be enough to reach a cluster: kubectl takes several together. Throws
 * what reading and parsing throws; from its second line on a parser's message may show what the file holds.
 */
export function readKubeConfigFile(file: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromFile(file);
  useTokenFiles(kubeConfig, file);
  return kubeConfig;
}

/**
 * The service account of the Pod this process runs in. Its token is a file that the kubelet replaces; it is read
 * again after a minute. `root` is the folder in front of `/var/run/secrets`, none by default.
 */
export function podKubeConfig({ root = "" }: { readonly root?: string } = {}): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromCluster(root);
  return kubeConfig;
}

/**
 * The library does not know `users[].user.tokenFile` of a kubeconfig, and would ask as nobody. As in kubectl, the
 * file comes before a token beside it, is relative to the kubeconfig, and is read again from time to time.
 */
function useTokenFiles(kubeConfig: KubeConfig, file: string): void {
  const files = tokenFiles(toJson(parse(readFileSync(file, "utf8"))));
  const { clusters, users, contexts, currentContext } = kubeConfig;
  const withFiles = users.map((user) => {
    const tokenFile = files.get(user.name);
    if (tokenFile === undefined) return user;
    const config = { tokenFile: path.resolve(path.dirname(file), tokenFile) };
    return { ...user, token: undefined, authProvider: { name: "tokenFile", config } };
  });
  kubeConfig.loadFromOptions({ clusters, users: withFiles, contexts, currentContext });
}

/** The token file of each user that has one, by the user's name. */
function tokenFiles(kubeConfig: Json): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const users = isJsonObject(kubeConfig) ? kubeConfig["users"] : undefined;
  for (const entry of Array.isArray(users) ? users : []) {
    const { name, user } = isJsonObject(entry) ? entry : {};
    const tokenFile = isJsonObject(user) ? user["tokenFile"] : undefined;
    if (typeof name === "string" && typeof tokenFile === "string") found.set(name, tokenFile);
  }
  return found;
}
