/** A step does not run out of time that nobody could use. */
import { expect } from "chai";
import { startToyController, toyStage, untilEnded, type ToyStage } from "./toyRun.ts";

/** Every state that people saw of a device. */
async function statesOf({ store }: ToyStage, device: string): Promise<readonly string[]> {
  const states: string[] = [];
  await store.watch(
    "DeviceUpgrade",
    ({ object: { spec, status } }) => {
      if (spec.deviceName === device) states.push(status?.state ?? "Pending");
    },
    new AbortController().signal,
  );
  return states;
}

describe("controllers: time without a leader", () => {
  it("EX-9 a step that waits through three hours without a controller is not Hung at the first look", async () => {
    const stage = await toyStage();
    const states = await statesOf(stage, "leaf1");
    let installing: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (installing = resolve));
    const first = await startToyController(stage, {
      hooks: {
        after: ({ object, action }) => {
          if (object === "leaf1" && action === "Install") installing();
        },
      },
    });
    await stage.settled(begun);
    first.gate.dead = true;
    const leaf = stage.devices.get("leaf1");
    if (leaf === undefined) throw new Error("no leaf1");
    // Silent for another ten minutes when somebody looks again.
    leaf.upAt = stage.clock.now() + (3 * 3600 + 600) * 1000;
    await stage.settled(stage.clock.sleepUntil(stage.clock.now() + 3 * 3600 * 1000));
    await startToyController(stage);
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    expect(states).to.include("Installing").and.not.to.include("Hung");
    expect(leaf.installs).to.equal(1);
  });
});
