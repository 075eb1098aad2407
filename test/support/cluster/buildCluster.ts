/**
 * Builds what a cluster is made of (etcd, kube-apiserver, kubectl, helm) from `test/cluster`, a Go module, into a
 * cache outside the checkout. The first build takes minutes; later calls only find it.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const MODULE = path.resolve(import.meta.dirname, "../../cluster");
const PACKAGES = [
  "./etcd",
  "k8s.io/kubernetes/cmd/kube-apiserver",
  "k8s.io/kubernetes/cmd/kubectl",
  "helm.sh/helm/v3/cmd/helm",
];
export const BINARIES = ["etcd", "kube-apiserver", "kubectl", "helm"] as const;

/** Versions that the linker writes in. Without those of Kubernetes, Helm takes every cluster for a 1.20. */
const LINKER_FLAGS = [
  "-s -w",
  ...Object.entries({
    "k8s.io/component-base/version.gitVersion": "v1.36.3",
    "helm.sh/helm/v3/internal/version.version": "v3.22.0",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "36",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "36",
  }).map(([name, value]) => `-X ${name}=${value}`),
].join(" ");

/** Times between two lines of progress. */
const PROGRESS_SECONDS = 10;

export interface BuildOptions {
  /** Is told in a line now and then how far the build is. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Why a cluster cannot be built here, or `undefined`. */
export function whyNoCluster(): string | undefined {
  return goVersion() === undefined
    ? "it needs Go to build the API server; install it from go.dev"
    : undefined;
}

/** The folder with the binaries; builds them if they are not there. */
export async function buildCluster({ onProgress, signal }: BuildOptions = {}): Promise<string> {
  const folder = cacheFolder();
  if (BINARIES.every((name) => existsSync(path.join(folder, name)))) return folder;
  // Built beside and renamed: a folder in the cache is always whole, also with two builds at once.
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await goBuild(unfinished, { ...(onProgress && { onProgress }), ...(signal && { signal }) });
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

function cacheFolder(): string {
  const hash = createHash("sha256");
  for (const file of ["go.mod", "go.sum", "etcd/main.go"]) hash.update(readFileSync(path.join(MODULE, file)));
  hash.update(JSON.stringify([PACKAGES, LINKER_FLAGS, goVersion()]));
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(cache, "hitless", `cluster-${hash.digest("hex").slice(0, 16)}`);
}

let version: string | undefined;

function goVersion(): string | undefined {
  version ??= spawnSync("go", ["env", "GOVERSION"], { cwd: MODULE, encoding: "utf8" }).stdout?.trim();
  return version === "" ? undefined : version;
}

async function goBuild(folder: string, { onProgress, signal }: BuildOptions): Promise<void> {
  const startedAt = performance.now();
  onProgress?.("building the API server, once: this takes about 7 minutes");
  const build = spawn(
    "go",
    ["build", "-C", MODULE, "-v", "-trimpath", "-o", `${folder}/`, "-ldflags", LINKER_FLAGS, ...PACKAGES],
    {
      env: { ...process.env, CGO_ENABLED: "0" },
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal && { signal }),
    },
  );
  let compiled = 0;
  const lastLines: string[] = [];
  let toldAt = startedAt;
  createInterface({ input: build.stderr }).on("line", (line) => {
    compiled += 1;
    lastLines.push(line);
    if (lastLines.length > 20) lastLines.shift();
    if (performance.now() - toldAt < PROGRESS_SECONDS * 1000) return;
    toldAt = performance.now();
    onProgress?.(`building the API server: ${compiled} packages in ${seconds(toldAt - startedAt)}`);
  });
  const code = await new Promise((resolve, reject) => {
    build.once("error", reject);
    build.once("close", resolve);
  });
  if (code !== 0) throw new Error(`go build failed (${String(code)}):\n${lastLines.join("\n")}`);
  onProgress?.(`built the API server in ${seconds(performance.now() - startedAt)}`);
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
