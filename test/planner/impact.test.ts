/** What a plan says of its batches beyond their devices: the impact of each, and what runs beside what. */
import { expect } from "chai";
import type { BatchImpact, Plan } from "../../src/api/plan.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { campaignOf, discover, fabricOf, plan, quickstart } from "./support.ts";
import type { World } from "./support.ts";

const world = quickstart();
const discovery = discover(world);
const redundancyGroups = [{ name: "storage", members: ["leaf1", "leaf3", "leaf5"], minAvailable: 1 }];
const fabric = fabricOf(world, { redundancyGroups });
const slow = ["leaf1", "spine2"];
const made = plan({
  fabric,
  discovery,
  effort: ({ name }) => {
    const times = slow.includes(name)
      ? { outSeconds: 2400, goBackSeconds: 2500 }
      : { outSeconds: 1200, goBackSeconds: 1300 };
    return { ...times, backup: name === "leaf2" ? ["configuration", "licences"] : ["configuration"] };
  },
});

function impactsOf({ batches }: Plan): BatchImpact[] {
  return batches.flatMap(({ impact }) => impact ?? []);
}

function claims(judged: Plan): string[] {
  return verifyPlan(judged, made.topology, { maxBatchSize: 4, accepted: ["leaf8"] }).map(
    ({ claim, batch, witness }) => `${claim} ${String(batch)}: ${witness}`,
  );
}

describe("impact", () => {
  it("PL-16 says of each batch who is cut off, what is left, for how long, and what is kept", () => {
    expect(made.plan.batches.map(({ devices }) => devices)).to.deep.equal([
      ["leaf1", "leaf3", "leaf6", "leaf7"],
      ["leaf2", "leaf4", "leaf5", "leaf8"],
      ["spine1"],
      ["spine2"],
    ]);
    const spines = {
      cutOff: [],
      withoutSpare: 0,
      kept: [{ kind: "Role", name: "Route-Reflector", left: 1, of: 2, needed: 1 }],
      uplinksLeftPercent: 50,
      backup: ["configuration"],
    };
    expect(impactsOf(made.plan)).to.deep.equal([
      {
        cutOff: [],
        withoutSpare: 12,
        kept: [{ kind: "Group", name: "storage", left: 1, of: 3, needed: 1 }],
        outSeconds: 2400,
        goBackSeconds: 2500,
        backup: ["configuration"],
      },
      {
        cutOff: ["leaf8/xe-0/0/13"],
        withoutSpare: 12,
        kept: [{ kind: "Group", name: "storage", left: 2, of: 3, needed: 1 }],
        outSeconds: 1200,
        goBackSeconds: 1300,
        backup: ["configuration", "licences"],
      },
      { ...spines, outSeconds: 1200, goBackSeconds: 1300 },
      { ...spines, outSeconds: 2400, goBackSeconds: 2500 },
    ]);
    expect(claims(made.plan)).to.deep.equal([]);
  });

  it("FX-2 counts what is down already: a leaf that has lost an uplink keeps half of what works", () => {
    const cables = world.cables.map((cable) =>
      cable.a === "leaf1/et-0/0/48" ? { ...cable, up: false } : cable,
    );
    const result = plan({ fabric, discovery: discover({ ...world, cables }) });
    // spine1 has no link to leaf1 any more; spine2 is the last of it.
    expect(impactsOf(result.plan).map(({ uplinksLeftPercent }) => uplinksLeftPercent ?? 100)).to.deep.equal([
      100, 100, 50, 0,
    ]);
  });

  it("TR-4 is proven: who hides somebody cut off, invents one, or counts spares wrong is told", () => {
    const [first, second, ...rest] = made.plan.batches;
    if (first?.impact === undefined || second?.impact === undefined) throw new Error("no impact");
    const [real, next] = [first.impact, second.impact];
    type Claimed = Pick<BatchImpact, "cutOff"> | Pick<BatchImpact, "withoutSpare">;
    const claimed = (one: Claimed, other: Claimed): Plan => ({
      ...made.plan,
      batches: [
        { ...first, impact: { ...real, ...one } },
        { ...second, impact: { ...next, ...other } },
        ...rest,
      ],
    });
    expect(claims(claimed({ cutOff: ["server1"] }, { cutOff: [] }))).to.deep.equal([
      "Impact 1: it says that server1 are cut off, and they are not",
      "Impact 2: it does not say that leaf8/xe-0/0/13 are cut off",
    ]);
    expect(claims(claimed({ withoutSpare: 11 }, { withoutSpare: 0 }))).to.deep.equal([
      "Impact 1: it leaves 12 endpoints without a spare, not 11",
      "Impact 2: it leaves 12 endpoints without a spare, not 0",
    ]);
  });

  it("is not part of the hash: what steps take changes nothing that was approved", () => {
    const effort = (): { outSeconds: number; goBackSeconds: number; backup: string[] } => {
      return { outSeconds: 1, goBackSeconds: 2, backup: [] };
    };
    expect(plan({ fabric, discovery, effort }).plan.hash).to.equal(made.plan.hash);
  });
});

