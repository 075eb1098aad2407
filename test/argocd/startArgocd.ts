/** A real Argo CD on a cluster of the tests: application controller, repo server and their cache. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { DEFINITIONS } from "./buildArgocd.ts";
import { eventually } from "../support/eventually.ts";
import { kubectl, toolEnvironment } from "../support/cluster/kubectl.ts";
import type { Cluster } from "../support/cluster/startCluster.ts";

export interface Argocd {
  /** The last lines of what its parts have logged. */
  logs(): string;
  /** Ends everything and removes its files. */
  stop(): Promise<void>;
}

export const NAMESPACE = "argocd";

/** What an installation of Argo CD consists of, beside its processes. The account that syncs is chosen by the project. */
const CONFIGURATION = [
  ...Object.entries({
    "argocd-cm": { "application.sync.impersonation.enabled": "true" },
    "argocd-rbac-cm": {},
    "argocd-ssh-known-hosts-cm": {},
    "argocd-tls-certs-cm": {},
    "argocd-gpg-keys-cm": {},
  }).map(([name, data]) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: metadata(name), data })),
  {
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadata("argocd-secret"),
    stringData: { "server.secretkey": "of-a-test" },
  },
];

function metadata(name: string): object {
  return { name, namespace: NAMESPACE, labels: { "app.kubernetes.io/part-of": "argocd" } };
}

/**
 * The parent of its processes: a shell that reads a pipe held by this process. When the pipe ends, for whatever cause
 * (SIGKILL too), it kills them and removes their folder.
 */
const GUARD = `
trap "" PIPE
part() { argocd "$@" >"$1.log" 2>&1 </dev/null & pids="$pids $!"; }
part redis --address "127.0.0.1:$REDIS"
part repo-server --address 127.0.0.1 --port "$REPO" --metrics-port "$REPO_METRICS" --redis "127.0.0.1:$REDIS" \\
  --revision-cache-expiration 1s
part application-controller --namespace argocd --redis "127.0.0.1:$REDIS" --repo-server "127.0.0.1:$REPO" \\
  --metrics-port "$METRICS" --app-resync 3 --app-resync-jitter 0
while read -r line; do :; done
kill -9 $pids 2>/dev/null
wait 2>/dev/null
# The repo server takes all rights away from checkouts that it does not use.
chmod -R u+rwx "$DIR"
rm -rf "$DIR"
`;

/** Installs Argo CD with our settings for it, and starts it. `programs` is from `buildArgocd`. */
export async function startArgocd(cluster: Cluster, programs: string): Promise<Argocd> {
  await install(cluster, programs);
  const folder = await mkdtemp(path.join(tmpdir(), "hitless-argocd-"));
  const guard = spawn("/bin/sh", ["-c", GUARD], {
    cwd: folder,
    // Not killed with the terminal's group: it has to clean up.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: await environment(cluster, { programs, folder }),
  });
  guard.stdin.on("error", () => undefined);
  return {
    logs: () =>
      ["redis", "repo-server", "application-controller"]
        .map((part) => `--- ${part}\n${tail(path.join(folder, `${part}.log`))}`)
        .join("\n"),
    stop: async () => {
      guard.stdin.end();
      await once(guard, "close");
    },
  };
}

async function install(cluster: Cluster, programs: string): Promise<void> {
  const apply = (...args: readonly string[]): Promise<string> =>
    kubectl(cluster, ["apply", "--server-side", ...args]);
  await kubectl(cluster, ["create", "namespace", NAMESPACE]);
  for (const definition of DEFINITIONS) await apply("--filename", path.join(programs, definition));
  // Right after its creation a definition has no conditions, which kubectl takes for an error.
  const established = ["wait", "--for=condition=Established", "crd", "--all", "--timeout=60s"];
  await eventually(() => kubectl(cluster, established));
  const file = path.join(cluster.folder, "argocd.yaml");
  await writeFile(file, CONFIGURATION.map((object) => `---\n${stringify(object)}`).join(""));
  await apply("--filename", file);
  await apply(
    "--field-manager=hitless",
    "--filename",
    path.resolve(import.meta.dirname, "../../deploy/argocd/argocd-cm.yaml"),
  );
}

/** Nothing outside of its folder is read or written, and the cluster of the kubeconfig is the one it "runs in". */
async function environment(
  cluster: Cluster,
  { programs, folder }: { readonly programs: string; readonly folder: string },
): Promise<NodeJS.ProcessEnv> {
  const inFolder = (name: string): string => path.join(folder, name);
  for (const name of ["tmp", "tls", "ssh", "gpg", "gnupg", "plugins"]) await mkdir(inFolder(name));
  const [redis, repo, repoMetrics, metrics] = await Promise.all([1, 2, 3, 4].map(freePort));
  const tools = toolEnvironment(cluster);
  return {
    ...tools,
    PATH: [programs, tools["PATH"]].join(path.delimiter),
    DIR: folder,
    ARGOCD_FAKE_IN_CLUSTER: "true",
    ARGOCD_GPG_ENABLED: "false",
    HOME: folder,
    TMPDIR: inFolder("tmp"),
    ARGOCD_TLS_DATA_PATH: inFolder("tls"),
    ARGOCD_SSH_DATA_PATH: inFolder("ssh"),
    ARGOCD_GPG_DATA_PATH: inFolder("gpg"),
    ARGOCD_GNUPGHOME: inFolder("gnupg"),
    ARGOCD_PLUGINSOCKFILEPATH: inFolder("plugins"),
    REDIS: String(redis),
    REPO: String(repo),
    REPO_METRICS: String(repoMetrics),
    METRICS: String(metrics),
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

function tail(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(-25).join("\n") : "";
}
