import { expect } from "chai";
import ssh2 from "ssh2";

import { descendants } from "../../src/netconf/xmlNode.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import { createFabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import type { FabricSimulator, ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import { hostKey } from "../../src/simulator/management/hostKey.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import type { ManualClock } from "../../src/simulator/modelClock.ts";
import { errorsOf, RawClient, textOf } from "./support/rawClient.ts";
import { FABRIC, START } from "./support/smallFabric.ts";

const TEXT = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
servers:
  - {name: server1, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1]}
`;

describe("simulator: NETCONF over SSH", () => {
  let clock: ManualClock;
  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];
  const clients: ssh2.Client[] = [];

  beforeEach(async () => {
    clock = manualClock(START);
    const description = parseSimulation(TEXT, { file: "simulation.yaml", fabric: FABRIC });
    simulator = createFabricSimulator({ description, clock });
    served = await simulator.serve({ freePorts: true });
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await simulator.close();
  });

  function device(name: string): ServedDevice {
    const found = served.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} is not served`);
    return found;
  }

  /** Logs in; resolves with the host key that was presented. */
  function login(name: string, more: ssh2.ConnectConfig = {}): Promise<{ client: ssh2.Client; key: string }> {
    const { address, port, username, password } = device(name);
    return new Promise((resolve, reject) => {
      const client = new ssh2.Client();
      clients.push(client);
      let key = "";
      client.on("ready", () => resolve({ client, key }));
      client.on("error", reject);
      client.connect({
        host: address,
        port,
        username,
        password,
        hostVerifier: (presented: Buffer) => {
          key = `ssh-ed25519 ${presented.toString("base64")}`;
          return true;
        },
        ...more,
      });
    });
  }

  function subsystem(client: ssh2.Client, name = "netconf"): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      client.subsys(name, (error, channel) =>
        error === undefined ? resolve(new RawClient(channel)) : reject(error),
      );
    });
  }

  it("answers over the subsystem, several sessions on one connection", async () => {
    const { client } = await login("leaf1");
    const [first, second] = [await subsystem(client), await subsystem(client)];
    expect(textOf(await first.succeed("<get-software-information/>"), "host-name")).to.equal("leaf1");
    expect(textOf(await second.succeed("<get-system-information/>"), "os-version")).to.equal("21.4R3-S5.4");
    const ids = [first, second].map((session) =>
      session.hello === undefined ? "" : textOf(session.hello, "session-id"),
    );
    expect(new Set(ids).size).to.equal(2);
  });

  it("answers to the command that stands in for the subsystem, and refuses others", async () => {
    const { client } = await login("leaf1");
    const run = (command: string): Promise<RawClient> =>
      new Promise((resolve, reject) => {
        client.exec(command, (error, channel) =>
          error === undefined ? resolve(new RawClient(channel)) : reject(error),
        );
      });
    const session = await run("xml-mode netconf need-trailer");
    expect(textOf(await session.succeed("<get-software-information/>"), "host-name")).to.equal("leaf1");
    expect(await run("rm -rf /").catch(() => "refused")).to.equal("refused");
    expect(await subsystem(client, "sftp").catch(() => "refused")).to.equal("refused");
  });

  it("presents a host key that is the same in every run and another for every device and fabric", async () => {
    const { key } = await login("leaf1");
    expect(key).to.equal(device("leaf1").hostKey);
    expect(key).to.equal(hostKey("small", "leaf1", 0).publicKey);
    const others = [hostKey("small", "leaf2", 0), hostKey("other", "leaf1", 0), hostKey("small", "leaf1", 1)];
    expect(new Set([key, ...others.map((other) => other.publicKey)]).size).to.equal(4);
  });

  it("refuses a wrong password and a wrong user", async () => {
    const refused = async (more: ssh2.ConnectConfig): Promise<string> =>
      login("leaf1", more).then(
        () => "accepted",
        (error: unknown) => String(error),
      );
    expect(await refused({ password: "wrong" })).to.contain("authentication");
    expect(await refused({ username: "nobody" })).to.contain("authentication");
  });

  it("a read-only login sees everything and may change nothing", async () => {
    const { client } = await login("leaf1", { username: "viewer", password: "simulated" });
    const session = await subsystem(client);
    await session.succeed('<get-configuration database="committed" format="set"/>');
    await session.succeed("<get-bgp-summary-information/>");
    expect(session.received).to.contain("<!-- user viewer, class read-only -->");
    for (const rpc of [
      "lock-configuration",
      "commit-configuration",
      "request-reboot",
      "request-package-add",
    ]) {
      const refused = await session.call(`<${rpc}/>`);
      expect(errorsOf(refused)).to.deep.equal(["permission denied"]);
      expect(textOf(refused, "bad-element")).to.equal(rpc);
    }
    await clock.advanceBy(60);
    expect(simulator.devices.get("leaf1")?.counters.reboots).to.equal(0);
  });

  it("closes its port while it is down, and opens the same one when it is up again", async () => {
    const { client } = await login("leaf1");
    const session = await subsystem(client);
    await session.succeed("<request-reboot/>");
    const gone = new Promise<void>((resolve) => {
      client.on("close", resolve);
    });
    await clock.advanceBy(20);
    await gone;
    const refused = await login("leaf1").catch((error: unknown) => String(error));
    expect(refused).to.contain("ECONNREFUSED");
    await login("leaf2");
    await clock.advanceBy(700);
    const { client: again } = await retryLogin("leaf1");
    const reply = await (await subsystem(again)).succeed("<get-system-uptime-information/>");
    for (const booted of descendants(reply, "system-booted-time")) {
      const seconds = booted.children[0]?.attributes["seconds"];
      expect(Number(seconds) * 1000).to.be.greaterThan(START);
    }
  });

  it("a device whose key changes over a reboot presents another one", async () => {
    simulator.inject({ device: "leaf1", fault: "hostKeyChangesOnReboot" });
    const { client } = await login("leaf1");
    await (await subsystem(client)).succeed("<request-reboot/>");
    await clock.advanceBy(1000);
    const { key } = await retryLogin("leaf1");
    expect(key).to.equal(hostKey("small", "leaf1", 1).publicKey);
    expect(key).to.not.equal(device("leaf1").hostKey);
  });

  /** The port opens a moment of real time after the model says so. */
  async function retryLogin(name: string): ReturnType<typeof login> {
    for (;;) {
      try {
        return await login(name);
      } catch (error) {
        if (!String(error).includes("ECONNREFUSED")) throw error;
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
    }
  }
});
