/** `hitless fabric import lldp`: from one device to the whole fabric, over real SSH against simulated devices. */
import path from "node:path";
import { writeFileSync } from "node:fs";
import { expect } from "chai";
import { parse } from "yaml";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { Plan } from "../../src/api/plan.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { knownHostsOf } from "../../src/cli/twin/twinObjects.ts";
import { readSimulation } from "../../src/cli/twin/simulationFile.ts";
import {
  createFabricSimulator,
  type FabricSimulator,
  type ServedDevice,
} from "../../src/simulator/fabricSimulator.ts";
import { realClock } from "../../src/simulator/modelClock.ts";
import { Folders, MIXED, QUICKSTART, run, type CommandResult } from "./support.ts";

const folders = new Folders();

describe("hitless fabric import lldp", function () {
  this.timeout(60_000);

  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];
  let folder: string;

  before(async () => {
    const { fabric } = await campaignInput(
      await storeOf(await readManifests([QUICKSTART]), { now: () => 0 }),
    );
    const description = await readSimulation([QUICKSTART], fabric);
    simulator = createFabricSimulator({ description, clock: realClock() });
    served = await simulator.serve({ freePorts: true });
    const places = served.map(({ name, address, port }) => `${address}:${String(port)} ${name}`);
    const { readOnlyCredentials } = description;
    folder = folders.of({
      "login.yaml": JSON.stringify(readOnlyCredentials),
      known_hosts: knownHostsOf(served),
      "addresses.txt": `# where they listen\n${places.join("\n")}\n`,
    });
  });

  after(async () => {
    await simulator.close();
    folders.removeAll();
  });

  function addressOf(device: string): string {
    const found = served.find(({ name }) => name === device);
    return `${found?.address ?? ""}:${String(found?.port ?? 0)}`;
  }

  function crawl(args: readonly string[] = []): Promise<CommandResult> {
    return run([
      "fabric",
      "import",
      "lldp",
      "--seed",
      addressOf("leaf3"),
      "--login",
      `${folder}/login.yaml`,
      "--known-hosts",
      `${folder}/known_hosts`,
      "--addresses",
      `${folder}/addresses.txt`,
      "--name",
      "dc1",
      ...args,
    ]);
  }

  it("FB-1 N3 finds all devices, links and segments from one leaf, with a read-only login, and plans the same", async () => {
    const { exitCode, stdout, stderr } = await crawl();
    expect(exitCode, stderr).to.equal(0);
    const fabric: Fabric = parse(stdout);
    expect(fabric.spec.devices.map(({ name, role }) => `${name} ${role}`)).to.deep.equal([
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((number) => `leaf${String(number)} Leaf`),
      "spine1 Spine",
      "spine2 Spine",
    ]);
    expect(fabric.spec.devices[0]?.model).to.equal("qfx5120-48y");
    expect(fabric.spec.links).to.have.length(16);
    expect(fabric.spec.multihoming.segments).to.have.length(13);
    expect(stderr).to.match(/not followed, as no devices of the fabric .*server1, server2, .*server13/);
    const objects = ["-f", `${QUICKSTART}/image.yaml`, "-f", `${QUICKSTART}/campaign.yaml`];
    const planned = await run(["plan", "-f", "-", ...objects, "-o", "json"], { stdin: stdout });
    const plan: Plan = JSON.parse(planned.stdout);
    const declared: Plan = JSON.parse((await run(["plan", "-f", QUICKSTART, "-o", "json"])).stdout);
    expect(plan.batches).to.deep.equal(declared.batches);
    expect(plan.exposed).to.deep.equal(declared.exposed);
  });

  it("TR-3 changes nothing on any device", async () => {
    expect((await crawl()).exitCode).to.equal(0);
    for (const [name, device] of simulator.devices) expect(device.counters.writes, name).to.equal(0);
  });

  it("the Fabric that it writes can be read live once the login stands beside it", async () => {
    const { stdout } = await crawl();
    const { username, password } = served[0] ?? { username: "", password: "" };
    const access = [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "dc1-login" },
        stringData: { username, password },
      },
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "dc1-known-hosts" },
        data: { known_hosts: knownHostsOf(served) },
      },
    ];
    const live = folders.of({
      "fabric.yaml": stdout,
      "access.yaml": access.map((object) => JSON.stringify(object)).join("\n---\n"),
    });
    const objects = ["-f", `${QUICKSTART}/image.yaml`, "-f", `${QUICKSTART}/campaign.yaml`];
    const {
      exitCode,
      stdout: text,
      stderr,
    } = await run(["plan", "-f", live, ...objects, "--live", "-o", "json"]);
    expect(exitCode, stderr).to.equal(0);
    const plan: Plan = JSON.parse(text);
    expect(plan.source).to.equal("devices");
    expect(stderr, "what was written agrees with what the devices say").to.equal("");
  });

  it("follows other names only where --role says so, and leaves out what is none", async () => {
    const { stdout, stderr } = await crawl(["--role", "leaf8=none", "--role", "spine2=Border"]);
    const fabric: Fabric = parse(stdout);
    const roles = new Map(fabric.spec.devices.map(({ name, role }) => [name, role]));
    expect(roles.has("leaf8"), stderr).to.equal(false);
    expect(roles.get("spine2")).to.equal("Border");
    expect(fabric.spec.links?.some(({ a, b }) => `${a} ${b}`.includes("leaf8"))).to.equal(false);
  });

  it("takes the manifest of the Secret for a login, with the ConfigMap beside it for the host keys", async () => {
    const file = path.join(folder, "access.yaml");
    writeFileSync(
      file,
      [
        "apiVersion: v1\nkind: Secret\nmetadata: {name: any}\nstringData: {username: viewer, password: simulated}",
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: any}\ndata: {known_hosts: ${JSON.stringify(knownHostsOf(served))}}`,
      ].join("\n---\n"),
    );
    const args = ["--seed", addressOf("leaf1"), "--login", file, "--addresses", `${folder}/addresses.txt`];
    const { exitCode, stdout, stderr } = await run(["fabric", "import", "lldp", ...args]);
    expect(exitCode, stderr).to.equal(0);
    expect(parse(stdout).spec.devices).to.have.length(10);
  });

  it("says at once which devices do not answer and why: exit code 3, and no Fabric", async () => {
    const wrong = served.map(({ name, address, port }) =>
      name === "leaf7" || name === "spine2" ? `127.0.0.1:1 ${name}` : `${address}:${String(port)} ${name}`,
    );
    writeFileSync(path.join(folder, "wrong.txt"), wrong.join("\n"));
    const { exitCode, stdout, stderr } = await run([
      "fabric",
      "import",
      "lldp",
      "--seed",
      addressOf("leaf3"),
      "--login",
      `${folder}/login.yaml`,
      "--known-hosts",
      `${folder}/known_hosts`,
      "--addresses",
      `${folder}/wrong.txt`,
    ]);
    expect(exitCode).to.equal(3);
    expect(stdout).to.equal("");
    expect(stderr)
      .to.match(/127\.0\.0\.1:1: spine2: .*refused/i)
      .and.to.match(/127\.0\.0\.1:1: leaf7: .*refused/i);
  });

  it("never accepts an unknown host key, and never shows a password", async () => {
    writeFileSync(path.join(folder, "none"), "");
    writeFileSync(path.join(folder, "bad.yaml"), "username: hitless\npassword: geheim-7341\n");
    for (const [args, says] of [
      [["--known-hosts", `${folder}/none`], /unknown ssh-ed25519 key/],
      [["--login", `${folder}/bad.yaml`], /refused user hitless/],
    ] as const) {
      const { exitCode, stdout, stderr } = await crawl(args);
      expect(exitCode).to.equal(3);
      expect(stdout).to.equal("");
      expect(stderr).to.match(says).and.not.to.include("geheim");
    }
  });

  it("refuses logins and address files that are none: exit code 2, with what is allowed", async () => {
    for (const [name, text, args, says] of [
      ["a.yaml", "password: x\n", [], "username: found nothing; is required"],
      ["b.yaml", "user: x\n", [], "user: is unknown; allowed are username, password"],
      ["c.yaml", "[", [], "this is no login"],
      ["d.txt", "10.0.0.1\n", ["--addresses"], "d.txt:1: 10.0.0.1: found no name"],
      ["e.txt", "10.0.0.1 a\n10.0.0.2 a\n", ["--addresses"], "e.txt:2: a: has the address 10.0.0.1 already"],
    ] as const) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const { exitCode, stderr } = await crawl(args.length === 0 ? ["--login", file] : [...args, file]);
      expect(exitCode, name).to.equal(2);
      expect(stderr).to.include(says);
    }
    const { exitCode, stderr } = await run([
      "fabric",
      "import",
      "lldp",
      "--seed",
      "127.0.0.1:1",
      "--login",
      `${folder}/login.yaml`,
    ]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("--known-hosts");
  });
});

describe("hitless fabric import lldp over several families", function () {
  this.timeout(60_000);

  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];
  let folder: string;

  before(async () => {
    const input = await campaignInput(await storeOf(await readManifests([MIXED]), { now: () => 0 }));
    const description = await readSimulation([MIXED], input.fabric);
    simulator = createFabricSimulator({ description, clock: realClock() });
    served = await simulator.serve({ freePorts: true });
    const line = (name: string, { address, port }: { address: string; port: number }): string =>
      `${address}:${String(port)} ${name}`;
    const devices = served.map((device) => line(device.name, device));
    const planes = served.flatMap(({ name, controlPlanes }) =>
      controlPlanes.map((plane) => line(`${name}-${plane.name}`, plane)),
    );
    folder = folders.of({
      "login.yaml": JSON.stringify(description.readOnlyCredentials),
      known_hosts: knownHostsOf(served),
      "addresses.txt": [...devices, ...planes].join("\n"),
      "devices.txt": devices.join("\n"),
    });
  });

  after(async () => {
    await simulator.close();
    folders.removeAll();
  });

  function crawl(addresses: string, seed: string): Promise<CommandResult> {
    const first = served.find(({ name }) => name === seed);
    const place = `${first?.address ?? ""}:${String(first?.port ?? 0)}`;
    const login = ["--login", `${folder}/login.yaml`, "--known-hosts", `${folder}/known_hosts`];
    return run([
      "fabric",
      "import",
      "lldp",
      "--seed",
      place,
      ...login,
      "--addresses",
      addresses,
      "--name",
      "dc3",
    ]);
  }

  for (const seed of ["leaf1", "fw1", "spine2"]) {
    it(`FB-1 FB-5 from ${seed}: switches, routers and the firewall, each read as its family, with its control planes`, async () => {
      const { exitCode, stdout, stderr } = await crawl(`${folder}/addresses.txt`, seed);
      expect(exitCode, stderr).to.equal(0);
      const fabric: Fabric = parse(stdout);
      const shown = fabric.spec.devices.map(({ name, model, family, role, controlPlanes = [] }) =>
        [name, model, family, role, ...controlPlanes.map((plane) => plane.name)].join(" "),
      );
      expect(shown).to.deep.equal([
        "border1 mx240 junos-mx Border re0 re1",
        "border2 mx480 junos-mx Border",
        "fw1 srx1500 junos-srx Firewall node0 node1",
        "leaf1 qfx5120-48y junos-qfx Leaf",
        "leaf2 qfx5120-48y junos-qfx Leaf",
        "leaf3 qfx5120-48y junos-qfx Leaf",
        "leaf4 qfx5120-48y junos-qfx Leaf",
        "spine1 mx480 junos-mx Spine re0 re1",
        "spine2 mx10003 junos-mx Spine re0 re1",
      ]);
      expect(fabric.spec.links).to.have.length(14);
      expect(stderr).not.to.contain("write controlPlanes");
      for (const [name, device] of simulator.devices) expect(device.counters.writes, name).to.equal(0);
    });
  }

  it("says of whom it does not know where each routing engine answers", async () => {
    const { exitCode, stdout, stderr } = await crawl(`${folder}/devices.txt`, "leaf1");
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.contain("spine1 has re0 and re1: list the address of each as spine1-re0, spine1-re1");
    expect(stderr).to.contain("fw1 has node0 and node1");
    const fabric: Fabric = parse(stdout);
    expect(fabric.spec.devices.some(({ controlPlanes }) => controlPlanes !== undefined)).to.equal(false);
  });
});
