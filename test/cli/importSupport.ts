/** What the tests of imports share: trees of files, imports that succeed and imports that are refused. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { Plan } from "../../src/api/plan.ts";
import { QUICKSTART, run, type Folders } from "./support.ts";

/** A folder with files at paths. */
export function treeOf(folders: Folders, files: Readonly<Record<string, string>>): string {
  const folder = folders.of({});
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

/** The Fabric that an import writes. */
export async function imported(source: string, args: readonly string[]): Promise<Fabric> {
  const { exitCode, stdout, stderr } = await run(["fabric", "import", source, ...args]);
  expect(exitCode, stderr).to.equal(0);
  const fabric: Fabric = parse(stdout);
  return fabric;
}

/** The lines in which an import is refused. */
export async function refused(source: string, args: readonly string[], options = {}): Promise<string[]> {
  const result = await run(["fabric", "import", source, ...args], options);
  expect(result.exitCode, result.stderr).to.equal(2);
  expect(result.stdout, "no half an import").to.equal("");
  return result.stderr.trimEnd().split("\n");
}

/** `leaf1 10.0.0.1 qfx5120-48y Leaf`. */
export function linesOf({ spec }: Fabric): string[] {
  return spec.devices.map(({ name, address, model, role }) => `${name} ${address} ${model} ${role}`);
}

/** Whether a plan can be made with it: the image and campaign are those of the quickstart. */
export async function planWith(fabric: string): Promise<Plan> {
  const args = ["plan", "-f", "-", "-f", `${QUICKSTART}/image.yaml`, "-f", `${QUICKSTART}/campaign.yaml`];
  const { exitCode, stdout, stderr } = await run([...args, "-o", "json"], { stdin: fabric });
  expect(exitCode, stderr).to.equal(0);
  const plan: Plan = JSON.parse(stdout);
  return plan;
}
