/** The package comes from a server: the device fetches it, before anything is drained. */
import { expect } from "chai";
import type { Fault } from "../../src/simulator/fault.ts";
import { PACKAGE, applyFabric, campaignDraft, imageDraft, only, simulation } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import type { FabricRun, FabricRunOptions } from "../support/fabricRun.ts";

const SERVER = "http://images.example.net/junos";

describe("drivers: the package is fetched", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});

  /** Devices without the package, and an image that says from where it comes. */
  async function begin({
    url = `${SERVER}/${PACKAGE}`,
    ...options
  }: FabricRunOptions & { readonly url?: string } = {}): Promise<FabricRun> {
    const image = imageDraft({ source: { url } });
    return start({
      stage: {
        simulation: () => simulation(false),
        apply: (store, served) => applyFabric(store, served, image),
        campaign: (spec) => campaignDraft({ ...only("leaf1"), ...spec }),
      },
      ...options,
    });
  }

  const stageOf = async (fabric: FabricRun): Promise<string> =>
    (await fabric.upgrade("leaf1"))?.status?.steps?.find(({ name }) => name === "Stage")?.message ?? "";

  const copiesOf = (fabric: FabricRun): number =>
    fabric.device("leaf1").rpcLog.filter(({ rpc }) => rpc === "file-copy").length;

  it("IM-13 TS-1 by the device, before it is drained, and once", async () => {
    const fabric = await begin();
    await fabric.untilMessage("leaf1", /fetches http:\/\/images\.example\.net/);
    expect(fabric.device("leaf1").counters.commits).to.equal(0);
    await fabric.untilPhase("Completed");
    expect(await stageOf(fabric)).to.match(/is on leaf1, sha256 agrees/);
    expect(copiesOf(fabric)).to.equal(1);
    expect(fabric.device("leaf1").counters).to.include({ installsStarted: 1, reboots: 1 });
    expect(fabric.lost).to.equal(0);
  });

  it("IM-13 a server that does not have it: the run ends in service, with the device's words", async () => {
    const fabric = await begin({ url: `${SERVER}/another.tgz` });
    const { status } = await fabric.untilPhase("Failed");
    expect(status?.failed?.[0]?.reason).to.equal("TransferFailed");
    expect(await stageOf(fabric)).to.match(/another\.tgz: .*Not Found/);
    expect(fabric.device("leaf1").counters).to.include({ commits: 0, installsStarted: 0, reboots: 0 });
  });

  it("IM-13 a copy that was cut off is begun again, and never installed broken", async () => {
    const rpc = "file-copy";
    const fabric = await begin({ faults: [{ device: "leaf1", fault: "dropSession", rpc, executed: false }] });
    await fabric.untilPhase("Completed");
    expect(copiesOf(fabric)).to.equal(2);
    expect(fabric.device("leaf1").counters).to.include({ installsStarted: 1, reboots: 1 });
  });

  it("IM-13 no room for package and installation: nothing is fetched", async () => {
    const full: Fault = { device: "leaf1", fault: "diskFull" };
    const fabric = await begin({
      campaign: {
        healthChecks: { abortOnFailure: true, checks: [{ name: "storageFreeBytes", enabled: false }] },
      },
      faults: [full],
    });
    const { status } = await fabric.untilPhase("Failed");
    expect(status?.failed?.[0]?.reason).to.equal("DiskFull");
    expect(copiesOf(fabric)).to.equal(0);
  });

  it(`IM-13 without a source it waits in service until somebody has copied it`, async () => {
    const fabric = await start({
      stage: {
        simulation: () => simulation(false),
        apply: (store, served) => applyFabric(store, served, imageDraft()),
        campaign: () => campaignDraft(only("leaf1")),
      },
    });
    const { status } = await fabric.untilMessage("leaf1", /is not on leaf1/);
    expect(status?.state).to.equal("Blocked");
  });
});
