/** Holds, and campaigns that meet on one fabric. */
import { expect } from "chai";
import { shown } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { campaignDraft, only } from "../support/smallFabric.ts";

describe("controllers: holds and neighbours", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  for (const kind of ["UpgradeCampaign", "Fabric"] as const) {
    it(`EX-8 a hold on the ${kind} while a device is drained brings it back, and lets it go on later`, async () => {
      const fabric = await start();
      await fabric.untilStep("leaf1", "Quiet", "Done");
      await fabric.hold(kind, "storm in the south");
      const held = await fabric.untilPhase("Held");
      expect(shown(held.status?.conditions, "Ready")).to.contain("storm in the south");
      expect(fabric.configurationOf("leaf1")).to.equal(fabric.foundConfigurationOf("leaf1"));
      expect((await fabric.fabric()).status?.outOfService).to.deep.equal([]);
      expect(fabric.statesOf("leaf1")).to.include.members(["Landing", "Held"]);
      expect((await fabric.upgrade("leaf1"))?.status?.state).to.equal("Pending");
      const { writes } = fabric;
      await fabric.pass(2 * 3600);
      expect(fabric.writes).to.equal(writes);
      expect(fabric.device("leaf1").counters.reboots).to.equal(0);
      await fabric.hold(kind, undefined);
      await fabric.untilPhase("Completed");
      expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
      expect(fabric.lost).to.equal(0);
    });
  }

  it("EX-8 spec.paused brings a drained device back as a hold does; without it the campaign goes on at once", async () => {
    const fabric = await start();
    await fabric.untilStep("leaf1", "Quiet", "Done");
    await fabric.change((spec) => {
      spec.paused = true;
    });
    await fabric.untilPhase("Paused");
    expect(fabric.configurationOf("leaf1")).to.equal(fabric.foundConfigurationOf("leaf1"));
    const { writes } = fabric;
    await fabric.pass(2 * 3600);
    expect(fabric.writes).to.equal(writes);
    await fabric.change((spec) => {
      spec.paused = false;
    });
    await fabric.until(
      "goes on",
      async () => ((await fabric.campaign()).status?.phase === "Running" ? true : undefined),
      60,
    );
    await fabric.untilPhase("Completed");
    expect(fabric.device("leaf1").counters).to.include({ reboots: 1, installsStarted: 1 });
    expect(fabric.lost).to.equal(0);
  });

  it("EX-8 a hold while a device reboots lets it finish first, and nothing else begin", async () => {
    const fabric = await start({ campaign: only("leaf1", "leaf2") });
    const first = await fabric.until("a reboot", async () => {
      for (const name of ["leaf1", "leaf2"]) {
        if ((await fabric.upgrade(name))?.status?.state === "Rebooting") return name;
      }
      return undefined;
    });
    await fabric.hold("UpgradeCampaign", "");
    await fabric.untilPhase("Held");
    expect((await fabric.upgrade(first))?.status?.state).to.equal("HitlessImageUpgradeSuccessful");
    expect(fabric.device(first === "leaf1" ? "leaf2" : "leaf1").counters.writes).to.equal(0);
    await fabric.hold("UpgradeCampaign", undefined);
    await fabric.untilPhase("Completed");
    expect(fabric.lost).to.equal(0);
  });

  it("EX-8 a hold on the Fabric shows on the Fabric at once", async () => {
    const fabric = await start({ campaign: null });
    const heldIs = (status: string): Promise<true> =>
      fabric.until(
        `Held ${status}`,
        async () =>
          shown((await fabric.fabric()).status?.conditions, "Held").startsWith(status) ? true : undefined,
        60,
      );
    await heldIs("False");
    await fabric.hold("Fabric", "storm");
    await heldIs("True Held held: storm");
    await fabric.hold("Fabric", undefined);
    await heldIs("False");
  });

  it("FX-14 two campaigns on one fabric run one after another, and never take out both peers", async () => {
    const fabric = await start();
    await fabric.store.create("UpgradeCampaign", campaignDraft(only("leaf2"), "winter"));
    const over = new AbortController();
    let most = 0;
    await fabric.store.watch(
      "Fabric",
      ({ object }) => {
        most = Math.max(most, object.status?.outOfService?.length ?? 0);
      },
      over.signal,
    );
    await fabric.untilPhase("Completed", "autumn");
    await fabric.untilPhase("Completed", "winter");
    over.abort();
    expect(most, "devices out of service at one time").to.equal(1);
    const runs = await Promise.all(
      ["autumn", "winter"].map(async (name) => {
        const { status } = await fabric.campaign(name);
        const at = (time: string | undefined): number => Date.parse(time ?? "");
        return { startedAt: at(status?.startedAt), finishedAt: at(status?.finishedAt) };
      }),
    );
    const [first, second] = runs.toSorted((one, other) => one.startedAt - other.startedAt);
    expect(second?.startedAt).to.be.at.least(first?.finishedAt ?? Infinity);
    expect(fabric.lost).to.equal(0);
  });
});
