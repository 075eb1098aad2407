/** A real SSH server on loopback that serves the fake device. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";

import ssh2 from "ssh2";

import { formatKnownHost } from "../../src/netconf/knownHosts.ts";
import { serveFakeDevice, type ReceivedRpc } from "./fakeDevice.ts";

export const USERNAME = "hitless";
export const PASSWORD = "correct-horse-battery-staple";

export interface SshDeviceOptions {
  readonly host?: string;
  /** Private keys; a fresh one by default. */
  readonly hostKeys?: readonly string[];
  /** Default: password only. */
  readonly methods?: readonly ssh2.AuthenticationType[];
  /** The public key that may log in. */
  readonly authorizedKey?: Buffer;
  /** What answers the request for NETCONF. Default: the subsystem. */
  readonly offers?: "subsystem" | "command" | "nothing";
  /** Takes the request for the subsystem over; the device answers when `accept` is called. */
  readonly onSubsystem?: (accept: () => ssh2.ServerChannel) => void;
  /** How often a wrong answer is asked for again within one attempt. */
  readonly promptsAgain?: number;
  /** Gets each answer to a prompt. */
  readonly onAnswer?: (answer: string | undefined) => void;
  readonly algorithms?: ssh2.Algorithms;
  readonly onRpc?: (rpc: ReceivedRpc) => void;
}

export interface SshDevice {
  readonly host: string;
  readonly port: number;
  /** The known_hosts line of the first host key. */
  readonly knownHost: string;
  /** The methods by which somebody tried to log in, in order. */
  readonly attempts: readonly string[];
  close(): Promise<void>;
}

/** A private key in PEM. ssh2's own generator makes an unreadable ed25519 key now and then. */
export function generateKey(passphrase?: string): string {
  return generateKeyPairSync("ec", {
    namedCurve: "prime256v1",
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: {
      type: "sec1",
      format: "pem",
      ...(passphrase !== undefined && { cipher: "aes-256-cbc", passphrase }),
    },
  }).privateKey;
}

/** The public key as it is sent. */
export function publicBlob(privateKey: string, passphrase?: string): Buffer {
  const parsed = ssh2.utils.parseKey(privateKey, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) throw new Error("not a key");
  return key.getPublicSSH();
}

export async function startSshDevice(options: SshDeviceOptions = {}): Promise<SshDevice> {
  const host = options.host ?? "127.0.0.1";
  const hostKeys = options.hostKeys ?? [generateKey()];
  const clients = new Set<ssh2.Connection>();
  const attempts: string[] = [];
  const server = new ssh2.Server(
    { hostKeys: [...hostKeys], ...(options.algorithms && { algorithms: options.algorithms }) },
    (client) => {
      clients.add(client);
      // Missing in the types. Without it every exchange waits for a delayed acknowledgement.
      if ("setNoDelay" in client && typeof client.setNoDelay === "function") client.setNoDelay(true);
      client.on("error", () => undefined);
      client.on("close", () => clients.delete(client));
      client.on("authentication", (context) => {
        if (context.method !== "none") attempts.push(context.method);
        authenticate(context, options);
      });
      client.on("session", (accept) => {
        serveSession(accept(), options);
      });
      client.on("tcpip", (accept, _reject, info) => {
        const outgoing = connect(info.destPort, info.destIP);
        const incoming = accept();
        outgoing.pipe(incoming).pipe(outgoing);
        outgoing.on("error", () => incoming.end());
        incoming.on("error", () => outgoing.destroy());
      });
    },
  );
  server.listen(0, host);
  await once(server, "listening");
  const port = listeningPort(server);
  const [hostKey] = hostKeys;
  if (hostKey === undefined) throw new Error("a server needs a host key");
  return {
    host,
    port,
    knownHost: formatKnownHost(host, port, publicBlob(hostKey)),
    attempts,
    close: async () => {
      for (const client of clients) client.end();
      server.close();
      await once(server, "close");
    },
  };
}

function askForPassword(
  context: ssh2.KeyboardAuthContext,
  options: SshDeviceOptions,
  decide: (isRight: boolean) => void,
): void {
  let promptsLeft = 1 + (options.promptsAgain ?? 0);
  const ask = (): void => {
    promptsLeft--;
    context.prompt([{ prompt: "RADIUS password:", echo: false }], (answers) => {
      options.onAnswer?.(answers[0]);
      if (answers[0] !== PASSWORD && promptsLeft > 0) ask();
      else decide(answers[0] === PASSWORD);
    });
  };
  ask();
}

/** The port that a server on TCP listens on. */
export function listeningPort(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening on TCP");
  return address.port;
}

function authenticate(context: ssh2.AuthContext, options: SshDeviceOptions): void {
  const methods = [...(options.methods ?? (["password"] as const))];
  const decide = (isRight: boolean): void => {
    if (isRight && context.username === USERNAME) context.accept();
    else context.reject(methods);
  };
  if (!methods.includes(context.method)) {
    context.reject(methods);
    return;
  }
  switch (context.method) {
    case "password":
      decide(context.password === PASSWORD);
      return;
    case "publickey":
      decide(options.authorizedKey?.equals(context.key.data) === true);
      return;
    case "keyboard-interactive":
      askForPassword(context, options, decide);
      return;
    case "none":
    case "hostbased":
      context.reject(methods);
  }
}

function serveSession(session: ssh2.Session, options: SshDeviceOptions): void {
  const offers = options.offers ?? "subsystem";
  session.on("subsystem", (accept, reject, info) => {
    if (options.onSubsystem !== undefined) options.onSubsystem(accept);
    else if (offers === "subsystem" && info.name === "netconf") serveFakeDevice(accept(), options.onRpc);
    else reject();
  });
  session.on("exec", (accept, reject, info) => {
    if (offers === "command" && info.command === "xml-mode netconf need-trailer") {
      serveFakeDevice(accept(), options.onRpc);
    } else {
      reject();
    }
  });
}
