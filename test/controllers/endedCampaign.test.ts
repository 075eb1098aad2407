/** A campaign that is completed is over: whatever becomes of its devices, its fabric or its objects, it begins nothing. */
import { expect } from "chai";
import { findCondition } from "../../src/api/conditions.ts";
import { LABELS } from "../../src/api/names.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { startToyController, toyStage, untilEnded, type ToyStage } from "./toyRun.ts";

async function completed(): Promise<ToyStage> {
  const stage = await toyStage();
  await startToyController(stage);
  const campaign = await untilEnded(stage);
  expect(campaign.status?.phase).to.equal("Completed");
  return stage;
}

/** Nothing of what was completed has changed a day later. */
async function expectOver(stage: ToyStage): Promise<void> {
  const { clock, store, namespace, devices } = stage;
  await stage.settled(clock.sleepUntil(clock.now() + 86_400_000));
  const campaign = await store.get("UpgradeCampaign", { namespace, name: "toys" });
  expect(campaign?.status).to.include({ phase: "Completed", progress: "2/2" });
  for (const [name, device] of devices) {
    expect(device, name).to.include({ installs: name.startsWith("leaf") ? 1 : 0, drained: false });
  }
}

describe("controllers: a campaign that is completed", () => {
  it("FB-8 does not upgrade a device that joins its fabric later", async () => {
    const stage = await completed();
    const key = { namespace: stage.namespace, name: "dc1" };
    await update({ store: stage.store, kind: "Fabric", key }, ({ spec }) => {
      const spine = spec.devices.find(({ name }) => name === "spine2");
      if (spine !== undefined) spine.role = "Leaf";
    });
    await expectOver(stage);
  });

  it("does not begin again with another spec, and says so", async () => {
    const stage = await completed();
    const key = { namespace: stage.namespace, name: "toys" };
    const changed = await update({ store: stage.store, kind: "UpgradeCampaign", key }, ({ spec }) => {
      spec.imageAssignments = [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf", "Spine"] } }];
    });
    await expectOver(stage);
    const { status } = (await stage.store.get("UpgradeCampaign", key)) ?? {};
    expect(status?.observedGeneration).to.equal(changed?.metadata.generation);
    const ready = findCondition(status?.conditions, "Ready");
    expect(ready).to.include({ status: "True", observedGeneration: changed?.metadata.generation });
    expect(ready?.message).to.contain("another campaign");
  });

  it("does not upgrade again what somebody has put back, with the records of its run deleted", async () => {
    const stage = await completed();
    for (const name of ["leaf1", "leaf2"]) {
      const device = stage.devices.get(name);
      if (device !== undefined) device.release = "21.4R3-S5.4";
    }
    const labels = { [LABELS.campaign]: "toys" };
    for (const { metadata } of await stage.store.list("DeviceUpgrade", stage.namespace, { labels })) {
      await stage.store.delete("DeviceUpgrade", metadata);
    }
    await expectOver(stage);
    expect(await stage.store.list("DeviceUpgrade", stage.namespace)).to.deep.equal([]);
  });
});
