/** Paths of images: which of them a device installs, and which paths are refused. */
import { expect } from "chai";
import type { DeviceImage } from "../../src/api/deviceImage.gen.ts";
import type { Plan } from "../../src/api/plan.ts";
import { hopsFrom } from "../../src/planner/imagePath.ts";
import type { PlanInput } from "../../src/planner/plan.ts";
import { PlanningError } from "../../src/planner/planningError.ts";
import { verifyPlan } from "../../src/planner/verify/verify.ts";
import { campaignOf, discover, fabricOf, imageOf, plan } from "./support.ts";
import type { World } from "./support.ts";

function image(name: string, osVersion: string, spec: Partial<DeviceImage["spec"]> = {}): DeviceImage {
  return imageOf({ osVersion, ...spec }, name);
}

const IMAGES = [image("a", "20.4R3-S8.4"), image("b", "22.2R3-S2.8"), image("c", "23.4R2-S3.9")];

interface Assignment {
  readonly path?: readonly string[];
  readonly to?: string;
  readonly allowDowngrade?: boolean;
  readonly allowOtherTrain?: boolean;
}

function inputOf(
  releases: readonly string[],
  { path = ["a", "b"], to = "c", allowDowngrade = false, allowOtherTrain = false }: Assignment = {},
): Partial<PlanInput> & Pick<PlanInput, "fabric"> {
  const world: World = {
    devices: releases.map((release, index) => ({ name: `leaf${String(index + 1)}`, role: "Leaf", release })),
    cables: [],
    servers: [],
  };
  return {
    fabric: fabricOf(world),
    discovery: discover(world),
    images: IMAGES,
    campaign: campaignOf(
      {},
      {
        imageAssignments: [
          {
            imageRef: { name: to },
            path: path.map((name) => ({ name })),
            selector: { roles: ["Leaf"] },
            ...(allowDowngrade ? { allowDowngrade } : {}),
            ...(allowOtherTrain ? { allowOtherTrain } : {}),
          },
        ],
      },
    ),
  };
}

function planned(releases: readonly string[], assignment?: Assignment): Plan {
  return plan(inputOf(releases, assignment)).plan;
}

function hopsOf(made: Plan, device: string): string[] {
  const { hops, to } = made.devices[device] ?? {};
  return hops?.map((hop) => `${hop.image} ${hop.to} ${String(hop.estimateSeconds)}`) ?? [to ?? "none"];
}

function problemsOf(assignment: Assignment, images = IMAGES): string[] {
  try {
    plan({ ...inputOf(["20.2R1"], assignment), images });
    return [];
  } catch (error) {
    if (!(error instanceof PlanningError)) throw error;
    return error.problems.map(({ field, message }) => `${field}: ${message}`);
  }
}

