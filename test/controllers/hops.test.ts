/** A campaign whose assignment names images on the way: one DeviceUpgrade after the other for each device. */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import { TARGET } from "./toyFabric.ts";
import { nameOf, startToyController, toyStage, untilEnded } from "./toyRun.ts";
import type { ToyStage } from "./toyRun.ts";

const STOP = "22.2R3-S2.8";

/** The toys' campaign with an image on the way. */
async function stageWithPath(): Promise<ToyStage> {
  const stage = await toyStage();
  const { store, namespace } = stage;
  const last = await store.get("DeviceImage", { namespace, name: "junos" });
  if (last === undefined) throw new Error("the toys have an image");
  await store.create("DeviceImage", {
    metadata: { namespace, name: "stop" },
    spec: {
      ...last.spec,
      osVersion: STOP,
      deviceImageName: last.spec.deviceImageName.replace(TARGET, STOP),
    },
  });
  await edit(stage, ({ imageAssignments: [assignment] }) => {
    if (assignment !== undefined) assignment.path = [{ name: "stop" }];
  });
  return stage;
}

async function edit(
  { store, namespace }: ToyStage,
  change: (spec: UpgradeCampaign["spec"]) => void,
): Promise<void> {
  const found = await store.get("UpgradeCampaign", { namespace, name: "toys" });
  if (found === undefined) throw new Error("the toys have a campaign");
  const changed = structuredClone(found);
  change(changed.spec);
  await store.replace("UpgradeCampaign", changed);
}

async function upgradesOf({ store, namespace }: ToyStage, device: string): Promise<DeviceUpgrade[]> {
  const all = await store.list("DeviceUpgrade", namespace);
  return all
    .filter(({ spec }) => spec.deviceName === device)
    .toSorted((a, b) => (a.spec.hop?.number ?? 0) - (b.spec.hop?.number ?? 0));
}

describe("controllers: images on the way", () => {
  it("PL-10 HL-1 runs the hops of a device one after the other, drained and proven anew in each", async () => {
    const stage = await stageWithPath();
    const effects: string[] = [];
    await startToyController(stage, {
      hooks: { before: (effect: Effect) => void effects.push(nameOf(effect)) },
    });
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    expect(campaign.status?.counts).to.include({ total: 2, succeeded: 2, percent: 100 });
    for (const name of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(name), name).to.include({
        release: TARGET,
        reboots: 2,
        installs: 2,
        rawReboots: 0,
        drained: false,
        pairOut: 0,
      });
      const upgrades = await upgradesOf(stage, name);
      expect(upgrades.map(({ spec }) => [spec.image.name, spec.hop, spec.batch])).to.deep.equal([
        ["stop", { number: 1, of: 2 }, upgrades[0]?.spec.batch],
        ["junos", { number: 2, of: 2 }, upgrades[0]?.spec.batch],
      ]);
      for (const { status } of upgrades) expect(status?.state).to.equal("HitlessImageUpgradeSuccessful");
      const drains = effects.filter(
        (effect) => effect.startsWith(`${name}#`) && effect.endsWith("DrainRoutes"),
      );
      expect(drains.filter((effect) => !effect.includes("Undrain"))).to.have.length.of.at.least(2);
    }
    // The other leaf waits until this one has all its images.
    const done = campaign.status?.finishedAt ?? "";
    const [first, second] = await Promise.all(["leaf1", "leaf2"].map((name) => upgradesOf(stage, name)));
    const early = first?.[0]?.spec.batch === 1 ? first : second;
    const late = early === first ? second : first;
    expect((early?.[1]?.status?.finishedAt ?? done) <= (late?.[0]?.status?.startedAt ?? "")).to.equal(true);
    const fabric = await stage.store.get("Fabric", { namespace: "default", name: "dc1" });
    expect(fabric?.status?.outOfService).to.deep.equal([]);
  });

  it("PL-10 skips a hop for a device that runs its image already", async () => {
    const stage = await stageWithPath();
    const leaf1 = stage.devices.get("leaf1");
    if (leaf1 === undefined) throw new Error("there is a leaf1");
    leaf1.release = STOP;
    await startToyController(stage);
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    expect(stage.devices.get("leaf1")).to.include({ release: TARGET, installs: 1, reboots: 1 });
    expect(stage.devices.get("leaf2")).to.include({ release: TARGET, installs: 2, reboots: 2 });
    expect((await upgradesOf(stage, "leaf1")).map(({ spec }) => spec.hop)).to.deep.equal([undefined]);
  });

  it("goes on with the next hop under another controller", async () => {
    const stage = await stageWithPath();
    const gate = { dead: false };
    await startToyController(stage, {
      gate,
      hooks: {
        before({ object, action }: Effect) {
          // The first one dies when it makes the object of a second hop.
          if (action === "CreateDeviceUpgrade" && stage.devices.get(object)?.release === STOP)
            gate.dead = true;
        },
      },
    });
    const other = stage.settled(
      (async () => {
        while (!gate.dead) await stage.clock.sleepUntil(stage.clock.now() + 5000);
        await startToyController(stage);
      })(),
    );
    await other;
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(name), name).to.include({
        release: TARGET,
        installs: 2,
        reboots: 2,
        rawReboots: 0,
      });
    }
  });
});
