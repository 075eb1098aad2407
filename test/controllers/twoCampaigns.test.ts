/** Two campaigns on one fabric run one after another, also when they come at the same moment. */
import { expect } from "chai";
import { startToyController, toyStage } from "./toyRun.ts";

describe("controllers: two campaigns on one fabric", () => {
  for (const other of ["a-toys", "z-toys"]) {
    it(`N3 toys and ${other}, planned and approved at the same moment: one runs to its end, then the other`, async () => {
      const stage = await toyStage();
      const { store, namespace, clock } = stage;
      const toys = await store.get("UpgradeCampaign", { namespace, name: "toys" });
      if (toys === undefined) throw new Error("no campaign");
      const leaf = (name: string): typeof toys.spec.imageAssignments => [
        { imageRef: { name: "junos" }, selector: { devices: [name] } },
      ];
      await store.replace("UpgradeCampaign", {
        ...toys,
        spec: { ...toys.spec, imageAssignments: leaf("leaf1") },
      });
      await store.create("UpgradeCampaign", {
        metadata: { namespace, name: other },
        spec: { ...toys.spec, imageAssignments: leaf("leaf2") },
      });

      const active = new Set<string>();
      let most = 0;
      const ended = new Set<string>();
      let bothEnded: () => void = () => undefined;
      const over = new Promise<void>((resolve) => (bothEnded = resolve));
      await store.watch(
        "UpgradeCampaign",
        ({ object: { metadata, status } }) => {
          if (status?.finishedAt !== undefined) ended.add(metadata.name);
          if (ended.has(metadata.name)) active.delete(metadata.name);
          else if (status?.startedAt !== undefined) active.add(metadata.name);
          most = Math.max(most, active.size);
          if (ended.size === 2) bothEnded();
        },
        new AbortController().signal,
      );
      const states = new Set<string>();
      await store.watch(
        "DeviceUpgrade",
        ({ object }) => {
          states.add(object.status?.state ?? "Pending");
          // Told to proceed only by the one that goes first.
          if (object.spec.desired === "Proceed")
            expect(active.has(object.spec.campaignRef.name)).to.equal(true);
        },
        new AbortController().signal,
      );
      await startToyController(stage);
      const limit = clock.sleepUntil(clock.now() + 86_400_000).then(() => {
        throw new Error(`not ended after a day: ${[...active].join(", ")}`);
      });
      await stage.settled(Promise.race([over, limit]));
      expect(most, "campaigns at the same time").to.equal(1);
      expect([...states]).to.not.include("Landing");
      for (const name of ["leaf1", "leaf2"]) {
        expect(stage.devices.get(name), name).to.include({
          installs: 1,
          reboots: 1,
          pairOut: 0,
          drained: false,
        });
      }
    });
  }
});
