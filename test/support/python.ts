/** Python programs of the tests: their libraries come from PyPI, once, into a cache outside the checkout. */
import { execFile, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Why Python cannot be used here, or `undefined`. */
export function whyNoPython(): string | undefined {
  return spawnSync("python3", ["-m", "venv", "--help"]).status === 0
    ? undefined
    : "it needs python3 with its module venv";
}

/** The interpreter of an environment with what the file of requirements names; makes it if it is not there. */
export async function pythonWith(requirements: string): Promise<string> {
  const hash = createHash("sha256").update(readFileSync(requirements));
  hash.update(spawnSync("python3", ["--version"], { encoding: "utf8" }).stdout);
  const cache = process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache");
  const folder = path.join(cache, "hitless", `python-${hash.digest("hex").slice(0, 16)}`);
  if (!existsSync(folder)) {
    // Made beside and renamed: what is in the cache is whole. An environment works at another place, but its scripts
    // do not; only its interpreter is used.
    const unfinished = `${folder}.${String(process.pid)}`;
    try {
      await run("python3", ["-m", "venv", unfinished]);
      await run(path.join(unfinished, "bin/python"), ["-m", "pip", "install", "-q", "-r", requirements]);
      await rename(unfinished, folder).catch((error: unknown) => {
        if (!existsSync(folder)) throw error;
      });
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  return path.join(folder, "bin/python");
}
