/** `npm run build [-- --out=FOLDER]`: what the image runs, compiled into `dist/`. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { bundleClientLibrary } from "./clientLibrary.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

const { values } = parseArgs({ options: { out: { type: "string", default: path.join(ROOT, "dist") } } });
const tsc = path.join(ROOT, "node_modules/typescript/bin/tsc");
const compile = [tsc, "-p", path.join(ROOT, "tsconfig.build.json"), "--outDir", values.out];
const { status } = spawnSync(process.execPath, compile, { stdio: "inherit" });
if (status === 0) await bundleClientLibrary(path.join(values.out, "store/kubernetes/clientLibrary.js"));
process.exitCode = status ?? 1;
