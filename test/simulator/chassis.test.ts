/** What chassis are built of: line cards and empty slots, members of a Virtual Chassis, why an engine last booted. */
import { expect } from "chai";
import { parseFpcs } from "../../src/junos/fpc.ts";
import { parseInterfaces } from "../../src/junos/interfaces.ts";
import { isVmhostEngine, parseRoutingEngines } from "../../src/junos/routingEngine.ts";
import { parseSoftware } from "../../src/junos/software.ts";
import { parseVirtualChassis } from "../../src/junos/virtualChassis.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { manualClock, type ManualClock } from "../../src/simulator/modelClock.ts";
import { chassisFabric } from "../support/chassisFabric.ts";
import { RawClient } from "./support/rawClient.ts";

describe("simulator: what a chassis is built of", () => {
  let clock: ManualClock;
  let simulator: FabricSimulator;
  beforeEach(() => {
    clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
    simulator = createFabricSimulator({
      description: chassisFabric({ leaf1Members: 3 }).simulation(),
      clock,
    });
  });
  afterEach(() => simulator.close());

  async function ask(device: string, operation: string): Promise<XmlNode> {
    const stream = simulator.devices.get(device)?.openStream("hitless");
    if (stream === undefined) throw new Error(`no device ${device}`);
    const client = new RawClient(stream);
    const reply = await client.call(operation);
    client.destroy();
    return reply;
  }
  const slots = async (): Promise<readonly string[]> =>
    parseFpcs(await ask("spine1", "<get-fpc-information/>")).map(
      ({ slot, state }) => `${String(slot)} ${state}`,
    );

  it("a QFX10008 lists its eight slots, and a dead card takes its ports with it", async () => {
    expect(await slots()).to.deep.equal([
      "0 Online",
      "1 Empty",
      "2 Online",
      "3 Empty",
      "4 Empty",
      "5 Online",
      "6 Empty",
      "7 Empty",
    ]);
    const dead = simulator.inject({ device: "spine1", fault: "lineCardDead", slot: 2 });
    expect((await slots())[2]).to.equal("2 Offline");
    const down = async (): Promise<readonly string[]> => {
      const reply = await ask("spine1", "<get-interface-information><terse/></get-interface-information>");
      return parseInterfaces(reply)
        .filter(({ name, operUp }) => name.startsWith("et-") && !operUp)
        .map(({ name }) => name);
    };
    expect(await down()).to.deep.equal(["et-2/0/0", "et-2/0/1"]);
    dead.clear();
    expect(await down()).to.deep.equal([]);
  });

  it("a Virtual Chassis lists its members, and each of them answers for its software; a large switch knows none", async () => {
    const { members } = parseVirtualChassis(await ask("leaf1", "<get-virtual-chassis-information/>"));
    expect(members.map(({ role }) => role)).to.deep.equal(["Master", "Backup", "Linecard"]);
    const { engines } = parseSoftware(await ask("leaf1", "<get-software-information/>"));
    expect(engines.map(({ engineName }) => engineName)).to.deep.equal(["fpc0", "fpc1", "fpc2"]);
    const alone = parseVirtualChassis(await ask("leaf2", "<get-virtual-chassis-information/>"));
    expect(alone.members).to.have.length(1);
    expect(alone.mode, "it says so alone, too").to.equal("Enabled");
    const refused = await ask("spine1", "<get-virtual-chassis-information/>");
    expect(JSON.stringify(refused)).to.contain("syntax error");
  });

  it("IM-9 an engine that is no VM host does not look like one after a reboot", async () => {
    const engine = async () => parseRoutingEngines(await ask("leaf2", "<get-route-engine-information/>"))[0];
    await ask("leaf2", "<request-reboot/>");
    await clock.runUntilSettled(clock.sleepUntil(clock.now() + 3_600_000));
    const after = await engine();
    expect(after?.lastRebootReason).to.equal("0x200:normal shutdown");
    expect(isVmhostEngine({ model: after?.model, lastRebootReason: after?.lastRebootReason })).to.equal(
      false,
    );
  });
});
