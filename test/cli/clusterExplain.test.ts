/** Questions about the stored plan of a campaign on a real API server: why there, and what if a step fails. */
import { expect } from "chai";
import type { DeviceExplanation } from "../../src/cli/explain/explainDevice.ts";
import type { Forecast } from "../../src/cli/failure/forecast.ts";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";
import { cliStages } from "./clusterStage.ts";

describeWithCluster("kubectl hitless: questions about the stored plan", (cluster) => {
  const stages = cliStages();

  it("TR-6 CA-2 N14 explains a device and a failure, and fits a pull request", async () => {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const { hitless, namespace } = stage;

    const explained = await hitless(["plan", "toys", "--explain", "leaf2", "-o", "json"]);
    expect(explained.exitCode, explained.stderr).to.equal(0);
    const explanation: DeviceExplanation = JSON.parse(explained.stdout);
    const [separation] = explanation.placement?.separations ?? [];
    expect(separation).to.include({ batch: 1, because: "Endpoint" });
    expect(separation?.devices).to.deep.equal(["leaf1"]);
    expect(separation?.cutOff?.join()).to.include("loses leaf1/");

    const failure = await hitless(["plan", "toys", "--failure", "Install", "-o", "json"]);
    expect(failure.exitCode, failure.stderr).to.equal(0);
    const forecast: Forecast = JSON.parse(failure.stdout);
    expect(forecast.procedures.map(({ procedure, devices }) => [procedure, ...devices])).to.deep.equal([
      ["qfx/v1", "leaf1", "leaf2"],
    ]);
    expect(forecast.whileOut.map(({ device }) => device)).to.deep.equal(["leaf1", "leaf2"]);

    const markdown = await hitless(["plan", "toys", "-o", "markdown"]);
    expect(markdown.exitCode, markdown.stderr).to.equal(0);
    expect(markdown.stdout).to.match(/^## Plan of campaign toys for fabric dc1\n/);
    expect(markdown.stdout).to.match(/### State\n\n\|/);
    expect(markdown.stdout).to.include(`-n ${namespace}\n\`\`\``);

    const unknown = await hitless(["plan", "toys", "--explain", "leaf99"]);
    expect(unknown.exitCode).to.equal(2);
    expect(unknown.stderr).to.include("must be one of leaf1, leaf2");
    const live = await hitless(["plan", "toys", "--live", "--explain", "leaf2"]);
    expect(live.exitCode).to.equal(2);
    expect(live.stderr).to.include("--live goes with -f only");
    const both = await hitless(["plan", "toys", "--diff", "old.json", "new.json"]);
    expect(both.exitCode).to.equal(2);
    expect(both.stderr).to.match(/conflict|neither with CAMPAIGN|cannot be used/);
  });
});
