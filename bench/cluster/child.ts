/** A process of the benchmark, held by its parent: it ends with its standard input, and says JSON lines until then. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

export interface Child<Message> {
  /** The next thing it says. Rejects when it ends without. */
  next(): Promise<Message>;
  /** Asks it to end; what it says then comes from `next`. */
  end(): void;
  readonly exited: Promise<unknown>;
}

export function startChild<Message>(
  program: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Child<Message> {
  const file = path.resolve(import.meta.dirname, program);
  const nodeArguments = ["--disable-warning=ExperimentalWarning", ...flags, file, ...args];
  // As in the Dockerfile.
  const env = { ...process.env, MALLOC_ARENA_MAX: "2" };
  const child = spawn(process.execPath, nodeArguments, { stdio: ["pipe", "pipe", "inherit"], env });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  child.stdin.on("error", () => undefined);
  return {
    async next() {
      const line = await lines.next();
      if (line.done === true) throw new Error(`${program} has ended`);
      const message: Message = JSON.parse(line.value);
      return message;
    },
    end: () => {
      child.stdin.end();
    },
    exited: once(child, "exit"),
  };
}