describe("mixed releases", () => {
  function warningsWith(releases: Readonly<Record<string, string>>, devices?: string[]): string[] {
    const mixed: World = {
      ...world,
      devices: world.devices.map((device) => ({ ...device, release: releases[device.name] ?? "23.4R1.9" })),
    };
    const selector = devices === undefined ? { roles: ["Leaf" as const] } : { devices };
    const campaign = campaignOf({}, { imageAssignments: [{ imageRef: { name: "junos-23" }, selector }] });
    const { warnings = [] } = plan({ fabric: fabricOf(world), discovery: discover(mixed), campaign }).plan;
    expect(warnings.every(({ reason }) => reason === "MixedReleases")).to.equal(true);
    return warnings.map(({ message }) => message);
  }

  it("PL-15 are told once per pair of releases, with how far they are apart", () => {
    expect(warningsWith({ leaf1: "21.4R3-S5.4", leaf2: "21.4R3-S5.4" })).to.deep.equal([
      "leaf3, leaf4, leaf5, leaf6, leaf7 and 1 more back each other up and run 23.4R1.9 and 23.4R2-S3.9 beside each other until all of them are done",
      "leaf1, leaf2 back each other up and run 21.4R3-S5.4 and 23.4R2-S3.9 beside each other until all of them are done, 8 feature releases apart",
    ]);
  });

  it("PL-15 are told for good where one of them is not in the campaign, or cannot be", () => {
    const [forGood, meanwhile] = warningsWith({ leaf1: "23.3R1.2", leaf4: "24.2R1.17" }, [
      "leaf1",
      "leaf3",
      "leaf4",
    ]);
    expect(forGood).to.equal(
      "leaf3, leaf4 back each other up and run 23.4R2-S3.9 and 24.2R1.17 beside each other after the campaign, 2 feature releases apart",
    );
    expect(meanwhile).to.equal(
      "leaf1, leaf2 back each other up and run 23.4R1.9 and 23.4R2-S3.9 beside each other after the campaign",
    );
  });

  it("PL-15 are not told of two that run the same: one that runs the image already, and one that will", () => {
    expect(warningsWith({ leaf1: "23.4R2-S3.9" }, ["leaf1", "leaf2"])).to.deep.equal([
      "leaf1, leaf2 back each other up and run 23.4R1.9 and 23.4R2-S3.9 beside each other until all of them are done",
    ]);
    expect(warningsWith({ leaf2: "23.4R2-S3.9" }, ["leaf1", "leaf2"])).to.have.length(1);
    expect(warningsWith({ leaf1: "23.2R1.1" }, ["leaf1", "leaf2"])).to.deep.equal([
      "leaf1, leaf2 back each other up and run 23.4R1.9 and 23.4R2-S3.9 beside each other until all of them are done",
      "leaf1, leaf2 back each other up and run 23.2R1.1 and 23.4R2-S3.9 beside each other until all of them are done, 2 feature releases apart",
    ]);
    expect(warningsWith({ leaf1: "23.3R1.1", leaf2: "23.3R1.1" }, ["leaf1"])).to.deep.equal([
      "leaf1, leaf2 back each other up and run 23.3R1.1 and 23.4R2-S3.9 beside each other after the campaign, 1 feature release apart",
    ]);
  });

  it("PL-15 say no distance between releases that have none", () => {
    expect(warningsWith({ leaf1: "15.1X53-D59.3" }, ["leaf2"])).to.deep.equal([
      "leaf1, leaf2 back each other up and run 15.1X53-D59.3 and 23.4R2-S3.9 beside each other after the campaign",
    ]);
  });

  it("are not told of devices that stay as they are, nor where releases are not known", () => {
    expect(warningsWith({ leaf1: "21.4R3-S5.4" }, ["spine1"])).to.deep.equal([]);
    expect(plan({ fabric: fabricOf(world) }).plan.warnings).to.deep.equal([]);
  });

  it("CA-5 says at which points of the upgrade to speak with users: batches that cut somebody off, by name and for how long", () => {
    const points = made.plan.batches.flatMap(({ index, impact }) =>
      impact === undefined || impact.cutOff.length === 0 ? [] : [{ index, ...impact }],
    );
    expect(points.map(({ index, cutOff, outSeconds }) => [index, cutOff, outSeconds])).to.deep.equal([
      [2, ["leaf8/xe-0/0/13"], 1200],
    ]);
    // Nobody is left out of the points, and nobody who is not cut off is asked.
    const asked = points.flatMap(({ cutOff }) => cutOff);
    expect(asked).to.deep.equal(made.plan.exposed.flatMap(({ endpoints }) => endpoints));
    const hidden = made.plan.batches.map((batch) =>
      batch.impact === undefined ? batch : { ...batch, impact: { ...batch.impact, cutOff: [] } },
    );
    expect(claims({ ...made.plan, batches: hidden })).to.deep.equal([
      "Impact 2: it does not say that leaf8/xe-0/0/13 are cut off",
    ]);
  });
});
