/** Faults of what a device says and keeps: silence, broken replies, other people's locks, clocks, packages. */
import { expect } from "chai";
import { PACKAGE, SmallFabric } from "./support/smallFabric.ts";
import { errorsOf, textOf } from "./support/rawClient.ts";

const ALARMS = "<get-alarm-information/>";
const UPTIME = "<get-system-uptime-information/>";
const CHECKSUM = `<get-sha256-checksum-information><path>/var/tmp/${PACKAGE}</path></get-sha256-checksum-information>`;

describe("simulator: faults of replies and of what is kept", () => {
  const open: SmallFabric[] = [];
  function start(more = ""): SmallFabric {
    const fabric = new SmallFabric({ more });
    open.push(fabric);
    return fabric;
  }
  afterEach(async () => {
    for (const fabric of open.splice(0)) await fabric.simulator.close();
  });

  it("a silent device neither executes nor answers, and keeps its connections", async () => {
    const fabric = start();
    const client = fabric.connect("leaf1");
    await client.succeed(ALARMS);
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "silent" });
    let answered = false;
    const asked = client.call("<request-reboot/>").then(() => {
      answered = true;
    });
    asked.catch(() => undefined);
    await fabric.clock.advanceBy(600);
    expect(answered).to.equal(false);
    expect(client.closed).to.equal(false);
    expect(fabric.simulator.devices.get("leaf1")?.counters.reboots).to.equal(0);
    fault.clear();
    await fabric.connect("leaf1").succeed(ALARMS);
  });

  it("a truncated reply ends with its message or with its session, once", async () => {
    const fabric = start();
    fabric.simulator.inject({ device: "leaf1", fault: "truncatedReply", ends: "Session" });
    const client = fabric.connect("leaf1");
    await client.call(ALARMS).then(
      () => expect.fail("half a reply is no reply"),
      () => undefined,
    );
    expect(client.closed).to.equal(true);
    await fabric.connect("leaf1").succeed(ALARMS);
  });

  it("a lock that somebody holds keeps everybody from editing, and from nothing else", async () => {
    const fabric = start();
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "lockHeld" });
    const client = fabric.connect("leaf1");
    expect(errorsOf(await client.call("<lock-configuration/>")).join()).to.contain("locked by");
    await client.succeed(ALARMS);
    fault.clear();
    await client.succeed("<lock-configuration/>");
  });

  it("changes that somebody left are in the way of a lock until they are gone", async () => {
    const fabric = start();
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "candidateDirty" });
    const client = fabric.connect("leaf1");
    expect(errorsOf(await client.call("<lock-configuration/>")).join()).to.contain("database modified");
    fault.clear();
    await client.succeed("<lock-configuration/>");
  });

  it("a clock that is set moves the boot time with it, and not the uptime", async () => {
    const fabric = start();
    const read = async (): Promise<readonly (string | undefined)[]> => {
      const reply = await fabric.ask("leaf1", UPTIME);
      return [textOf(reply, "date-time"), textOf(reply, "up-time")];
    };
    const before = await read();
    fabric.simulator.inject({ device: "leaf1", fault: "clockSteps", seconds: 7200 });
    const after = await read();
    expect(after[0]).to.not.equal(before[0]);
    expect(after[1]).to.equal(before[1]);
  });

  it("a corrupt package has another checksum of the same length", async () => {
    const fabric = start();
    const read = async (): Promise<string | undefined> =>
      textOf(await fabric.ask("leaf1", CHECKSUM), "checksum");
    const before = await read();
    fabric.simulator.inject({ device: "leaf1", fault: "packageCorrupt" });
    const after = await read();
    expect(after).to.not.equal(before);
    expect(after?.length).to.equal(before?.length);
  });

  it("BGP without EVPN is up, and nothing is heard on it", async () => {
    const fabric = start();
    const fault = fabric.simulator.inject({ device: "leaf1", fault: "evpnMissing" });
    await fabric.clock.advanceBy(60);
    const reply = await fabric.ask("leaf1", "<get-bgp-summary-information/>");
    expect(textOf(reply, "down-peer-count")).to.equal("0");
    expect(fabric.simulator.traffic.report().lost).to.be.greaterThan(0);
    fault.clear();
    await fabric.clock.advanceBy(60);
    const lost = fabric.simulator.traffic.report().lost;
    await fabric.clock.advanceBy(60);
    expect(fabric.simulator.traffic.report().lost).to.equal(lost);
  });

  it("a boot into another release runs that, whatever was staged; faults stand in simulation.yaml, too", async () => {
    const fabric = start("faults: [{device: leaf1, fault: bootsRelease, release: 22.2R3-S1.9}]\n");
    await fabric
      .connect("leaf1")
      .call("<request-reboot/>")
      .catch(() => undefined);
    await fabric.clock.advanceBy(1000);
    expect(fabric.simulator.devices.get("leaf1")?.truth().release).to.equal("22.2R3-S1.9");
  });
});
