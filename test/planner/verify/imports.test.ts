import { readFileSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect } from "chai";

const PLANNER = resolve(import.meta.dirname, "../../../src/planner");
const VERIFY = resolve(PLANNER, "verify");

/** What a file imports to run, without `import type`. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(/^(?:import|export)\s+(?!type\b)[^;]*?from\s+"(?<from>[^"]+)"/gms);
  return Array.from(found, ({ groups }) => groups?.["from"] ?? "");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => resolve(folder, name));
}

describe("the imports of verify", () => {
  const files = filesIn(VERIFY);

  it("N1 share no code with the planner: only its own files, the names of the tiers, and how times are written", () => {
    expect(files.length).to.be.greaterThan(5);
    for (const file of files) {
      for (const from of importsOf(file)) {
        const target = resolve(VERIFY, from);
        const isOwn = target.startsWith(`${VERIFY}/`);
        const isApi = from === "../../api/plan.ts" || from === "../../api/time.ts";
        expect(isOwn || isApi, `${file} imports ${from}`).to.equal(true);
      }
    }
  });

  it("N1 are not used by the planner either", () => {
    for (const file of filesIn(PLANNER).filter((name) => !name.startsWith(`${VERIFY}/`))) {
      expect(
        importsOf(file).filter((from) => from.includes("verify/")),
        file,
      ).to.deep.equal([]);
    }
  });

  it("are found by this test", () => {
    expect(importsOf(resolve(VERIFY, "verify.ts"))).to.include("./graph.ts");
    expect(importsOf(resolve(VERIFY, "shape.ts"))).to.deep.equal(["../../api/plan.ts"]);
    expect(importsOf(resolve(PLANNER, "plan.ts"))).to.include("./batches/batches.ts");
  });
});
