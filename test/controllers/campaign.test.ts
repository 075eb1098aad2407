import { expect } from "chai";
import { LANDING_FINALIZER } from "../../src/api/names.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { hasFinalizer } from "../../src/controllers/finalizers.ts";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import { isSameJson } from "../../src/controllers/sameJson.ts";
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

  it("holds its Fabric from the first batch to the last, and lets it go at the end", async () => {
    const stage = await toyStage();
    const held: boolean[] = [];
    const stop = new AbortController();
    const watching = stage.store.watch(
      "Fabric",
      ({ object }) => {
        const isHeld = hasFinalizer(object, LANDING_FINALIZER);
        if (held.at(-1) !== isHeld) held.push(isHeld);
      },
      stop.signal,
    );
    await startToyController(stage);
    const campaign = await untilEnded(stage);
    await stage.settled(stage.clock.sleepUntil(stage.clock.now() + 60_000, stop.signal));
    stop.abort();
    await watching.catch(() => undefined);
    expect(campaign.status?.plan?.batches).to.equal(2);
    expect(held).to.deep.equal([false, true, false]);
  });

  it("EX-4 does not write a percent more by itself: that takes ten of them", async () => {
    const stage = await toyStage();
    const written: NonNullable<UpgradeCampaign["status"]>[] = [];
    const stop = new AbortController();
    const watching = stage.store.watch(
      "UpgradeCampaign",
      ({ object: { status } }) => {
        if (status !== undefined && !isSameJson(status, written.at(-1))) written.push(status);
      },
      stop.signal,
    );
    await startToyController(stage);
    await untilEnded(stage);
    stop.abort();
    await watching.catch(() => undefined);
    const moved = written.slice(1).flatMap((status, index) => {
      const { counts: was, ...before } = written[index] ?? {};
      const { counts: is, ...after } = status;
      if (was === undefined || is === undefined || !isSameJson(before, after)) return [];
      return isSameJson({ ...was, percent: is.percent }, is) ? [is.percent - was.percent] : [];
    });
    expect(moved).not.to.deep.equal([]);
    for (const percent of moved) expect(percent).to.be.at.least(10);
    expect(written.at(-1)?.counts?.percent).to.equal(100);
  });
});
