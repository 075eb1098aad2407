/** A device that waits for something else is looked at less and less often, until something changes. */
import { expect } from "chai";
import { patience } from "../../../src/controllers/device/patience.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { only } from "../../support/smallFabric.ts";
import { upgradeWith } from "../upgradeWith.ts";

describe("controllers: patience", function () {
  this.timeout(60_000);

  it("doubles the wait up to five minutes, and begins anew when it waits for something else", () => {
    const upgrade = upgradeWith({});
    const patient = patience();
    const waits = (message: string): number =>
      patient.next(upgrade, { status: { state: "Blocked", message }, seconds: 20 });
    expect([1, 2, 3, 4, 5, 6].map(() => waits("no room"))).to.deep.equal([20, 40, 80, 160, 300, 300]);
    expect(waits("an alarm")).to.equal(20);
    patient.reset(upgrade);
    expect(waits("an alarm")).to.equal(20);
    const ordered = { ...upgrade, metadata: { ...upgrade.metadata, generation: 2 } };
    expect(
      patient.next(ordered, { status: { state: "Blocked", message: "an alarm" }, seconds: 20 }),
    ).to.equal(20);
  });

  describe("a device that is blocked in service", () => {
    const start = startsFabricRuns({ campaign: only("leaf1") });

    /** Looks at the room on its disk since then. */
    const looks = (fabric: FabricRun, since: number): number =>
      fabric.device("leaf1").rpcLog.filter(({ rpc, at }) => rpc === "get-system-storage" && at >= since)
        .length;

    it("is looked at every five minutes, and goes on within as many", async () => {
      const fabric = await start({
        campaign: {
          ...only("leaf1"),
          healthChecks: { abortOnFailure: true, checks: [{ name: "storageFreeBytes", enabled: false }] },
        },
      });
      const full = fabric.inject({ device: "leaf1", fault: "diskFull" });
      await fabric.untilState("leaf1", "Blocked");
      const blockedAt = fabric.clock.now();
      await fabric.pass(900);
      const from = fabric.clock.now();
      await fabric.pass(3600);
      expect(looks(fabric, blockedAt)).to.be.greaterThan(looks(fabric, from) + 3);
      expect(looks(fabric, from)).to.be.within(11, 13);
      full.clear();
      await fabric.pass(301);
      expect((await fabric.upgrade("leaf1"))?.status?.state).to.not.equal("Blocked");
    });
  });
});
