/** What keeps traffic off a device is read with its neighbourhood, where the login may see the configuration. */
import { expect } from "chai";
import type { DeviceDiscovery } from "../../src/api/discovery.ts";
import { discoverSwitch } from "../../src/drivers/discover.ts";
import { JunosError, type JunosErrorCode } from "../../src/junos/replyErrors.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { openSession } from "../../src/netconf/session.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import { RawClient } from "../simulator/support/rawClient.ts";
import { simulation } from "../support/smallFabric.ts";

describe("drivers: what a device says of itself", () => {
  const clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
  let simulator: FabricSimulator;
  beforeEach(() => {
    simulator = createFabricSimulator({ description: { ...simulation(), underlay: "isis" }, clock });
  });
  afterEach(() => simulator.close());

  async function callerTo(name: string): Promise<RpcCaller> {
    const stream = simulator.devices.get(name)?.openStream();
    if (stream === undefined) throw new Error(`no device ${name}`);
    return openSession(stream);
  }

  async function configure(name: string, ...lines: readonly string[]): Promise<void> {
    const stream = simulator.devices.get(name)?.openStream();
    if (stream === undefined) throw new Error(`no device ${name}`);
    const client = new RawClient(stream);
    await client.succeed(
      `<load-configuration action="set" format="text"><configuration-set>${lines.join("\n")}</configuration-set></load-configuration>`,
    );
    await client.succeed("<commit-configuration/>");
    client.destroy();
  }

  const drainsOf = async (name: string): Promise<DeviceDiscovery["drainedBy"]> =>
    (await discoverSwitch(name, await callerTo(name), clock)).drainedBy;

  it("HL-2 PL-4 has no drain where nobody drained it", async () => {
    expect(await drainsOf("spine1")).to.equal(undefined);
    expect(await drainsOf("leaf1")).to.equal(undefined);
  });

  it("HL-2 PL-4 has an overload, also where a group holds it", async () => {
    await configure("spine1", "set protocols isis overload");
    expect(await drainsOf("spine1")).to.deep.equal(["protocols isis overload"]);
    await configure("spine2", "set groups OUT protocols isis overload", "set apply-groups OUT");
    expect(await drainsOf("spine2")).to.deep.equal(["protocols isis overload"]);
    await configure("spine2", "delete apply-groups OUT");
    expect(await drainsOf("spine2")).to.equal(undefined);
  });

  /** A login to which the configuration is not shown. */
  async function blind(code: JunosErrorCode): Promise<RpcCaller> {
    const caller = await callerTo("spine1");
    return {
      async call(rpc, options) {
        if (rpc.name === "get-configuration") throw new JunosError({ code, message: "no" });
        return caller.call(rpc, options);
      },
    };
  }

  it("is read all the same by a login that may not see the configuration", async () => {
    await configure("spine1", "set protocols isis overload");
    const { drainedBy, lldpNeighbours } = await discoverSwitch(
      "spine1",
      await blind("PermissionDenied"),
      clock,
    );
    expect(drainedBy).to.equal(undefined);
    expect(lldpNeighbours).to.have.lengthOf(4);
  });

  it("is not read where the configuration cannot be read for another reason", async () => {
    const refused = await discoverSwitch("spine1", await blind("RpcFailed"), clock).catch(
      (error: unknown) => error,
    );
    expect(refused).to.be.instanceOf(JunosError);
  });
});
