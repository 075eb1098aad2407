import { expect } from "chai";

import { descendants, find } from "../../src/netconf/xmlNode.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import { SimulationError } from "../../src/simulator/simulationError.ts";
import { errorsOf, textOf } from "./support/rawClient.ts";
import {
  ROUTER_PACKAGE,
  ROUTER_RELEASE,
  ROUTER_TARGET,
  RouterFabric,
  VMHOST_PACKAGE,
} from "./support/routerFabric.ts";
import { loadSet } from "./support/smallFabric.ts";

const SWITCH = "<request-chassis-routing-engine-switch><no-confirm/></request-chassis-routing-engine-switch>";

describe("simulator: two routing engines", () => {
  let fabric: RouterFabric;
  beforeEach(() => {
    fabric = new RouterFabric();
  });
  afterEach(() => fabric.simulator.close());

  const engines = async (device = "spine1"): Promise<readonly string[]> => {
    const reply = await fabric.ask(device, "<get-route-engine-information/>");
    return [...descendants(reply, "route-engine")].map((engine) =>
      [textOf(engine, "slot"), textOf(engine, "mastership-state") ?? textOf(engine, "status")].join(" "),
    );
  };
  const releases = async (): Promise<readonly string[]> => {
    const reply = await fabric.ask(
      "spine1",
      '<command format="xml">show version invoke-on all-routing-engines</command>',
    );
    return [...descendants(reply, "multi-routing-engine-item")].map(
      (item) => `${textOf(item, "re-name") ?? ""} ${textOf(item, "junos-version") ?? ""}`,
    );
  };
  async function install(controlPlane: string, device = "spine1"): Promise<XmlNode> {
    const [rpc, name] =
      device === "spine1"
        ? ["request-package-add", ROUTER_PACKAGE]
        : ["request-vmhost-package-add", VMHOST_PACKAGE];
    const operation = `<${rpc}><package-name>/var/tmp/${name}</package-name><no-validate/></${rpc}>`;
    return fabric.clock.runUntilSettled(fabric.connect(device, controlPlane).succeed(operation));
  }
  async function configure(lines: readonly string[], commit = "<commit-configuration/>"): Promise<void> {
    const client = fabric.connect("spine1");
    await client.succeed(loadSet(lines));
    await client.succeed(commit);
    client.destroy();
  }
  const withoutRedundancy = (): Promise<void> =>
    configure([
      "deactivate chassis redundancy graceful-switchover",
      "deactivate routing-options nonstop-routing",
    ]);

  it("RE-2 a backup is installed and rebooted for itself: the master runs on, and nothing is lost", async () => {
    const before = fabric.truth("spine1").bootedAt;
    await install("re1");
    expect(await releases()).to.deep.equal([`re0 ${ROUTER_RELEASE}`, `re1 ${ROUTER_RELEASE}`]);
    await fabric.ask("spine1", "<request-reboot/>", "re1");
    await fabric.clock.advanceBy(60);
    expect(await engines()).to.deep.equal(["0 master", "1 Present"]);
    const partial = await fabric
      .connect("spine1")
      .call('<command format="xml">show version invoke-on all-routing-engines</command>');
    expect(errorsOf(partial)).to.deep.equal(["Could not connect to re1 : No route to host"]);
    expect([...descendants(partial, "re-name")].map(({ text }) => text)).to.deep.equal(["re0"]);
    expect(() => fabric.connect("spine1", "re1")).to.throw(SimulationError, "spine1 re1 does not answer");
    await fabric.clock.advanceBy(600);
    expect(await releases()).to.deep.equal([`re0 ${ROUTER_RELEASE}`, `re1 ${ROUTER_TARGET}`]);
    expect(fabric.truth("spine1").bootedAt).to.equal(before);
    expect(fabric.lost()).to.equal(0);
  });

  it("RE-3 a switchover with nonstop routing complete loses nothing; the device's address moves", async () => {
    const client = fabric.connect("spine1");
    await fabric.clock.advanceBy(300);
    const replication = await client.succeed("<get-routing-task-replication-state/>");
    expect(
      [...descendants(replication, "task-protocol-replication-state")].map(({ text }) => text),
    ).to.include("Complete");
    void client.call(SWITCH).catch(() => undefined);
    await fabric.clock.advanceBy(1);
    expect(client.closed).to.equal(true);
    await fabric.clock.advanceBy(60);
    expect(await engines()).to.deep.equal(["0 backup", "1 master"]);
    expect(fabric.truth("spine1")).to.include({ master: "re1", forwarding: true });
    expect(fabric.lost()).to.equal(0);
  });

  it("RE-3 a switchover without graceful switchover restarts the line cards and loses packets", async () => {
    await withoutRedundancy();
    void fabric
      .connect("spine1")
      .call(SWITCH)
      .catch(() => undefined);
    await fabric.clock.advanceBy(1);
    expect(fabric.truth("spine1")).to.include({ master: "re1", forwarding: false });
    await fabric.clock.advanceBy(120);
    expect(fabric.truth("spine1").forwarding).to.equal(true);
    expect(fabric.lost()).to.be.greaterThan(0);
  });

  it("a graceful switchover is refused too soon, and without `no-confirm` nothing happens", async () => {
    const early = new RouterFabric({ more: "timings: {switchoverHoldSeconds: 4000000}\n" });
    const refused = await early.ask("spine1", SWITCH);
    expect(textOf(refused, "output")).to.match(/Not ready for mastership switch, try after \d+ secs\./);
    await early.simulator.close();
    const asked = await fabric.ask("spine1", "<request-chassis-routing-engine-switch/>");
    expect(textOf(asked, "output")).to.contain("[yes,no]");
    expect(fabric.truth("spine1").master).to.equal("re0");
  });

  it("a backup says what it does not know: routing, learned addresses, what only the master tells", async () => {
    const client = fabric.connect("spine1", "re1");
    expect(errorsOf(await client.call("<get-bgp-summary-information/>"))).to.deep.equal([
      "the routing subsystem is not running",
    ]);
    expect(textOf(await client.call("<get-chassis-inventory/>"), "output")).to.contain(
      "master routing engine",
    );
    const switchover = await client.succeed("<get-switchover-information/>");
    expect(textOf(switchover, "switchover-state")).to.equal("On");
  });

  it("commit synchronize reaches both, and is refused between two releases", async () => {
    await configure(["set system time-zone Europe/Berlin"]);
    const spine = fabric.simulator.devices.get("spine1");
    expect(spine?.committedConfiguration("set", "re1")).to.equal(spine?.committedConfiguration("set", "re0"));
    await install("re1");
    await fabric.ask("spine1", "<request-reboot/>", "re1");
    await fabric.clock.advanceBy(700);
    const client = fabric.connect("spine1");
    await client.succeed(loadSet(["set system time-zone UTC"]));
    expect(errorsOf(await client.call("<commit-configuration/>")).join()).to.contain("re1");
    await client.succeed(
      loadSet(["deactivate system commit synchronize", "deactivate routing-options nonstop-routing"]),
    );
    await client.succeed("<commit-configuration/>");
    expect(spine?.committedConfiguration("set", "re1")).to.contain("Europe/Berlin");
    expect(spine?.committedConfiguration("set", "re0")).to.contain("time-zone UTC");
  });

  it("nonstop routing is refused without commit synchronize, wherever the statements stand", async () => {
    const grouped = new RouterFabric({
      redundancy: "{gracefulSwitchover: group, nonstopRouting: group, commitSynchronize: group}",
    });
    const client = grouped.connect("spine1");
    await grouped.clock.advanceBy(120);
    expect(textOf(await client.succeed("<get-routing-task-replication-state/>"), "task-gres-state")).to.equal(
      "Enabled",
    );
    await client.succeed(loadSet(["deactivate groups redundancy system commit synchronize"]));
    expect(errorsOf(await client.call("<commit-configuration/>")).join()).to.contain("commit synchronize");
    await grouped.simulator.close();
  });

  it("replication starts anew after a switchover, and never between two releases", async () => {
    const state = async (): Promise<readonly string[]> => {
      const reply = await fabric.ask("spine1", "<get-routing-task-replication-state/>");
      return [...new Set([...descendants(reply, "task-protocol-replication-state")].map(({ text }) => text))];
    };
    await fabric.clock.advanceBy(300);
    void fabric
      .connect("spine1")
      .call(SWITCH)
      .catch(() => undefined);
    await fabric.clock.advanceBy(1);
    expect(await state()).to.deep.equal(["InProgress"]);
    await fabric.clock.advanceBy(60);
    expect(await state()).to.deep.equal(["Complete"]);
    await install("re0");
    await fabric.ask("spine1", "<request-reboot/>", "re0");
    await fabric.clock.advanceBy(900);
    expect(await state()).to.deep.equal([]);
  });

  it("RE-6 a VM host takes its own package by its own requests, into the set that does not run", async () => {
    const wrong = await fabric
      .connect("spine2", "re1")
      .succeed(
        `<request-package-add><package-name>/var/tmp/${VMHOST_PACKAGE}</package-name></request-package-add>`,
      );
    expect(textOf(wrong, "output")).to.contain("not a valid package");
    const unknown = await fabric.connect("spine1", "re1").call("<get-vmhost-version-information/>");
    expect(errorsOf(unknown)).to.deep.equal(["syntax error"]);
    expect(textOf(await install("re1", "spine2"), "package-result")).to.equal("0");
    const version = await fabric.ask("spine2", '<get-vmhost-version-information format="text"/>', "re1");
    expect(textOf(version, "output")).to.match(/Current root set: p[\s\S]*set b[\s\S]*x86-64-23\.4R2-S3\.9/);
    // A boot of the guest alone leaves the set as it is.
    await fabric.ask("spine2", "<request-reboot/>", "re1");
    await fabric.clock.advanceBy(700);
    expect(fabric.truth("spine2").controlPlanes[1]?.release).to.equal(ROUTER_RELEASE);
    const both = "<request-vmhost-reboot><both-routing-engines/></request-vmhost-reboot>";
    expect(errorsOf(await fabric.connect("spine2").call(both)).join()).to.contain("syntax error");
    await fabric.ask("spine2", "<request-vmhost-reboot/>", "re1");
    await fabric.clock.advanceBy(700);
    expect(fabric.truth("spine2").controlPlanes[1]?.release).to.equal(ROUTER_TARGET);
    expect(fabric.truth("spine2").controlPlanes[0]?.counters.reboots).to.equal(0);
    expect(fabric.lost()).to.equal(0);
  });

  it("a request can name the other routing engine", async () => {
    const add = `<request-package-add><package-name>/var/tmp/${ROUTER_PACKAGE}</package-name><no-validate/><re1/></request-package-add>`;
    await fabric.clock.runUntilSettled(fabric.connect("spine1").succeed(add));
    expect(fabric.truth("spine1").controlPlanes.map(({ pendingRelease }) => pendingRelease)).to.deep.equal([
      undefined,
      ROUTER_TARGET,
    ]);
    await fabric.ask("spine1", "<request-reboot><other-routing-engine/></request-reboot>");
    await fabric.clock.advanceBy(700);
    expect(fabric.truth("spine1").controlPlanes.map(({ release }) => release)).to.deep.equal([
      ROUTER_RELEASE,
      ROUTER_TARGET,
    ]);
  });

  it("a master that goes down hands over, and one that fails is seen as present or absent", async () => {
    await fabric.clock.advanceBy(300);
    await fabric.ask("spine1", "<request-reboot/>");
    await fabric.clock.advanceBy(20);
    expect(fabric.truth("spine1")).to.include({ master: "re1", forwarding: true });
    expect(fabric.lost(), "nonstop").to.equal(0);
    expect(await engines()).to.deep.equal(["0 Present", "1 master"]);
    await fabric.clock.advanceBy(700);
    expect(await engines()).to.deep.equal(["0 backup", "1 master"]);
    const absent = fabric.simulator.inject({ device: "spine1", controlPlane: "re0", fault: "engineAbsent" });
    expect(await engines()).to.deep.equal(["0 Empty", "1 master"]);
    absent.clear();
    fabric.simulator.inject({ device: "spine1", controlPlane: "re1", fault: "engineHalted", forSeconds: 10 });
    expect(fabric.truth("spine1")).to.include({ forwarding: false });
    await fabric.clock.advanceBy(1000);
    expect(await engines()).to.deep.equal(["0 master", "1 backup"]);
  });

  it("mastership moves by itself, commit synchronize fails, a boot takes longer: faults as data", async () => {
    await fabric.clock.advanceBy(300);
    fabric.simulator.inject({ device: "spine1", fault: "mastershipMoves" });
    expect(fabric.truth("spine1").master).to.equal("re1");
    fabric.simulator.inject({ device: "spine1", fault: "commitSynchronizeFails" });
    const client = fabric.connect("spine1");
    await client.succeed(loadSet(["set system time-zone Europe/Berlin"]));
    expect(errorsOf(await client.call("<commit-configuration/>")).join()).to.contain("re0");
    await client.succeed("<commit-configuration/>");
    fabric.simulator.inject({ device: "spine1", controlPlane: "re0", fault: "bootsSlowly", seconds: 900 });
    await fabric.ask("spine1", "<request-reboot/>", "re0");
    await fabric.clock.advanceBy(1200);
    expect(() => fabric.connect("spine1", "re0")).to.throw(SimulationError);
    await fabric.clock.advanceBy(400);
    expect(() => fabric.connect("spine1", "re0")).not.to.throw();
  });

  it("a router bridges: its table is that of bridge domains, and it knows no ethernet-switching", async () => {
    expect(
      errorsOf(await fabric.connect("spine1").call("<get-ethernet-switching-table-information/>")),
    ).to.deep.equal(["syntax error"]);
    const table = await fabric.ask("spine1", "<get-bridge-mac-table/>");
    expect(find(table, "l2ald-rtb-macdb")).not.to.equal(undefined);
  });

  it("each routing engine has a port and a host key of its own; the device's port presents the master's", async () => {
    const served = await fabric.simulator.serve({ freePorts: true });
    const spine = served.find(({ name }) => name === "spine1");
    expect(spine?.controlPlanes.map(({ name }) => name)).to.deep.equal(["re0", "re1"]);
    expect(spine?.controlPlanes[0]?.hostKey).to.equal(spine?.hostKey);
    expect(spine?.controlPlanes[1]?.hostKey).not.to.equal(spine?.hostKey);
    expect(served.find(({ name }) => name === "leaf1")?.controlPlanes).to.deep.equal([]);
  });
});
