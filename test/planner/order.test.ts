/** The order of batches beyond redundancy: protected endpoints, and assignments that wait for others. */
import { expect } from "chai";
import type { Plan } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import type { VerifyOptions } from "../../src/planner/verify/verify.ts";
import { batchesOf, campaignOf, discover, fabricOf, imageOf, plan, quickstart } from "./support.ts";
import type { PlanResult } from "../../src/planner/plan.ts";

const world = quickstart();
const discovery = discover(world);
const images = [imageOf(), imageOf({ osVersion: "24.2R2.1" }, "other")];
const image = { name: "junos-23" };

function claims(judged: Plan, { topology }: PlanResult, options: Partial<VerifyOptions> = {}): string[] {
  const found = verifyPlan(judged, topology, { maxBatchSize: 4, accepted: ["leaf8"], ...options });
  return found.map(({ claim, batch, witness }) => `${claim} ${String(batch)}: ${witness}`);
}

/** The plan with its batches in another order, consistent in itself. */
function reordered({ plan: made }: PlanResult, order: readonly number[]): Plan {
  const batches = order.flatMap((index, place) => {
    const batch = made.batches[index - 1];
    return batch === undefined ? [] : [{ ...batch, index: place + 1 }];
  });
  const devices = Object.fromEntries(
    Object.entries(made.devices).map(([name, device]) => [
      name,
      { ...device, batch: order.indexOf(device.batch) + 1 },
    ]),
  );
  return { ...made, batches, devices };
}

describe("protected endpoints", () => {
  const protectedEndpoints = [
    { name: "api-server", devices: ["leaf1"] },
    { name: "radius", devices: ["leaf1", "spine1"] },
  ];
  const fabric = fabricOf(world, { protectedEndpoints });
  const made = plan({ fabric, discovery });

  it("PL-10 go last in their tier, each alone", () => {
    expect(batchesOf(made)).to.deep.equal([
      ["leaf2", "leaf3", "leaf5", "leaf7"],
      ["leaf4", "leaf6", "leaf8"],
      ["leaf1"],
      ["spine2"],
      ["spine1"],
    ]);
    expect(made.plan.lowerBound).to.equal(5);
    expect(made.plan.batches[2]?.protects).to.deep.equal(["api-server", "radius"]);
    expect(made.plan.batches[4]?.protects).to.deep.equal(["radius"]);
    expect(made.plan.batches[0]).to.not.have.property("protects");
    expect(made.plan.devices["leaf1"]?.reasons).to.deep.equal([
      "carries api-server, radius, which is protected: it goes last in tier Leaf, alone",
    ]);
    expect(claims(made.plan, made)).to.deep.equal([]);
  });

  it("PL-12 are no canaries", () => {
    const { batches } = plan({
      fabric,
      discovery,
      campaign: campaignOf({ canary: { devicesPerTier: 1 } }),
    }).plan;
    expect(batches.filter(({ canary }) => canary).map(({ devices }) => devices[0])).to.deep.equal([
      "leaf2",
      "spine2",
    ]);
  });

  it("go after gateways, and among each other by name", () => {
    const all = fabricOf({
      ...world,
      devices: world.devices.map((device) =>
        device.name === "leaf2" ? { ...device, overlayRoles: ["DC-Gateway"] } : device,
      ),
    });
    const result = plan({
      fabric: {
        ...all,
        spec: { ...all.spec, protectedEndpoints: [{ name: "dns", devices: ["leaf4", "leaf3"] }] },
      },
      discovery,
    });
    expect(batchesOf(result).slice(-5)).to.deep.equal([
      ["leaf2"],
      ["leaf3"],
      ["leaf4"],
      ["spine1"],
      ["spine2"],
    ]);
    expect(claims(result.plan, result, { accepted: ["leaf2", "leaf8"] })).to.deep.equal([]);
  });

  it("TR-4 are caught by the proof when they go early, or in company", () => {
    expect(claims(reordered(made, [3, 1, 2, 4, 5]), made)).to.deep.equal([
      "ProtectedLast 2: leaf2, leaf3, leaf5, leaf7 should go before leaf1, which carries what is protected",
      "ProtectedLast 3: leaf4, leaf6, leaf8 should go before leaf1, which carries what is protected",
    ]);
    const plain = plan({ fabric: fabricOf(world), discovery });
    expect(claims(plain.plan, made)).to.include(
      "ProtectedLast 1: leaf1 carries what is protected and goes alone",
    );
  });

  it("N8 are part of the hash", () => {
    const other = plan({
      fabric: fabricOf(world, { protectedEndpoints: protectedEndpoints.slice(1) }),
      discovery,
    });
    expect(batchesOf(other)).to.deep.equal(batchesOf(made));
    expect(other.plan.hash).to.not.equal(made.plan.hash);
  });
});

