/** Suites that cannot run on this machine: none vanishes silently, the last lines of a run name each and say why. */
const skipped: { readonly name: string; readonly why: string }[] = [];

/**
 * Leaves a suite out and remembers it. In CI nothing may be left out: there it becomes a failing test instead.
 */
export function skipSuite(name: string, why: string): void {
  if (process.env["CI"] === "true") {
    describe(name, () => {
      it("can run", () => {
        throw new Error(why);
      });
    });
    return;
  }
  if (skipped.length === 0) process.once("exit", printSkipped);
  skipped.push({ name, why });
}

function printSkipped(): void {
  for (const { name, why } of skipped) console.log(`skipped: ${name} (${why})`);
}
