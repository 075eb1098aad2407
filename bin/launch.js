/**
 * The door of the command line. Finds a Node that is new enough (the one that runs this, else the one that the
 * optional dependency brings), starts Hitless on it and hands signals and exit code through. Plain JavaScript,
 * since an old Node must be able to read it.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The first Node 22 that runs TypeScript without a flag and with all that is used here. */
const NEEDED = [22, 19];
const EXIT_UNEXPECTED = 3;
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];

const packageDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

/** The Node of the optional dependency, wherever the package manager has put it; undefined when there is none. */
function bundledNode() {
  const require = createRequire(path.join(packageDirectory, "package.json"));
  for (const name of [`node-linux-${process.arch}`, "node"]) {
    try {
      const node = path.join(path.dirname(require.resolve(`${name}/package.json`)), "bin", "node");
      if (existsSync(node)) return node;
    } catch {
      // Not installed: optional dependencies may be missing.
    }
  }
  return undefined;
}

/** A file of `src/cli`, built or not. */
function entryPoint(name) {
  const source = path.join(packageDirectory, `src/cli/${name}.ts`);
  return existsSync(source) ? source : path.join(packageDirectory, `dist/cli/${name}.js`);
}

function run(node, entry) {
  const child = spawn(
    node,
    ["--disable-warning=ExperimentalWarning", entryPoint(entry), ...process.argv.slice(2)],
    { stdio: "inherit" },
  );
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    fail(`cannot start ${node}: ${error.message}`);
  });
  child.on("exit", (code, signal) => {
    for (const each of SIGNALS) process.removeAllListeners(each);
    if (signal === null) process.exitCode = code ?? EXIT_UNEXPECTED;
    else process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`hitless: ${message}\n`);
  process.exitCode = EXIT_UNEXPECTED;
}

/** Runs the entry of that name in `src/cli` with this process's arguments. */
export function launch(entry) {
  const node = isNewEnough(process.versions.node) ? process.execPath : bundledNode();
  if (node === undefined) {
    fail(
      `needs Node ${NEEDED.join(".")} or later, this is ${process.versions.node}; ` +
        "install a newer Node, or run npm ci without --omit=optional on Linux (x64 or arm64)",
    );
  } else {
    run(node, entry);
  }
}
