import { expect } from "chai";

import { SimulationError } from "../../src/simulator/simulationError.ts";
import { errorsOf, textOf } from "./support/rawClient.ts";
import { loadSet, PACKAGE, SmallFabric, SPINE_DRAIN } from "./support/smallFabric.ts";

const ADD = `<request-package-add><package-name>/var/tmp/${PACKAGE}</package-name><no-validate/></request-package-add>`;

describe("simulator: faults", () => {
  const open: SmallFabric[] = [];
  function start(more = ""): SmallFabric {
    const fabric = new SmallFabric({ more });
    open.push(fabric);
    return fabric;
  }
  afterEach(async () => {
    for (const fabric of open.splice(0)) await fabric.simulator.close();
  });
  async function rebootAndWait(fabric: SmallFabric): Promise<void> {
    await fabric
      .connect("leaf1")
      .call("<request-reboot/>")
      .catch(() => undefined);
    await fabric.clock.advanceBy(1000);
  }

  it("a dead device answers nobody, and its neighbours see its links go", async () => {
    const fabric = start();
    const client = fabric.connect("leaf1");
    await client.succeed("<get-alarm-information/>");
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "deviceDead" });
    await fabric.clock.advanceBy(1);
    expect(client.closed).to.equal(true);
    expect(() => fabric.connect("leaf1")).to.throw(SimulationError);
    const lldp = await fabric.ask("spine1", "<get-lldp-neighbors-information/>");
    expect(lldp.children[0]?.children.map((neighbour) => neighbour.children.at(-1)?.text)).to.deep.equal([
      "leaf2",
      "leaf3",
      "leaf4",
    ]);
    expect(textOf(await fabric.ask("spine1", "<get-bgp-summary-information/>"), "down-peer-count")).to.equal(
      "1",
    );
    fault.clear();
    await fabric.clock.advanceBy(1000);
    await fabric.connect("leaf1").succeed("<get-alarm-information/>");
    expect(fabric.simulator.devices.get("leaf1")?.counters.reboots).to.equal(0);
  });

  it("begins at its time, ends by itself, and stands in simulation.yaml as well as in code", async () => {
    const fabric = start(
      "faults: [{device: leaf1, fault: linkDown, interface: et-0/0/48, when: {atSeconds: 60}, forSeconds: 30}]\n",
    );
    const status = async (): Promise<string | undefined> =>
      textOf(
        await fabric.ask(
          "leaf1",
          "<get-interface-information><terse/><interface-name>et-0/0/48</interface-name></get-interface-information>",
        ),
        "oper-status",
      );
    await fabric.clock.advanceBy(59);
    expect(await status()).to.equal("up");
    await fabric.clock.advanceBy(2);
    expect(await status()).to.equal("down");
    await fabric.clock.advanceBy(30);
    expect(await status()).to.equal("up");
  });

  it("begins when an RPC comes for the n-th time, or after the n-th reboot", async () => {
    const fabric = start();
    fabric.simulator.inject({
      device: "leaf1",
      fault: "diskFull",
      when: { onRpc: "get-system-storage", occurrence: 2 },
    });
    const available = async (): Promise<string | undefined> =>
      textOf(await fabric.ask("leaf1", "<get-system-storage/>"), "available-blocks");
    expect(await available()).to.not.equal("0");
    expect(await available()).to.equal("0");
    fabric.simulator.inject({
      device: "leaf1",
      fault: "alarm",
      class: "Major",
      description: "FPC 0 Hard errors",
      source: "chassis",
      when: { afterReboot: 1 },
    });
    expect(textOf(await fabric.ask("leaf1", "<get-alarm-information/>"), "active-alarm-count")).to.equal(
      undefined,
    );
    await rebootAndWait(fabric);
    expect(textOf(await fabric.ask("leaf1", "<get-alarm-information/>"), "alarm-description")).to.equal(
      "FPC 0 Hard errors",
    );
  });

  it("a session that is down stays down until the fault is cleared", async () => {
    const fabric = start();
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "bgpDown", peer: "spine1" });
    await fabric.clock.advanceBy(100);
    expect(textOf(await fabric.ask("leaf1", "<get-bgp-summary-information/>"), "down-peer-count")).to.equal(
      "2",
    );
    fault.clear();
    await fabric.clock.advanceBy(100);
    expect(textOf(await fabric.ask("leaf1", "<get-bgp-summary-information/>"), "down-peer-count")).to.equal(
      "0",
    );
  });

  it("LACP that does not come up leaves its member out", async () => {
    const fabric = start();
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "lacpDown", interface: "ae1" });
    await fabric.clock.advanceBy(100);
    expect(fabric.simulator.truth().servers["server1"]).to.deep.equal({ working: 1, used: 1, cables: 2 });
    fault.clear();
    await fabric.clock.advanceBy(100);
    expect(fabric.simulator.truth().servers["server1"]).to.deep.equal({ working: 2, used: 2, cables: 2 });
  });

  it("a failing installation says so, stages nothing, and can be tried again", async () => {
    const fabric = start();
    fabric.simulator.inject({ device: "leaf1", fault: "installFails" });
    const failed = await fabric.clock.runUntilSettled(fabric.connect("leaf1").call(ADD));
    expect(textOf(failed, "package-result")).to.equal("1");
    expect(fabric.simulator.truth().devices["leaf1"]?.pendingRelease).to.equal(undefined);
    const again = await fabric.clock.runUntilSettled(fabric.connect("leaf1").call(ADD));
    expect(textOf(again, "package-result")).to.equal("0");
  });

  it("a device can boot its old release, or never", async () => {
    const fabric = start();
    await fabric.clock.runUntilSettled(fabric.connect("leaf1").succeed(ADD));
    fabric.simulator.inject({ device: "leaf1", fault: "bootsOldRelease" });
    await rebootAndWait(fabric);
    expect(fabric.simulator.truth().devices["leaf1"]).to.include({
      release: "21.4R3-S5.4",
      management: true,
    });
    fabric.simulator.inject({ device: "leaf1", fault: "bootsNever" });
    await rebootAndWait(fabric);
    await fabric.clock.advanceBy(100_000);
    expect(fabric.simulator.truth().devices["leaf1"]).to.include({ power: "Booting", management: false });
  });

  it("a lost reply to a reboot is a reboot none the less", async () => {
    const fabric = start();
    fabric.simulator.inject({ device: "leaf1", fault: "rebootReplyLost" });
    const client = fabric.connect("leaf1");
    const answer = await client.call("<request-reboot/>").catch((error: unknown) => String(error));
    expect(answer).to.contain("connection closed");
    await fabric.clock.advanceBy(1000);
    expect(fabric.simulator.devices.get("leaf1")?.counters.reboots).to.equal(1);
  });

  it("a lost reply is silence on an open connection, for an RPC that was executed", async () => {
    const fabric = start();
    fabric.simulator.inject({ device: "leaf1", fault: "replyLost", rpc: "commit-configuration" });
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    let answered = false;
    void client.call("<commit-configuration/>").then(
      () => (answered = true),
      () => undefined,
    );
    await fabric.clock.advanceBy(60);
    expect([answered, client.closed]).to.deep.equal([false, false]);
    expect(fabric.simulator.devices.get("leaf1")?.committedConfiguration()).to.contain("ae1 disable");
    expect(fabric.simulator.devices.get("leaf1")?.rpcLog.at(-1)).to.include({ outcome: "lost", write: true });
  });

  it("a connection can die before or after an RPC is executed", async () => {
    const fabric = start();
    for (const executed of [false, true]) {
      fabric.simulator.inject({
        device: "leaf1",
        fault: "dropSession",
        rpc: "commit-configuration",
        executed,
      });
      const client = fabric.connect("leaf1");
      await client.succeed('<load-configuration rollback="0"/>');
      await client.succeed(loadSet(["set interfaces ae1 disable"]));
      const answer = await client.call("<commit-configuration/>").catch((error: unknown) => String(error));
      expect(answer).to.contain("connection closed");
      const text = fabric.simulator.devices.get("leaf1")?.committedConfiguration() ?? "";
      expect(text.includes("ae1 disable")).to.equal(executed);
    }
  });

  it("a commit can fail, and a slow reply comes late", async () => {
    const fabric = start();
    fabric.simulator.inject({
      device: "leaf1",
      fault: "commitFails",
      message: "remote lock-configuration failed",
    });
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    expect(errorsOf(await client.call("<commit-configuration/>"))).to.deep.equal([
      "remote lock-configuration failed",
    ]);
    await client.succeed("<commit-configuration/>");
    fabric.simulator.inject({
      device: "leaf1",
      fault: "slowReply",
      rpc: "get-alarm-information",
      seconds: 30,
    });
    const before = fabric.clock.now();
    await fabric.clock.runUntilSettled(client.succeed("<get-alarm-information/>"));
    expect((fabric.clock.now() - before) / 1000).to.equal(30);
  });

  it("HL-2 leaves that ignore a withdrawal go on sending through the drained device, and the counters show it", async () => {
    const fabric = start();
    const stuck = ["leaf1", "leaf2", "leaf3", "leaf4"].map((device) =>
      fabric.simulator.inject({ device, fault: "stuckFlow" }),
    );
    await fabric.configure("spine1", SPINE_DRAIN);
    await fabric.clock.advanceBy(60);
    expect(fabric.simulator.truth().devices["spine1"]?.packetsPerSecond).to.be.greaterThan(0);
    for (const fault of stuck) fault.clear();
    await fabric.clock.advanceBy(10);
    expect(fabric.simulator.truth().devices["spine1"]?.packetsPerSecond).to.equal(0);
    expect(fabric.lost()).to.equal(0);
  });

  it("refuses a fault that cannot be", () => {
    const fabric = start();
    expect(() => fabric.simulator.inject({ device: "leaf9", fault: "diskFull" })).to.throw(
      SimulationError,
      "leaf9",
    );
    expect(() =>
      fabric.simulator.inject({ device: "leaf1", fault: "linkDown", interface: "xe-9/9/9" }),
    ).to.throw(SimulationError, "no cable");
  });
});