describe("dependsOn", () => {
  const campaign = (dependsOn: string[]): UpgradeCampaign =>
    campaignOf(
      {},
      {
        imageAssignments: [
          { name: "edge", dependsOn, imageRef: image, selector: { devices: ["leaf1", "leaf2", "leaf3"] } },
          { name: "core", imageRef: { name: "other" }, selector: { roles: ["Spine"] } },
        ],
      },
    );
  const made = plan({ fabric: fabricOf(world), discovery, images, campaign: campaign(["core"]) });
  const assignments = [
    { name: "edge", dependsOn: ["core"], devices: ["leaf1", "leaf2", "leaf3"] },
    { name: "core", devices: ["spine1", "spine2"] },
  ];

  it("PL-10 FB-3 lets an assignment wait for another one, whatever their tiers", () => {
    expect(batchesOf(made)).to.deep.equal([["spine1"], ["spine2"], ["leaf1", "leaf3"], ["leaf2"]]);
    expect(made.plan.batches.map(({ level }) => level)).to.deep.equal([1, 1, 2, 2]);
    expect(made.plan.devices["spine1"]?.to).to.equal("24.2R2.1");
    expect(made.plan.devices["leaf1"]).to.deep.include({
      to: "23.4R2-S3.9",
      reasons: ["waits for the assignments that its own depends on"],
    });
    expect(made.plan.lowerBound).to.equal(4);
    expect(claims(made.plan, made, { assignments })).to.deep.equal([]);
  });

  it("FB-3 keeps the tiers in order where nothing depends on anything", () => {
    const free = campaign([]);
    for (const assignment of free.spec.imageAssignments) delete assignment.dependsOn;
    const result = plan({ fabric: fabricOf(world), discovery, images, campaign: free });
    expect(batchesOf(result)).to.deep.equal([["leaf1", "leaf3"], ["leaf2"], ["spine1"], ["spine2"]]);
    for (const batch of result.plan.batches) expect(batch).to.not.have.property("level");
  });

  it("TR-4 is proven: who begins too early, and levels that nothing asks for, are named", () => {
    const early = reordered(made, [3, 4, 1, 2]);
    expect(claims(early, made, { assignments })).to.deep.equal([
      "DependsOn 3: level 1 comes after level 2",
      "DependsOn 1: leaf1 begins before spine1, spine2 of assignment core, which it waits for",
    ]);
    const flat = { ...early, batches: early.batches.map(({ level: _level, ...batch }) => batch) };
    expect(claims(flat, made, { assignments })).to.deep.equal([
      "DependsOn 1: leaf1, leaf3: by what it depends on it is not of level 1",
      "DependsOn 2: leaf2: by what it depends on it is not of level 1",
      "DependsOn 1: leaf1 begins before spine1, spine2 of assignment core, which it waits for",
    ]);
    const free = assignments.map(({ name, devices }) => ({ name, devices }));
    expect(claims(made.plan, made, { assignments: free })).to.deep.equal([
      "DependsOn 3: leaf1, leaf3: by what it depends on it is not of level 2",
      "DependsOn 4: leaf2: by what it depends on it is not of level 2",
    ]);
  });

  it("TR-4 is proven: who shares a batch with a device that his assignment waits for is named", () => {
    const [, , third] = made.plan.batches;
    if (third === undefined) throw new Error("four batches");
    const waits = [
      { name: "one", devices: ["leaf1"] },
      { name: "two", dependsOn: ["one"], devices: ["leaf3"] },
    ];
    const witnesses = claims({ ...made.plan, batches: [third] }, made, { assignments: waits });
    expect(witnesses).to.include(
      "DependsOn 3: leaf3 begins before leaf1 of assignment one, which it waits for",
    );
  });

  it("TR-4 ends where assignments wait for each other, which the planner refuses", () => {
    const [edge, core] = assignments;
    const circle = [
      { ...edge, devices: edge?.devices ?? [] },
      { name: "core", dependsOn: ["edge"], devices: core?.devices ?? [] },
    ];
    expect(
      claims(made.plan, made, { assignments: circle }).filter((text) => text.includes("waits for")),
    ).to.deep.equal([
      "DependsOn 1: spine1 begins before leaf1, leaf2, leaf3 of assignment edge, which it waits for",
    ]);
  });

  it("waits for the whole chain", () => {
    const chain = campaignOf(
      {},
      {
        imageAssignments: [
          { name: "c", dependsOn: ["b", "a"], imageRef: image, selector: { devices: ["leaf1"] } },
          { name: "b", dependsOn: ["a"], imageRef: image, selector: { devices: ["leaf3"] } },
          { name: "a", imageRef: image, selector: { devices: ["leaf5"] } },
        ],
      },
    );
    const result = plan({ fabric: fabricOf(world), discovery, campaign: chain });
    expect(batchesOf(result)).to.deep.equal([["leaf5"], ["leaf3"], ["leaf1"]]);
    expect(result.plan.batches.map(({ level }) => level)).to.deep.equal([1, 2, 3]);
    const known = [
      { name: "c", dependsOn: ["b", "a"], devices: ["leaf1"] },
      { name: "b", dependsOn: ["a"], devices: ["leaf3"] },
      { name: "a", devices: ["leaf5"] },
    ];
    expect(claims(result.plan, result, { assignments: known })).to.deep.equal([]);
  });

  it("FB-8 TR-4 a device that is selected and missing is named, and one that nobody selects", () => {
    const more = [...assignments, { name: "late", devices: ["leaf7"] }].slice(1);
    expect(
      claims(made.plan, made, { assignments: more }).filter((text) => text.startsWith("Selected")),
    ).to.deep.equal([
      "Selected null: leaf7 is selected, and the plan does not know it",
      "Selected 3: leaf1 is in the plan, and no assignment selects it",
      "Selected 3: leaf3 is in the plan, and no assignment selects it",
      "Selected 4: leaf2 is in the plan, and no assignment selects it",
    ]);
  });
});
