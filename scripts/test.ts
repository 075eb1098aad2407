/**
 * `npm test`: all tests, in two processes beside each other. Many of them wait (for leases, boots, kills) and many
 * compute; one after the other half of the machine would stand still. What the first lane prints comes as it is
 * printed, the second lane's output after it. Arguments are handed to mocha, for a single process.
 */
import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { buildCluster, whyNoCluster } from "../test/support/cluster/buildCluster.ts";

const ALL = "test/**/*.test.ts";
/** Campaigns as processes of their own on a real API server: they mostly wait. Every other test is in the other lane. */
const PROCESSES = ["test/crash/**/*.test.ts", "test/cli/**/*.test.ts", "test/deploy/**/*.test.ts"];

interface Lane {
  readonly name: string;
  readonly output: Readable;
  readonly exitCode: Promise<number>;
}

function startLane(name: string, args: readonly string[]): Lane {
  const mocha = spawn("mocha", args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) },
  });
  const exitCode = new Promise<number>((resolve, reject) => {
    mocha.once("error", reject);
    mocha.once("close", (code) => resolve(code ?? 1));
  });
  return { name, output: mocha.stdout, exitCode };
}

async function print({ output }: Lane): Promise<void> {
  for await (const chunk of output) process.stdout.write(chunk);
}

/** Keeps what is printed until somebody reads it: a full pipe would stop the lane. */
function kept(lane: Lane): Lane {
  const chunks: Buffer[] = [];
  lane.output.on("data", (chunk: Buffer) => chunks.push(chunk));
  return {
    ...lane,
    output: Readable.from(
      (async function* () {
        await lane.exitCode;
        yield* chunks;
      })(),
    ),
  };
}

async function runLanes(): Promise<number> {
  // Both lanes need it, and its first build takes both processors for minutes.
  if (whyNoCluster() === undefined) await buildCluster({ onProgress: (line) => console.log(line) });
  const lanes = [
    startLane("campaigns as processes", PROCESSES),
    kept(startLane("everything else", [ALL, ...PROCESSES.flatMap((each) => ["--ignore", each])])),
  ];
  for (const lane of lanes) {
    console.log(`\n${lane.name}:`);
    await print(lane);
  }
  const codes = await Promise.all(lanes.map(({ exitCode }) => exitCode));
  const failed = lanes.filter((_, place) => codes[place] !== 0).map(({ name }) => name);
  console.log(failed.length === 0 ? "all tests passed" : `failed: ${failed.join("; ")}`);
  return failed.length === 0 ? 0 : 1;
}

const args = process.argv.slice(2);
process.exitCode = args.length === 0 ? await runLanes() : await startSingle(args);

async function startSingle(files: readonly string[]): Promise<number> {
  const mocha = spawn("mocha", files, { stdio: "inherit" });
  return new Promise((resolve, reject) => {
    mocha.once("error", reject);
    mocha.once("close", (code) => resolve(code ?? 1));
  });
}
