/**
 * The controller's process as the image runs it: compiled. Where Node strips the types by itself, the compiler it does it
 * with stays in the memory that is to be measured.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { bundleClientLibrary } from "../../scripts/clientLibrary.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

export interface BuiltController {
  readonly program: string;
  remove(): Promise<void>;
}

export async function buildController(): Promise<BuiltController> {
  const folder = await mkdtemp(path.join(tmpdir(), "hitless-bench-"));
  const configuration = {
    extends: path.join(ROOT, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      outDir: folder,
      rootDir: ROOT,
      typeRoots: [path.join(ROOT, "node_modules/@types")],
    },
    files: [path.join(import.meta.dirname, "controllerProcess.ts")],
    include: [],
  };
  const file = path.join(folder, "tsconfig.json");
  await writeFile(file, JSON.stringify(configuration));
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
  for (const name of ["node_modules", "crds"]) await symlink(path.join(ROOT, name), path.join(folder, name));
  await promisify(execFile)(path.join(ROOT, "node_modules/.bin/tsc"), ["-p", file]);
  await bundleClientLibrary(path.join(folder, "src/store/kubernetes/clientLibrary.js"));
  return {
    program: path.join(folder, "bench/cluster/controllerProcess.js"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
