/** A server on three leaves, whose third cable is bad: what the predecessor did not see, for it asked the first peer only. */
import { expect } from "chai";
import { applyFabric, campaignDraft, imageDraft, only, simulation } from "../support/smallFabric.ts";
import type { FabricStage } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

const THIRD = { device: "leaf3", port: "xe-0/0/9" };

/** `web1` hangs on leaf3, too. */
const stage: FabricStage = {
  simulation() {
    const described = simulation();
    return {
      ...described,
      servers: described.servers.map((server) =>
        server.name === "web1"
          ? { ...server, aggregate: "ae9", attachments: [...server.attachments, THIRD] }
          : server,
      ),
    };
  },
  apply: (store, served) => applyFabric(store, served, imageDraft()),
  campaign: (spec) => campaignDraft(spec),
};

describe("drivers: a segment with three members", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ stage, campaign: only("leaf1") });

  it("defect 7 HC-2 LACP that is down on the second of its peers is seen: nothing is touched until it is mended", async () => {
    let bad: { clear(): void } | undefined;
    const run = await start({
      prepare: async (at) => {
        bad = at.inject({ device: "leaf3", fault: "lacpDown", interface: "ae9" });
      },
    });
    const waiting = await run.untilMessage("leaf1", /leaf3\/xe-0\/0\/9/);
    expect(waiting.status?.state).to.equal("Blocked");
    await run.pass(3600);
    expect(run.writes).to.equal(0);
    const { lost } = run;
    bad?.clear();
    await run.untilPhase("Completed");
    expect(run.lost, "the upgrade costs nothing").to.equal(lost);
  });

  it("defect 7 with all three up it is upgraded, and the server loses nothing", async () => {
    const run = await start();
    await run.untilPhase("Completed");
    expect(run.device("leaf1").counters.reboots).to.equal(1);
    expect(run.lost).to.equal(0);
  });
});
