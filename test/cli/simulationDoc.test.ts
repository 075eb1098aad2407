/** docs/simulation.md is all there is to read before a simulation is written: it has every field and every fault, and no others. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { UPGRADE_PHASES } from "../../src/simulator/cluster/clusterState.ts";
import { DEFAULT_TIMINGS } from "../../src/simulator/description.ts";
import {
  DEVICE_FIELDS,
  parseSimulation,
  SERVER_FIELDS,
  SIMULATION_FIELDS,
} from "../../src/simulator/descriptionFile.ts";
import { FieldReader } from "../../src/simulator/descriptionReader.ts";
import { readFabricInput } from "../../src/simulator/fabricInput.ts";
import { FAULT_NAMES } from "../../src/simulator/fault.ts";
import { COMMON_FAULT_FIELDS, readFault } from "../../src/simulator/faultFile.ts";
import { MIXED, QUICKSTART, run } from "./support.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PAGE = readFileSync(path.join(ROOT, "docs/simulation.md"), "utf8");

/** The rows of the tables below that heading, and above the next one: their cells. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, section] = PAGE.split(`\n${heading}\n`);
  expect(section, heading).to.be.a("string");
  const [own = ""] = (section ?? "").split(/\n#/);
  return rows(own);
}

function rows(markdown: string): readonly (readonly string[])[] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .slice(1, -1)
        .split("|")
        .map((cell) => cell.trim()),
    );
}

function names(cell = ""): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
}

function firstNames(heading: string): readonly string[] {
  return rowsBelow(heading).flatMap(([cell]) => names(cell));
}

/** The rows of all tables of faults: those with a column of devices. */
function faultRows(): readonly (readonly string[])[] {
  return PAGE.split("\n\n")
    .filter((block) => /^\| fault +\|/.test(block))
    .flatMap(rows);
}

/** What the reader allows in a fault of that name, beyond what every fault has. */
function fieldsOf(fault: string): readonly string[] {
  try {
    readFault(new FieldReader({ fault, nobodyReadsThis: 1 }, "probe"));
  } catch (error) {
    const [, allowed = ""] = /allowed are (.*)$/.exec(error instanceof Error ? error.message : "") ?? [];
    return allowed.split(", ").filter((name) => !COMMON_FAULT_FIELDS.includes(name));
  }
  throw new Error(`a fault ${fault} may have any field`);
}

/** The example of that folder with these lines in place of its faults, as the reader takes it. */
function faultsWith(folder: string, yaml: string): readonly { readonly device: string }[] {
  const fabric = readFabricInput(
    parse(readFileSync(path.join(folder, "fabric.yaml"), "utf8")),
    path.join(folder, "fabric.yaml"),
  );
  const file = path.join(folder, "simulation/simulation.yaml");
  const text = readFileSync(file, "utf8");
  expect(text).to.match(/^faults: \[\]$/m);
  return parseSimulation(text.replace(/^faults: \[\]$/m, yaml), { file, fabric }).faults;
}

describe("docs/simulation.md", () => {
  it("has every fault, once, and none that does not exist", () => {
    const listed = faultRows().flatMap(([cell]) => names(cell));
    expect(listed.toSorted()).to.deep.equal([...FAULT_NAMES].toSorted());
  });

  it("has the fields of every fault", () => {
    for (const [name, , fields] of faultRows()) {
      const [fault = ""] = names(name);
      const listed = new Set(names(fields));
      expect([...listed].toSorted(), fault).to.deep.equal(fieldsOf(fault).toSorted());
    }
    const moments = ["atSeconds", "onRpc", "afterReboot"];
    expect(firstNames("## A fault").toSorted()).to.deep.equal(
      [...COMMON_FAULT_FIELDS, ...moments].toSorted(),
    );
  });

  it("has every field of the file, of its devices and of its servers", () => {
    expect(firstNames("## The whole file").toSorted()).to.deep.equal(SIMULATION_FIELDS.toSorted());
    expect(firstNames("### A device").toSorted()).to.deep.equal(DEVICE_FIELDS.toSorted());
    expect(firstNames("### A server").toSorted()).to.deep.equal(SERVER_FIELDS.toSorted());
  });

  it("has every time with its default", () => {
    const listed = rowsBelow("### Timings").map(([name, , seconds]) => [names(name)[0], Number(seconds)]);
    expect(Object.fromEntries(listed)).to.deep.equal(DEFAULT_TIMINGS);
  });

  it("has the phases of an upgrade in service, in their order", () => {
    const [, line = ""] = /Phases, in order: ([^.]*)\./.exec(PAGE) ?? [];
    expect(names(line)).to.deep.equal([...UPGRADE_PHASES]);
  });

  it("has examples that the reader takes, the first of them in the quickstart", () => {
    const examples = (PAGE.match(/(?<=```yaml\n).*?(?=```)/gs) ?? []).map((block) => block.trimEnd());
    const [first = ""] = examples;
    expect(faultsWith(QUICKSTART, first)).to.deep.equal([{ device: "spine1", fault: "bootsOldRelease" }]);
    for (const example of examples) {
      const folder = /border|fw/.test(example) ? MIXED : QUICKSTART;
      expect(faultsWith(folder, example), example).to.have.length.at.least(1);
    }
  });

  it("is named where somebody would look for it", async () => {
    for (const command of ["rehearse", "simulator"]) {
      expect((await run([command, "--help"])).stdout).to.contain("docs/simulation.md");
    }
    expect(readFileSync(path.join(ROOT, "README.md"), "utf8")).to.contain("](docs/simulation.md)");
  });
});
