import { expect } from "chai";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import { TARGET } from "./toyFabric.ts";
import { startToyController, toyStage, untilEnded } from "./toyRun.ts";

describe("controllers: a campaign on toy devices", () => {
  it("EX-13 runs from three objects to the last undrain", async () => {
    const stage = await toyStage();
    const effects: Effect[] = [];
    await startToyController(stage, { hooks: { before: (effect) => void effects.push(effect) } });
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(name)).to.include({
        release: TARGET,
        reboots: 1,
        installs: 1,
        rawReboots: 0,
        drained: false,
      });
    }
    const fabric = await stage.store.get("Fabric", { namespace: "default", name: "dc1" });
    expect(fabric?.status?.outOfService).to.deep.equal([]);
  });
});
