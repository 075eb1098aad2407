/**
 * The parent of etcd and the API server: a shell that reads a pipe held by this process. When the pipe ends, for
 * whatever cause (SIGKILL too), it kills both and removes their folder: nothing is ever left behind.
 */
import type { ChildProcessByStdio } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** `$@` are the API server's flags. It says `<etcd's pid> <API server's pid>` after each start and kill. */
const GUARD = `
trap "" PIPE
etcd() {
  rm -f localhost:1 localhost:2
  "$BIN/etcd" --data-dir etcd --listen-client-urls unix://localhost:1 --advertise-client-urls unix://localhost:1 \\
    --listen-peer-urls unix://localhost:2 --unsafe-no-fsync --log-level error >>etcd.log 2>&1 </dev/null &
  e=$!
  while [ ! -S localhost:1 ] && kill -0 $e 2>/dev/null; do sleep 0.02; done
}
api() { "$BIN/kube-apiserver" "$@" >>apiserver.log 2>&1 </dev/null & a=$!; }
end() { [ "$1" = 0 ] || { kill -9 "$1"; wait "$1"; } 2>/dev/null; }
etcd
api "$@"
echo "$e $a"
while read -r line; do
  case $line in
    kill) end $a; a=0 ;;
    start) api "$@" ;;
    kill-etcd) end $e; e=0 ;;
    start-etcd) etcd ;;
  esac
  echo "$e $a"
done
end $a
end $e
rm -rf "$DIR"
`;

/** `kill` and `start` are for the API server. All kill with SIGKILL. */
export type GuardCommand = "kill" | "start" | "kill-etcd" | "start-etcd";

export class Guard {
  readonly #shell: ChildProcessByStdio<Writable, Readable, null>;
  readonly #answers: AsyncIterator<string>;
  readonly #ended: Promise<void>;

  constructor({ binaries, folder, flags }: { binaries: string; folder: string; flags: readonly string[] }) {
    this.#shell = spawn("/bin/sh", ["-c", GUARD, "guard", ...flags], {
      cwd: folder,
      // Not killed with the terminal's group: it has to clean up.
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, BIN: binaries, DIR: folder },
    });
    this.#answers = createInterface({ input: this.#shell.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#shell.once("close", () => resolve());
    });
    // A write after the shell's end is answered by the missing line.
    this.#shell.stdin.on("error", () => undefined);
  }

  /** Waits until the processes were started. */
  async started(): Promise<void> {
    await this.#answer();
    this.#letProcessEnd();
  }

  /** Kills or starts one of the two, and waits until that is done; not until it is ready. */
  async tell(command: GuardCommand): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin.write(`${command}\n`);
    await this.#answer();
    this.#letProcessEnd();
  }

  /** Kills both and waits until everything is gone. */
  async end(): Promise<void> {
    this.#shell.ref();
    this.#shell.stdin.end();
    await this.#ended;
  }

  async #answer(): Promise<void> {
    const { done } = await this.#answers.next();
    if (done === true) throw new Error("the guard of the API server has ended");
  }

  /** The test process may end while the cluster runs: the pipe's end does the rest. */
  #letProcessEnd(): void {
    this.#shell.unref();
    for (const stream of [this.#shell.stdin, this.#shell.stdout]) {
      if ("unref" in stream && typeof stream.unref === "function") stream.unref();
    }
  }
}
