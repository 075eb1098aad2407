import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { getEventListeners, once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";
import { inspect } from "node:util";

import { expect } from "chai";
import type ssh2 from "ssh2";

import { openNetconf } from "../../src/netconf/connection.ts";
import { NetconfError, type NetconfErrorCode } from "../../src/netconf/errors.ts";
import { fingerprint, formatKnownHost, parseKnownHosts } from "../../src/netconf/knownHosts.ts";
import { connectSsh, type SshConnection, type SshOptions } from "../../src/netconf/ssh.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { controlledWait } from "./controlledWait.ts";
import { serveFakeDevice } from "./fakeDevice.ts";
import { asNetconfError, netconfFailure, thrownBy } from "./failure.ts";
import {
  PASSWORD,
  USERNAME,
  generateKey,
  listeningPort,
  publicBlob,
  startSshDevice,
  type SshDevice,
  type SshDeviceOptions,
} from "./sshDevice.ts";

const GET = element("get-software-information");
const WRONG_PASSWORD = "wrong-but-secret-too";

/** What was started in a test, to be ended after it, the last first. */
const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
});

async function startDevice(options?: SshDeviceOptions): Promise<SshDevice> {
  const device = await startSshDevice(options);
  endings.push(() => device.close());
  return device;
}

function optionsFor(
  device: Pick<SshDevice, "port" | "knownHost">,
  more: Partial<SshOptions> = {},
): SshOptions {
  return {
    host: "127.0.0.1",
    port: device.port,
    username: USERNAME,
    password: PASSWORD,
    knownHosts: parseKnownHosts(device.knownHost),
    ...more,
  };
}

async function connectTo(device: SshDevice, more: Partial<SshOptions> = {}): Promise<SshConnection> {
  const connection = await connectSsh(optionsFor(device, more));
  endings.push(() => {
    connection.close();
  });
  return connection;
}

/** A port where nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = listeningPort(server);
  server.close();
  await once(server, "close");
  return port;
}

/** A server that accepts TCP connections and says nothing. */
async function startMuteServer(): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  return listeningPort(server);
}

/** Everything that a log, a dump or a condition could show of a value. */
function shown(value: unknown): string {
  const dump = inspect(value, { depth: 30, showHidden: true, maxStringLength: null, maxArrayLength: null });
  const chain: string[] = [];
  for (let error = value; error instanceof Error; error = error.cause) {
    chain.push(JSON.stringify(error), String(error), error.stack ?? "");
    if (error instanceof NetconfError) chain.push(error.hint);
  }
  return [dump, ...chain].join("\n");
}

