/**
 * Builds programs of a Go module of the tests, once, into a cache outside the checkout. The first build of a large one
 * takes minutes; later calls only find it.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

export interface GoPrograms {
  /** What is built, for people. */
  readonly title: string;
  /** The folder's name in the cache, before its hash. */
  readonly name: string;
  /** The folder of the module. */
  readonly module: string;
  /** The module's files that the programs are made of. */
  readonly sources: readonly string[];
  readonly packages: readonly string[];
  readonly linkerFlags: string;
  /** The programs, by file name. */
  readonly binaries: readonly string[];
  /** How long the first build takes, for people. */
  readonly takes: string;
  /** Adds further files to the folder with the programs. */
  readonly complete?: (folder: string) => Promise<void>;
}

export interface BuildOptions {
  /** Is told in a line now and then how far the build is. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
}

/** Times between two lines of progress. */
const PROGRESS_SECONDS = 10;

const versions = new Map<string, string>();

/** The release of Go that builds a module (its go.mod may ask for another than the machine's); undefined without Go. */
export function goVersion(module: string): string | undefined {
  const version =
    versions.get(module) ??
    spawnSync("go", ["env", "GOVERSION"], { cwd: module, encoding: "utf8" }).stdout?.trim() ??
    "";
  versions.set(module, version);
  return version === "" ? undefined : version;
}

/** The folder with the programs; builds them if they are not there. */
export async function buildGoPrograms(programs: GoPrograms, options: BuildOptions = {}): Promise<string> {
  const folder = cacheFolder(programs);
  if (programs.binaries.every((name) => existsSync(path.join(folder, name)))) return folder;
  // Built beside and renamed: a folder in the cache is always whole, also with two builds at once.
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await goBuild(programs, { ...options, folder: unfinished });
    await programs.complete?.(unfinished);
    await rename(unfinished, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

function cacheFolder({ name, module, sources, packages, linkerFlags }: GoPrograms): string {
  const hash = createHash("sha256");
  for (const file of sources) hash.update(readFileSync(path.join(module, file)));
  hash.update(JSON.stringify([packages, linkerFlags, goVersion(module)]));
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  return path.join(cache, "hitless", `${name}-${hash.digest("hex").slice(0, 16)}`);
}

async function goBuild(
  { title, module, packages, linkerFlags, takes }: GoPrograms,
  { folder, onProgress, signal }: BuildOptions & { readonly folder: string },
): Promise<void> {
  const startedAt = performance.now();
  onProgress?.(`building ${title}, once: this takes about ${takes}`);
  const build = spawn(
    "go",
    ["build", "-C", module, "-v", "-trimpath", "-o", `${folder}/`, "-ldflags", linkerFlags, ...packages],
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
    onProgress?.(`building ${title}: ${compiled} packages in ${seconds(toldAt - startedAt)}`);
  });
  const code = await new Promise((resolve, reject) => {
    build.once("error", reject);
    build.once("close", resolve);
  });
  if (code !== 0) throw new Error(`go build failed (${String(code)}):\n${lastLines.join("\n")}`);
  onProgress?.(`built ${title} in ${seconds(performance.now() - startedAt)}`);
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 1000)} s`;
}
