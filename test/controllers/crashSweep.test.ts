/**
 * The crash sweep: one run is recorded, then repeated with the controller killed before and after each of its
 * effects, with each reply lost, and with a leader that is stopped before each effect and wakes after its
 * successor has taken over. Time is simulated, so a 20-minute run takes milliseconds.
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

async function expectPerfect(stage: ToyStage): Promise<void> {
  const campaign = await untilEnded(stage);
  expect(campaign.status?.phase).to.equal("Completed");
  for (const name of ["leaf1", "leaf2"]) {
    expect(stage.devices.get(name), name).to.include({
      release: TARGET,
      reboots: 1,
      installs: 1,
      rawReboots: 0,
      pairOut: 0,
      drained: false,
    });
  }
  const fabric = await stage.store.get("Fabric", { namespace: "default", name: "dc1" });
  expect(fabric?.status?.outOfService, "the ledger").to.deep.equal([]);
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
  await expectPerfect(stage);
  return effects;
}

const never = (): Promise<never> => new Promise(() => undefined);

function isSame(one: Effect, other: Effect): boolean {
  return one.object === other.object && one.number === other.number;
}

describe("controllers: the crash sweep", function () {
  this.timeout(300_000);

  let effects: readonly Effect[];
  before(async () => {
    effects = await record();
  });

  for (const moment of ["before", "after"] as const) {
    it(`EX-9 N5 survives a kill ${moment} each effect: one install, one reboot, nothing left drained`, async () => {
      expect(effects.length).to.be.greaterThan(50);
      for (const fatal of effects) {
        const stage = await toyStage();
        const first: { controller?: ToyController } = {};
        let killed = false;
        const kill = async (effect: Effect): Promise<void> => {
          if (killed || !isSame(effect, fatal)) return;
          killed = true;
          if (first.controller !== undefined) first.controller.gate.dead = true;
          void startToyController(stage);
          await never();
        };
        first.controller = await startToyController(stage, { hooks: { [moment]: kill } });
        try {
          await expectPerfect(stage);
          expect(killed, "the effect was reached").to.equal(true);
        } catch (error) {
          throw new Error(`killed ${moment} ${nameOf(fatal)}`, { cause: error });
        }
      }
    });
  }

  it("EX-9 survives the loss of each reply of a device", async () => {
    const actions = new Set(["DrainRoutes", "Install", "Reboot", "UndrainRoutes"]);
    const requests = effects.filter(({ action }) => actions.has(action));
    expect(requests).to.have.lengthOf(8);
    for (const lost of requests) {
      const stage = await toyStage();
      let lostOnce = false;
      await startToyController(stage, {
        losesReply: (device, action) => {
          if (lostOnce || device !== lost.object || action !== lost.action) return false;
          lostOnce = true;
          return true;
        },
      });
      try {
        await expectPerfect(stage);
      } catch (error) {
        throw new Error(`lost the reply of ${nameOf(lost)}`, { cause: error });
      }
    }
  });

  // Right after the takeover, while the successor's reboot is under way, and after it.
  for (const stoppedSeconds of [40, 130, 220, 400]) {
    it(`N5 a leader stopped for ${String(stoppedSeconds)} s before an effect does no harm when it wakes`, async () => {
      for (const stopped of effects) {
        const stage = await toyStage();
        const first: { controller?: ToyController } = {};
        let frozen = false;
        const freeze = async (effect: Effect): Promise<void> => {
          if (frozen || !isSame(effect, stopped)) return;
          frozen = true;
          const woken = stage.clock.sleepUntil(stage.clock.now() + stoppedSeconds * 1000);
          if (first.controller !== undefined) first.controller.gate.frozen = woken;
          void startToyController(stage);
          await woken;
        };
        first.controller = await startToyController(stage, { hooks: { before: freeze } });
        try {
          await expectPerfect(stage);
          expect(frozen, "the effect was reached").to.equal(true);
        } catch (error) {
          throw new Error(`stopped before ${nameOf(stopped)}`, { cause: error });
        }
      }
    });
  }
});
