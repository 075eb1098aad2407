/** What people are told who call a command in a way that it cannot be meant. */
import { expect } from "chai";
import { QUICKSTART, run } from "./support.ts";

describe("a call that cannot be meant", () => {
  it("is answered with where examples are", async () => {
    const calls: readonly [readonly string[], RegExp][] = [
      [["verify"], /^hitless: missing required argument 'plan'\n\(examples: hitless verify --help\)\n$/],
      [["plann"], /\(Did you mean plan\?\)\n\(examples: hitless --help\)\n$/],
      [["fabric", "import", "lldp"], /--seed.*\n\(examples: hitless fabric import lldp --help\)\n$/],
    ];
    for (const [args, told] of calls) {
      const { exitCode, stderr } = await run(args);
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stderr).to.match(told);
    }
    const plugin = await run(["watch"], { invocation: "kubectl hitless" });
    expect(plugin.stderr).to.match(/\(examples: kubectl hitless watch --help\)\n$/);
  });

  it("is refused where an option would be passed over, or a file is not there", async () => {
    const calls: readonly [readonly string[], string][] = [
      [["test-run", "dc1-24q4", "--twin", "--log", "run.log"], "--twin and --log go with -f only"],
      [["diff", "dc1-24q4", "leaf3", "--campaign", "dc1-24q4"], "--campaign goes with -f only"],
      [["fabric", "graph", "--plan", "plan.json", "--live"], "--live goes with -f only"],
      [["fabric", "graph", "-f", QUICKSTART, "--fabric", "dc2"], "campaign dc1-24q4 is on dc1"],
      [["demo", "--keep"], "--keep goes with a cluster only"],
      // kubectl would go on, and take whatever answers on this machine's port 8080.
      [["demo", "--kubeconfig", "/nowhere"], "the kubeconfig /nowhere cannot be read"],
    ];
    for (const [args, told] of calls) {
      const { exitCode, stderr } = await run(args);
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stderr).to.contain(told);
    }
    expect((await run(["fabric", "graph", "-f", QUICKSTART, "--fabric", "dc1"])).exitCode).to.equal(0);
  });

  it("--help says of no switch that it is off by default", async () => {
    const { stdout } = await run(["test-run", "--help"]);
    expect(stdout).to.contain("--twin").and.to.contain('default: "table"');
    expect(stdout).not.to.contain("default: false");
  });
});
