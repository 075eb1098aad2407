/** Groups over two fabrics while they run: each has its own ledger, and reads the other's right before a drain. */
import { expect } from "chai";
import type { Fabric } from "../../../src/api/fabric.gen.ts";
import { ledgerOf } from "../../../src/controllers/fabric/ledger.ts";
import { update, updateStatus } from "../../../src/store/retryOnConflict.ts";
import { TARGET } from "../toyFabric.ts";
import { startToyController, toyStage, untilEnded } from "../toyRun.ts";
import type { ToyStage } from "../toyRun.ts";

const OTHER = "dc2";

/** dc1 whose leaves are a group with a device of dc2, of which two must stay. */
async function stageOfTwoSites(): Promise<ToyStage> {
  const stage = await toyStage();
  const { store, namespace } = stage;
  const first = await store.get("Fabric", { namespace, name: "dc1" });
  if (first === undefined) throw new Error("the toys have a fabric");
  await store.create("Fabric", {
    metadata: { namespace, name: OTHER },
    // A toy answers by its name, whichever fabric it is asked for.
    spec: { ...first.spec, devices: first.spec.devices.filter(({ name }) => name === "spine2") },
  });
  await update({ store, kind: "Fabric", key: { namespace, name: "dc1" } }, (copy) => {
    copy.spec.redundancyGroups = [
      {
        name: "gateways",
        members: ["leaf1", "leaf2"],
        elsewhere: [{ fabricRef: { name: OTHER }, devices: ["spine2"] }],
        minAvailable: 2,
      },
    ];
  });
  return stage;
}

/** Somebody takes the device of the other fabric out, or brings it back. */
async function hold({ store, namespace, clock }: ToyStage, isHeld: boolean): Promise<void> {
  await updateStatus({ store, kind: "Fabric", key: { namespace, name: OTHER } }, (copy) => {
    const since = new Date(clock.now()).toISOString();
    const entry = { device: "spine2", holder: "another", reason: "software upgrade", since };
    copy.status = { ...copy.status, outOfService: isHeld ? [entry] : [] };
  });
}

async function fabric({ store, namespace }: ToyStage, name: string): Promise<Fabric> {
  const found = await store.get("Fabric", { namespace, name });
  if (found === undefined) throw new Error(`no fabric ${name}`);
  return found;
}

describe("controllers: a group over two fabrics", () => {
  it("MS-1 upgrades where the members elsewhere carry on", async () => {
    const stage = await stageOfTwoSites();
    await startToyController(stage);
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) expect(stage.devices.get(name)?.release).to.equal(TARGET);
  });

  it("MS-1 N3 takes nobody out while the other fabric's ledger holds a member, also when both entered at once", async () => {
    const stage = await stageOfTwoSites();
    let entered = 0;
    const drainedBeside: string[] = [];
    let isStruck = false;
    await startToyController(stage, {
      hooks: {
        async before({ object, action }) {
          // The other site writes between our proof and our write, and comes back after a while.
          if (action === "TakeOutOfService") {
            entered += 1;
            if (entered === 1) await hold(stage, true);
          }
          if (action === "ReturnToService" && !isStruck) {
            isStruck = true;
            void stage.clock.sleepUntil(stage.clock.now() + 600_000).then(() => hold(stage, false));
          }
          if (action === "DrainRoutes" && ledgerOf(await fabric(stage, OTHER)).length > 0) {
            drainedBeside.push(object);
          }
        },
      },
    });
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    expect(isStruck).to.equal(true);
    expect(drainedBeside).to.deep.equal([]);
    expect(entered).to.be.greaterThan(2);
    expect(ledgerOf(await fabric(stage, "dc1"))).to.deep.equal([]);
  });

  it("MS-1 does not count a member of a fabric that nobody knows: the plan is blocked", async () => {
    const stage = await stageOfTwoSites();
    const { store, namespace } = stage;
    await store.delete("Fabric", { namespace, name: OTHER });
    await startToyController(stage);
    const key = { namespace, name: "toys" };
    const blocked = async (): Promise<string> => {
      for (;;) {
        const campaign = await store.get("UpgradeCampaign", key);
        const ready = campaign?.status?.conditions?.find(({ type }) => type === "Ready");
        if (campaign?.status?.phase === "Blocked") return ready?.message ?? "";
        await stage.clock.sleepUntil(stage.clock.now() + 5000);
      }
    };
    expect(await stage.settled(blocked())).to.include("group gateways");
    expect(stage.devices.get("leaf1")).to.include({ drained: false, reboots: 0 });
  });
});
