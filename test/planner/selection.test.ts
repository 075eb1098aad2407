import { expect } from "chai";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { explain } from "../../src/api/reasons.ts";
import { PlanningError } from "../../src/planner/planningError.ts";
import { selects } from "../../src/planner/selector.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { batchesOf, campaignOf, discover, esi, fabricOf, imageOf, plan } from "./support.ts";
import type { World } from "./support.ts";

const world: World = {
  devices: [
    { name: "leaf1", role: "Leaf" },
    { name: "leaf2", role: "Leaf", overlayRoles: ["CRB-Gateway"] },
    { name: "spine1", role: "Spine", overlayRoles: ["Route-Reflector"] },
  ],
  cables: [],
  servers: [],
};

type Assignments = UpgradeCampaign["spec"]["imageAssignments"];

function assign(imageAssignments: Assignments): UpgradeCampaign {
  return campaignOf({}, { imageAssignments });
}

function refusal(campaign: UpgradeCampaign): PlanningError {
  try {
    plan({ fabric: fabricOf(world), campaign, images: [imageOf(), imageOf({}, "other")] });
  } catch (error) {
    if (error instanceof PlanningError) return error;
    throw error;
  }
  throw new Error("the plan was made");
}

const image = { name: "junos-23" };

describe("selection", () => {
  it("ANDs the fields of a selector and ORs the values of a field", () => {
    const [leaf1] = fabricOf(world).spec.devices;
    if (leaf1 === undefined) throw new Error("no leaf1");
    const labelled = { ...leaf1, labels: { rack: "r1", pod: "a" } };
    expect(selects({ roles: ["Leaf", "Spine"] }, labelled)).to.equal(true);
    expect(selects({ roles: ["Leaf"], matchLabels: { rack: "r1", pod: "a" } }, labelled)).to.equal(true);
    expect(selects({ roles: ["Leaf"], matchLabels: { rack: "r2" } }, labelled)).to.equal(false);
    expect(selects({ roles: ["Leaf"], devices: ["leaf2"] }, labelled)).to.equal(false);
    expect(selects({ roles: ["Leaf"], overlayRoles: ["CRB-Gateway"] }, labelled)).to.equal(false);
    expect(selects({ matchLabels: { toString: "x" } }, labelled)).to.equal(false);
    const gateway = { ...leaf1, overlayRoles: ["CRB-Gateway"] };
    expect(selects({ overlayRoles: ["DCI-Gateway", "CRB-Gateway"] }, gateway)).to.equal(true);
    expect(selects({ overlayRoles: ["DCI-Gateway"] }, gateway)).to.equal(false);
  });

  it("FB-10 a rack, a pod or a site is upgraded alone by its label, and the rest stays as it is", () => {
    const places = [
      { pod: "a", rack: "r11", site: "ams" },
      { pod: "a", rack: "r12", site: "ams" },
      { pod: "b", rack: "r12", site: "lon" },
    ];
    const fabric = fabricOf({
      ...world,
      devices: places.map((_, index) => ({ name: `leaf${String(index + 1)}`, role: "Leaf" })),
    });
    const devices = fabric.spec.devices.map((device, index) => ({ ...device, labels: places[index] ?? {} }));
    const planned = (matchLabels: Record<string, string>): readonly string[] => {
      const campaign = assign([{ imageRef: image, selector: { matchLabels } }]);
      const result = plan({ fabric: { ...fabric, spec: { ...fabric.spec, devices } }, campaign });
      return Object.keys(result.plan.devices).toSorted();
    };
    expect(planned({ rack: "r12" })).to.deep.equal(["leaf2", "leaf3"]);
    expect(planned({ pod: "a" })).to.deep.equal(["leaf1", "leaf2"]);
    expect(planned({ site: "lon" })).to.deep.equal(["leaf3"]);
    expect(planned({ rack: "r12", site: "ams" })).to.deep.equal(["leaf2"]);
  });

  it("PL-19 a part of a fabric is upgraded by whom is selected; all of it in one step never, however large a batch may be", () => {
    const whole: World = {
      devices: [
        { name: "leaf1", role: "Leaf" },
        { name: "leaf2", role: "Leaf" },
        { name: "spine1", role: "Spine" },
        { name: "spine2", role: "Spine" },
      ],
      cables: ["leaf1", "leaf2"].flatMap((leaf, index) => [
        { a: `${leaf}/et-0/0/48`, b: `spine1/et-0/0/${String(index)}` },
        { a: `${leaf}/et-0/0/49`, b: `spine2/et-0/0/${String(index)}` },
      ]),
      servers: [{ name: "web", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }],
    };
    const largest = 1000;
    const planned = (devices: string[]): readonly string[][] =>
      batchesOf(
        plan({
          fabric: fabricOf(whole),
          discovery: discover(whole),
          campaign: campaignOf(
            { maxBatchSize: largest },
            { imageAssignments: [{ imageRef: image, selector: { devices } }] },
          ),
        }),
      );
    expect(planned(["leaf2"])).to.deep.equal([["leaf2"]]);
    const all = whole.devices.map(({ name }) => name);
    expect(planned(all)).to.deep.equal([["leaf1"], ["leaf2"], ["spine1"], ["spine2"]]);
    const { plan: made, topology } = plan({ fabric: fabricOf(whole), discovery: discover(whole) });
    const [first] = made.batches;
    if (first === undefined) throw new Error("no batch");
    const oneStep = { ...made, batches: [{ ...first, devices: all }] };
    const refused = verifyPlan(oneStep, topology, { maxBatchSize: largest });
    expect(refused.map(({ claim }) => claim)).to.include("Connected");
  });

  it("FB-3 refuses a device in two assignments, and names both", () => {
    const error = refusal(
      assign([
        { imageRef: image, selector: { roles: ["Leaf"] } },
        { imageRef: { name: "other" }, selector: { devices: ["leaf2"] } },
      ]),
    );
    expect(error).to.include({
      reason: "DeviceInTwoAssignments",
      field: "spec.imageAssignments[1].selector",
    });
    expect(error.message).to.equal("leaf2 is selected by assignments 1 and 2");
  });

  for (const [reason, campaign] of [
    ["SelectorEmpty", assign([{ imageRef: image, selector: {} }])],
    ["SelectorEmpty", assign([{ imageRef: image, selector: { roles: [], matchLabels: {} } }])],
    ["SelectorMatchesNothing", assign([{ imageRef: image, selector: { roles: ["Border"] } }])],
    ["DeviceNotFound", assign([{ imageRef: image, selector: { devices: ["leaf9"] } }])],
    ["ImageNotFound", assign([{ imageRef: { name: "none" }, selector: { roles: ["Leaf"] } }])],
    ["DeviceNotFound", campaignOf({ acceptNonHitless: [{ device: "leaf9", reason: "?" }] })],
  ] as const) {
    it(`refuses with ${reason}: ${JSON.stringify(campaign.spec.imageAssignments.map(({ selector }) => selector))}`, () => {
      const error = refusal(campaign);
      expect(error.reason).to.equal(reason);
      expect(error.field).to.match(/^spec\./);
      expect(error.hint).to.not.equal("");
    });
  }

  it("FB-8 resolves selectors when it plans: a new leaf is in the next plan", () => {
    const campaign = assign([{ imageRef: image, selector: { roles: ["Leaf"] } }]);
    const grown = { ...world, devices: [...world.devices, { name: "leaf3", role: "Leaf" as const }] };
    expect(batchesOf(plan({ fabric: fabricOf(world), campaign })).flat()).to.deep.equal(["leaf1", "leaf2"]);
    expect(batchesOf(plan({ fabric: fabricOf(grown), campaign })).flat()).to.include("leaf3");
  });

  const versions: [string | null, string | null][] = [
    ["23.4R2-S3.9", "SameVersion"],
    ["24.2R1.17", "DowngradeRefused"],
    ["23.4R2-S10.2", "DowngradeRefused"],
    ["23.4R2-S2.1", null],
    ["21.4R3-S5.4", null],
    ["15.1X53-D60.4", "VersionIncomparable"],
    [null, "VersionUnknown"],
  ];
  for (const [release, reason] of versions) {
    it(`TR-1 ${reason === null ? "plans" : `skips with ${reason}`} a device that runs ${release ?? "nothing known"}`, () => {
      const devices = world.devices.map((device) =>
        device.name === "leaf1" ? { ...device, release } : device,
      );
      const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, devices }) });
      const skipped = result.plan.skipped.filter(({ device }) => device === "leaf1");
      expect(skipped.map((each) => each.reason)).to.deep.equal(reason === null ? [] : [reason]);
      expect(result.plan.devices["leaf1"]?.from).to.equal(reason === null ? release : undefined);
      expect(batchesOf(result).flat().includes("leaf1")).to.equal(reason === null);
    });
  }

  it("N13 downgrades and other trains are planned where their assignment asks for it, and only there", () => {
    const releases: Record<string, string> = {
      leaf1: "24.2R1.17",
      leaf2: "15.1X53-D60.4",
      spine1: "24.2R1.17",
    };
    const devices = world.devices.map((device) => ({ ...device, release: releases[device.name] ?? null }));
    const skippedWith = (asks: Partial<Assignments[number]>): string[] => {
      const campaign = assign([
        { imageRef: image, selector: { roles: ["Leaf"] }, ...asks },
        { imageRef: image, selector: { roles: ["Spine"] } },
      ]);
      const result = plan({ fabric: fabricOf(world), campaign, discovery: discover({ ...world, devices }) });
      return result.plan.skipped.map(({ device, reason }) => `${device} ${reason}`);
    };
    const spine = "spine1 DowngradeRefused";
    expect(skippedWith({})).to.deep.equal(["leaf1 DowngradeRefused", "leaf2 VersionIncomparable", spine]);
    expect(skippedWith({ allowDowngrade: true })).to.deep.equal(["leaf2 VersionIncomparable", spine]);
    expect(skippedWith({ allowOtherTrain: true })).to.deep.equal(["leaf1 DowngradeRefused", spine]);
    expect(skippedWith({ allowDowngrade: true, allowOtherTrain: true })).to.deep.equal([spine]);
    expect(skippedWith({ allowDowngrade: false, allowOtherTrain: false })).to.have.length(3);
  });

  it("FB-2 IM-5 IM-6 skips what the image is not for, by family and by platform", () => {
    const fabric = fabricOf(world);
    const family = plan({ fabric, images: [imageOf({ deviceFamily: "junos" })] });
    expect(family.plan.skipped.map(({ reason }) => reason)).to.deep.equal(
      Array.from({ length: 3 }, () => "ImageFamilyMismatch"),
    );
    expect(family.plan.batches).to.deep.equal([]);
    const platform = plan({ fabric, images: [imageOf({ supportedPlatforms: ["qfx5110", "qfx10002"] })] });
    expect(platform.plan.skipped[0]).to.deep.equal({
      device: "leaf1",
      reason: "ImagePlatformMismatch",
      message: "the image is for qfx5110, qfx10002, not for qfx5120-48y",
    });
  });

  it("believes the device's model before the declared one", () => {
    const said = discover(world);
    const leaf1 = said["leaf1"];
    if (leaf1 === undefined) throw new Error("no leaf1");
    const discovery = { ...said, leaf1: { ...leaf1, model: "qfx5110-48s-4c" } };
    const result = plan({ fabric: fabricOf(world), discovery });
    expect(result.plan.skipped.map(({ device, reason }) => [device, reason])).to.deep.equal([
      ["leaf1", "ImagePlatformMismatch"],
    ]);
    expect(result.problems.map(({ device, reason }) => [device, reason])).to.deep.include([
      "leaf1",
      "TopologyContradiction",
    ]);
  });

  it("skips what the driver refuses, with its words", () => {
    const supports = (device: { name: string }): ReturnType<typeof explain> | null =>
      device.name === "leaf1" ? explain("UnsupportedModel", "never seen") : null;
    const { skipped } = plan({ fabric: fabricOf(world), supports }).plan;
    expect(skipped).to.deep.equal([{ device: "leaf1", reason: "UnsupportedModel", message: "never seen" }]);
  });

  it("plans from files without knowing what runs", () => {
    const { plan: made } = plan({ fabric: fabricOf(world) });
    expect(made.devices["leaf1"]).to.include({ from: null, to: "23.4R2-S3.9" });
    expect(made).to.include({ source: "declarations", hash: null });
  });

  it("does not take an image that is not ready", () => {
    const broken = imageOf();
    const message = "osVersion disagrees with deviceImageName";
    const condition = { type: "Ready", status: "False" as const, reason: "ImageVersionMismatch", message };
    broken.status = { conditions: [{ ...condition, lastTransitionTime: "2026-01-01T00:00:00Z" }] };
    expect(() => plan({ fabric: fabricOf(world), images: [broken] }))
      .to.throw(PlanningError, message)
      .with.property("reason", "ImageNotReady");
    // What else is not so says nothing of whether it is ready.
    const ready = { ...condition, status: "True" as const };
    const lastTransitionTime = "2026-01-01T00:00:00Z";
    broken.status = {
      conditions: [
        { ...condition, type: "Verified", lastTransitionTime },
        { ...ready, lastTransitionTime },
      ],
    };
    expect(batchesOf(plan({ fabric: fabricOf(world), images: [broken] })).flat()).to.have.length(3);
  });

  it("is not confused by names that objects have by themselves", () => {
    const odd: World = { ...world, devices: [{ name: "constructor", role: "Leaf" }] };
    const result = plan({ fabric: fabricOf(odd), discovery: {} });
    expect(result.blockers[0]).to.include({ device: "constructor", reason: "Unreachable" });
  });
});