describe("netconf over SSH", () => {
  it("logs in by password, and calls", async () => {
    const connection = await connectTo(await startDevice());
    const { signal } = new AbortController();
    const session = await openNetconf(connection, { signal });
    expect((await session.call(GET, { signal })).name).to.equal("rpc-reply");
    await session.close();
    expect(getEventListeners(signal, "abort")).to.have.length(0);
    connection.close();
    expect(await connection.closed).to.equal(undefined);
    await netconfFailure(connection.openStream(), "ConnectionLost");
  });

  it("logs in by keyboard-interactive where the AAA server offers nothing else", async () => {
    const device = await startDevice({ methods: ["keyboard-interactive"] });
    await (await openNetconf(await connectTo(device))).close();
    expect(device.attempts).to.deep.equal(["keyboard-interactive"]);
  });

  it("logs in by a key that needs a passphrase", async () => {
    const privateKey = generateKey("open sesame");
    const device = await startDevice({
      methods: ["publickey"],
      authorizedKey: publicBlob(privateKey, "open sesame"),
    });
    await connectTo(device, { privateKey, passphrase: "open sesame" });
    const refused = connectSsh(optionsFor(device, { privateKey: generateKey() }));
    await netconfFailure(refused, "AuthenticationFailed");
    const unreadable = connectSsh(optionsFor(device, { privateKey, passphrase: "wrong" }));
    await netconfFailure(unreadable, "CredentialsInvalid");
  });

  it("serves two sessions over one connection, one of them busy", async () => {
    let answerInstall = (): void => undefined;
    const device = await startDevice({
      onRpc: (rpc) => {
        if (rpc.name !== "request-package-add") rpc.reply(`<rpc>${rpc.name}</rpc>`);
        else answerInstall = () => rpc.reply("<output>done</output>");
      },
    });
    const connection = await connectTo(device);
    const [busy, watching] = await Promise.all([openNetconf(connection), openNetconf(connection)]);
    const install = busy.call(element("request-package-add"));
    await watching.call(GET);
    await watching.call(GET);
    answerInstall();
    expect((await install).children[0]?.text).to.equal("done");
    await watching.close();
    expect((await busy.call(GET)).children[0]?.text).to.equal(GET.name);
  });

  it("passes a large reply through", async () => {
    const text = "x".repeat(3_000_000);
    const device = await startDevice({
      onRpc: (rpc) => {
        rpc.reply(`<output>${text}</output>`);
      },
    });
    const session = await openNetconf(await connectTo(device));
    expect((await session.call(GET)).children[0]?.text).to.have.length(text.length);
  });

  it("uses Junos' command where the subsystem is refused", async () => {
    const session = await openNetconf(await connectTo(await startDevice({ offers: "command" })));
    await session.call(GET);
  });

  it("reaches a device through a jump host, whose keys are checked like the device's", async () => {
    const [jumpHost, device] = await Promise.all([startDevice(), startDevice()]);
    const jump = await connectTo(jumpHost);
    const stream = await jump.openTunnel("127.0.0.1", device.port);
    const session = await openNetconf(await connectTo(device, { stream }));
    await session.call(GET);
    const other = await jump.openTunnel("127.0.0.1", device.port);
    const unknown = connectSsh(optionsFor(device, { stream: other, knownHosts: parseKnownHosts("") }));
    await netconfFailure(unknown, "HostKeyUnknown");
  });

  it("is checked against the type of key that is known, where a device has several", async () => {
    const rsa = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    }).privateKey;
    const device = await startDevice({ hostKeys: [generateKey(), rsa] });
    const known = formatKnownHost("127.0.0.1", device.port, publicBlob(rsa));
    await connectTo(device, { knownHosts: parseKnownHosts(known) });
  });

  it("offers what an old device needs only where it is asked for", async () => {
    const device = await startDevice({ algorithms: { kex: ["diffie-hellman-group14-sha1"] } });
    await netconfFailure(connectSsh(optionsFor(device)), "AlgorithmMismatch");
    await connectTo(device, { algorithms: { kex: ["diffie-hellman-group14-sha1"] } });
    const unknown = connectSsh(optionsFor(device, { algorithms: { kex: ["rot13"] } }));
    expect((await netconfFailure(unknown, "AlgorithmMismatch")).message).to.include("rot13");
  });
});

describe("netconf over SSH, host keys", () => {
  it("that are unknown are refused before anybody logs in, with the fingerprint to compare", async () => {
    const hostKey = generateKey();
    const device = await startDevice({ hostKeys: [hostKey] });
    const error = await netconfFailure(
      connectSsh(optionsFor(device, { knownHosts: parseKnownHosts("") })),
      "HostKeyUnknown",
    );
    expect(error.message).to.include(fingerprint(publicBlob(hostKey)));
    expect(error.hint)
      .to.include(fingerprint(publicBlob(hostKey)))
      .and.include("console");
    expect(error.retry).to.equal("operatorAction");
    expect(device.attempts).to.deep.equal([]);
  });

  it("that changed are refused, and told apart from unknown ones", async () => {
    const hostKey = generateKey();
    const device = await startDevice({ hostKeys: [hostKey] });
    const before = formatKnownHost("127.0.0.1", device.port, publicBlob(generateKey()));
    const options = optionsFor(device, { knownHosts: parseKnownHosts(before) });
    const error = await netconfFailure(connectSsh(options), "HostKeyChanged");
    expect(error.hint).to.include(fingerprint(publicBlob(hostKey)));
    expect(device.attempts).to.deep.equal([]);
  });

  it("that are revoked are refused", async () => {
    const device = await startDevice();
    const knownHosts = parseKnownHosts(`${device.knownHost}\n@revoked ${device.knownHost}`);
    await netconfFailure(connectSsh(optionsFor(device, { knownHosts })), "HostKeyRevoked");
  });

  it("of the other routing engine match when both are known", async () => {
    const device = await startDevice();
    const otherEngine = formatKnownHost("127.0.0.1", device.port, publicBlob(generateKey()));
    await connectTo(device, { knownHosts: parseKnownHosts(`${otherEngine}\n${device.knownHost}`) });
  });
});

