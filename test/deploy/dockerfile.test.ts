/** The Dockerfile as text, and what it builds as files: `npm run test:image` builds the image itself. */
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ROOT } from "./manifests.ts";

interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** Instructions with their continued lines joined; comments left out. */
function instructionsOf(text: string): Instruction[] {
  return text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .map((line) => /^(?<name>[A-Z]+)\s+(?<rest>.*)$/.exec(line)?.groups)
    .flatMap((groups) =>
      groups === undefined ? [] : [{ name: groups["name"] ?? "", rest: groups["rest"] ?? "" }],
    );
}

describe("Dockerfile", () => {
  const instructions = instructionsOf(readFileSync(path.join(ROOT, "Dockerfile"), "utf8"));
  const first = instructions.findIndex(({ name }) => name === "FROM");
  const last = instructions.findLastIndex(({ name }) => name === "FROM");
  const final = instructions.slice(last + 1);
  const restOf = (name: string, within = final): string[] =>
    within.filter((each) => each.name === name).map(({ rest }) => rest);

  it("lets the base be chosen, and pins the one it proposes", () => {
    expect(instructions[last]?.rest).to.equal("${BASE}");
    const [base] = restOf("ARG", instructions.slice(0, first));
    expect(base).to.match(/^BASE=[a-z]+:\d+\.\d+\.\d+-[a-z-]+$/);
  });

  it("builds in stages of their own: nothing but the results gets into the image", () => {
    expect(last).to.be.greaterThan(first);
    expect(restOf("RUN")).to.deep.equal([]);
    expect(restOf("ADD", instructions)).to.deep.equal([]);
    const copied = restOf("COPY").map((rest) => rest.replace(/^--from=\w+ /, ""));
    expect(copied).to.have.members([
      "/build/node_modules ./node_modules",
      "/build/dist ./dist",
      "crds ./crds",
      "examples ./examples",
      "package.json LICENSE ./",
    ]);
  });

  it("is not root, by a number, and starts without a shell", () => {
    expect(restOf("USER")).to.deep.equal(["65532:65532"]);
    const [entrypoint = ""] = restOf("ENTRYPOINT");
    const [program, ...args]: readonly string[] = JSON.parse(entrypoint);
    expect(program).to.equal("node");
    expect(args.at(-1)).to.equal("/opt/hitless/dist/cli/main.js");
    expect(args.slice(0, -1).every((flag) => flag.startsWith("--"))).to.equal(true);
  });

  it("gets from .dockerignore what it copies, and no more", () => {
    const [all, ...kept] = readFileSync(path.join(ROOT, ".dockerignore"), "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    expect(all).to.equal("*");
    const sources = restOf("COPY", instructions)
      .filter((rest) => !rest.startsWith("--from="))
      .flatMap((rest) => rest.split(" ").slice(0, -1));
    expect(kept.map((line) => line.replace(/^!/, ""))).to.have.members([...new Set(sources)]);
    for (const source of sources) expect(existsSync(path.join(ROOT, source)), source).to.equal(true);
  });

  it("npm run build makes what the image starts, with its schemas and examples", function () {
    this.timeout(120_000);
    const folder = mkdtempSync(path.join(tmpdir(), "hitless-dist-"));
    try {
      const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: "utf8", cwd: folder });
      const built = run(path.join(ROOT, "scripts/build.ts"), "--out", path.join(folder, "dist"));
      expect(built.status, built.stdout + built.stderr).to.equal(0);
      for (const part of ["node_modules", "crds", "examples", "package.json"]) {
        symlinkSync(path.join(ROOT, part), path.join(folder, part));
      }
      const help = run("dist/cli/main.js", "--help");
      expect(help.stderr).to.equal("");
      expect(help.stdout).to.include("controller");
      const plan = run("dist/cli/main.js", "plan", "-f", "examples/quickstart");
      expect(plan.status, plan.stderr).to.equal(0);
      const controller = run("dist/cli/main.js", "controller", "--kubeconfig", "nowhere");
      expect(controller.status, controller.stderr).to.equal(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
