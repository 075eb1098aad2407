/** A Git repository on this machine's disk: what a team would push to. */
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface GitRepository {
  readonly url: string;
  /** Writes files by their paths (`null` removes one) and commits. Returns the commit's hash. */
  commit(message: string, files: Readonly<Record<string, string | null>>): Promise<string>;
}

export async function createRepository(folder: string): Promise<GitRepository> {
  const git = async (...args: readonly string[]): Promise<string> => {
    const identity = ["-c", "user.name=team", "-c", "user.email=team@example.com"];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };
    const { stdout } = await run("git", [...identity, ...args], { cwd: folder, env });
    return stdout.trim();
  };
  await mkdir(folder, { recursive: true });
  await git("init", "--quiet", "--initial-branch=main");
  return {
    url: `file://${folder}`,
    async commit(message, files) {
      for (const [file, text] of Object.entries(files)) {
        const target = path.join(folder, file);
        await mkdir(path.dirname(target), { recursive: true });
        if (text === null) await rm(target);
        else await writeFile(target, text);
      }
      await git("add", "--all");
      await git("commit", "--quiet", "--message", message);
      return git("rev-parse", "HEAD");
    },
  };
}
