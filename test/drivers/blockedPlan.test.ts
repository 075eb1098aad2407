/** A plan that is blocked by how the devices are: made again when they have changed, and otherwise left as it is. */
import { expect } from "chai";
import type { FabricRun } from "../support/fabricRun.ts";
import { campaignDraft, NAMESPACE, only } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

describe("drivers: a plan that is blocked by how the devices are", function () {
  this.timeout(60_000);

  const { acceptNonHitless: _none, ...strategy } = campaignDraft().spec.strategy;
  const start = startsFabricRuns({ campaign: { ...only("leaf4"), strategy } });

  const plansOf = async (run: FabricRun): Promise<readonly string[]> =>
    (await run.store.list("ConfigMap", NAMESPACE))
      .map(({ metadata }) => metadata.name)
      .filter((name) => name.includes("-plan-"));

  it("PL-4 is made again once the link is back that it lacked, and begins", async () => {
    const cut: { clear: () => void }[] = [];
    const run = await start({
      campaign: { ...only("spine2"), strategy },
      prepare: async (before) => {
        cut.push(before.inject({ device: "spine1", fault: "linkDown", interface: "et-0/0/1" }));
      },
    });
    const blocked = await run.untilPhase("Blocked");
    expect(blocked.status?.plan?.hitless).to.equal(false);
    for (const fault of cut) fault.clear();
    await run.untilPhase("Completed");
    expect((await run.campaign()).status?.plan?.hitless).to.equal(true);
    expect(run.lost).to.equal(0);
  });

  it("N2 is written once while nothing changes, however often the devices are read", async () => {
    const run = await start({});
    await run.untilPhase("Blocked");
    const { metadata } = await run.campaign();
    const before = await run.fabric();
    await run.pass(4 * 3600);
    expect((await run.fabric()).status?.discoveredAt).not.to.equal(before.status?.discoveredAt);
    expect(await plansOf(run)).to.have.lengthOf(1);
    expect((await run.campaign()).metadata.resourceVersion).to.equal(metadata.resourceVersion);
    expect(run.device("leaf4").counters.writes).to.equal(0);
  });
});
