/** The door of the command line: the right Node, the exit code and the signals handed through. */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Readable } from "node:stream";
import { expect } from "chai";
import { readAll } from "../../src/cli/terminal.ts";
import { Folders, QUICKSTART } from "./support.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/hitless.js");
/** Makes the Node that runs the bin look older than it is. */
const OLD_NODE =
  "data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})";

const folders = new Folders();

function start(
  args: readonly string[],
  nodeOptions: readonly string[] = [],
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [...nodeOptions, BIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function end(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<{ exitCode: number | null; stdout: string; stderr: string }> {
  const [stdout, stderr, [exitCode]]: [string, string, (number | null)[]] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    once(child, "exit"),
  ]);
  return { exitCode: exitCode ?? null, stdout, stderr };
}

describe("bin/hitless.js", () => {
  after(() => {
    folders.removeAll();
  });

  it("runs the program without a warning, and hands its exit code through", async () => {
    const good = await end(start(["plan", "-f", QUICKSTART, "-o", "json"]));
    expect(good.stderr).to.equal("");
    expect(good.exitCode).to.equal(0);
    expect(JSON.parse(good.stdout)).to.have.property("source", "declarations");
    const bad = await end(start(["plan", "-f", "/nowhere"]));
    expect(bad.exitCode).to.equal(2);
    expect(bad.stderr).to.match(/^hitless: \/nowhere: there is no such file/);
  });

  it("finds the Node of the optional dependency when it is started by an older one", async function () {
    if (process.platform !== "linux") this.skip();
    const { exitCode, stdout, stderr } = await end(start(["--help"], ["--import", OLD_NODE]));
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    expect(stdout).to.include("hitless plan");
  });

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`hands ${signal} on: the simulator ends with 0`, async () => {
      const folder = folders.quickstart({
        Fabric({ spec }) {
          for (const device of spec.devices) device.address = "192.0.2.1";
        },
      });
      const child = start(["simulator", "-f", folder, "-o", "json"]);
      child.stdout.once("data", () => child.kill(signal));
      const { exitCode, stderr } = await end(child);
      expect(stderr).to.equal("");
      expect(exitCode).to.equal(0);
    });
  }

  it("is content when nobody reads on, on either stream", async () => {
    const child = start([
      "fabric",
      "import",
      "ansible",
      "examples/import/ansible/hosts.ini",
      "--limit",
      "dc1",
    ]);
    child.stdout.destroy();
    child.stderr.destroy();
    const [exitCode]: (number | null)[] = await once(child, "exit");
    expect(exitCode).to.equal(0);
  });

  it("HITLESS_DEBUG=1 shows where an error comes from, and nothing else does", async () => {
    const child = spawn(process.execPath, [BIN, "plan", "-f", "/nowhere"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, HITLESS_DEBUG: "1" },
    });
    expect((await end(child)).stderr).to.match(/\n\s+at /);
    expect((await end(start(["plan", "-f", "/nowhere"]))).stderr).not.to.match(/\n\s+at /);
  });
});
