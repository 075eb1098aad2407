/** The commands against devices: everything over real SSH, on free ports of this machine. */
import { once } from "node:events";
import { expect } from "chai";
import ssh2 from "ssh2";
import type { Plan } from "../../src/api/plan.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import {
  createFabricSimulator,
  type FabricSimulator,
  type ServedDevice,
} from "../../src/simulator/fabricSimulator.ts";
import { realClock } from "../../src/simulator/modelClock.ts";
import { Folders, QUICKSTART, run, servedAt, start, type YamlObject } from "./support.ts";

type Changes = Record<string, (object: YamlObject) => void>;

const folders = new Folders();

describe("commands that read devices", () => {
  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];

  before(async () => {
    const { fabric } = await campaignInput(
      await storeOf(await readManifests([QUICKSTART]), { now: () => 0 }),
    );
    const description = await readSimulation([QUICKSTART], fabric);
    simulator = createFabricSimulator({ description, clock: realClock() });
    served = await simulator.serve({ freePorts: true });
  });

  after(async () => {
    await simulator.close();
    folders.removeAll();
  });

  async function planLive(folder: string): Promise<Plan> {
    const { exitCode, stdout, stderr } = await run(["plan", "-f", folder, "--live", "-o", "json"]);
    expect(exitCode, stderr).to.equal(0);
    const plan: Plan = JSON.parse(stdout);
    return plan;
  }

  it("plan --live reads releases and redundancy, and names its plan by a hash", async () => {
    const plan = await planLive(folders.quickstart(servedAt(served)));
    expect(plan.source).to.equal("devices");
    expect(plan.hash).to.match(/^[0-9a-f]{32,}$/);
    expect(new Set(Object.values(plan.devices).map(({ from }) => from))).to.deep.equal(
      new Set(["21.4R3-S5.4"]),
    );
    expect(plan.exposed).to.deep.equal([{ device: "leaf8", endpoints: ["server13"] }]);
  });

  it("FB-1 N3 plan --live finds the same batches and the same exposed server without links and multihoming", async () => {
    const withoutDeclarations: Changes = servedAt(served);
    const relocate = withoutDeclarations["Fabric"];
    withoutDeclarations["Fabric"] = (object) => {
      relocate?.(object);
      delete object.spec.links;
      delete object.spec.multihoming;
    };
    const declared = await planLive(folders.quickstart(servedAt(served)));
    const discovered = await planLive(folders.quickstart(withoutDeclarations));
    expect(discovered.batches).to.deep.equal(declared.batches);
    expect(discovered.exposed).to.deep.equal(declared.exposed);
    expect(discovered.hitless).to.equal(declared.hitless);
  });

  it("TR-3 changes nothing on any device", async () => {
    await planLive(folders.quickstart(servedAt(served)));
    for (const [name, device] of simulator.devices) expect(device.counters.writes, name).to.equal(0);
  });

  it("verify --live proves a plan against what the devices say", async () => {
    const folder = folders.quickstart(servedAt(served));
    const stdin = JSON.stringify(await planLive(folder));
    const { exitCode, stdout } = await run(["verify", "-", "-f", folder, "--live"], { stdin });
    expect(stdout).to.match(/^The plan holds/);
    expect(exitCode).to.equal(0);
  });

  it("says why nobody answers, and what to do", async () => {
    const cases: readonly (readonly [string, Changes, RegExp])[] = [
      [
        "a wrong password",
        { Secret: (object) => (object.stringData = { username: "hitless", password: "wrong-7341" }) },
        /refuse|authenticat/i,
      ],
      [
        "unknown host keys",
        { ConfigMap: (object) => (object.data = { known_hosts: "" }) },
        /unknown ssh-ed25519 key/,
      ],
      [
        "no Secret",
        { Secret: ({ metadata }) => (metadata.name = "other") },
        /Secret dc1-login does not exist/,
      ],
      [
        "closed ports",
        {
          Fabric: ({ spec }) => {
            for (const device of spec.devices) device.address = "127.0.0.1:1";
          },
        },
        /refused/i,
      ],
    ];
    for (const [title, change, says] of cases) {
      const { exitCode, stdout, stderr } = await run([
        "plan",
        "-f",
        folders.quickstart({ ...servedAt(served), ...change }),
        "--live",
      ]);
      expect(exitCode, title).to.equal(3);
      expect(stdout, title).to.equal("");
      expect(stderr, title).to.match(says);
      expect(stderr, title).to.match(/\(.+\)/);
      expect(stderr, title).not.to.include("wrong-7341");
      expect(stderr.trimEnd().split("\n"), title).to.have.length(1);
    }
  });

  it("blocks the plan when one device does not answer, and names it", async () => {
    const changes = servedAt(served.filter(({ name }) => name !== "leaf3"));
    const { exitCode, stdout } = await run(["plan", "-f", folders.quickstart(changes), "--live"]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/Blocked by\n.*\n +leaf3 +Unreachable/);
  });
});

