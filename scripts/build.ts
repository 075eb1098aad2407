/** `npm run build`: what the image runs, compiled into `dist/`. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { bundleClientLibrary } from "./clientLibrary.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

const { status } = spawnSync("tsc", ["-p", path.join(ROOT, "tsconfig.build.json")], { stdio: "inherit" });
if (status === 0) await bundleClientLibrary(path.join(ROOT, "dist/store/kubernetes/clientLibrary.js"));
process.exitCode = status ?? 1;
