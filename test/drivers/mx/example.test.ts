/** The mixed example, run whole: switches, spines and gateways, each family by its own driver, in one campaign. */
import path from "node:path";
import { expect } from "chai";
import { campaignInput, storeOf, type CampaignInput } from "../../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../../src/cli/manifests/readManifests.ts";
import { createTwinObjects } from "../../../src/cli/twin/twinObjects.ts";
import { readSimulation } from "../../../src/cli/twin/simulationFile.ts";
import { assignedImage } from "../../../src/controllers/campaign/planning.ts";
import type { SimulationDescription } from "../../../src/simulator/description.ts";
import { startFabricRun, type FabricRun } from "../../support/fabricRun.ts";

const FOLDER = path.resolve(import.meta.dirname, "../../../examples/mixed");

describe("drivers: examples/mixed", function () {
  this.timeout(240_000);

  let objects: CampaignInput;
  let description: SimulationDescription;
  let run: FabricRun;
  before(async () => {
    objects = await campaignInput(await storeOf(await readManifests([FOLDER]), { now: () => 0 }));
    description = await readSimulation([FOLDER], objects.fabric);
    run = await startFabricRun({
      campaign: null,
      stage: {
        simulation: () => description,
        apply: (store, served) => createTwinObjects(store, objects, served),
        campaign: () => {
          throw new Error("the example has its own");
        },
      },
    });
    const { name, namespace } = objects.campaign.metadata;
    const waiting = await run.until("a plan", async () => {
      const campaign = await run.store.get("UpgradeCampaign", { namespace, name });
      return campaign?.status?.phase === "AwaitingApproval" ? campaign : undefined;
    });
    await run.change(({ approval }) => {
      approval.planHash = waiting.status?.plan?.hash ?? "";
    }, name);
    await run.untilPhase("Completed", name);
  });
  after(() => run.stop());

  it("FB-4 FB-5 HL-1 every control plane runs its release, installed and rebooted once, and nobody lost a packet", () => {
    for (const [name, device] of run.simulator.devices) {
      const declared = objects.fabric.spec.devices.find((each) => each.name === name);
      const image = declared && assignedImage(objects.campaign, objects.images, declared);
      for (const plane of device.truth().controlPlanes) {
        expect(plane.release, `${name} ${plane.name}`).to.equal(image?.spec.osVersion);
        expect(plane.counters.reboots, `${name} ${plane.name}`).to.equal(1);
      }
    }
    expect(run.simulator.traffic.report().lost).to.equal(0);
  });

  it("BK-2 RE-5 each device is as it was found, redundancy in groups or half switched off included", () => {
    for (const name of run.simulator.devices.keys()) {
      expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
    }
  });

  it("a gateway with bridge domains and an Ethernet segment is drained and comes back as a leaf does", () => {
    const asked = (name: string): ReadonlySet<string> =>
      new Set(run.device(name).rpcLog.map(({ rpc }) => rpc));
    expect(asked("border1"))
      .to.include("get-bridge-mac-table")
      .and.not.include("get-ethernet-switching-table-information");
    expect(asked("leaf1"))
      .to.include("get-ethernet-switching-table-information")
      .and.not.include("get-bridge-mac-table");
  });
});
