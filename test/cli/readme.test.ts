/** The README says what is so. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { run } from "./support.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

function read(file: string): string {
  return readFileSync(path.join(ROOT, file), "utf8");
}

/** The pages for people who use Hitless or work on it. Decisions are left out: they speak of their day. */
function pages(): readonly string[] {
  const docs = readdirSync(path.join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", "CONTRIBUTING.md", "examples/README.md", ...docs.map((name) => `docs/${name}`)];
}

/** The lines of all shell blocks, without comments. */
function commandsOf(markdown: string): string[] {
  const blocks = markdown.match(/(?<=```sh\n).*?(?=```)/gs) ?? [];
  return blocks
    .flatMap((block) => block.split("\n").map((line) => line.replace(/\s+#.*$/, "").trim()))
    .filter(Boolean);
}

describe("README", () => {
  it("names the test command that continuous integration runs, word for word", () => {
    expect(commandsOf(read("README.md"))).to.include("npm ci && npm test");
    expect(read(".ci/run").split("\n")).to.include("npm ci && npm test");
  });

  it("names the demo, which package.json has", () => {
    expect(commandsOf(read("README.md"))).to.include("npm ci && npm run demo");
    expect(commandsOf(read("README.md"))).to.include("npm run demo -- --cluster");
    expect(JSON.parse(read("package.json")).scripts.demo).to.equal("node scripts/demo.ts");
  });

  it("has commands that do what it says of them", async () => {
    const commands = commandsOf(read("README.md"));
    expect(commands).to.include("npx hitless plan -f examples/quickstart");
    expect(commands).to.include(
      "npx hitless plan -f examples/quickstart -o json | npx hitless verify - -f examples/quickstart",
    );
    const folder = path.join(ROOT, "examples/quickstart");
    const plan = await run(["plan", "-f", folder, "-o", "json"]);
    expect(plan.exitCode).to.equal(0);
    expect((await run(["verify", "-", "-f", folder], { stdin: plan.stdout })).exitCode).to.equal(0);
  });

  it("and the other pages name only sources that exist", () => {
    const places = ["", "src", "src/controllers", "examples/quickstart"];
    for (const page of pages()) {
      const named = [...read(page).matchAll(/`([\w/-]+\/[\w/-]+\.(?:ts|lua|json|yaml))`/g)];
      for (const [, file = ""] of named) {
        const isThere = places.some((place) => existsSync(path.join(ROOT, place, file)));
        expect(isThere, `${page}: ${file}`).to.equal(true);
      }
    }
  });

  it("and the other pages link only to files that exist", () => {
    for (const page of pages()) {
      for (const [, target = ""] of read(page).matchAll(/\]\(([^)#:]+)\)/g)) {
        const file = path.resolve(ROOT, path.dirname(page), target);
        expect(existsSync(file), `${page}: ${target}`).to.equal(true);
      }
    }
  });
});
