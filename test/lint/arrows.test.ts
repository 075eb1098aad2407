/**
 * The arrows between the rooms of src/, as the lint configuration enforces them. A made-up tree with every possible
 * import is linted once; what is flagged must be what the table forbids, no less and no more.
 */
import { expect } from "chai";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");

/** What each room may import. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  api: [],
  release: ["api"],
  health: ["api"],
  planner: ["api", "release"],
  engine: ["api", "planner", "health"],
  netconf: [],
  junos: ["api", "netconf", "release"],
  drivers: ["api", "release", "health", "engine", "junos"],
  store: ["api"],
  observability: ["api"],
  simulator: ["api"],
  controllers: [
    "api",
    "release",
    "health",
    "planner",
    "engine",
    "netconf",
    "junos",
    "drivers",
    "store",
    "observability",
  ],
  cli: [
    "api",
    "release",
    "health",
    "planner",
    "engine",
    "netconf",
    "junos",
    "drivers",
    "store",
    "observability",
    "simulator",
    "controllers",
  ],
};
const ROOMS = Object.keys(ARROWS);
const PURE_ROOMS = ["release", "health", "planner", "engine"];
const SHARED_WITH_SIMULATOR = ["xml", "xmlNode", "framing"];

/** What a pure room must not use, each in a statement of its own. */
const IMPURE: Readonly<Record<string, string>> = {
  "node-import": 'import { readFileSync } from "node:fs";\nexport const used = readFileSync;\n',
  "bare-import": 'import { randomUUID } from "crypto";\nexport const used = randomUUID;\n',
  "date-now": "export const used = Date.now();\n",
  "new-date": "export const used = new Date();\n",
  "math-random": "export const used = Math.random();\n",
  "set-timeout": "export const used = setTimeout(() => undefined, 1);\n",
  "set-interval": "export const used = setInterval(() => undefined, 1);\n",
  "set-immediate": "export const used = setImmediate(() => undefined);\n",
  process: "export const used = process.env;\n",
  performance: "export const used = performance.now();\n",
  "global-this": "export const used = globalThis;\n",
  fetch: 'export const used = fetch("https://example.org");\n',
};

/** The three ways to write an import. */
const FORMS: Readonly<Record<string, (from: string) => string>> = {
  value: (from) => `import { thing } from "${from}";\nexport const used = thing;\n`,
  type: (from) => `import type { Thing } from "${from}";\nexport type Used = Thing;\n`,
  again: (from) => `export { thing } from "${from}";\n`,
};

interface Report {
  readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
}

