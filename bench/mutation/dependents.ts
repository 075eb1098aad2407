/** Which modules have to be loaded anew when one of them is changed: those that import it, by any way. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The modules that take part: what is changed, and what tests it. */
const MODULES = ["src/planner/**/*.ts", "test/planner/**/*.ts", "bench/*.ts"];

/** For each module, from the root of the project, those that import it, and itself. */
export function dependents(root: string): (file: string) => string[] {
  const importers = new Map<string, string[]>();
  for (const file of globSync(MODULES, { cwd: root })) {
    for (const found of readFileSync(join(root, file), "utf8").matchAll(/ from "(?<path>\.[^"]+)";/g)) {
      const imported = join(dirname(file), found.groups?.["path"] ?? "");
      importers.set(imported, [...(importers.get(imported) ?? []), file]);
    }
  }
  return (file) => {
    const all = new Set([file]);
    for (const each of all) for (const importer of importers.get(each) ?? []) all.add(importer);
    return [...all];
  };
}
