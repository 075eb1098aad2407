/** The upgrade of a cluster from end to end, as it goes when nothing is wrong. */
import { expect } from "chai";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { FIREWALL, FIREWALL_TARGET, firewallSite } from "../../support/firewallFabric.ts";

describe("drivers: the in-service upgrade of an SRX cluster", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({ site: firewallSite() });

  it("IS-15 IS-17 both nodes run the target in the end, and nobody lost a packet", async () => {
    const fabric = await start();
    await fabric.untilPhase("Completed");
    const truth = fabric.device(FIREWALL).truth();
    expect(truth.controlPlanes.map(({ name, release }) => `${name} ${release}`)).to.deep.equal([
      `node0 ${FIREWALL_TARGET}`,
      `node1 ${FIREWALL_TARGET}`,
    ]);
    expect(fabric.simulator.traffic.report().lost).to.equal(0);
  });
});
