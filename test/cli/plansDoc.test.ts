/** docs/plans.md says what is so: its commands run, their output has that form, and no option is missing. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { run } from "./support.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const PAGE = readFileSync(path.join(ROOT, "docs/plans.md"), "utf8");

interface Example {
  readonly command: string;
  /** The block below it. */
  readonly shown: string;
}

/** Commands with what the page shows of their output; of several in a block, that of the first. */
function examples(): Example[] {
  const blocks = [...PAGE.matchAll(/```sh\n(.*?)```(?:\n\n```text\n(.*?)```)?/gs)];
  return blocks.flatMap(([, commands = "", shown = ""]) =>
    commands
      .trim()
      .split("\n")
      .map((command, index) => ({ command, shown: index === 0 ? shown : "" })),
  );
}

/** Runs a line of the page, with pipes. */
async function runLine(line: string): Promise<string> {
  let stdin = "";
  for (const part of line.split(" | ")) {
    const [program, ...words] = part.trim().split(" ");
    expect(program).to.equal("hitless");
    const args = words.map((word) => (word.startsWith("examples/") ? path.join(ROOT, word) : word));
    const { exitCode, stdout, stderr } = await run(args, { stdin });
    expect(exitCode, `${part}: ${stderr}`).to.equal(0);
    stdin = stdout;
  }
  return stdin.replaceAll(`${ROOT}/`, "");
}

function squeezed(line: string): string {
  return line.trim().replaceAll(/\s+/g, " ");
}

/** Titles and heads of tables; what rows say depends on the planner and is not repeated here. */
function formOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && line.trim() !== "…");
  return lines.filter((line) => /^\S/.test(line) || /^ +[A-Z][A-Z ,→-]+$/.test(line)).map(squeezed);
}

describe("docs/plans.md", () => {
  for (const { command, shown } of examples()) {
    it(`shows what this prints: ${command}`, async () => {
      const lines = new Set((await runLine(command)).split("\n").map(squeezed));
      for (const line of formOf(shown)) expect(lines.has(line), line).to.equal(true);
    });
  }

  for (const command of ["plan", "fabric graph", "fabric import ansible", "fabric import lldp"]) {
    it(`names every option of hitless ${command}`, async () => {
      const { stdout } = await run([...command.split(" "), "--help"]);
      const options = [...stdout.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option ?? "");
      expect(options.length).to.be.greaterThan(3);
      for (const option of options.filter((each) => each !== "--help")) expect(PAGE).to.include(option);
    });
  }

  it("names the steps that --failure knows, and no others", async () => {
    const { stderr } = await run(["plan", "-f", path.join(ROOT, "examples/quickstart"), "--failure", "?"]);
    const steps = /must be one of (.*)$/m.exec(stderr)?.[1]?.split(", ") ?? [];
    expect(steps.length).to.be.greaterThan(10);
    for (const step of steps) expect(PAGE).to.include(`\`${step}\``);
  });
});
