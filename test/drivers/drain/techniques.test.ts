/** Whole upgrades, drained by each technique: nothing is lost, and the configuration is as it was found. */
import { expect } from "chai";
import { shown, type FabricRun } from "../../support/fabricRun.ts";
import { only } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import {
  drainedBy,
  expectAsFound,
  expectPerfect,
  stageOf,
  techniquesOf,
  WITH_MAINTENANCE_MODE,
  withReleases,
} from "./drainRuns.ts";

describe("drivers: techniques of a drain", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({ campaign: only("leaf1", "spine1") });

  it("HL-2 HL-3 by policies, where nothing is asked for", async () => {
    const run = await start();
    await expectPerfect(run, "leaf1", "spine1");
    expect(await techniquesOf(run, "leaf1")).to.deep.include({
      Policy: "works with any peer",
      LinksDown: "LACP tells the servers",
    });
    expect(await techniquesOf(run, "spine1")).to.deep.equal({ Policy: "works with any peer" });
  });

  it("HL-2 HL-3 by graceful shutdown, on leaves and spines", async () => {
    const run = await start({ campaign: drainedBy("GracefulShutdown", "leaf1", "spine1") });
    await run.untilStep("spine1", "Install", "Running");
    const drained = run.configurationOf("spine1");
    expect(drained).to.contain("set protocols bgp graceful-shutdown sender");
    expect(drained).not.to.contain("policy-statement HITLESS");
    await expectPerfect(run, "leaf1", "spine1");
    expect(await techniquesOf(run, "spine1")).to.deep.equal({ GracefulShutdown: "the campaign asks for it" });
    expect(await techniquesOf(run, "leaf1")).to.have.property("GracefulShutdown");
  });

  it("HL-3 graceful shutdown leaves what it finds: chains of group and neighbour, and what heeds the community elsewhere", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "leaf1"),
      prepare: (before) =>
        before.configure("leaf1", [
          "set policy-options policy-statement TO-SPINE then next policy",
          "set protocols bgp group UNDERLAY neighbor 10.1.0.0 export TO-SPINE",
          "set protocols bgp group UNDERLAY neighbor 10.1.0.0 export UNDERLAY-EXPORT",
          "set protocols bgp group UNDERLAY graceful-shutdown receiver local-preference 5",
        ]),
    });
    await run.untilStep("leaf1", "Install", "Running");
    expect(run.configurationOf("leaf1")).to.contain(
      "set protocols bgp group UNDERLAY graceful-shutdown sender",
    );
    await expectPerfect(run, "leaf1");
  });

  for (const [protocol, statement] of [
    ["isis", "set protocols isis overload advertise-high-metrics"],
    ["ospf", "set protocols ospf overload"],
  ] as const) {
    it(`HL-2 HL-3 by overload, where ${protocol} carries the underlay`, async () => {
      const run = await start({ stage: stageOf((usual) => ({ ...usual, underlay: protocol })) });
      await run.untilStep("spine1", "Install", "Running");
      expect(run.configurationOf("spine1")).to.contain(statement);
      await expectPerfect(run, "leaf1", "spine1");
      expect(await techniquesOf(run, "spine1")).to.have.property("Overload", `runs ${protocol}`);
    });

    it(`HL-3 an overload of ${protocol} that an operator has set stays`, async () => {
      const run = await start({
        campaign: only("spine1"),
        stage: stageOf((usual) => ({ ...usual, underlay: protocol })),
        prepare: (before) => before.configure("spine1", [`set protocols ${protocol} overload`]),
      });
      await expectPerfect(run, "spine1");
      expect(run.configurationOf("spine1")).to.match(new RegExp(`^set protocols ${protocol} overload$`, "m"));
    });

    it(`HL-2 HL-3 an overload of ${protocol} after each start is made to last, and is as found afterwards`, async () => {
      const found = `set protocols ${protocol} overload timeout 300`;
      const run = await start({
        campaign: only("spine1"),
        stage: stageOf((usual) => ({ ...usual, underlay: protocol })),
        prepare: (before) => before.configure("spine1", [found]),
      });
      await run.untilStep("spine1", "Install", "Running");
      expect(run.configurationOf("spine1")).to.contain(statement).and.not.to.contain(found);
      await expectPerfect(run, "spine1");
      expect(run.configurationOf("spine1")).to.contain(found);
    });

    it(`PL-4 a spine overloaded by hand, in ${protocol}, counts as out: the Fabric says so, and the plan is blocked by it`, async () => {
      const run = await start({
        campaign: only("spine2"),
        stage: stageOf((usual) => ({ ...usual, underlay: protocol })),
        prepare: (before) => before.configure("spine1", [`set protocols ${protocol} overload`]),
      });
      const campaign = await run.untilPhase("Blocked");
      const because = `spine1 counts as out of service: protocols ${protocol} overload`;
      expect(shown(campaign.status?.conditions, "Stalled"))
        .to.contain("without spine2")
        .and.to.contain(because);
      const problem = (await run.fabric()).status?.problems?.find(({ device }) => device === "spine1");
      expect(problem?.reason).to.equal("OutOfTraffic");
      expect(problem?.message).to.contain(because);
      await run.configure("spine1", [`delete protocols ${protocol} overload`]);
      await expectPerfect(run, "spine2");
      expect((await run.fabric()).status?.problems).to.deep.equal([]);
    });

    it(`HL-2 N4 where the other spine is overloaded by hand, in ${protocol}, while one is drained, that one goes back before it reboots`, async () => {
      const run = await start({
        campaign: only("spine2"),
        stage: stageOf((usual) => ({ ...usual, underlay: protocol })),
      });
      await run.untilStep("spine2", "Install", "Running");
      await run.configure("spine1", [`set protocols ${protocol} overload`]);
      const message = new RegExp(`spine1 counts as out of service: protocols ${protocol} overload`);
      await run.untilMessage("spine2", message);
      await run.pass(1800);
      expect(run.device("spine2").counters).to.include({ reboots: 0 });
      expect(run.configurationOf("spine2")).to.equal(run.foundConfigurationOf("spine2"));
      await run.configure("spine1", [`delete protocols ${protocol} overload`]);
      await run.untilPhase("Completed");
      expect(run.device("spine2").counters).to.include({ reboots: 1, installsStarted: 1 });
    });
  }

  it("HL-2 HL-3 by the device's own maintenance mode, where it takes it", async () => {
    const run = await start({ stage: WITH_MAINTENANCE_MODE, campaign: only("leaf1") });
    await run.untilStep("leaf1", "Install", "Running");
    const drained = run.configurationOf("leaf1");
    expect(drained).to.contain("set protocols evpn maintenance-mode erb-leaf action-type validate-and-set");
    expect(drained).not.to.match(/^set interfaces ae\d+ disable/m);
    await expectPerfect(run, "leaf1");
    expect(await techniquesOf(run, "leaf1")).to.include({ EvpnMaintenanceMode: "the device takes it" });
  });

  it("HL-2 a leaf with a single-homed server refuses its maintenance mode in commit check, and the links go down by us", async () => {
    const run = await start({ stage: WITH_MAINTENANCE_MODE, campaign: only("leaf4") });
    await run.untilStep("leaf4", "Install", "Running");
    expect(run.configurationOf("leaf4")).not.to.contain("maintenance-mode");
    await expectPerfect(run, "leaf4");
    expect(await techniquesOf(run, "leaf4")).to.have.property(
      "LinksDown",
      "commit check refuses EvpnMaintenanceMode",
    );
  });

  it("HL-2 asked for by name it is refused where network isolation is not configured: told in preflight, not touched", async () => {
    const run = await start({ campaign: drainedBy("EvpnMaintenanceMode", "leaf1") });
    const told = await run.untilMessage("leaf1", /cannot be drained by EvpnMaintenanceMode/);
    expect(told.status?.message).to.contain("no network-isolation profile is configured");
    expect(run.writes).to.equal(0);
  });

  it("HL-2 asked for by name and refused by commit check, the leaf is in service again, as found", async () => {
    const run = await start({
      stage: WITH_MAINTENANCE_MODE,
      campaign: drainedBy("EvpnMaintenanceMode", "leaf4"),
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.message).to.contain("xe-0/0/13 is single-homed");
    expect(run.configurationOf("leaf4")).to.equal(run.foundConfigurationOf("leaf4"));
    expect(run.device("leaf4").counters).to.include({ reboots: 0 });
    expect(run.lost).to.equal(0);
  });

  const entered = "set protocols evpn maintenance-mode erb-leaf action-type force";

  it("HL-3 a leaf in the maintenance mode of an operator is not healthy, and not touched", async () => {
    const run = await start({
      stage: WITH_MAINTENANCE_MODE,
      campaign: only("leaf1"),
      prepare: (before) => before.configure("leaf1", [entered]),
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.message).to.contain("LACP on the device");
    expect(run.writes).to.equal(0);
  });

  it("HL-3 upgraded all the same, it is in that maintenance mode afterwards, as found", async () => {
    let lostByOperator = -1;
    const run = await start({
      stage: WITH_MAINTENANCE_MODE,
      campaign: { ...only("leaf1"), healthChecks: { abortOnFailure: false } },
      prepare: async (before) => {
        await before.configure("leaf1", [entered]);
        await before.clock.sleepUntil(before.clock.now() + 60_000);
        lostByOperator = before.lost;
      },
    });
    await expectAsFound(run, "leaf1");
    // Nobody withdrew the segments before the links went down.
    expect(run.lost, "packets").to.equal(lostByOperator).and.above(0);
    expect(run.configurationOf("leaf1")).to.contain(entered);
    expect(await techniquesOf(run, "leaf1")).not.to.have.property("EvpnMaintenanceMode");
  });

  it("HL-3 a graceful shutdown that an operator announced stays", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "spine1"),
      prepare: (before) => before.configure("spine1", ["set protocols bgp graceful-shutdown sender"]),
    });
    await expectPerfect(run, "spine1");
    expect(run.configurationOf("spine1")).to.contain("set protocols bgp graceful-shutdown sender");
  });

  for (const device of ["leaf1", "spine1"]) {
    it(`HL-2 HL-3 where groups hold what has to change on ${device}, it is changed and restored there`, async () => {
      const run = await start({ campaign: only(device), prepare: (before) => intoGroup(before, device) });
      await run.untilStep(device, "Install", "Running");
      expect(run.configurationOf(device)).to.contain(
        "set groups FABRIC protocols bgp group UNDERLAY export HITLESS-DRAIN-UNDERLAY",
      );
      await expectPerfect(run, device);
      expect(await techniquesOf(run, device)).to.have.property("Policy");
    });
  }

  it("HL-2 HL-3 an interior protocol that a group holds is overloaded there", async () => {
    const run = await start({
      campaign: only("spine1"),
      stage: stageOf((usual) => ({ ...usual, underlay: "isis" })),
      prepare: (before) => intoGroup(before, "spine1"),
    });
    await run.untilStep("spine1", "Install", "Running");
    expect(run.configurationOf("spine1")).to.contain("set groups FABRIC protocols isis overload");
    await expectPerfect(run, "spine1");
  });

  it("HL-2 HL-3 where a group of BGP stands in two places, a spine announces a graceful shutdown by itself", async () => {
    const run = await start({ campaign: only("spine1"), prepare: (before) => splitGroup(before, "spine1") });
    await expectPerfect(run, "spine1");
    expect(await techniquesOf(run, "spine1")).to.deep.equal({
      GracefulShutdown: "StatementsInGroups: protocols bgp group UNDERLAY type external",
    });
  });

  it("HL-2 where a group of BGP of a leaf with segments stands in two places, it is told and not touched", async () => {
    const run = await start({ campaign: only("leaf1"), prepare: (before) => splitGroup(before, "leaf1") });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.message).to.contain(
      "StatementsInGroups at protocols bgp group UNDERLAY",
    );
    expect(run.writes).to.equal(0);
    expect(run.configurationOf("leaf1")).to.equal(run.foundConfigurationOf("leaf1"));
  });

  it("HL-2 a device that heeds no graceful shutdown cannot announce one: told in preflight, not touched", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "spine1"),
      prepare: (before) =>
        before.configure("spine1", ["set protocols bgp graceful-shutdown receiver disable"]),
    });
    const told = await run.untilMessage("spine1", /cannot be drained by GracefulShutdown/);
    expect(told.status?.message).to.contain("protocols bgp graceful-shutdown receiver disable");
    expect(run.writes).to.equal(0);
    await run.configure("spine1", ["delete protocols bgp graceful-shutdown receiver"]);
    await run.untilPhase("Completed");
  });

  it("HL-2 N4 a peer that does not heed a graceful shutdown is seen: the drain is taken back, nothing is lost", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "spine1"),
      prepare: (before) =>
        before.configure("leaf3", ["set protocols bgp graceful-shutdown receiver disable"]),
    });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]).to.include({ device: "spine1", reason: "DrainUnproven" });
    expect(campaign.status?.failed?.[0]?.message).to.contain("leaf3 reaches");
    expect(run.device("spine1").counters).to.include({ reboots: 0 });
    expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
    expect(run.lost).to.equal(0);
  });

  it("HL-2 the policies move such a peer, too", async () => {
    const run = await start({
      campaign: only("spine1"),
      prepare: (before) =>
        before.configure("leaf3", ["set protocols bgp graceful-shutdown receiver disable"]),
    });
    await expectPerfect(run, "spine1");
  });

  it("HL-2 a release before 19.1 knows no graceful shutdown: told in preflight, not touched", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "leaf1"),
      stage: withReleases({ leaf1: "18.4R3-S5.4" }),
    });
    const told = await run.untilMessage("leaf1", /cannot be drained by GracefulShutdown/);
    expect(told.status?.message).to.contain("needs 19.1R1, it runs 18.4R3-S5.4");
    expect(run.writes).to.equal(0);
  });
});

/** As fabric managers keep it: protocols and links to servers in a group that is applied. */
async function intoGroup(run: FabricRun, device: string): Promise<void> {
  const lines = run.configurationOf(device).split("\n");
  const moved = lines.filter((line) => /^set (?:protocols (?:bgp|isis) |interfaces ae)/.test(line));
  const emptied = new Set(moved.map((line) => line.split(" ").slice(1, 3).join(" ")));
  await run.configure(device, [
    ...[...emptied].map((path) => `delete ${path}`),
    ...moved.map((line) => line.replace("set ", "set groups FABRIC ")),
    "set apply-groups FABRIC",
  ]);
}

/** A part of BGP's group in a group that is applied, a part where it takes effect. */
async function splitGroup(run: FabricRun, device: string): Promise<void> {
  await run.configure(device, [
    "delete protocols bgp group UNDERLAY multipath",
    "set groups FABRIC protocols bgp group UNDERLAY multipath multiple-as",
    "set apply-groups FABRIC",
  ]);
}