describe("a path of images", () => {
  it("PL-10 takes a device over the images on the way, each with its own estimate", () => {
    const made = planned(["19.1R1"]);
    expect(hopsOf(made, "leaf1")).to.deep.equal([
      "a 20.4R3-S8.4 1800",
      "b 22.2R3-S2.8 1800",
      "c 23.4R2-S3.9 1800",
    ]);
    expect(made.devices["leaf1"]).to.include({ from: "19.1R1", to: "23.4R2-S3.9", estimateSeconds: 5400 });
    expect(made.batches.map(({ estimateSeconds }) => estimateSeconds)).to.deep.equal([5400]);
    expect(made.batches[0]?.impact).to.include({ outSeconds: 4500, goBackSeconds: 4800 });
  });

  it("PL-10 skips the images that a device runs or is beyond", () => {
    const made = planned(["20.4R3-S8.4", "21.1R1", "22.2R3-S2.8", "22.3R1", "23.4R2-S3.9"]);
    expect(hopsOf(made, "leaf1")).to.deep.equal(["b 22.2R3-S2.8 1800", "c 23.4R2-S3.9 1800"]);
    expect(hopsOf(made, "leaf2")).to.deep.equal(["b 22.2R3-S2.8 1800", "c 23.4R2-S3.9 1800"]);
    expect(hopsOf(made, "leaf3")).to.deep.equal(["23.4R2-S3.9"]);
    expect(hopsOf(made, "leaf4")).to.deep.equal(["23.4R2-S3.9"]);
    expect(made.skipped.map(({ device, reason }) => `${device} ${reason}`)).to.deep.equal([
      "leaf5 SameVersion",
    ]);
  });

  it("PL-10 goes down step by step where downgrades are allowed, and straight from beyond a path that goes up", () => {
    const down = { path: ["b"], to: "a", allowDowngrade: true };
    expect(hopsOf(planned(["23.4R2-S3.9"], down), "leaf1")).to.deep.equal([
      "b 22.2R3-S2.8 1800",
      "a 20.4R3-S8.4 1800",
    ]);
    expect(hopsOf(planned(["21.4R1"], down), "leaf1")).to.deep.equal(["20.4R3-S8.4"]);
    const up = { path: ["a"], to: "b", allowDowngrade: true };
    expect(hopsOf(planned(["23.4R2-S3.9"], up), "leaf1")).to.deep.equal(["22.2R3-S2.8"]);
  });

  it("takes all of them where nothing is known of what runs", () => {
    expect(hopsFrom(null, IMAGES)).to.deep.equal(IMAGES);
    expect(hopsFrom("no release", IMAGES)).to.deep.equal(IMAGES);
    // Of another train it is known that the image is what runs.
    const [other, ...rest] = [image("x", "15.1X53-D59.3"), ...IMAGES.slice(2)];
    expect(hopsFrom("15.1X53-D59.3", [other, ...rest])).to.deep.equal(rest);
  });

  it("skips a device that one of its images is not for, as the one before leaves it", () => {
    const said: (string | null)[] = [];
    const { plan: made } = plan({
      ...inputOf(["19.1R1"]),
      supports: ({ name }, { metadata }, discovered) => {
        said.push(discovered?.release ?? null);
        return metadata.name === "b" ? { reason: "ReleaseNotSupported", message: `not on ${name}` } : null;
      },
    });
    expect(said).to.deep.equal(["19.1R1", "20.4R3-S8.4"]);
    expect(made.skipped).to.deep.equal([
      { device: "leaf1", reason: "ReleaseNotSupported", message: "b: not on leaf1" },
    ]);
  });

  it("EX-2 is covered by the hash: another way is another plan", () => {
    const hashes = [["a", "b"], ["a"], ["b"]].map((path) => planned(["19.1R1"], { path }).hash);
    expect(new Set(hashes).size).to.equal(3);
    const images = IMAGES.map((each) =>
      each.metadata.name === "a" ? image("a", "20.4R3-S8.4", { sizeBytes: 2 }) : each,
    );
    expect(plan({ ...inputOf(["19.1R1"]), images }).plan.hash).not.to.equal(hashes[0]);
  });

  it("refuses a path that does not go up", () => {
    expect(problemsOf({ path: ["b", "a"] })).to.deep.equal([
      "spec.imageAssignments[0].path[0]: the path does not go up from b (22.2R3-S2.8) to a (20.4R3-S8.4)",
    ]);
    expect(problemsOf({ path: ["a", "c"], to: "b" })).to.deep.equal([
      "spec.imageAssignments[0].path[1]: the path does not go up from c (23.4R2-S3.9) to b (22.2R3-S2.8)",
    ]);
    expect(problemsOf({ path: ["b"], to: "a" })).to.have.length(1);
    expect(problemsOf({ path: ["c", "a"], to: "b", allowDowngrade: true })).to.deep.equal([
      "spec.imageAssignments[0].path[1]: the path does not go down from a (20.4R3-S8.4) to b (22.2R3-S2.8)",
    ]);
  });

  it("refuses a path to another train, which has no order, unless that is allowed; a step down stays one", () => {
    const images = [image("x", "15.1X53-D59.3"), ...IMAGES];
    const other =
      "spec.imageAssignments[0].path[0]: the path does not go up from x (15.1X53-D59.3) to c (23.4R2-S3.9)";
    expect(problemsOf({ path: ["x"] }, images)).to.deep.equal([other]);
    expect(problemsOf({ path: ["x"], allowOtherTrain: true }, images)).to.deep.equal([]);
    expect(problemsOf({ path: ["x", "b", "a"], allowOtherTrain: true }, images)).to.deep.equal([
      "spec.imageAssignments[0].path[1]: the path does not go up from b (22.2R3-S2.8) to a (20.4R3-S8.4)",
    ]);
    expect(problemsOf({ path: ["b", "a"], allowOtherTrain: true }, images)).to.deep.equal([
      "spec.imageAssignments[0].path[0]: the path does not go up from b (22.2R3-S2.8) to a (20.4R3-S8.4)",
    ]);
  });

  it("refuses a path in a circle, and an image that stands in it twice", () => {
    expect(problemsOf({ path: ["a", "b", "a"] })).to.deep.equal([
      "spec.imageAssignments[0].path[2]: the image a stands in the path twice",
      "spec.imageAssignments[0].path[1]: the path does not go up from b (22.2R3-S2.8) to a (20.4R3-S8.4)",
    ]);
    expect(problemsOf({ path: ["c"] })).to.deep.equal([
      "spec.imageAssignments[0].path[0]: the image c stands in the path twice",
      "spec.imageAssignments[0].path[0]: the path does not go up from c (23.4R2-S3.9) to c (23.4R2-S3.9)",
    ]);
  });

  it("refuses an image of another family, and one that is missing or not ready", () => {
    const mx = image("a", "20.4R3-S8.4", { deviceFamily: "junos" });
    expect(problemsOf({ path: ["a"] }, [mx, ...IMAGES.slice(1)])).to.deep.equal([
      "spec.imageAssignments[0].path[0]: a is for junos, c for junos-qfx",
    ]);
    expect(problemsOf({ path: ["nowhere"] })).to.deep.equal([
      "spec.imageAssignments[0].path[0].name: there is no DeviceImage nowhere",
    ]);
  });

  it("is proven again: a hop that the assignment does not name, or that leads elsewhere, is found", () => {
    const input = inputOf(["19.1R1"]);
    const { plan: made, topology } = plan(input);
    const [assignment] = input.campaign?.spec.imageAssignments ?? [];
    const images = assignment === undefined ? [] : [...(assignment.path ?? []), assignment.imageRef];
    const options = {
      maxBatchSize: 4,
      assignments: [{ images: images.map(({ name }) => name), devices: ["leaf1"] }],
    };
    const witnesses = (change: (device: Plan["devices"][string]) => Plan["devices"][string]): string[] => {
      const { leaf1 } = made.devices;
      if (leaf1 === undefined) throw new Error("leaf1 is planned");
      const spoilt = { ...made, devices: { leaf1: change(leaf1) } };
      return verifyPlan(spoilt, topology, options).map(({ claim, witness }) => `${claim}: ${witness}`);
    };
    const hops = made.devices["leaf1"]?.hops ?? [];
    expect(witnesses((leaf1) => leaf1)).to.deep.equal([]);
    expect(witnesses((leaf1) => ({ ...leaf1, hops: hops.toReversed() }))).to.deep.equal([
      "Hops: leaf1 gets c, b, a, its assignment names a, b, c in this order",
      "Hops: leaf1 ends with 20.4R3-S8.4, the plan says 23.4R2-S3.9",
    ]);
    expect(witnesses((leaf1) => ({ ...leaf1, hops: hops.slice(0, -1), to: "22.2R3-S2.8" }))).to.deep.equal([
      "Hops: leaf1 gets a, b, its assignment names a, b, c in this order",
      "Hops: leaf1 takes 5400 s, its images 3600 s",
    ]);
  });
});
