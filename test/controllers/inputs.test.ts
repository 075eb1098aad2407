/** What a user writes wrong: a condition with a reason from the catalogue, and no device is touched. */
import { expect } from "chai";
import { shown, type FabricRun } from "../support/fabricRun.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { campaignDraft, only } from "../support/smallFabric.ts";
import { findCondition } from "../../src/api/conditions.ts";
import { loadPlan } from "../../src/controllers/campaign/planStore.ts";

describe("controllers: what users write", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1") });

  /** Waits until the campaign says that reason, gives it another hour, and looks whether anything was touched. */
  async function expectRefusal(fabric: FabricRun, reason: string): Promise<string> {
    const said = async (): Promise<string | undefined> => {
      const ready = findCondition((await fabric.campaign()).status?.conditions, "Ready");
      return ready?.reason === reason ? ready.message : undefined;
    };
    const message = await fabric.until(`reason ${reason}`, said, 3600);
    await fabric.pass(3600);
    expect(await said(), "still so an hour later").to.equal(message);
    expect(fabric.writes).to.equal(0);
    expect(shown((await fabric.campaign()).status?.conditions, "Stalled")).to.match(/^True /);
    return message;
  }

  it("FabricNotFound", async () => {
    const fabric = await start({ campaign: { ...only("leaf1"), fabricRef: { name: "dc9" } } });
    expect(await expectRefusal(fabric, "FabricNotFound")).to.contain("dc9");
  });

  it("ImageNotFound", async () => {
    const imageAssignments = [{ imageRef: { name: "none" }, selector: { devices: ["leaf1"] } }];
    const fabric = await start({ campaign: { imageAssignments } });
    expect(await expectRefusal(fabric, "ImageNotFound")).to.contain("none");
  });

  it("IM-7 an osVersion that disagrees with the package's name", async () => {
    const fabric = await start({ image: { osVersion: "23.4R1" } });
    expect(await expectRefusal(fabric, "ImageNotReady"))
      .to.contain("23.4R1")
      .and.contain("23.4R2-S3.9");
    const image = await fabric.store.get("DeviceImage", { namespace: "default", name: "junos" });
    expect(shown(image?.status?.conditions, "Verified")).to.match(/^False ImageVersionMismatch /);
  });

  it("FB-8 an empty selector is not even taken in", async () => {
    const fabric = await start({ campaign: null });
    const imageAssignments = [{ imageRef: { name: "junos" }, selector: {} }];
    const refused = await fabric.store.create("UpgradeCampaign", campaignDraft({ imageAssignments })).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).to.include({ code: "Invalid" });
    expect(String(refused)).to.contain("spec.imageAssignments[0].selector");
  });

  it("FB-8 a selector that matches nothing", async () => {
    const imageAssignments = [{ imageRef: { name: "junos" }, selector: { roles: ["Border" as const] } }];
    const fabric = await start({ campaign: { imageAssignments } });
    await expectRefusal(fabric, "SelectorMatchesNothing");
  });

  it("FB-2 a device that the fabric does not have", async () => {
    const fabric = await start({ campaign: only("leaf9") });
    expect(await expectRefusal(fabric, "DeviceNotFound")).to.contain("leaf9");
    // The Fabric's own reading apart, for which devices are asked once in half an hour.
    expect(
      fabric.device("leaf1").rpcLog.length,
      "no device is asked for what no device can mend",
    ).to.be.below(40);
    expect(fabric.phases).to.deep.equal(["Planning", "Blocked"]);
  });

  const unfit = [
    ["IM-4", "UnsupportedVendor", { vendorName: "Arista" }],
    ["IM-5", "ImageFamilyMismatch", { deviceFamily: "junos" }],
    ["IM-6", "ImagePlatformMismatch", { supportedPlatforms: ["qfx10002"] }],
  ] as const;
  for (const [id, reason, spec] of unfit) {
    it(`${id} ${reason}: an image that does not fit the only device`, async () => {
      const { supportedPlatforms, ...rest } = { supportedPlatforms: undefined, ...spec };
      const fabric = await start({
        image: {
          ...rest,
          ...(supportedPlatforms === undefined ? {} : { supportedPlatforms: [...supportedPlatforms] }),
        },
      });
      const campaign = await fabric.until("a plan", async () => {
        const found = await fabric.campaign();
        return found.status?.plan === undefined ? undefined : found;
      });
      const record = await loadPlan(fabric.store, campaign);
      expect(record?.plan.skipped.map((each) => [each.device, each.reason])).to.deep.equal([
        ["leaf1", reason],
      ]);
      expect(await expectRefusal(fabric, reason)).to.contain("leaf1");
    });
  }

  it("EX-1 a hash that is not the plan's is refused, and says so", async () => {
    const fabric = await start({
      campaign: { ...only("leaf1"), approval: { policy: "Manual", planHash: "0".repeat(64) } },
    });
    const campaign = await fabric.untilPhase("AwaitingApproval");
    await fabric.pass(3600);
    expect(shown(campaign.status?.conditions, "Approved")).to.match(/^False HashMismatch /);
    expect(fabric.writes).to.equal(0);
    await fabric.change(({ approval }) => {
      approval.planHash = campaign.status?.plan?.hash ?? "";
    });
    await fabric.untilPhase("Completed");
  });

  it("FB-9 a device whose loss cuts somebody off blocks the plan until it is accepted by name", async () => {
    const strategy = { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "0s" };
    const fabric = await start({ campaign: { ...only("leaf4"), strategy } });
    expect(await expectRefusal(fabric, "NotHitless"))
      .to.contain("leaf4")
      .and.contain("backup");
    await fabric.change((spec) => {
      spec.strategy.acceptNonHitless = [{ device: "leaf4", reason: "agreed" }];
    });
    await fabric.untilPhase("Completed");
    expect(fabric.lost).to.equal(0);
  });
});
