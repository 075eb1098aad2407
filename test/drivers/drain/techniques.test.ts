/** Whole upgrades, drained by each technique: nothing is lost, and the configuration is as it was found. */
import { expect } from "chai";
import type { SimulationDescription } from "../../../src/simulator/description.ts";
import type { FabricRun, FabricStage } from "../../support/fabricRun.ts";
import { applyFabric, campaignDraft, imageDraft, only, simulation } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

type Strategy = ReturnType<typeof campaignDraft>["spec"]["strategy"];

function drainedBy(
  technique: NonNullable<NonNullable<Strategy["drain"]>["technique"]>,
  ...devices: string[]
) {
  const { strategy } = campaignDraft().spec;
  return { ...only(...devices), strategy: { ...strategy, drain: { technique } } };
}

/** The small fabric, with something different in its simulation. */
function stageOf(change: (usual: SimulationDescription) => SimulationDescription): FabricStage {
  return {
    simulation: () => change(simulation()),
    apply: (store, served) => applyFabric(store, served, imageDraft()),
    campaign: campaignDraft,
  };
}

/** With other releases on some devices. */
function withReleases(releases: Readonly<Record<string, string>>): FabricStage {
  return stageOf((usual) => ({
    ...usual,
    devices: usual.devices.map((device) => ({
      ...device,
      release: releases[device.name] ?? device.release,
    })),
  }));
}

async function techniquesOf(run: FabricRun, device: string): Promise<Readonly<Record<string, string>>> {
  const techniques = (await run.upgrade(device))?.status?.drain?.techniques ?? [];
  return Object.fromEntries(techniques.map(({ name, why }) => [name, why]));
}

async function expectPerfect(run: FabricRun, ...devices: readonly string[]): Promise<void> {
  await run.untilPhase("Completed");
  for (const name of devices) {
    expect(run.device(name).counters, name).to.include({ reboots: 1, installsStarted: 1 });
    expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
  }
  expect(run.lost, "packets").to.equal(0);
  expect((await run.fabric()).status?.outOfService ?? [], "the ledger").to.deep.equal([]);
}

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

    it(`HL-2 N4 where the other spine is overloaded by hand, the drain by ${protocol} is taken back and nothing is lost`, async () => {
      const run = await start({
        campaign: only("spine2"),
        stage: stageOf((usual) => ({ ...usual, underlay: protocol })),
        prepare: (before) => before.configure("spine1", [`set protocols ${protocol} overload`]),
      });
      const campaign = await run.untilPhase("Failed");
      expect(campaign.status?.failed?.[0]).to.include({ device: "spine2", reason: "DrainUnproven" });
      expect(run.device("spine2").counters).to.include({ reboots: 0 });
      expect(run.configurationOf("spine2")).to.equal(run.foundConfigurationOf("spine2"));
      expect(run.lost, "packets").to.equal(0);
    });
  }

  it("HL-3 a graceful shutdown that an operator announced stays", async () => {
    const run = await start({
      campaign: drainedBy("GracefulShutdown", "spine1"),
      prepare: (before) => before.configure("spine1", ["set protocols bgp graceful-shutdown sender"]),
    });
    await expectPerfect(run, "spine1");
    expect(run.configurationOf("spine1")).to.contain("set protocols bgp graceful-shutdown sender");
  });

  it("HL-2 HL-3 where groups hold BGP, a spine announces a graceful shutdown by itself", async () => {
    const run = await start({
      campaign: only("spine1"),
      prepare: (before) => bgpIntoGroup(before, "spine1"),
    });
    await expectPerfect(run, "spine1");
    expect(await techniquesOf(run, "spine1")).to.deep.equal({
      GracefulShutdown: "StatementsInGroups: groups FABRIC protocols bgp group",
    });
  });

  it("HL-2 where groups hold the overlay of a leaf with segments, it is told and not touched", async () => {
    const run = await start({ campaign: only("leaf1"), prepare: (before) => bgpIntoGroup(before, "leaf1") });
    const campaign = await run.untilPhase("Failed");
    expect(campaign.status?.failed?.[0]?.message).to.contain(
      "StatementsInGroups at groups FABRIC protocols bgp",
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

/** As fabric managers keep it: BGP in a group that is applied. */
async function bgpIntoGroup(run: FabricRun, device: string): Promise<void> {
  const lines = run.configurationOf(device).split("\n");
  const bgp = lines.filter((line) => line.startsWith("set protocols bgp "));
  await run.configure(device, [
    "delete protocols bgp",
    ...bgp.map((line) => line.replace("set protocols", "set groups FABRIC protocols")),
    "set apply-groups FABRIC",
  ]);
  run.noteFound();
}
