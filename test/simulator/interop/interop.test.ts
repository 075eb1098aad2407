/**
 * The simulated devices, seen by what people use on real ones: Juniper's PyEZ, ncclient, and `ssh -s`. None of them is
 * ours, so they see what our own client and our own simulator may both have wrong.
 */
import { expect } from "chai";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { encodeMessage } from "../../../src/netconf/framing.ts";
import { parseSimulation } from "../../../src/simulator/descriptionFile.ts";
import {
  createFabricSimulator,
  type FabricSimulator,
  type ServedDevice,
} from "../../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../../src/simulator/modelClock.ts";
import { pythonWith, whyNoPython } from "../../support/python.ts";
import { skipSuite } from "../../support/skipped.ts";
import { FABRIC, SMALL_SIMULATION, START } from "../support/smallFabric.ts";

const HERE = import.meta.dirname;
/** Model seconds in a second: a commit takes some of them. */
const SPEED = 20;

/** What a program prints, with the password on its standard input: an argument is seen by everybody on the machine. */
async function output(
  program: string,
  args: readonly string[],
  {
    input,
    environment = {},
    exitCodes = [0],
  }: {
    readonly input: string;
    readonly environment?: NodeJS.ProcessEnv;
    readonly exitCodes?: readonly number[];
  },
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...environment } });
  // Left open: a session whose client says no more ends at once.
  child.stdin.write(input);
  const [printed, complaints, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  if (!exitCodes.includes(code)) throw new Error(`${program} ended with ${String(code)}: ${complaints}`);
  return printed;
}

const why = whyNoPython();
if (why === undefined) describe("simulator: seen by others", suite);
else skipSuite("simulator: seen by others", why);

function suite(this: Mocha.Suite): void {
  this.timeout(120_000);
  let python = "";
  let simulator: FabricSimulator;
  let served: readonly ServedDevice[];

  before("Python's libraries, once", async function () {
    this.timeout(10 * 60_000);
    python = await pythonWith(path.join(HERE, "requirements.txt"));
  });
  beforeEach(async () => {
    const clock = scaledClock({ anchorModel: START, anchorReal: Date.now(), speed: SPEED });
    const description = parseSimulation(SMALL_SIMULATION, { file: "simulation.yaml", fabric: FABRIC });
    simulator = createFabricSimulator({ description, clock });
    served = await simulator.serve({ freePorts: true });
  });
  afterEach(async () => simulator.close());

  function device(name: string): ServedDevice {
    const found = served.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`${name} is not served`);
    return found;
  }

  async function seenBy(script: string, name: string): Promise<Record<string, unknown>> {
    const { port, username, password } = device(name);
    const args = [path.join(HERE, script), String(port), username];
    return JSON.parse(await output(python, args, { input: `${password}\n` }));
  }

  for (const [name, model] of [
    ["leaf1", "QFX5120-48Y-8C"],
    ["spine1", "QFX5120-32C"],
  ] as const) {
    it(`PyEZ reads facts and tables of ${name}, changes its configuration and takes it back`, async () => {
      const { facts, tables, change, files } = await seenBy("pyez.py", name);
      expect(facts).to.include({
        hostname: name,
        model,
        version: "21.4R3-S5.4",
        personality: "SWITCH",
        master: "RE0",
        HOME: "/var/home/hitless",
        "2RE": false,
      });
      expect(tables).to.have.property("lldp").that.has.lengthOf(4);
      for (const table of ["ethernet", "physical", "bgp", "bfd", "fpc", "routes", "storage"]) {
        expect(tables).to.have.property(table).with.property("length").above(0);
      }
      expect(change).to.deep.equal({
        diff: '\n[edit system]\n+   login message "hands off";\n',
        check: true,
        back: '\n[edit system]\n-   login message "hands off";\n',
        left: null,
      });
      expect(files).to.deep.equal(["jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz"]);
    });
  }

  it("ncclient locks, loads, compares, validates and discards by the operations of NETCONF itself", async () => {
    const { capabilities, compare, discarded, uptime } = await seenBy("ncclient_session.py", "leaf1");
    expect(capabilities).to.include("urn:ietf:params:netconf:base:1.0");
    expect(compare).to.equal("\n[edit system]\n+   login message hello;\n");
    expect(discarded).to.match(/^\s*$/);
    expect(uptime).to.match(/day/);
  });

  it("ssh -s speaks NETCONF by hand", async () => {
    const { port, username, password } = device("leaf1");
    const folder = await mkdtemp(path.join(tmpdir(), "hitless-ssh-"));
    try {
      const askPassword = path.join(folder, "password.sh");
      await writeFile(askPassword, '#!/bin/sh\nprintf "%s\\n" "$HITLESS_TEST_PASSWORD"\n');
      await chmod(askPassword, 0o700);
      const options = [
        "PreferredAuthentications=password",
        "StrictHostKeyChecking=accept-new",
        `UserKnownHostsFile=${path.join(folder, "known_hosts")}`,
        "NumberOfPasswordPrompts=1",
      ].flatMap((option) => ["-o", option]);
      const hello = `<hello xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>`;
      const said = await output(
        "ssh",
        ["-F", "none", ...options, "-s", "-p", String(port), `${username}@127.0.0.1`, "netconf"],
        {
          input: [hello, "<rpc><get-system-information/></rpc>", "<rpc><close-session/></rpc>"]
            .map((message) => encodeMessage(message).toString())
            .join(""),
          environment: {
            SSH_ASKPASS: askPassword,
            SSH_ASKPASS_REQUIRE: "force",
            DISPLAY: "none",
            HITLESS_TEST_PASSWORD: password,
          },
          // The device hangs up after <close-session/>.
          exitCodes: [0, 255],
        },
      );
      expect(said).to.match(/<host-name>\s*leaf1\s*<\/host-name>/);
      expect(said.split("]]>]]>")).to.have.lengthOf(4);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
}
