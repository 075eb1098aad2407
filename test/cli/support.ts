/** What the tests of the commands share: running a command in this process, and manifests in folders of their own. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable, Writable } from "node:stream";
import { parseAllDocuments, stringify } from "yaml";
import { runCli, type RunOptions } from "../../src/cli/program.ts";
import { knownHostsOf } from "../../src/cli/twin/twinObjects.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";

export const EXAMPLES = path.resolve(import.meta.dirname, "../../examples");
export const QUICKSTART = path.join(EXAMPLES, "quickstart");
export const MIXED = path.join(EXAMPLES, "mixed");

export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions extends RunOptions {
  readonly stdin?: string | AsyncIterable<string>;
  readonly signal?: AbortSignal;
  /** Somebody sits at a terminal, sees what is written and types `stdin`. */
  readonly isTerminal?: boolean;
}

/** Runs a command line to its end. */
export async function run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  const running = start(args, options);
  const exitCode = await running.exitCode;
  return { exitCode, stdout: running.stdout(), stderr: running.stderr() };
}

export interface RunningCommand {
  readonly exitCode: Promise<number>;
  /** What was written so far. */
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The first line of standard output, once it is there. */
  readonly firstLine: () => Promise<string>;
}

/** Starts a command line; its output can be read while it runs. */
export function start(
  args: readonly string[],
  { stdin = "", signal, isTerminal = false, ...options }: CommandOptions = {},
): RunningCommand {
  const stdout = Object.assign(new Collector(), { isTTY: isTerminal });
  const stderr = new Collector();
  const terminal = {
    stdin: Object.assign(Readable.from(typeof stdin === "string" ? [stdin] : stdin), { isTTY: isTerminal }),
    stdout,
    stderr,
    signal: signal ?? new AbortController().signal,
  };
  const exitCode = runCli(args, terminal, options);
  return {
    exitCode,
    stdout: () => stdout.text,
    stderr: () => stderr.text,
    firstLine: () =>
      Promise.race([
        stdout.firstLine,
        exitCode.then((code) => {
          throw new Error(`ended with ${String(code)}: ${stderr.text}`);
        }),
      ]),
  };
}

class Collector extends Writable {
  text = "";
  readonly firstLine: Promise<string>;
  #seen: (line: string) => void = () => undefined;

  constructor() {
    super();
    this.firstLine = new Promise((resolve) => {
      this.#seen = resolve;
    });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString("utf8");
    const end = this.text.indexOf("\n");
    if (end >= 0) this.#seen(this.text.slice(0, end));
    done();
  }
}

/** Folders that are gone after the test. */
export class Folders {
  readonly #made: string[] = [];

  /** A folder with these files. */
  of(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(path.join(tmpdir(), "hitless-test-"));
    this.#made.push(folder);
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return folder;
  }

  /** A copy of the quickstart with changed objects, by kind. */
  quickstart(changes: Readonly<Record<string, (object: YamlObject) => void>> = {}): string {
    return this.example("quickstart", changes);
  }

  /** A copy of an example with changed objects, by kind. */
  example(name: string, changes: Readonly<Record<string, (object: YamlObject) => void>> = {}): string {
    const folder = this.of({});
    const source = path.join(EXAMPLES, name);
    cpSync(source, folder, { recursive: true });
    for (const file of ["fabric.yaml", "access.yaml", "image.yaml", "campaign.yaml"]) {
      const documents = parseAllDocuments(readFileSync(path.join(source, file), "utf8"));
      const objects = [...documents].map((document): YamlObject => document.toJS());
      for (const object of objects) changes[object.kind]?.(object);
      writeFileSync(path.join(folder, file), objects.map((object) => stringify(object)).join("---\n"));
    }
    return folder;
  }

  removeAll(): void {
    for (const folder of this.#made.splice(0)) rmSync(folder, { recursive: true });
  }
}

/** An object as parsed from YAML; tests change it as they like. */
export interface YamlObject {
  kind: string;
  metadata: { name: string };
  // The shape depends on the kind, and tests make it wrong on purpose.
  // oxlint-disable-next-line typescript/no-explicit-any
  spec: any;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
}

/** Changes that bring the quickstart to where the devices are served. */
export function servedAt(served: readonly ServedDevice[]): Record<string, (object: YamlObject) => void> {
  const places = new Map(served.map((device) => [device.name, device]));
  return {
    Fabric({ spec }) {
      for (const device of spec.devices) {
        const place = places.get(device.name);
        device.address = place === undefined ? "127.0.0.1:1" : `${place.address}:${String(place.port)}`;
      }
    },
    ConfigMap(object) {
      object.data = { known_hosts: knownHostsOf(served) };
    },
  };
}
