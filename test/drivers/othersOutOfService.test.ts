/** A device that is as it should be does not fail for what another one, out of service, does not bring. */
import { expect } from "chai";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { isDueToOthers } from "../../src/drivers/othersOutOfService.ts";
import type { CheckName } from "../../src/health/catalogue.ts";
import type { HealthResult } from "../../src/health/evaluate.ts";
import type { Reading } from "../../src/health/reading.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { NAMESPACE, only } from "../support/smallFabric.ts";

function failed(check: CheckName): HealthResult {
  return { check, phase: "After", observed: "", threshold: "", passed: false, message: check };
}

/** Whether a change of one reading may be due to leaf1, which is out; spine1 is a neighbour of this device, too. */
function due(check: CheckName, before: number, after: Reading, ...outOfService: readonly string[]): boolean {
  return isDueToOthers([failed(check)], {
    readings: { [check]: after },
    baseline: { [check]: { value: before, detail: [] } },
    outOfService: new Set(outOfService),
    neighbours: ["spine1", "spine2"],
  });
}

describe("drivers: devices out of service", () => {
  const value = (number: number, ...detail: readonly string[]): Reading => ({ value: number, detail });

  it("explain missing routes and addresses; when all are in service nothing does", () => {
    expect(due("activeRoutes", 153, value(152), "leaf1")).to.equal(true);
    expect(due("macCount", 10, value(8), "leaf1")).to.equal(true);
    expect(due("activeRoutes", 153, value(152))).to.equal(false);
  });

  it("explain sessions only with themselves, by their number", () => {
    expect(due("bgpDownPeerCount", 0, value(2), "spine1")).to.equal(true);
    expect(due("bgpDownPeerCount", 0, value(3), "spine1")).to.equal(false);
    expect(due("bgpDownPeerCount", 0, value(1), "leaf9")).to.equal(false);
  });

  it("explain links to them, segments they share, and BFD sessions, where they are neighbours", () => {
    expect(due("evpnDatabase", 16, value(9), "leaf1")).to.equal(true);
    for (const check of ["interfacesUp", "segmentsShared"] as const) {
      expect(due(check, 10, value(9), "spine1"), check).to.equal(true);
      expect(due(check, 10, value(9), "leaf9"), check).to.equal(false);
    }
    expect(due("bfdSessions", 0, value(2), "spine1")).to.equal(true);
    expect(due("bfdSessions", 0, value(3), "spine1")).to.equal(false);
  });

  it("explain their own half of a server's link, and no other", () => {
    expect(due("lacpPeers", 0, value(1, "leaf2/xe-0/0/1 Detached"), "leaf2")).to.equal(true);
    expect(due("lacpPeers", 0, value(1, "leaf3/xe-0/0/1 Detached"), "leaf2")).to.equal(false);
  });

  it("explain nothing of the device itself, nor what was not read", () => {
    expect(due("fpcState", 0, value(1), "leaf1")).to.equal(false);
    expect(due("systemAlarms", 0, value(1), "leaf1")).to.equal(false);
    const readings = { activeRoutes: { value: 152, detail: [] } };
    const baseline = { activeRoutes: { value: 153, detail: [] }, fpcState: { value: 0, detail: [] } };
    const outOfService = new Set(["leaf1"]);
    const results = [failed("activeRoutes"), failed("fpcState")];
    expect(isDueToOthers(results, { readings, baseline, outOfService, neighbours: [] })).to.equal(false);
  });
});

describe("drivers: a batch of which one device stays out of service", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({
    campaign: only("leaf1", "leaf3"),
    faults: [{ device: "leaf1", fault: "bootsOldRelease" }],
  });

  it("N5 the other one waits for it with its comparison, says so, and is done when somebody has brought it back", async () => {
    const fabric = await start();
    await fabric.untilMessage("leaf3", /leaf1 is back in service; .*Active routes/);
    await fabric.pass(3 * 3600);
    const waiting = await fabric.upgrade("leaf3");
    expect(waiting?.status).to.include({ state: "VerifyingService" });
    expect(waiting?.status?.finishedAt).to.equal(undefined);

    const found = fabric.foundConfigurationOf("leaf1").split("\n");
    const drained = fabric.configurationOf("leaf1").split("\n");
    const undo = drained
      .filter((line) => !found.includes(line))
      .map((line) => line.replace(/^set /, "delete "));
    await fabric.configure("leaf1", [...undo, ...found.filter((line) => !drained.includes(line))]);
    const name = (await fabric.upgrade("leaf1"))?.metadata.name ?? "";
    await update(
      { store: fabric.store, kind: "DeviceUpgrade", key: { namespace: NAMESPACE, name } },
      (copy) => {
        copy.metadata.annotations = { ...copy.metadata.annotations, [ANNOTATIONS.abandon]: "ticket 42" };
      },
    );
    await fabric.untilState("leaf3", "HitlessImageUpgradeSuccessful");
  });

  it("N5 what is missing when all are in service again fails it, as ever", async () => {
    const fabric = await start();
    await fabric.untilMessage("leaf3", /leaf1 is back in service; .*Active routes/);
    const name = (await fabric.upgrade("leaf1"))?.metadata.name ?? "";
    await update(
      { store: fabric.store, kind: "DeviceUpgrade", key: { namespace: NAMESPACE, name } },
      (copy) => {
        copy.metadata.annotations = { ...copy.metadata.annotations, [ANNOTATIONS.abandon]: "ticket 42" };
      },
    );
    const ended = await fabric.untilState("leaf3", "HitlessImageUpgradeFailed");
    expect(ended.status?.landing).to.include({ to: "InService", reason: "DifferentFromBaseline" });
  });
});
