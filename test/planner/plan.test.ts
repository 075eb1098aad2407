import { expect } from "chai";
import type { Tier } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { leafSpine, leavesOnly, planes } from "./fabrics.ts";
import {
  esi,
  batchesOf,
  campaignOf,
  declarationsOf,
  discover,
  fabricOf,
  plan,
  quickstart,
} from "./support.ts";
import type { World } from "./support.ts";

function fromFiles(world: World, maxBatchSize = 4): ReturnType<typeof plan> {
  return plan({ fabric: fabricOf(world, declarationsOf(world)), campaign: campaignOf({ maxBatchSize }) });
}

function only(roles: Tier[], maxBatchSize = 4): ReturnType<typeof campaignOf> {
  return campaignOf(
    { maxBatchSize },
    { imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { roles } }] },
  );
}

describe("plan", () => {
  it("PL-2 PL-5 B3 gives the batches of Contrail's own example, five at a time", () => {
    const base = leavesOnly(
      ["2", "3", "5", "6", "7", "8"],
      [
        ["2", "3"],
        ["5", "6"],
      ],
    );
    const spines = ["1", "4"].map((name) => ({ name, role: "Spine" as const, overlayRoles: ["DC-Gateway"] }));
    const result = fromFiles({ ...base, devices: [...base.devices, ...spines] }, 5);
    expect(batchesOf(result)).to.deep.equal([["2", "5", "7", "8"], ["3", "6"], ["1"], ["4"]]);
    expect(result.plan.batches.map(({ estimateSeconds }) => estimateSeconds)).to.deep.equal([
      1800, 1800, 1800, 1800,
    ]);
    expect(result.plan).to.include({ lowerBound: 4, lowerBoundSeconds: 7200, hitless: true });
  });

  it("B3-9 PL-8 estimates by device: a batch takes as long as its slowest, the plan as long as its batches", () => {
    const world = leavesOnly(["leaf1", "leaf2", "leaf3", "leaf4", "leaf5", "leaf6"], []);
    const slow = ["leaf1", "leaf4", "leaf6"];
    const estimateSeconds = ({ name }: { name: string }): number => (slow.includes(name) ? 2400 : 1200);
    const campaign = campaignOf({ maxBatchSize: 3 });
    const { plan: made } = plan({ fabric: fabricOf(world), campaign, estimateSeconds });
    expect(made.batches.map(({ devices, estimateSeconds: seconds }) => [devices, seconds])).to.deep.equal([
      [["leaf1", "leaf4", "leaf6"], 2400],
      [["leaf2", "leaf3", "leaf5"], 1200],
    ]);
    expect(made).to.include({ lowerBound: 2, lowerBoundSeconds: 3600 });
    expect(made.devices["leaf4"]?.estimateSeconds).to.equal(2400);
    expect(made.devices["leaf3"]?.estimateSeconds).to.equal(1200);
  });

  it("TR-6 says of a slow device that it goes with other slow ones", () => {
    const pair: [string, string] = ["leaf1", "leaf2"];
    const world = leavesOnly(["leaf1", "leaf2", "leaf3", "leaf4"], [pair, ["leaf3", "leaf4"]]);
    const estimateSeconds = ({ name }: { name: string }): number => (pair.includes(name) ? 1200 : 2400);
    const apart = plan({
      fabric: fabricOf(world, declarationsOf(world)),
      estimateSeconds,
      campaign: campaignOf(),
    });
    // Two batches are enough, and both have to hold a slow one.
    expect(batchesOf(apart)).to.deep.equal([
      ["leaf1", "leaf3"],
      ["leaf2", "leaf4"],
    ]);
    const alone = leavesOnly(["leaf1", "leaf2", "leaf3", "leaf4", "leaf5"], [["leaf1", "leaf2"]]);
    const slowTail = ({ name }: { name: string }): number =>
      ["leaf1", "leaf3", "leaf4"].includes(name) ? 1200 : 2400;
    const { devices, batches } = plan({
      fabric: fabricOf(alone, declarationsOf(alone)),
      estimateSeconds: slowTail,
      campaign: campaignOf({ maxBatchSize: 4 }),
    }).plan;
    expect(batches.map((batch) => batch.devices)).to.deep.equal([
      ["leaf1", "leaf3", "leaf4"],
      ["leaf2", "leaf5"],
    ]);
    expect(devices["leaf5"]?.reasons).to.deep.equal([
      "goes with devices that take as long, so that tier Leaf takes the least time",
    ]);
  });

  it("N2 needs two batches where first-fit needs four", () => {
    const leaves = ["a0", "b0", "a1", "b1", "a2", "b2", "a3", "b3"];
    const servers = [0, 1, 2, 3].flatMap((i) =>
      [0, 1, 2, 3].filter((j) => j !== i).map((j) => [`a${String(i)}`, `b${String(j)}`]),
    );
    const result = fromFiles(leavesOnly(leaves, servers));
    expect(batchesOf(result)).to.deep.equal([
      ["a0", "a1", "a2", "a3"],
      ["b0", "b1", "b2", "b3"],
    ]);
    expect(result.plan).to.include({ lowerBound: 2, hitless: true });
  });

  it("N2 finds the two batches of a crown of eighty leaves", () => {
    const sides = Array.from({ length: 40 }, (_, index) => index);
    const leaves = sides.flatMap((i) => [`a${String(i)}`, `b${String(i)}`]);
    const servers = sides.flatMap((i) =>
      sides.filter((j) => j !== i).map((j) => [`a${String(i)}`, `b${String(j)}`]),
    );
    expect(fromFiles(leavesOnly(leaves, servers), 40).plan.batches).to.have.length(2);
  });

  it("reaches the bound with an odd number of pairs, where pairs alone would leave a rest", () => {
    const result = fromFiles(leafSpine(10, 2));
    expect(batchesOf(result).filter(([first]) => first?.startsWith("leaf"))).to.have.length(3);
    expect(result.plan.batches).to.have.length(result.plan.lowerBound);
  });

  it("PL-3 cuts nine leaves that share nothing into four, four and one", () => {
    const world = leavesOnly(
      Array.from({ length: 9 }, (_, index) => `leaf${String(index + 1)}`),
      [],
    );
    expect(batchesOf(fromFiles(world)).map(({ length }) => length)).to.deep.equal([4, 4, 1]);
  });

  it("PL-14 takes one device at a time with a batch size of one", () => {
    expect(batchesOf(fromFiles(leafSpine(4, 2), 1)).every(({ length }) => length === 1)).to.equal(true);
  });

  describe("of the quickstart fabric", () => {
    const world = quickstart();
    const expected = [
      ["leaf1", "leaf3", "leaf5", "leaf7"],
      ["leaf2", "leaf4", "leaf6", "leaf8"],
      ["spine1"],
      ["spine2"],
    ];

    it("PL-4 PL-5 PL-6 takes leaves in two batches and the spines one by one", () => {
      const result = plan({ fabric: fabricOf(world), discovery: discover(world) });
      expect(batchesOf(result)).to.deep.equal(expected);
      expect(result.plan.batches.map(({ tier }) => tier)).to.deep.equal(["Leaf", "Leaf", "Spine", "Spine"]);
      expect(result.plan.lowerBound).to.equal(4);
      expect(result.problems).to.deep.equal([]);
    });

    it("HL-1 is the same with and without declarations when the devices were read", () => {
      const bare = plan({ fabric: fabricOf(world), discovery: discover(world) });
      const declared = plan({ fabric: fabricOf(world, declarationsOf(world)), discovery: discover(world) });
      const files = plan({ fabric: fabricOf(world, declarationsOf(world)) });
      expect(batchesOf(declared)).to.deep.equal(batchesOf(bare));
      expect(declared.plan.exposed.map(({ device }) => device)).to.deep.equal(["leaf8"]);
      expect(batchesOf(files)).to.deep.equal(batchesOf(bare));
      expect(bare.plan.exposed).to.deep.equal([{ device: "leaf8", endpoints: ["leaf8/xe-0/0/13"] }]);
    });

    it("FB-9 is blocked by the server on one leaf, until that leaf is accepted by name", () => {
      const blocked = plan({ fabric: fabricOf(world), discovery: discover(world) });
      expect(blocked.plan.hitless).to.equal(false);
      expect(blocked.blockers).to.deep.equal([
        { device: "leaf8", reason: "NotHitless", message: "without leaf8 leaf8/xe-0/0/13 is cut off" },
      ]);
      const acceptNonHitless = [{ device: "leaf8", reason: "a test host" }];
      const accepted = plan({
        fabric: fabricOf(world),
        discovery: discover(world),
        campaign: campaignOf({ acceptNonHitless }),
      });
      expect(accepted.blockers).to.deep.equal([]);
      expect(accepted.plan.hitless).to.equal(false);
      // Beside it, another one may be accepted that needs no acceptance.
      const both = campaignOf({
        acceptNonHitless: [{ device: "leaf7", reason: "a test host" }, ...acceptNonHitless],
      });
      const more = plan({ fabric: fabricOf(world), discovery: discover(world), campaign: both });
      expect(more.blockers).to.deep.equal([]);
      expect(batchesOf(accepted)).to.deep.equal(expected);
    });

    describe("with a device whose upgrade costs something", () => {
      const costly = (acceptWarnings?: UpgradeCampaign["spec"]["strategy"]["acceptWarnings"]): PlanResult => {
        const said = discover(world);
        const spine = said["spine1"];
        if (spine === undefined) throw new Error("no spine1");
        const warnings = [
          { warning: "UnsupportedPic", message: "PIC x restarts" },
          { warning: "UnsupportedProtocol", message: "multicast routing" },
        ] as const;
        return plan({
          fabric: fabricOf(world),
          discovery: { ...said, spine1: { ...spine, warnings } },
          campaign: campaignOf({
            acceptNonHitless: [{ device: "leaf8", reason: "a test host" }],
            ...(acceptWarnings === undefined ? {} : { acceptWarnings }),
          }),
        });
      };

      it("IS-6 IS-7 is blocked by each warning that is not accepted by name, and is not hitless", () => {
        const { plan: made, blockers } = costly();
        expect(made.hitless).to.equal(false);
        expect(made.deviceWarnings?.map(({ device, warning }) => `${device} ${warning}`)).to.deep.equal([
          "spine1 UnsupportedPic",
          "spine1 UnsupportedProtocol",
        ]);
        expect(blockers.map(({ device, reason }) => `${device} ${reason}`)).to.deep.equal([
          "spine1 WarningsNotAccepted",
          "spine1 WarningsNotAccepted",
        ]);
      });

      it("IS-6 IS-7 accepting a warning is for that device and that warning alone, and voids the approval", () => {
        const one = { device: "spine1", warning: "UnsupportedPic", reason: "that card is empty" } as const;
        const accepted = costly([one]);
        expect(accepted.blockers.map(({ message }) => message)).to.deep.equal([
          "UnsupportedProtocol: multicast routing",
        ]);
        expect(accepted.plan.hash).not.to.equal(costly().plan.hash);
        expect(costly([{ ...one, device: "leaf1" }]).blockers).to.have.length(2);
        expect(() => costly([{ ...one, device: "nobody" }])).to.throw(/nobody/);
      });
    });

    it("TR-6 says of each device why it stands where it stands, and who carries its traffic", () => {
      const { devices } = plan({ fabric: fabricOf(world), discovery: discover(world) }).plan;
      expect(devices["leaf1"]?.reasons).to.deep.equal(["first of tier Leaf"]);
      expect(devices["leaf4"]?.reasons).to.deep.equal([
        `shares server4 (ESI ${esi(4)}) and 2 more with leaf3 (batch 1)`,
      ]);
      expect(devices["leaf4"]?.peers).to.deep.equal(["leaf3"]);
      expect(devices["spine2"]?.reasons).to.deep.equal([
        "leaf1 and 7 more keep only spine2 while spine1 is out (batch 3)",
      ]);
      expect(devices["spine1"]?.peers).to.deep.equal(["spine2"]);
    });

    it("gives the same plan whatever the order of what it is given", () => {
      const said = discover(world);
      const reversed = Object.fromEntries(Object.entries(said).toReversed());
      const fabric = fabricOf(world);
      const shuffled = { ...fabric, spec: { ...fabric.spec, devices: fabric.spec.devices.toReversed() } };
      const one = plan({ fabric, discovery: said });
      const other = plan({ fabric: shuffled, discovery: reversed });
      expect(other.plan).to.deep.equal(one.plan);
    });
  });

  it("says that a batch is full", () => {
    const world = leavesOnly(["leaf1", "leaf2", "leaf3"], []);
    expect(fromFiles(world, 2).plan.devices["leaf3"]?.reasons).to.deep.equal(["batch 1 is full (2)"]);
  });

  it("PL-12 sends canaries first in their tier, each alone, exposed devices last of all", () => {
    const world = leafSpine(4, 2);
    const servers = [...world.servers, { name: "lonely", ports: ["leaf1/xe-0/0/9"] }];
    const campaign = campaignOf({ canary: { devicesPerTier: 1 } });
    const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, servers }), campaign });
    expect(batchesOf(result)).to.deep.equal([
      ["leaf2"],
      ["leaf1", "leaf3"],
      ["leaf4"],
      ["spine1"],
      ["spine2"],
    ]);
    expect(result.plan.batches.map(({ canary }) => canary)).to.deep.equal([true, false, false, true, false]);
    expect(result.plan.devices["leaf2"]?.reasons).to.deep.equal(["goes alone as a canary of tier Leaf"]);
    expect(result.plan.devices["leaf1"]?.reasons).to.deep.equal(["waits for the canary of tier Leaf"]);
  });

  it("upgrades gateways last in their tier", () => {
    const world = leafSpine(4, 2);
    const devices = world.devices.map((device) =>
      device.name === "leaf1" || device.name === "leaf2"
        ? { ...device, overlayRoles: ["CRB-Gateway"] }
        : device,
    );
    const result = plan({ fabric: fabricOf({ ...world, devices }), discovery: discover(world) });
    expect(batchesOf(result).slice(0, 4)).to.deep.equal([["leaf3"], ["leaf4"], ["leaf1"], ["leaf2"]]);
  });

  it("PL-12 rather sends a leaf first that cuts a server off than a gateway", () => {
    const lone = { name: "db1", ports: ["leaf2/xe-0/0/1"] };
    const world: World = {
      devices: [
        { name: "leaf1", role: "Leaf", overlayRoles: ["DC-Gateway"] },
        { name: "leaf2", role: "Leaf" },
        { name: "leaf3", role: "Leaf", overlayRoles: ["DC-Gateway"] },
      ],
      cables: [],
      servers: [lone],
    };
    const { batches } = plan({
      fabric: fabricOf(world),
      discovery: discover(world),
      campaign: campaignOf({ canary: { devicesPerTier: 1 } }),
    }).plan;
    expect(batches.map(({ canary, devices }) => [canary, devices])).to.deep.equal([
      [true, ["leaf2"]],
      [false, ["leaf1"]],
      [false, ["leaf3"]],
    ]);
  });

  it("orders the tiers and never mixes them", () => {
    const world: World = {
      devices: (["SuperSpine", "Spine", "Firewall", "Border", "Leaf"] as const).flatMap((role) =>
        [1, 2].map((number) => ({ name: `${role.toLowerCase()}${String(number)}`, role })),
      ),
      cables: [],
      servers: [],
    };
    const tiers = fromFiles(world).plan.batches.map(({ tier }) => tier);
    expect([...new Set(tiers)]).to.deep.equal(["Leaf", "Border", "Firewall", "Spine", "SuperSpine"]);
  });

  it("takes spines of which no link is known one at a time", () => {
    const devices = ["spine1", "spine2", "spine3"].map((name) => ({ name, role: "Spine" as const }));
    expect(batchesOf(fromFiles({ devices, cables: [], servers: [] }))).to.have.length(3);
  });

  describe("with live redundancy", () => {
    it("B3-1 never takes two of three spines, whatever number is selected", () => {
      const world = leafSpine(4, 3);
      const result = plan({ fabric: fabricOf(world), discovery: discover(world), campaign: only(["Spine"]) });
      expect(batchesOf(result)).to.deep.equal([["spine1"], ["spine2"], ["spine3"]]);
      const five = leafSpine(4, 5);
      const sizes = batchesOf(
        plan({ fabric: fabricOf(five), discovery: discover(five), campaign: only(["Spine"]) }),
      );
      expect(Math.max(...sizes.map(({ length }) => length))).to.equal(2);
    });

    it("B3-2 counts the third spine that is in maintenance", () => {
      const world = leafSpine(4, 3);
      const campaign = campaignOf(
        {},
        {
          imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { devices: ["spine1", "spine2"] } }],
        },
      );
      const result = plan({
        fabric: fabricOf(world),
        discovery: discover(world),
        campaign,
        outOfService: ["spine3"],
      });
      expect(batchesOf(result)).to.deep.equal([["spine1"], ["spine2"]]);
      expect(result.plan.devices["spine2"]?.peers).to.deep.equal(["spine1"]);
      const alone = plan({
        fabric: fabricOf(world),
        discovery: discover(world),
        campaign,
        outOfService: ["spine3", "spine1"],
      });
      expect(alone.blockers.map(({ device, reason }) => [device, reason])).to.deep.include([
        "spine2",
        "NotHitless",
      ]);
    });

    it("B3-7 sees that the second peer of a three-way segment is down", () => {
      const ports = ["leaf1/ae1", "leaf2/ae1", "leaf3/ae1"];
      const world = leafSpine(3, 2, { servers: [{ name: "server1", esi: esi(1), ports }] });
      const healthy = plan({ fabric: fabricOf(world), discovery: discover(world), campaign: only(["Leaf"]) });
      expect(batchesOf(healthy)).to.deep.equal([["leaf1", "leaf2"], ["leaf3"]]);
      const servers = [{ name: "server1", esi: esi(1), ports, down: ["leaf2/ae1"] }];
      const result = plan({
        fabric: fabricOf(world),
        discovery: discover({ ...world, servers }),
        campaign: only(["Leaf"]),
      });
      expect(batchesOf(result)).to.deep.equal([["leaf1", "leaf2"], ["leaf3"]]);
      const twoDown = [{ name: "server1", esi: esi(1), ports, down: ["leaf2/ae1", "leaf3/ae1"] }];
      const last = plan({
        fabric: fabricOf(world),
        discovery: discover({ ...world, servers: twoDown }),
        campaign: only(["Leaf"]),
      });
      expect(last.plan.exposed).to.deep.equal([{ device: "leaf1", endpoints: ["server1"] }]);
    });

    it("HL-5 FB-9 a single spine is not hitless, and everybody behind it is named", () => {
      const world = leafSpine(4, 1);
      const result = plan({ fabric: fabricOf(world), discovery: discover(world) });
      expect(result.plan.hitless).to.equal(false);
      expect(result.plan.exposed).to.deep.equal([{ device: "spine1", endpoints: ["server1", "server2"] }]);
      expect(result.blockers.map(({ device, reason }) => ({ device, reason }))).to.deep.equal([
        { device: "spine1", reason: "NotHitless" },
      ]);
    });

    it("HL-5 names everybody whom a super-spine parts, also where one of them only loses its EVPN peer", () => {
      const pods = ["a", "b"].flatMap((pod) => ["1", "2"].map((number) => [pod, `${pod}-leaf${number}`]));
      const world: World = {
        devices: [
          { name: "super1", role: "SuperSpine" },
          ...["a-spine", "b-spine"].map((name) => ({ name, role: "Spine" as const })),
          ...pods.map(([, name = ""]) => ({ name, role: "Leaf" as const })),
        ],
        cables: [
          ...["a", "b"].map((pod, place) => ({
            a: `${pod}-spine/et-0/0/0`,
            b: `super1/et-0/0/${String(place)}`,
          })),
          ...pods.map(([pod = "", name = ""], place) => ({
            a: `${name}/et-0/0/0`,
            b: `${pod}-spine/et-0/1/${String(place)}`,
          })),
        ],
        servers: [],
        sessions: [
          ["a-leaf1", "super1"],
          ["a-leaf2", "a-spine"],
        ],
      };
      const { exposed } = plan({ fabric: fabricOf(world), discovery: discover(world) }).plan;
      expect(exposed.find(({ device }) => device === "super1")?.endpoints).to.deep.equal([
        "a-leaf1",
        "a-leaf2",
        "b-leaf1",
        "b-leaf2",
      ]);
    });

    it("HL-1 a leaf whose other uplink is down pins the spine it has left", () => {
      const world = leafSpine(4, 2);
      const cables = world.cables.map((cable) => ({ ...cable, up: !cable.a.startsWith("leaf3/et-0/0/49") }));
      const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, cables }) });
      expect(result.plan.exposed).to.deep.equal([{ device: "spine1", endpoints: ["server2"] }]);
      expect(result.blockers[0]).to.deep.include({ device: "spine1", reason: "NotHitless" });
    });

    it("HL-1 a declared link that is down is no uplink", () => {
      const own = leafSpine(2, 2);
      const cables = own.cables.map((cable) => ({ ...cable, up: cable.a !== "leaf1/et-0/0/48" }));
      const links = cables.map(({ a, b }) => ({ a, b }));
      const made = plan({ fabric: fabricOf(own, { links }), discovery: discover({ ...own, cables }) });
      expect(made.plan.exposed).to.deep.equal([{ device: "spine2", endpoints: ["server1"] }]);
    });

    it("an unselected leaf pins its last spine as well", () => {
      const world = leafSpine(4, 2);
      const cables = world.cables.map((cable) => ({ ...cable, up: !cable.a.startsWith("leaf3/et-0/0/49") }));
      const campaign = only(["Spine"]);
      const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, cables }), campaign });
      expect(result.plan.exposed.map(({ device }) => device)).to.deep.equal(["spine1"]);
    });

    it("a leaf that peers with one route reflector only pins that one", () => {
      const sessions: [string, string][] = ["leaf1", "leaf2", "leaf3", "leaf4"].flatMap((leaf) => [
        [leaf, "spine1"],
        [leaf, "spine2"],
      ]);
      const world = leafSpine(4, 2, {
        sessions: sessions.filter(([leaf, rr]) => leaf !== "leaf3" || rr !== "spine1"),
      });
      const result = plan({ fabric: fabricOf(world), discovery: discover(world) });
      expect(result.plan.exposed).to.deep.equal([{ device: "spine2", endpoints: ["server2"] }]);
    });

    it("an EVPN peer outside the fabric is never taken out and suffices", () => {
      const sessions: [string, string][] = [["leaf1", "192.0.2.1"]];
      const hitless = (world: World): boolean =>
        plan({ fabric: fabricOf(world), discovery: discover(world) }).plan.hitless;
      expect(hitless(leafSpine(4, 2, { sessions }))).to.equal(true);
      // A session with one spine would pin that one.
      expect(hitless(leafSpine(4, 2, { sessions: [["leaf1", "spine1"]] }))).to.equal(false);
      expect(hitless(leafSpine(4, 2, { sessions: [...sessions, ["leaf1", "spine1"]] }))).to.equal(true);
    });

    it("a peer out of service leaves its neighbour exposed", () => {
      const world = leafSpine(4, 2);
      const result = plan({ fabric: fabricOf(world), discovery: discover(world), outOfService: ["leaf1"] });
      expect(result.plan.exposed).to.deep.equal([{ device: "leaf2", endpoints: ["server1"] }]);
    });

    it("a device that does not answer counts as out, and blocks when it is selected", () => {
      const world = leafSpine(4, 2);
      const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, dead: ["leaf1"] }) });
      expect(result.plan.exposed).to.deep.equal([{ device: "leaf2", endpoints: ["server1"] }]);
      expect(result.blockers.map(({ device, reason }) => [device, reason])).to.deep.equal([
        ["leaf1", "Unreachable"],
        ["leaf2", "NotHitless"],
      ]);
      expect(result.plan.devices["leaf1"]?.from).to.equal(null);
    });

    it("HL-1 two spines of different pods and planes do not go together", () => {
      const result = plan({
        fabric: fabricOf(planes),
        discovery: discover(planes),
        campaign: only(["Spine"]),
      });
      expect(batchesOf(result)).to.deep.equal([
        ["a-spine1", "b-spine1"],
        ["a-spine2", "b-spine2"],
      ]);
      const devices = ["a-spine1", "b-spine2"];
      const crossed = campaignOf(
        {},
        { imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { devices } }] },
      );
      const apart = plan({ fabric: fabricOf(planes), discovery: discover(planes), campaign: crossed });
      expect(batchesOf(apart)).to.deep.equal([["a-spine1"], ["b-spine2"]]);
      expect(apart.plan.devices["b-spine2"]?.reasons).to.deep.equal([
        "a-leaf1 to b-leaf1 needs it while a-spine1 is out (batch 1)",
      ]);
    });

    it("PL-20 keeps a declared group above its minimum, and only ever more apart", () => {
      const world = leafSpine(8, 2);
      const members = ["leaf1", "leaf3", "leaf5", "leaf7"];
      const redundancyGroups = [{ name: "storage", members, minAvailable: "75%" }];
      const result = plan({ fabric: fabricOf(world, { redundancyGroups }), discovery: discover(world) });
      const storage = batchesOf(result).map((batch) => batch.filter((name) => members.includes(name)).length);
      expect(Math.max(...storage)).to.equal(1);
      const pair = [{ name: "pair", members: ["leaf1", "leaf2"], minAvailable: 1 }];
      const free = plan({ fabric: fabricOf(leavesOnly(["leaf1", "leaf2"], []), { redundancyGroups: pair }) });
      expect(free.plan.devices["leaf2"]?.reasons).to.deep.equal([
        "group pair keeps 1 while leaf1 is out (batch 1); 1 must stay",
      ]);
    });

    it("PL-20 FB-8 a group by selector is whoever it selects when the plan is made, and in the hash", () => {
      const world = leafSpine(8, 2);
      const { devices } = fabricOf(world).spec;
      const labelled = (racks: Readonly<Record<string, string>>): ReturnType<typeof plan> => {
        const fabric = fabricOf(world, {
          devices: devices.map((device) => {
            const rack = racks[device.name];
            return rack === undefined ? device : { ...device, labels: { rack } };
          }),
          redundancyGroups: [
            {
              name: "storage",
              selector: { matchLabels: { rack: "r1" }, roles: ["Leaf"] },
              minAvailable: "66%",
            },
          ],
        });
        return plan({ fabric, discovery: discover(world) });
      };
      const three = labelled({ leaf1: "r1", leaf3: "r1", leaf5: "r1", spine1: "r1" });
      expect(three.topology.groups).to.deep.equal([
        { name: "storage", members: ["leaf1", "leaf3", "leaf5"], minAvailable: 2 },
      ]);
      const together = batchesOf(three).filter(
        (batch) => batch.filter((name) => ["leaf1", "leaf3", "leaf5"].includes(name)).length > 1,
      );
      expect(together).to.deep.equal([]);
      expect(three.plan.hash).to.not.equal(labelled({ leaf1: "r1", leaf3: "r1", leaf7: "r1" }).plan.hash);
      expect(three.plan.hash).to.equal(
        labelled({ leaf1: "r1", leaf3: "r1", leaf5: "r1", leaf7: "r2" }).plan.hash,
      );
    });

    it("proves nothing where discovery is disabled", () => {
      const world = leafSpine(2, 2);
      const declared = declarationsOf(world);
      const multihoming = { ...declared.multihoming, discovery: "Disabled" as const };
      const fabric = fabricOf(world, { ...declared, multihoming });
      const result = plan({ fabric, discovery: discover(world), campaign: only(["Leaf"]) });
      expect(result.plan).to.include({ hitless: false, source: "declarations" });
      expect(result.plan.hash).to.be.a("string");
      expect(result.blockers.map(({ device, reason }) => [device, reason])).to.deep.equal([
        ["leaf1", "TopologyUnproven"],
        ["leaf2", "TopologyUnproven"],
      ]);
    });

    it("blocks while servers stand on a leaf of which no uplink is known", () => {
      const world = leafSpine(4, 2);
      const cables = world.cables.map((cable) => ({ ...cable, up: !cable.a.startsWith("leaf3/") }));
      const result = plan({ fabric: fabricOf(world), discovery: discover({ ...world, cables }) });
      expect(result.blockers.map(({ device, reason }) => [device, reason])).to.deep.include([
        "leaf3",
        "TopologyUnproven",
      ]);
    });
  });
});
