import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import { mutantsOf, mutate } from "../../bench/mutation/mutants.ts";
import type { Mutant } from "../../bench/mutation/mutants.ts";
import { ASK, withSwitches } from "../../bench/mutation/switches.ts";

/** Of everything that is changed one, in the places that are hard to exchange. */
const SOURCE = `
function count(lists, limit) {
  let total = 0;
  const seen = [];
  for (const list of lists) {
    if (list === null || list?.values === undefined) continue;
    if ((total > limit) && !list.isFree) break;
    total += list?.values?.some((value) => value >= 3) ? 10 : list.values.length - 1;
    seen.push(list.name);
    if (list.values.every((value) => value < 5) === true) total -= 2;
    else if (Math.min(...list.values, 9) <= 4 || total !== 7) {
      total = total * 2;
    }
  }
  return \`\${total + 1} \${seen.length > 1 ? \`\${seen[0]} and \${seen.length - 1} more\` : "few"}\`;
}
count([
  null,
  { name: "a", values: [1, 2, 3] },
  { name: "b" },
  { name: "c", values: [6, 7] },
  { name: "d", values: [1], isFree: true },
  { name: "e", values: [4, 8], isFree: false },
], 12);
`;

function resultOf(code: string, wanted = -1): string {
  try {
    const ask = (mutant: number): boolean => mutant === wanted;
    return String(runInNewContext(code, { [ASK]: ask }, { timeout: 1000 }));
  } catch (error) {
    return typeof error === "string" ? error : "it throws";
  }
}

const mutants = mutantsOf(SOURCE);
const textOf = ({ line, start, end, replacement }: Mutant): string =>
  `line ${String(line)}: ${SOURCE.slice(start, end)} -> ${replacement}`;

describe("mutants", () => {
  it("are of operators, numbers, conditions, calls and the words that end a loop's turn", () => {
    const changes = new Set(
      mutants.map(({ start, end, replacement }) => `${SOURCE.slice(start, end)} ${replacement}`),
    );
    expect([...changes]).to.include.members([
      "=== !==",
      "|| &&",
      "&& ||",
      "continue break",
      "break continue",
      "+= -=",
      "some every",
      "every some",
      "min max",
      ">= >",
      "< <=",
      "! ",
      "* /",
      "10 11",
      "false true",
      "seen.push(list.name); ;",
      " false && ",
      "( (true || ",
    ]);
    // Texts stay as they are.
    expect(mutants.some(({ start }) => SOURCE.slice(start).startsWith('few"'))).to.equal(false);
  });

  it("do the same by a switch in one program as each in a program of its own", () => {
    const switched = withSwitches(
      SOURCE,
      mutants.map((mutant, number) => ({ number, mutant })),
    );
    expect(resultOf(switched)).to.equal(resultOf(SOURCE));
    expect(resultOf(SOURCE)).to.equal("35 a and 2 more");
    for (const [number, mutant] of mutants.entries()) {
      expect(resultOf(switched, number), textOf(mutant)).to.equal(resultOf(mutate(SOURCE, mutant)));
    }
    const different = mutants.filter((_, number) => resultOf(switched, number) !== resultOf(SOURCE));
    expect(different.length).to.be.greaterThan(mutants.length / 2);
  });

  it("that are called equivalent are of lines that the planner has, and have a reason", () => {
    const root = resolve(import.meta.dirname, "../..");
    const text = readFileSync(resolve(root, "bench/mutation/equivalent.json"), "utf8");
    const entries: readonly { file: string; line: string; reason: string }[] = JSON.parse(text);
    const gone = entries.filter(({ file, line, reason }) => {
      const lines = readFileSync(resolve(root, file), "utf8").split("\n");
      return reason === "" || !lines.some((each) => each.trim() === line);
    });
    expect(gone).to.deep.equal([]);
  });
});
