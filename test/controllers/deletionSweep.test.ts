/**
 * The deletion sweep: one run is repeated with the campaign, the device's upgrade or the Fabric deleted before each of
 * its effects, by somebody who does not care how far it is; and once more with the controller killed right then.
 */
import { expect } from "chai";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import { TARGET } from "./toyFabric.ts";
import {
  nameOf,
  startToyController,
  toyStage,
  untilEnded,
  type ToyController,
  type ToyStage,
} from "./toyRun.ts";

const NAMESPACE = "default";
const LIMIT_SECONDS = 3600;

const DELETED = {
  async UpgradeCampaign({ store }: ToyStage): Promise<void> {
    await store.delete("UpgradeCampaign", { namespace: NAMESPACE, name: "toys" });
  },
  async Fabric({ store }: ToyStage): Promise<void> {
    await store.delete("Fabric", { namespace: NAMESPACE, name: "dc1" });
  },
  /** All of them: whichever is under way is among them. */
  async DeviceUpgrade({ store }: ToyStage): Promise<void> {
    for (const { metadata } of await store.list("DeviceUpgrade", NAMESPACE)) {
      await store.delete("DeviceUpgrade", metadata);
    }
  },
} as const;

type Deleted = keyof typeof DELETED;

/** What has to come of it in the end. */
const END: Readonly<Record<Deleted, (stage: ToyStage) => Promise<void>>> = {
  UpgradeCampaign: async (stage) => {
    await untilGone(stage, "UpgradeCampaign", "toys");
    expect(await stage.store.list("DeviceUpgrade", NAMESPACE), "its upgrades").to.deep.equal([]);
    const fabric = await stage.store.get("Fabric", { namespace: NAMESPACE, name: "dc1" });
    expect(fabric?.status?.outOfService ?? [], "the ledger").to.deep.equal([]);
  },
  Fabric: async (stage) => {
    await untilGone(stage, "Fabric", "dc1");
  },
  DeviceUpgrade: async (stage) => {
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(name), name).to.include({ release: TARGET, reboots: 1, installs: 1 });
    }
  },
};

async function untilGone(
  { clock, store, settled }: ToyStage,
  kind: "UpgradeCampaign" | "Fabric",
  name: string,
): Promise<void> {
  const limit = clock.now() + LIMIT_SECONDS * 1000;
  const gone = async (): Promise<void> => {
    while ((await store.get(kind, { namespace: NAMESPACE, name })) !== undefined) {
      if (clock.now() > limit) throw new Error(`${kind} ${name} is still there`);
      await clock.sleepUntil(clock.now() + 5000);
    }
  };
  await settled(gone());
}

/** Whatever was deleted when: nobody is left drained, and nothing happened twice. */
function expectUnharmed({ devices }: ToyStage): void {
  for (const [name, device] of devices) {
    expect(device, name).to.include({ drained: false, rawReboots: 0, pairOut: 0 });
    expect(device.reboots, `${name} reboots`).to.be.at.most(1);
    expect(device.installs, `${name} installs`).to.be.at.most(1);
  }
}

async function record(): Promise<readonly Effect[]> {
  const stage = await toyStage();
  const effects: Effect[] = [];
  await startToyController(stage, {
    hooks: {
      before: (effect) => {
        effects.push(effect);
      },
    },
  });
  await untilEnded(stage);
  return effects;
}

describe("controllers: the deletion sweep", function () {
  this.timeout(300_000);

  let effects: readonly Effect[];
  before(async () => {
    effects = await record();
  });

  for (const kind of ["UpgradeCampaign", "Fabric", "DeviceUpgrade"] as const) {
    for (const killed of [false, true]) {
      const also = killed ? ", and the controller killed right then" : "";
      it(`HL-9 the ${kind} deleted before each effect of a run${also}: nothing is left drained`, async () => {
        expect(effects.length).to.be.greaterThan(50);
        for (const moment of effects) {
          const stage = await toyStage();
          const first: { controller?: ToyController } = {};
          let done = false;
          const before = async (effect: Effect): Promise<void> => {
            if (done || effect.object !== moment.object || effect.number !== moment.number) return;
            done = true;
            await DELETED[kind](stage);
            if (!killed) return;
            if (first.controller !== undefined) first.controller.gate.dead = true;
            void startToyController(stage);
            await new Promise<never>(() => undefined);
          };
          first.controller = await startToyController(stage, { hooks: { before } });
          try {
            // The last effects come after the end.
            await stage.settled(stage.clock.sleepUntil(stage.clock.now() + 1000));
            await untilDone(stage, () => done);
            await END[kind](stage);
            expectUnharmed(stage);
          } catch (error) {
            throw new Error(`deleted before ${nameOf(moment)}`, { cause: error });
          }
        }
      });
    }
  }
});

async function untilDone({ clock, settled }: ToyStage, isDone: () => boolean): Promise<void> {
  const limit = clock.now() + LIMIT_SECONDS * 1000;
  const wait = async (): Promise<void> => {
    while (!isDone()) {
      if (clock.now() > limit) throw new Error("the effect was not reached");
      await clock.sleepUntil(clock.now() + 1000);
    }
  };
  await settled(wait());
}