describe("netconf over SSH, failures", () => {
  it("tries a wrong password once, by one method", async () => {
    const device = await startDevice({ methods: ["password", "keyboard-interactive"] });
    const error = await netconfFailure(
      connectSsh(optionsFor(device, { password: WRONG_PASSWORD })),
      "AuthenticationFailed",
    );
    expect(error.message).to.include(USERNAME);
    expect(device.attempts).to.deep.equal(["password"]);
  });

  it("does not answer a keyboard-interactive prompt twice", async () => {
    const answers: (string | undefined)[] = [];
    const device = await startDevice({
      methods: ["keyboard-interactive"],
      promptsAgain: 1,
      onAnswer: (answer) => answers.push(answer),
    });
    const refused = connectSsh(optionsFor(device, { password: WRONG_PASSWORD }));
    await netconfFailure(refused, "AuthenticationFailed");
    expect(answers).to.deep.equal([WRONG_PASSWORD, ""]);
    expect(device.attempts).to.deep.equal(["keyboard-interactive"]);
  });

  it("names what is missing to log in", async () => {
    const device = await startDevice();
    const { password: _, ...withoutPassword } = optionsFor(device);
    await netconfFailure(connectSsh(withoutPassword), "CredentialsInvalid");
    await netconfFailure(connectSsh({ ...withoutPassword, privateKey: "not a key" }), "CredentialsInvalid");
  });

  it("says that nobody listens", async () => {
    const device = { port: await closedPort(), knownHost: "" };
    const error = await netconfFailure(connectSsh(optionsFor(device)), "ConnectionRefused");
    expect(error.hint).to.include("set system services netconf ssh");
    expect(error.retry).to.equal("retryable");
  });

  it("gives up when nobody speaks SSH in time", async () => {
    const port = await startMuteServer();
    const options = optionsFor({ port, knownHost: "" }, { readyTimeoutSeconds: 0.02 });
    await netconfFailure(connectSsh(options), "ConnectTimeout");
  });

  it("gives up when it is aborted, be it before or while it connects", async () => {
    const port = await startMuteServer();
    for (const before of [true, false]) {
      const abort = new AbortController();
      if (before) abort.abort();
      const connecting = connectSsh(optionsFor({ port, knownHost: "" }, { signal: abort.signal }));
      abort.abort();
      await netconfFailure(connecting, "Aborted");
    }
  });

  it("leaves no socket behind when the peer does not hang up", async () => {
    const port = await startMuteServer();
    const stream = connect(port, "127.0.0.1");
    await once(stream, "connect");
    const abort = new AbortController();
    const connecting = connectSsh(optionsFor({ port, knownHost: "" }, { stream, signal: abort.signal }));
    abort.abort();
    await netconfFailure(connecting, "Aborted");
    expect(stream.destroyed).to.equal(true);
  });

  it("says that the device does not offer NETCONF, and the connection stays usable", async () => {
    const connection = await connectTo(await startDevice({ offers: "nothing" }));
    const error = await netconfFailure(openNetconf(connection), "SubsystemRefused");
    expect(error.hint).to.include("set system services netconf ssh");
    await netconfFailure(connection.openStream(), "SubsystemRefused");
  });

  it("does not wait for ever for a stream, and closes one that comes too late", async () => {
    const requests: (() => ssh2.ServerChannel)[] = [];
    const device = await startDevice({ onSubsystem: (accept) => requests.push(accept) });
    const connection = await connectTo(device);
    const time = controlledWait();
    const opening = openNetconf(connection, { helloTimeoutSeconds: 5, wait: time.wait });
    const failure = netconfFailure(opening, "HelloMissing");
    time.expire(5);
    await failure;

    const abort = new AbortController();
    const aborted = netconfFailure(openNetconf(connection, { signal: abort.signal }), "Aborted");
    abort.abort();
    await aborted;

    while (requests.length < 2) await new Promise(setImmediate);
    for (const accept of requests) {
      const channel = accept();
      channel.resume();
      await once(channel, "close");
    }
  });

  it("is not blocked by what a device writes to the error stream", async () => {
    const device = await startDevice({
      onSubsystem: (accept) => {
        const channel = accept();
        // More than a channel's window, and what the client buffers beyond it.
        channel.stderr.write(Buffer.alloc(8_000_000, "x"));
        serveFakeDevice(channel);
      },
    });
    const session = await openNetconf(await connectTo(device));
    await session.call(GET);
  });

  it("ends every session when the connection is closed", async () => {
    const connection = await connectTo(await startDevice({ onRpc: () => undefined }));
    const sessions = await Promise.all([openNetconf(connection), openNetconf(connection)]);
    const calls = sessions.map((session) => netconfFailure(session.call(GET), "ConnectionLost"));
    connection.close();
    await Promise.all(calls);
  });

  it("rejects what is pending when the device's process dies", async () => {
    const script = path.join(import.meta.dirname, "sshDeviceProcess.ts");
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    endings.push(() => child.kill("SIGKILL"));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const nextLine = async (): Promise<string> => String((await lines.next()).value);

    const device = { port: Number(await nextLine()), knownHost: await nextLine() };
    const connection = await connectSsh(optionsFor(device));
    const session = await openNetconf(connection);
    const call = netconfFailure(session.call(element("request-package-add")), "ConnectionLost");
    const queued = netconfFailure(session.call(GET), "SessionClosed");
    expect(await nextLine()).to.equal("received request-package-add");
    child.kill("SIGKILL");
    await Promise.all([call, queued]);
    asNetconfError(await connection.closed, "ConnectionLost");
    asNetconfError(await session.closed, "ConnectionLost");
  });
});