describe("lint", () => {
  let directory: string;
  let flagged: ReadonlyMap<string, ReadonlySet<string>>;

  before(async () => {
    directory = mkdtempSync(path.join(tmpdir(), "hitless-lint-"));
    copyFileSync(path.join(root, ".oxlintrc.json"), path.join(directory, ".oxlintrc.json"));
    writeFixtures(directory);
    flagged = await lint(directory);
  });
  after(() => rmSync(directory, { recursive: true }));

  const isFlagged = (file: string, rule: string): boolean => flagged.get(file)?.has(rule) === true;

  it("knows every room of src/", () => {
    const rooms = readdirSync(path.join(root, "src"), { withFileTypes: true });
    expect(rooms.filter((entry) => entry.isDirectory()).map(({ name }) => name)).to.have.members(ROOMS);
  });

  for (const room of ROOMS) {
    it(`lets ${room} import what it may, and nothing else`, () => {
      const [allowed, refused] = [new Set<string>(), new Set<string>()];
      for (const target of ROOMS) {
        for (const form of Object.keys(FORMS)) {
          for (const depth of ["", "deep/"]) {
            const file = `src/${room}/${depth}${form}-of-${target}.ts`;
            (isFlagged(file, "eslint(no-restricted-imports)") ? refused : allowed).add(target);
          }
        }
      }
      const mayImport = [room, ...(ARROWS[room] ?? [])];
      expect([...allowed]).to.have.members(mayImport);
      expect([...refused]).to.have.members(ROOMS.filter((other) => !mayImport.includes(other)));
    });
  }

  it("lets the simulator share the XML tree and the framing, and nothing else of netconf", () => {
    const passed = [...SHARED_WITH_SIMULATOR, "session", "connection", "xmlOther"].filter(
      (file) => !isFlagged(`src/simulator/netconf-${file}.ts`, "eslint(no-restricted-imports)"),
    );
    expect(passed).to.deep.equal(SHARED_WITH_SIMULATOR);
  });

  for (const room of PURE_ROOMS) {
    it(`keeps ${room} pure`, () => {
      const passed = Object.keys(IMPURE).filter((name) => !flagged.has(`src/${room}/${name}.ts`));
      expect(passed).to.deep.equal([]);
    });
  }

  it("leaves clocks and files to the other rooms", () => {
    const refused = Object.keys(IMPURE).filter((name) => flagged.has(`src/store/${name}.ts`));
    expect(refused).to.deep.equal([]);
  });

  it("refuses a cycle, any, a non-null assertion and a default export", () => {
    expect(isFlagged("src/store/cycleA.ts", "import(no-cycle)")).to.equal(true);
    expect(isFlagged("src/store/any.ts", "typescript(no-explicit-any)")).to.equal(true);
    expect(isFlagged("src/store/nonNull.ts", "typescript(no-non-null-assertion)")).to.equal(true);
    expect(isFlagged("src/store/default.ts", "import(no-default-export)")).to.equal(true);
  });
});

function writeFixtures(directory: string): void {
  const write = (file: string, text: string) => {
    const target = path.join(directory, "src", file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  };
  for (const room of ROOMS) {
    write(`${room}/thing.ts`, "export const thing = 1;\nexport type Thing = number;\n");
    for (const target of ROOMS) {
      for (const [form, text] of Object.entries(FORMS)) {
        write(`${room}/${form}-of-${target}.ts`, text(`../${target}/thing.ts`));
        write(`${room}/deep/${form}-of-${target}.ts`, text(`../../${target}/thing.ts`));
      }
    }
  }
  for (const file of [...SHARED_WITH_SIMULATOR, "session", "connection", "xmlOther"]) {
    write(
      `simulator/netconf-${file}.ts`,
      `import { thing } from "../netconf/${file}.ts";\nexport const used = thing;\n`,
    );
  }
  for (const room of [...PURE_ROOMS, "store"]) {
    for (const [name, text] of Object.entries(IMPURE)) write(`${room}/${name}.ts`, text);
  }
  write("store/cycleA.ts", 'import { b } from "./cycleB.ts";\nexport const a = () => b;\n');
  write("store/cycleB.ts", 'import { a } from "./cycleA.ts";\nexport const b = () => a;\n');
  write("store/any.ts", "export function f(value: any) {\n  return value;\n}\n");
  write("store/nonNull.ts", "export function f(value: string | null) {\n  return value!;\n}\n");
  write("store/default.ts", "export default 1;\n");
}

/** The rules that each file breaks. */
async function lint(directory: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const output = await new Promise<string>((resolve, reject) => {
    const oxlint = path.join(root, "node_modules/.bin/oxlint");
    execFile(
      oxlint,
      ["--format", "json"],
      { cwd: directory, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout) => {
        if (stdout === "") reject(error ?? new Error("oxlint says nothing"));
        else resolve(stdout);
      },
    );
  });
  const report: Report = JSON.parse(output);
  const flagged = new Map<string, Set<string>>();
  for (const { code, filename } of report.diagnostics) {
    const file = path.isAbsolute(filename) ? path.relative(directory, filename) : filename;
    flagged.set(file, (flagged.get(file) ?? new Set()).add(code));
  }
  return flagged;
}
