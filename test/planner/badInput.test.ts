import { expect } from "chai";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { PlanningError } from "../../src/planner/planningError.ts";
import { buildTopology } from "../../src/planner/topology/topology.ts";
import { campaignOf, declarationsOf, discover, esi, fabricOf, imageOf, plan, quickstart } from "./support.ts";

const world = quickstart();

/** What is wrong, each as `field: message`; empty where the plan was made. */
function problemsOf(
  spec: Partial<Fabric["spec"]>,
  campaign: UpgradeCampaign = campaignOf(),
): readonly string[] {
  try {
    plan({ fabric: fabricOf(world, spec), campaign, images: [imageOf(), imageOf({}, "other")] });
    return [];
  } catch (error) {
    if (!(error instanceof PlanningError)) throw error;
    return error.problems.map(({ field, message }) => `${field}: ${message}`);
  }
}

type Assignment = UpgradeCampaign["spec"]["imageAssignments"][number];

function assigned(...imageAssignments: Assignment[]): UpgradeCampaign {
  return campaignOf({}, { imageAssignments });
}

const image = { name: "junos-23" };

describe("bad input", () => {
  it("is told with all that is wrong in Fabric and campaign at once, each with its field, and gives no plan", () => {
    const campaign = campaignOf(
      {
        acceptNonHitless: [
          { device: "leaf8", reason: "?" },
          { device: "leaf88", reason: "?" },
        ],
      },
      {
        imageAssignments: [
          { imageRef: { name: "none" }, selector: { roles: ["Leaf"] } },
          { imageRef: image, selector: { devices: ["leaf1", "leaf77", "leaf99"] } },
          { imageRef: image, selector: { matchLabels: { rack: "r9" } } },
        ],
      },
    );
    const segments = [
      { name: "a", members: ["leaf1/ae1", "leaf2/ae1"], esi: esi(1), minAvailable: 1 },
      { name: "b", members: ["leaf2/ae1", "leaf9/ae1"], esi: esi(2), minAvailable: 1 },
    ];
    const spec = {
      links: [{ a: "leaf1/et-0/0/48", b: "spine9/et-0/0/1" }],
      multihoming: { discovery: "Required" as const, segments },
      redundancyGroups: [{ name: "storage", members: ["leaf1", "leaf2"], minAvailable: 3 }],
      protectedEndpoints: [{ name: "radius", devices: ["leaf11"] }],
    };
    expect(problemsOf(spec, campaign)).to.deep.equal([
      "spec.links[0].b: link leaf1/et-0/0/48 - spine9/et-0/0/1 names spine9, which is no device of the fabric",
      "spec.multihoming.segments[1].members[0]: leaf2/ae1 is used by segment a and by segment b",
      "spec.multihoming.segments[1].members[1]: segment b names leaf9, which is no device of the fabric",
      "spec.protectedEndpoints[0].devices: protected endpoint radius names leaf11, which is no device of the fabric",
      "spec.redundancyGroups[0].minAvailable: group storage: minAvailable 3 can never be kept: it has 2 members",
      "spec.imageAssignments[0].imageRef.name: there is no DeviceImage none",
      "spec.imageAssignments[1].selector.devices: the Fabric has no device leaf77",
      "spec.imageAssignments[1].selector.devices: the Fabric has no device leaf99",
      "spec.imageAssignments[2].selector: the selector of assignment 3 (image junos-23) matches no device",
      "spec.strategy.acceptNonHitless[1].device: the Fabric has no device leaf88",
    ]);
  });

  it("names a segment member that does not exist", () => {
    const segments = [{ name: "server1", members: ["leaf1/ae1", "leef2/ae1"], minAvailable: 1 }];
    expect(problemsOf({ multihoming: { discovery: "Required", segments } })).to.deep.equal([
      "spec.multihoming.segments[0].members[1]: segment server1 names leef2, which is no device of the fabric",
    ]);
  });

  it("names a port in two ESIs", () => {
    const segments = [1, 2].map((number) => {
      return { name: `server${String(number)}`, esi: esi(number), members: ["leaf1/ae1"], minAvailable: 1 };
    });
    expect(problemsOf({ multihoming: { discovery: "Required", segments } })).to.deep.equal([
      "spec.multihoming.segments[1].members[0]: leaf1/ae1 is used by segment server1 and by segment server2",
    ]);
  });

  it("names a link that joins a device with itself, and a segment that is declared twice", () => {
    const links = [
      { a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" },
      { a: "leaf1/et-0/0/50", b: "leaf1/et-0/0/51" },
    ];
    const segments = [
      { name: "server1", members: ["leaf1/ae1"], minAvailable: 1 },
      { name: "server1", members: ["leaf1/ae2"], minAvailable: 1 },
    ];
    expect(problemsOf({ links, multihoming: { discovery: "Required", segments } })).to.deep.equal([
      "spec.links[1]: link leaf1/et-0/0/50 - leaf1/et-0/0/51 joins a device with itself",
      "spec.multihoming.segments[1].name: segment server1 is declared twice",
    ]);
  });

  const groups: [string, NonNullable<Fabric["spec"]["redundancyGroups"]>[number], string][] = [
    [
      "a group that can never be kept",
      { name: "pair", members: ["leaf1", "leaf2"], minAvailable: "101%" },
      "minAvailable: group pair: minAvailable 101% can never be kept: it has 2 members",
    ],
    [
      "a group that asks for nobody",
      { name: "pair", members: ["leaf1", "leaf2"], minAvailable: 0 },
      "minAvailable: group pair: minAvailable 0 is not a number or percentage of 2 members",
    ],
    [
      "a group that the same device makes twice",
      { name: "pair", members: ["leaf1", "leaf1"], minAvailable: 1 },
      "members: group pair is leaf1 alone: nobody can stay for it",
    ],
    [
      "a group of one device, whatever it asks for",
      { name: "pair", members: ["leaf1"], minAvailable: 2 },
      "members: group pair is leaf1 alone: nobody can stay for it",
    ],
    [
      "a group whose selector matches one device",
      { name: "gateways", selector: { devices: ["leaf3"] }, minAvailable: 1 },
      "selector: group gateways is leaf3 alone: nobody can stay for it",
    ],
    [
      "a group whose selector matches nobody",
      { name: "gateways", selector: { overlayRoles: ["DCI-Gateway"] }, minAvailable: 1 },
      "selector: the selector of group gateways matches no device",
    ],
    [
      "a group whose selector is empty",
      { name: "gateways", selector: {}, minAvailable: 1 },
      "selector: the selector of group gateways names nothing",
    ],
    [
      "a group with one member and a selector",
      { name: "mixed", members: ["leaf1"], selector: { roles: ["Leaf"] }, minAvailable: 1 },
      "selector: group mixed has members and a selector, too",
    ],
    [
      "a group with members and a selector",
      { name: "mixed", members: ["leaf1", "leaf2"], selector: { roles: ["Leaf"] }, minAvailable: 1 },
      "selector: group mixed has members and a selector, too",
    ],
  ];
  for (const [what, group, message] of groups) {
    it(`PL-20 refuses ${what}`, () => {
      expect(problemsOf({ redundancyGroups: [group] })).to.deep.equal([
        `spec.redundancyGroups[0].${message}`,
      ]);
    });
  }

  it("names a link's end that is no device, and does not call it a part of the fabric", () => {
    const links = [
      { a: "leaf1/et-0/0/48", b: "spine1/et-0/0/1" },
      { a: "leaf2/et-0/0/48", b: "leaf22/et-0/0/1" },
    ];
    const devices = fabricOf(world).spec.devices.filter(({ name }) => /^(?:leaf[12]|spine1)$/.test(name));
    expect(problemsOf({ devices, links })).to.deep.equal([
      "spec.links[1].b: link leaf2/et-0/0/48 - leaf22/et-0/0/1 names leaf22, which is no device of the fabric",
    ]);
  });

  it("is not what another error is called", () => {
    const discovery = {
      get leaf1(): never {
        throw new Error("the file was closed");
      },
    };
    expect(() => plan({ fabric: fabricOf(world), discovery })).to.throw("the file was closed");
  });

  it("FB-3 names a device in two assignments, though the image of the first is not there", () => {
    const twice = assigned(
      { imageRef: { name: "none" }, selector: { devices: ["leaf1", "leaf2"] } },
      { imageRef: image, selector: { devices: ["leaf2"] } },
    );
    expect(problemsOf({}, twice)).to.deep.equal([
      "spec.imageAssignments[0].imageRef.name: there is no DeviceImage none",
      "spec.imageAssignments[1].selector: leaf2 is selected by assignments 1 and 2",
    ]);
  });

  it("names the two halves of a fabric that no link joins", () => {
    const joins = ({ a, b }: { a: string; b: string }): boolean =>
      /leaf[1-4]\//.test(a) === b.startsWith("spine1/");
    const { links = [] } = declarationsOf(world);
    expect(problemsOf({ links: links.filter(joins) })).to.deep.equal([
      "spec.links: no link joins the fabric's 2 parts: leaf1, leaf2, leaf3, …; leaf5, leaf6, leaf7, …",
    ]);
    const devices = fabricOf(world).spec.devices.filter(({ name }) => !/leaf[348]/.test(name));
    const fewer = links.filter(joins).filter(({ a }) => !/leaf[348]/.test(a));
    expect(problemsOf({ devices, links: fewer })).to.deep.equal([
      "spec.links: no link joins the fabric's 2 parts: leaf1, leaf2, spine1; leaf5, leaf6, leaf7, …",
    ]);
    // With one link between the halves it is one fabric; with a device that has no link yet it may be learned.
    expect(
      problemsOf({ links: [...links.filter(joins), { a: "spine1/et-0/0/99", b: "spine2/et-0/0/99" }] }),
    ).to.deep.equal([]);
    expect(
      problemsOf({ links: links.filter(joins).filter(({ a }) => !a.startsWith("leaf8/")) }),
    ).to.deep.equal([]);
  });

  const leaves: Assignment = { name: "leaves", imageRef: image, selector: { roles: ["Leaf"] } };
  const spines: Assignment = { name: "spines", imageRef: image, selector: { roles: ["Spine"] } };

  it("PL-10 refuses assignments that depend on each other in a circle, and shows it", () => {
    expect(
      problemsOf({}, assigned({ ...leaves, dependsOn: ["spines"] }, { ...spines, dependsOn: ["leaves"] })),
    ).to.deep.equal([
      "spec.imageAssignments[0].dependsOn: assignments depend on each other in a circle: leaves → spines → leaves",
    ]);
    expect(problemsOf({}, assigned({ ...leaves, dependsOn: ["leaves"] }, spines))).to.deep.equal([
      "spec.imageAssignments[0].dependsOn: assignments depend on each other in a circle: leaves → leaves",
    ]);
  });

  it("PL-10 finds the circle behind assignments that only wait for it", () => {
    const one = (name: string, device: string, dependsOn: string[]): Assignment => {
      return { name, dependsOn, imageRef: image, selector: { devices: [device] } };
    };
    const campaign = assigned(one("d", "leaf4", ["c"]), one("c", "leaf3", ["b"]), one("b", "leaf2", ["c"]), {
      name: "a",
      imageRef: image,
      selector: { devices: ["leaf1"] },
    });
    expect(problemsOf({}, campaign)).to.deep.equal([
      "spec.imageAssignments[1].dependsOn: assignments depend on each other in a circle: c → b → c",
    ]);
  });

  it("PL-10 shows a circle from its first assignment on, and all of it, wherever it is entered", () => {
    const one = (name: string, device: string, dependsOn: string[]): Assignment => {
      return { name, dependsOn, imageRef: image, selector: { devices: [device] } };
    };
    const campaign = assigned(
      { imageRef: image, selector: { devices: ["leaf5"] } },
      one("z", "leaf1", ["d"]),
      one("b", "leaf2", ["c"]),
      one("c", "leaf3", ["d"]),
      one("d", "leaf4", ["b"]),
    );
    expect(problemsOf({}, campaign)).to.deep.equal([
      "spec.imageAssignments[2].dependsOn: assignments depend on each other in a circle: b → c → d → b",
    ]);
  });

  it("names a selected device that does not exist, and says nothing else of its selector", () => {
    expect(problemsOf({}, assigned({ imageRef: image, selector: { devices: ["leaf99"] } }))).to.deep.equal([
      "spec.imageAssignments[0].selector.devices: the Fabric has no device leaf99",
    ]);
  });

  it("PL-10 refuses two assignments of one name, and a name that nobody has", () => {
    expect(problemsOf({}, assigned(leaves, { ...spines, name: "leaves" }))).to.deep.equal([
      "spec.imageAssignments[1].name: assignment leaves is declared twice",
    ]);
    expect(problemsOf({}, assigned(leaves, { ...spines, dependsOn: ["leafs"] }))).to.deep.equal([
      "spec.imageAssignments[1].dependsOn[0]: there is no assignment with the name leafs",
    ]);
  });

  it("says in one message what is wrong where there is room for one only", () => {
    const devices = [...fabricOf(world).spec.devices, ...fabricOf(world).spec.devices.slice(0, 2)];
    expect(() => buildTopology(fabricOf(world, { devices }).spec, discover(world))).to.throw(
      PlanningError,
      "spec.devices[10].name: device spine1 is declared twice; spec.devices[11].name: device spine2 is declared twice",
    );
  });
});
