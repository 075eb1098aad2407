/** describe, logs and diff on a real API server. */
import { expect } from "chai";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";
import { cliStages } from "./clusterStage.ts";

describeWithCluster("kubectl hitless: one device", (cluster) => {
  const stages = cliStages();

  it("TR-2 describes its steps with what was seen, as a table, JSON and YAML", async () => {
    const stage = await stages.make(cluster(), ({ spec }) => {
      spec.approval = { policy: "Automatic" };
    });
    await stage.workUntil("Completed");
    const { exitCode, stdout, stderr } = await stage.hitless(["describe", "leaf1"]);
    expect(exitCode, stderr).to.equal(0);
    expect(stdout).to.match(/^leaf1\n +campaign +toys, batch 1/);
    expect(stdout).to.match(/BEGUN +STEP +STATE +TOOK +WHAT WAS SEEN/);
    const json = await stage.hitless(["describe", "leaf1", "--campaign", "toys", "-o", "json"]);
    expect(JSON.parse(json.stdout)).to.deep.include({ device: "leaf1", outOfServiceSince: null });
    const logs = await stage.hitless(["logs", "toys", "leaf2"]);
    expect(logs.stdout.trimEnd().split("\n").at(-1)).to.contain("Hitless Image Upgrade Successful");
    const diff = await stage.hitless(["diff", "toys", "leaf1", "-o", "json"]);
    expect(JSON.parse(diff.stdout)).to.include({ device: "leaf1" });
  });

  it("names what there is where a device or a test run is not", async () => {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [["describe", "leaf9"], 2, /has no upgrade of a device leaf9/],
      [["logs", "toys", "leaf1"], 2, /upgrades no device leaf1; it has begun none yet/],
      [["diff", "toys"], 2, /name a CAMPAIGN of the cluster and a DEVICE/],
      [["test-run", "toys"], 1, /has had no test run; set spec\.mode to TestRun/],
    ];
    for (const [args, code, message] of cases) {
      const { exitCode, stderr } = await stage.hitless(args);
      expect(stderr, args.join(" ")).to.match(message);
      expect(exitCode, args.join(" ")).to.equal(code);
    }
  });
});