describe("netconf over SSH, secrets", () => {
  const SECRETS = [PASSWORD, WRONG_PASSWORD, "secret passphrase"];

  function expectNoSecret(value: unknown): void {
    const text = shown(value);
    for (const secret of SECRETS) {
      expect(text.includes(secret), `a secret is shown in ${text.slice(0, 200)}`).to.equal(false);
    }
  }

  it("would be found where they are", () => {
    const error = new NetconfError("Aborted", "x", { cause: new Error(PASSWORD) });
    expect(thrownBy(() => expectNoSecret(error))).to.not.equal(undefined);
    expect(thrownBy(() => expectNoSecret({ a: { b: { c: PASSWORD } } }))).to.not.equal(undefined);
  });

  it("are in no error", async () => {
    const device = await startDevice();
    const privateKey = generateKey("secret passphrase");
    const failures: [NetconfErrorCode, Partial<SshOptions>][] = [
      ["AuthenticationFailed", { password: WRONG_PASSWORD }],
      ["AuthenticationFailed", { password: WRONG_PASSWORD, privateKey, passphrase: "secret passphrase" }],
      ["CredentialsInvalid", { privateKey: "broken", passphrase: "secret passphrase" }],
      ["HostKeyUnknown", { knownHosts: parseKnownHosts("") }],
      ["AlgorithmMismatch", { algorithms: { cipher: ["none"] } }],
      ["ConnectionRefused", { port: await closedPort() }],
      ["ConnectTimeout", { port: await startMuteServer(), readyTimeoutSeconds: 0.02 }],
    ];
    for (const [code, more] of failures) {
      expectNoSecret(await netconfFailure(connectSsh(optionsFor(device, more)), code));
    }
  });

  it("are in no connection, stream or session that somebody prints", async () => {
    const connection = await connectTo(await startDevice());
    const stream = await connection.openStream();
    const session = await openNetconf(connection);
    for (const value of [connection, stream, session, await session.call(GET)]) expectNoSecret(value);
    stream.destroy();
  });

  it("are in no error of a session", async () => {
    const connection = await connectTo(await startDevice({ onRpc: () => undefined }));
    const session = await openNetconf(connection);
    const call = netconfFailure(session.call(GET), "ConnectionLost");
    connection.close();
    expectNoSecret(await call);
    expectNoSecret(await session.closed);
    expectNoSecret(await netconfFailure(session.call(GET), "SessionClosed"));
  });
});
