/**
 * Writes the health checks of deploy/argocd/health/ into deploy/argocd/argocd-cm.yaml. Argo CD runs each of them alone,
 * so each begins with the judgement that they share. With --check it only compares and exits 1 on drift. With --root it
 * works on another copy of the project.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { parseDocument, Scalar } from "yaml";
import { KIND_NAMES, KINDS } from "../src/api/kinds.ts";
import { GROUP } from "../src/api/names.ts";

const { values: options } = parseArgs({
  options: { check: { type: "boolean", default: false }, root: { type: "string" } },
});
const root = path.resolve(options.root ?? path.join(import.meta.dirname, ".."));
const target = path.join(root, "deploy/argocd/argocd-cm.yaml");

async function healthCheck(kind: string): Promise<string> {
  const parts = ["judgement", kind.toLowerCase()].map((name) =>
    readFile(path.join(root, `deploy/argocd/health/${name}.lua`), "utf8"),
  );
  return (await Promise.all(parts)).join("\n");
}

const before = await readFile(target, "utf8");
const settings = parseDocument(before);
for (const kind of KIND_NAMES.filter((name) => KINDS[name].custom)) {
  const script = new Scalar(await healthCheck(kind));
  script.type = Scalar.BLOCK_LITERAL;
  settings.setIn(["data", `resource.customizations.health.${GROUP}_${kind}`], script);
}
const after = settings.toString({ lineWidth: 0 });
const file = path.relative(root, target);
if (!options.check) {
  await writeFile(target, after);
  console.log(`wrote ${file}`);
} else if (after !== before) {
  console.error(`${file} differs from deploy/argocd/health/: run npm run generate`);
  process.exitCode = 1;
}
