/** Redundancy groups over two fabrics: sites that share a gateway count on each other's devices. */
import { expect } from "chai";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { PlanningError } from "../../src/planner/planningError.ts";
import { elsewhereDevice, elsewhereName } from "../../src/planner/topology/elsewhere.ts";
import { verifyPlan, whoLosesService } from "../../src/planner/verify/verify.ts";
import { batchesOf, discover, fabricOf, plan } from "./support.ts";
import type { World } from "./support.ts";

const WORLD: World = {
  devices: ["border1", "border2"].map((name) => ({ name, role: "Border" as const })),
  cables: [],
  servers: [],
};
const ELSEWHERE = [{ fabricRef: { name: "dc2" }, devices: ["border1", "border2"] }];

type Group = NonNullable<Fabric["spec"]["redundancyGroups"]>[number];

function made(group: Partial<Group> = {}, out: string[] = [], world = WORLD): PlanResult {
  const redundancyGroups = [
    { name: "dci", members: ["border1", "border2"], elsewhere: ELSEWHERE, minAvailable: 2, ...group },
  ];
  const fabric = fabricOf(world, { redundancyGroups });
  return plan({ fabric, discovery: discover(world), outOfService: out });
}

function problemsOf(group: Partial<Group>): string[] {
  try {
    made(group);
    return [];
  } catch (error) {
    if (!(error instanceof PlanningError)) throw error;
    return error.problems.map(({ field, message }) => `${field}: ${message}`);
  }
}

describe("a group over two fabrics", () => {
  it("names a device of another fabric by both, and finds both in the name again", () => {
    const device = { fabric: "dc2", device: "border1" };
    expect(elsewhereName(device)).to.equal("dc2/border1");
    expect(elsewhereDevice("dc2/border1")).to.deep.equal(device);
  });

  it("MS-1 counts its members in the other fabric", () => {
    expect(batchesOf(made())).to.deep.equal([["border1", "border2"]]);
    expect(batchesOf(made({ minAvailable: 3 }))).to.deep.equal([["border1"], ["border2"]]);
    expect(batchesOf(made({ minAvailable: "75%" }))).to.deep.equal([["border1"], ["border2"]]);
    expect(made({ minAvailable: 3 }).plan.devices["border1"]?.peers).to.deep.equal([
      "border2",
      "dc2/border1",
      "dc2/border2",
    ]);
  });

  it("MS-1 does not count those of them that are out: down, held by its ledger, or unknown", () => {
    expect(batchesOf(made({}, ["dc2/border1"]))).to.deep.equal([["border1"], ["border2"]]);
    const { plan: short, blockers } = made({ minAvailable: 3 }, ["dc2/border1"]);
    expect(short.hitless).to.equal(false);
    expect(blockers.map(({ device, reason }) => `${device} ${reason}`)).to.deep.equal([
      "border1 NotHitless",
      "border2 NotHitless",
    ]);
    expect(blockers[0]?.message).to.equal("without border1 group dci is cut off");
  });

  it("MS-1 may have one member of its own, and then that one waits for the others", () => {
    const world: World = { ...WORLD, devices: WORLD.devices.slice(0, 1) };
    expect(made({ members: ["border1"] }, [], world).plan.hitless).to.equal(true);
    const out = ["dc2/border1"];
    expect(made({ members: ["border1"] }, out, world).plan.hitless).to.equal(false);
  });

  it("says in the impact how many stay of all of them", () => {
    const { batches } = made({ minAvailable: 3 }).plan;
    expect(batches[0]?.impact?.kept).to.deep.equal([
      { kind: "Group", name: "dci", left: 3, of: 4, needed: 3 },
    ]);
  });

  it("MS-1 is proven again with what is out elsewhere", () => {
    const { plan: both, topology } = made();
    const options = { maxBatchSize: 4 };
    expect(verifyPlan(both, topology, options)).to.deep.equal([]);
    const against = verifyPlan(both, topology, { ...options, outOfService: ["dc2/border2"] });
    expect(against.map(({ claim, witness }) => `${claim}: ${witness}`)).to.deep.equal([
      "Connected: group dci keeps 1 of its members, it needs 2",
    ]);
    const groups = [
      { name: "dci", members: ["border1", "border2"], elsewhere: ELSEWHERE, minAvailable: "75%" },
    ];
    expect(verifyPlan(both, topology, { ...options, groups })).to.have.length(1);
  });

  it("MS-1 keeps a device in service right before its drain", () => {
    const { topology } = made({ minAvailable: 3 });
    const lost = (alreadyOut: string[]): string[] =>
      whoLosesService(topology, { removing: ["border1"], alreadyOut }).map(({ message }) => message);
    expect(lost([])).to.deep.equal([]);
    expect(lost(["dc2/border2"])).to.deep.equal(["group dci keeps 2 of its members, it needs 3"]);
    expect(lost(["border2"])).to.deep.equal(["group dci keeps 2 of its members, it needs 3"]);
  });

  it("EX-2 has another hash with other members elsewhere, and the same one whoever is out at the moment", () => {
    const elsewhere = [{ fabricRef: { name: "dc3" }, devices: ["border1", "border2"] }];
    const hashes = [made({ minAvailable: 1 }), made({ minAvailable: 1, elsewhere })].map(
      (one) => one.plan.hash,
    );
    expect(hashes[0]).not.to.equal(hashes[1]);
    expect(made({ minAvailable: 1 }, ["dc2/border1"]).plan.hash).to.equal(hashes[0]);
  });

  it("refuses a group that can never be kept, one of one device, and its own fabric as another one", () => {
    const group = "spec.redundancyGroups[0]";
    expect(problemsOf({ minAvailable: 5 })).to.deep.equal([
      `${group}.minAvailable: group dci: minAvailable 5 can never be kept: it has 4 members`,
    ]);
    const own = { fabricRef: { name: "dc1" }, devices: ["border1"] };
    expect(problemsOf({ elsewhere: [...ELSEWHERE, own] })).to.deep.equal([
      `${group}.elsewhere[1].fabricRef.name: group dci names its own fabric as another one`,
    ]);
    expect(problemsOf({ elsewhere: [own] })).to.deep.equal([
      `${group}.elsewhere[0].fabricRef.name: group dci names its own fabric as another one`,
    ]);
  });
});
