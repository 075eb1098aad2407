/** The plan that was made is the plan that is executed: another one under its name is noticed, and nothing of it is done. */
import { expect } from "chai";
import { findCondition } from "../../src/api/conditions.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { startToyController, toyStage, untilEnded, type ToyStage } from "./toyRun.ts";

async function campaignOf({ store, namespace }: ToyStage): Promise<UpgradeCampaign> {
  const campaign = await store.get("UpgradeCampaign", { namespace, name: "toys" });
  if (campaign === undefined) throw new Error("no campaign");
  return campaign;
}

/** Runs until the first device is out of service; the controller is dead then. */
async function stoppedWithLeaf1Out(): Promise<ToyStage> {
  const stage = await toyStage();
  let out: () => void = () => undefined;
  const isOut = new Promise<void>((resolve) => (out = resolve));
  const first = await startToyController(stage, {
    hooks: {
      after: ({ object, action }) => {
        if (object === "leaf1" && action === "DrainRoutes") out();
      },
    },
  });
  await stage.settled(isOut);
  first.gate.dead = true;
  return stage;
}

async function planKey(stage: ToyStage): Promise<{ namespace: string; name: string }> {
  const name = (await campaignOf(stage)).status?.plan?.configMapRef.name;
  if (name === undefined) throw new Error("no plan");
  return { namespace: stage.namespace, name };
}

async function passHours(stage: ToyStage, hours: number): Promise<void> {
  await stage.settled(stage.clock.sleepUntil(stage.clock.now() + hours * 3_600_000));
}

describe("controllers: a device that joins while a campaign runs", () => {
  it("FB-8 is not upgraded in silence, not even where approval is automatic", async () => {
    const stage = await stoppedWithLeaf1Out();
    const { namespace, store, devices } = stage;
    await update({ store, kind: "Fabric", key: { namespace, name: "dc1" } }, ({ spec }) => {
      const spine = spec.devices.find(({ name }) => name === "spine2");
      if (spine !== undefined) spine.role = "Leaf";
    });
    await startToyController(stage);
    await passHours(stage, 4);
    const { status } = await campaignOf(stage);
    expect(status?.phase).to.equal("Stale");
    const ready = findCondition(status?.conditions, "Ready");
    expect(ready).to.include({ reason: "PlanStale" });
    expect(ready?.message).to.contain("spine2");
    expect(devices.get("spine2")).to.include({ installs: 0, reboots: 0 });
    expect(devices.get("leaf1")).to.include({ drained: false });

    await update({ store, kind: "UpgradeCampaign", key: { namespace, name: "toys" } }, ({ spec }) => {
      spec.approval.planHash = status?.plan?.hash ?? "";
    });
    expect((await untilEnded(stage)).status).to.include({ phase: "Completed", progress: "3/3" });
    expect(devices.get("spine2")).to.include({ installs: 1, reboots: 1 });
  });
});

describe("controllers: a plan in its ConfigMap", () => {
  it("another plan by hand under its name: what runs lands, nothing of it starts, and people are told", async () => {
    const stage = await stoppedWithLeaf1Out();
    const key = await planKey(stage);
    const map = await stage.store.get("ConfigMap", key);
    const text = map?.data?.["plan.json"] ?? "";
    const forged = text
      .replace(/"hitless":(true|false)/, '"hitless":true')
      .replaceAll('"batch":2', '"batch":1');
    expect(forged).not.to.equal(text);
    await stage.store.delete("ConfigMap", key);
    const { name } = key;
    await stage.store.create("ConfigMap", {
      metadata: { namespace: stage.namespace, name },
      immutable: true,
      data: { ...map?.data, "plan.json": forged },
    });
    await startToyController(stage);
    await passHours(stage, 2);
    const { status } = await campaignOf(stage);
    expect(status?.phase).to.equal("Blocked");
    expect(findCondition(status?.conditions, "Ready")).to.include({ reason: "PlanChanged" });
    expect(stage.devices.get("leaf1")).to.include({ drained: false, reboots: 0 });
    expect(stage.devices.get("leaf2")).to.include({ drained: false, installs: 0, reboots: 0 });

    await stage.store.delete("ConfigMap", key);
    const ended = await untilEnded(stage);
    expect(ended.status?.phase).to.equal("Completed");
    for (const leaf of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(leaf), leaf).to.include({
        installs: 1,
        reboots: 1,
        pairOut: 0,
        drained: false,
      });
    }
  });

  it("a plan that is gone while a device is out is made anew only when that one has landed", async () => {
    const stage = await stoppedWithLeaf1Out();
    await stage.store.delete("ConfigMap", await planKey(stage));
    const phases: string[] = [];
    await stage.store.watch(
      "UpgradeCampaign",
      ({ object }) => {
        phases.push(object.status?.phase ?? "");
      },
      new AbortController().signal,
    );
    await startToyController(stage);
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    expect(phases.indexOf("Landing")).to.be.greaterThan(-1).and.lessThan(phases.indexOf("Planning"));
    expect(stage.devices.get("leaf2")).to.include({ installs: 1, reboots: 1, pairOut: 0, drained: false });
  });
});
