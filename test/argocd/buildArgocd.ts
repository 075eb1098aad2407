/** Builds Argo CD's controller and repo server from their Go modules, and takes its CustomResourceDefinitions along. */
import { execFile } from "node:child_process";
import { chmod, copyFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { buildGoPrograms, goVersion, type BuildOptions } from "../support/goBuild.ts";

const ARGOCD = "github.com/argoproj/argo-cd/v3";

export const DEFINITIONS = [
  "application-crd.yaml",
  "applicationset-crd.yaml",
  "appproject-crd.yaml",
] as const;

const run = promisify(execFile);

/** Why Argo CD cannot be built here, or `undefined`. */
export function whyNoArgocd(): string | undefined {
  return goVersion(import.meta.dirname) === undefined
    ? "it needs Go to build Argo CD; install it from go.dev"
    : undefined;
}

/**
 * The folder with `argocd` (its first argument says which part it is), a script that it calls by name, and its
 * CustomResourceDefinitions; builds them if they are not there.
 */
export function buildArgocd(options: BuildOptions): Promise<string> {
  const module = import.meta.dirname;
  return buildGoPrograms(
    {
      title: "Argo CD",
      name: "argocd",
      module,
      sources: ["go.mod", "go.sum", "main.go"],
      packages: ["."],
      linkerFlags: `-s -w -X ${ARGOCD}/common.version=3.5.7`,
      binaries: ["argocd"],
      takes: "5 minutes",
      complete: async (folder) => {
        const { stdout } = await run("go", ["list", "-m", "-f", "{{.Dir}}", ARGOCD], { cwd: module });
        const take = (source: string, target: string): Promise<void> =>
          copyFile(path.join(stdout.trim(), source), path.join(folder, target));
        for (const file of DEFINITIONS) await take(`manifests/crds/${file}`, file);
        await take("hack/git-verify-wrapper.sh", "git-verify-wrapper.sh");
        await chmod(path.join(folder, "git-verify-wrapper.sh"), 0o755);
      },
    },
    options,
  );
}