describe("hitless simulator", () => {
  let stop: AbortController;

  beforeEach(() => {
    stop = new AbortController();
  });
  afterEach(() => {
    // One that goes on after a failure would keep the whole run from ending.
    stop.abort(new Error("stopped"));
  });
  after(() => {
    folders.removeAll();
  });

  /** Addresses that are not this machine's: the devices get free ports. */
  function elsewhere(): string {
    return folders.quickstart({
      Fabric({ spec }) {
        for (const [index, device] of spec.devices.entries()) device.address = `192.0.2.${String(index + 1)}`;
      },
    });
  }

  it("prints its devices as JSON, serves NETCONF to an SSH client, and ends with 0 when it is stopped", async () => {
    const simulator = start(["simulator", "-f", elsewhere(), "-o", "json", "--speed", "60"], {
      signal: stop.signal,
    });
    const { devices }: { devices: ServedDevice[] } = JSON.parse(await simulator.firstLine());
    expect(devices).to.have.length(10);
    for (const device of devices) {
      const login = ["name", "address", "port", "username", "password", "hostKey"];
      expect(device).to.have.all.keys(...login, "controlPlanes");
    }
    const leaf1 = devices.find(({ name }) => name === "leaf1");
    expect(leaf1).not.to.equal(undefined);
    if (leaf1 !== undefined) expect(await askVersion(leaf1)).to.match(/<junos-version>\s*21\.4R3-S5\.4\s*</);
    stop.abort(new Error("stopped"));
    expect(await simulator.exitCode).to.equal(0);
    expect(simulator.stderr()).to.equal("");
  });

  it("shows people a table and a line to try", async () => {
    const simulator = start(["simulator", "-f", elsewhere()], { signal: stop.signal });
    await simulator.firstLine();
    stop.abort(new Error("stopped"));
    expect(await simulator.exitCode).to.equal(0);
    expect(simulator.stdout()).to.match(/^DEVICE +ADDRESS +PORT +USER +PASSWORD +HOST KEY$/m);
    expect(simulator.stdout()).to.match(/ssh -s -p \d+ hitless@127\.0\.0\.1 netconf/);
  });
});

/** What a client of somebody else's does: the subsystem, a hello, one request. */
async function askVersion({ address, port, username, password, hostKey }: ServedDevice): Promise<string> {
  const END = "]]>]]>";
  const client = new ssh2.Client();
  client.connect({
    host: address,
    port,
    username,
    password,
    hostVerifier: (key: Buffer) => key.toString("base64") === hostKey.split(" ")[1],
  });
  await once(client, "ready");
  try {
    return await new Promise<string>((resolve, reject) => {
      client.subsys("netconf", (error, channel) => {
        if (error !== undefined) {
          reject(error);
          return;
        }
        let text = "";
        channel.on("data", (chunk: Buffer) => {
          text += chunk.toString("utf8");
          if (text.split(END).length > 2) resolve(text);
        });
        const hello =
          '<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities>' +
          "<capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>";
        channel.write(`${hello}${END}<rpc message-id="1"><get-software-information/></rpc>${END}`);
      });
    });
  } finally {
    client.end();
  }
}
