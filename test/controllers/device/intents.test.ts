/** How long an intent is honoured: by when it was first seen, and never by when an earlier one like it was. */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../../src/api/deviceUpgrade.gen.ts";
import { startController } from "../../../src/controllers/controller.ts";
import { dialSsh } from "../../../src/controllers/device/devicePool.ts";
import { intentWatch } from "../../../src/controllers/device/intents.ts";
import { createLogger } from "../../../src/observability/logger.ts";
import { manualClock } from "../../../src/simulator/modelClock.ts";
import { startToyController, toyStage, untilEnded } from "../toyRun.ts";
import { toyDriver, toyPool } from "../toyFabric.ts";
import { intent } from "../../engine/worlds.ts";
import { upgradeWith } from "../upgradeWith.ts";

const upgradeAt = (writtenAt: string): DeviceUpgrade =>
  upgradeWith({ intent: { ...intent("Install"), writtenAt } });

describe("controllers: intents", () => {
  it("EX-9 the first attempt after a landing is another intent than the first attempt before it", async () => {
    const clock = manualClock(0);
    const watch = intentWatch(clock, "controller-a");
    const first = upgradeAt("2026-11-22T09:00:00Z");
    expect(watch.hasExpired(first)).to.equal(false);
    await clock.advanceBy(60);
    expect(watch.hasExpired(first)).to.equal(true);
    const again = upgradeAt("2026-11-22T09:30:00Z");
    expect(watch.hasExpired(again), "it may still be sent").to.equal(false);
    expect(watch.maySend(again, 3)).to.equal(true);
  });

  it("EX-9 a standby that was told of an open intent knows it to have run out when it takes over", async () => {
    const stage = await toyStage();
    let announced: () => void = () => undefined;
    const written = new Promise<void>((resolve) => (announced = resolve));
    let installs: () => void = () => undefined;
    const installing = new Promise<void>((resolve) => (installs = resolve));
    const seconds: number[] = [];
    const first = await startToyController(stage, {
      // Nobody sends it: the leader dies before.
      hooks: {
        before: async ({ object, action }) => {
          if (object === "leaf1" && action === "Install") installs();
          if (object !== "leaf1" || action !== "Reboot") return;
          first.gate.dead = true;
          announced();
          await new Promise<never>(() => undefined);
        },
      },
    });
    await stage.settled(installing);
    const world = { devices: stage.devices, clock: stage.clock, gate: { dead: false } };
    let ledAt = 0;
    await startController({
      store: stage.store,
      clock: stage.clock,
      drivers: [toyDriver(world)],
      dial: dialSsh,
      pool: toyPool(world),
      log: createLogger({ level: "error", redact: [] }),
      registerSecret: () => undefined,
      ...(stage.wait === undefined ? {} : { wait: stage.wait }),
      hooks: {
        before: ({ object, action }) => {
          if (object !== "leaf1") return;
          ledAt ||= stage.clock.now();
          if (action === "Reboot") seconds.push((stage.clock.now() - ledAt) / 1000);
        },
      },
    });
    await stage.settled(written);
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    expect(stage.devices.get("leaf1")).to.include({ reboots: 1 });
    expect(seconds, "sent in the pass in which it was found not to have begun").to.deep.equal([0]);
  });
});
