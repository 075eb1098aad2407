/**
 * Copies into the Helm chart what it shares with `kubectl apply -k deploy/`: CustomResourceDefinitions, the rules of
 * the roles, and the policies. A chart can only read files of its own. With --check it only compares and exits 1 on
 * drift; with --root it works on another copy of the project.
 */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";

const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = path.resolve(options.root ?? path.join(import.meta.dirname, ".."));

/** Folders, and which of their files the chart holds a copy of. */
const COPIES = [
  { from: "crds", to: "helm/hitless/crds", isShared: (file: string) => file !== "kustomization.yaml" },
  {
    from: "deploy/rbac",
    to: "helm/hitless/files/rbac",
    isShared: (file: string) =>
      ["controller.yaml", "viewer.yaml", "operator.yaml", "approver.yaml"].includes(file),
  },
  {
    from: "deploy/policy",
    to: "helm/hitless/files/policy",
    isShared: (file: string) => file !== "kustomization.yaml",
  },
];

/** The files that a folder of the chart ought to hold, by name. */
async function wanted({ from, isShared }: (typeof COPIES)[number]): Promise<Map<string, string>> {
  const files = (await readdir(path.join(root, from))).filter(isShared);
  const texts = files.map(
    async (file) => [file, await readFile(path.join(root, from, file), "utf8")] as const,
  );
  return new Map(await Promise.all(texts));
}

let drifted = false;
for (const copy of COPIES) {
  const folder = path.join(root, copy.to);
  if (!options.check) await mkdir(folder, { recursive: true });
  const files = await wanted(copy);
  for (const stray of (await readdir(folder)).filter((file) => !files.has(file))) {
    if (options.check) {
      console.error(`${copy.to}/${stray} is not in ${copy.from}: run npm run generate`);
      drifted = true;
    } else await rm(path.join(folder, stray));
  }
  for (const [file, text] of files) {
    if (!options.check) await writeFile(path.join(folder, file), text);
    else if ((await readFile(path.join(folder, file), "utf8").catch(() => "")) !== text) {
      console.error(`${copy.to}/${file} differs from ${copy.from}/${file}: run npm run generate`);
      drifted = true;
    }
  }
}
process.exitCode = drifted ? 1 : 0;
