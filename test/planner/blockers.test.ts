import { expect } from "chai";
import type { DeviceDiscovery } from "../../src/api/discovery.ts";
import type { PlanResult } from "../../src/planner/plan.ts";
import { leafSpine } from "./fabrics.ts";
import { campaignOf, discover, esi, fabricOf, imageOf, plan } from "./support.ts";
import type { World } from "./support.ts";

/** Two leaves under two spines with a server on both leaves: nothing speaks against any of them. */
const world = leafSpine(2, 2, {
  servers: [{ name: "db1", esi: esi(1), ports: ["leaf1/ae1", "leaf2/ae1"] }],
});
const single: World = { ...world, servers: [...world.servers, { name: "db2", ports: ["leaf1/xe-0/0/2"] }] };

function said(
  own: World,
  changes: Readonly<Record<string, Partial<DeviceDiscovery>>>,
): Record<string, DeviceDiscovery> {
  return Object.fromEntries(
    Object.entries(discover(own)).map(([name, one]) => [name, { ...one, ...changes[name] }]),
  );
}

function only(...devices: string[]): ReturnType<typeof campaignOf> {
  return campaignOf({}, { imageAssignments: [{ imageRef: { name: "junos-23" }, selector: { devices } }] });
}

function textsOf({ blockers }: PlanResult): string[] {
  return blockers.map(({ device, reason }) => `${device} ${reason}`);
}

describe("whether a plan is hitless", () => {
  const costing = (warning: "UnsupportedPic" | "UnsupportedProtocol"): PlanResult =>
    plan({
      fabric: fabricOf(world),
      discovery: said(world, { spine1: { warnings: [{ warning, message: "a cost" }] } }),
    });

  it("IS-7 depends on protocols that an upgrade interrupts, not on cards that it restarts", () => {
    expect(plan({ fabric: fabricOf(world), discovery: discover(world) }).plan.hitless).to.equal(true);
    expect(costing("UnsupportedPic").plan.hitless).to.equal(true);
    expect(costing("UnsupportedProtocol").plan.hitless).to.equal(false);
  });

  it("depends on devices that lose their sessions, if they are upgraded", () => {
    const losing = said(world, { spine1: { losesSessions: true } });
    const hitless = (campaign = campaignOf()): boolean =>
      plan({ fabric: fabricOf(world), discovery: losing, campaign }).plan.hitless;
    expect(hitless()).to.equal(false);
    expect(hitless(only("spine2"))).to.equal(true);
  });

  it("HL-1 does not depend on a cluster that stays in service: nothing hangs on one of its nodes", () => {
    const exposed = (changes: Parameters<typeof said>[1]): string[] =>
      plan({ fabric: fabricOf(single), discovery: said(single, changes) }).plan.exposed.map(
        ({ device }) => device,
      );
    expect(exposed({})).to.deep.equal(["leaf1"]);
    expect(exposed({ leaf1: { staysInService: true } })).to.deep.equal([]);
  });
});

describe("what blocks a plan", () => {
  it("names all devices that are accepted and do not exist, and none that does", () => {
    const acceptNonHitless = ["leaf1", "leaf8", "leaf9"].map((device) => ({ device, reason: "a test" }));
    const acceptWarnings = ["leaf1", "leaf7"].map((device) => {
      return { device, warning: "UnsupportedPic" as const, reason: "a test" };
    });
    const campaign = campaignOf({ acceptNonHitless, acceptWarnings });
    const make = (): PlanResult => plan({ fabric: fabricOf(world), discovery: discover(world), campaign });
    expect(make).to.throw(
      "spec.strategy.acceptNonHitless[1].device: the Fabric has no device leaf8; " +
        "spec.strategy.acceptNonHitless[2].device: the Fabric has no device leaf9; " +
        "spec.strategy.acceptWarnings[1].device: the Fabric has no device leaf7",
    );
    expect(() =>
      plan({ fabric: fabricOf(world), discovery: discover(world), outOfService: ["leaf1", "leaf6"] }),
    ).to.throw("the ledger names leaf6, which the Fabric does not have");
  });

  it("where discovery is disabled is every selected device that is not accepted; from files nothing was to be read", () => {
    const fabric = fabricOf(world, { multihoming: { discovery: "Disabled" } });
    const campaign = campaignOf({ acceptNonHitless: [{ device: "leaf1", reason: "a test" }] });
    const read = plan({ fabric, discovery: discover(world), campaign });
    expect(textsOf(read)).to.deep.equal(
      ["leaf2", "spine1", "spine2"].map((device) => `${device} TopologyUnproven`),
    );
    expect(read.plan.hitless).to.equal(false);
    const files = plan({ fabric, campaign });
    expect(textsOf(files)).to.deep.equal([]);
  });

  it("HL-1 is a leaf with servers and no uplink that is known, even for a campaign of one other device", () => {
    const cables = single.cables.map((cable) => ({ ...cable, up: !cable.a.startsWith("leaf1/") }));
    const lost = { ...single, cables };
    const result = plan({ fabric: fabricOf(lost), discovery: discover(lost), campaign: only("spine1") });
    expect(textsOf(result)).to.deep.equal(["leaf1 TopologyUnproven"]);
    // With leaf1 out of service it is nobody's question any more, nor without any device to upgrade.
    const out = plan({
      fabric: fabricOf(lost),
      discovery: discover(lost),
      campaign: only("spine1"),
      outOfService: ["leaf1"],
    });
    expect(textsOf(out)).to.deep.equal([]);
    const done = plan({
      fabric: fabricOf(lost),
      discovery: discover(lost),
      campaign: only("spine1"),
      images: [imageOf({ osVersion: "21.4R3-S5.4" })],
    });
    expect(textsOf(done)).to.deep.equal([]);
    // A leaf without anything behind it blocks nobody.
    const bare = { ...lost, servers: [] };
    expect(
      textsOf(plan({ fabric: fabricOf(bare), discovery: discover(bare), campaign: only("spine1") })),
    ).to.deep.equal([]);
  });

  it("says of one that is cut off and of several", () => {
    const two: World = {
      ...single,
      servers: [...single.servers, { name: "db3", ports: ["leaf1/xe-0/0/3"] }],
    };
    const messages = (own: World): string[] =>
      plan({ fabric: fabricOf(own), discovery: discover(own) }).blockers.map(({ message }) => message);
    expect(messages(single)).to.deep.equal(["without leaf1 db2 is cut off"]);
    expect(messages(two)).to.deep.equal(["without leaf1 db2, db3 are cut off"]);
  });
});

describe("an image whose release means nothing", () => {
  it("is named where the device's own release can be read, and the device's where it can't", () => {
    const reasonsWith = (osVersion: string, release: string): string[] =>
      plan({
        fabric: fabricOf(world),
        discovery: said(world, { leaf1: { release } }),
        campaign: only("leaf1"),
        images: [imageOf({ osVersion })],
      }).plan.skipped.map(({ reason, message }) => `${reason}: ${message}`);
    expect(reasonsWith("latest", "21.4R3-S5.4")).to.deep.equal([
      "VersionUnknown: latest is not a release that can be compared",
    ]);
    expect(reasonsWith("23.4R2-S3.9", "daily")).to.deep.equal([
      "VersionUnknown: daily is not a release that can be compared",
    ]);
  });
});
