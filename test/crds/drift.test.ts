import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** Compares the types in a copy of the project with its schemas. */
function check(directory: string) {
  const script = path.join(root, "scripts/generateTypes.ts");
  return spawnSync(process.execPath, [script, "--check", "--root", directory], { encoding: "utf8" });
}

describe("generated types", () => {
  it("are those of the schemas", () => {
    const { status, stderr } = check(root);
    expect(status, stderr).to.equal(0);
  });

  describe("in a copy", () => {
    let copy: string;

    beforeEach(() => {
      copy = mkdtempSync(path.join(tmpdir(), "hitless-drift-"));
      for (const part of ["crds", "src/api", ".prettierrc.json"]) {
        cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
      }
    });
    afterEach(() => rmSync(copy, { recursive: true }));

    const edit = (file: string, from: string, to: string) => {
      const target = path.join(copy, file);
      const text = readFileSync(target, "utf8");
      expect(text).to.include(from);
      writeFileSync(target, text.replace(from, to));
    };

    it("differ when a schema was edited alone", () => {
      edit("crds/fabrics.yaml", "enum: [Required, Preferred, Disabled]", "enum: [Required, Disabled]");
      const { status, stderr } = check(copy);
      expect(status).to.equal(1);
      expect(stderr).to.include("fabric.gen.ts differs from crds/fabrics.yaml");
    });

    it("differ when a type was edited alone", () => {
      edit("src/api/deviceImage.gen.ts", "sizeBytes: number", "sizeBytes: string");
      const { status, stderr } = check(copy);
      expect(status).to.equal(1);
      expect(stderr).to.include("deviceImage.gen.ts");
    });
  });
});
