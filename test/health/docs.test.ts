/** The documentation names every check with its default, and no other. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { CHECK_NAMES, CHECKS, type CheckInfo } from "../../src/health/catalogue.ts";

const TEXT = readFileSync(path.resolve(import.meta.dirname, "../../docs/health-checks.md"), "utf8");

/** The rows of the table: name and default. */
function rows(): readonly (readonly [string, string])[] {
  return [...TEXT.matchAll(/^\| `(?<name>\w+)` +\|.*\| (?<value>[^|]+?) +\|$/gm)].map(
    ({ groups }) => [groups?.["name"] ?? "", groups?.["value"] ?? ""] as const,
  );
}

function shown(name: string, { limit, tolerancePercent, rules }: CheckInfo): string {
  if (name === "storageFreeBytes") return "5·10⁸";
  return rules.After === "NoLessThanBefore" ? `${String(tolerancePercent)} %` : String(limit);
}

describe("docs/health-checks.md", () => {
  it("HC-1 has every check of the catalogue in its order, with its default", () => {
    expect(rows()).to.deep.equal(CHECK_NAMES.map((name) => [name, shown(name, CHECKS[name])]));
  });
});
