/** What has to be back before servers and routes are: more than sessions that are up. */
import { expect } from "chai";
import { only } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

describe("drivers: the control plane after a boot", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("HL-1 N4 BGP that comes back without EVPN keeps the device drained, says so, and loses nothing", async () => {
    const run = await start({});
    await run.untilStep("leaf1", "Reboot", "Running");
    const missing = run.inject({ device: "leaf1", fault: "evpnMissing" });
    const upgrade = await run.untilState("leaf1", "Hung");
    expect(upgrade.status?.message).to.match(/ControlPlane: .*EVPN received: 0, allowed: at least 1 peers/);
    expect((await run.fabric()).status?.outOfService?.map(({ device }) => device)).to.deep.equal(["leaf1"]);
    missing.clear();
    await run.untilPhase("Completed");
    expect(run.lost).to.equal(0);
  });
});
