/**
 * Ends the children of a test that is killed. A child that reads its standard input sees the end by itself, but not
 * one that is stopped: a shell that holds a pipe of this process kills whoever is left when the pipe ends.
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import type { Writable } from "node:stream";

const REAPER = `
trap "" PIPE HUP INT TERM
pids=" "
while read -r change pid; do
  case $change in
    add) pids="$pids$pid " ;;
    gone) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
[ "$pids" = " " ] || kill -9 $pids
`;

let reaper: ChildProcessByStdio<Writable, null, null> | undefined;

/** From now on the child ends with this process, however that ends. */
export function reap(child: ChildProcess): void {
  const { pid } = child;
  // It could not be started: its own error tells.
  if (pid === undefined) return;
  const { stdin } = (reaper ??= startReaper());
  stdin.write(`add ${String(pid)}\n`);
  child.once("exit", () => stdin.write(`gone ${String(pid)}\n`));
}

function startReaper(): ChildProcessByStdio<Writable, null, null> {
  // Not killed with the terminal's group: it has work to do then.
  const shell = spawn("/bin/sh", ["-c", REAPER], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  shell.unref();
  if ("unref" in shell.stdin && typeof shell.stdin.unref === "function") shell.stdin.unref();
  return shell;
}
