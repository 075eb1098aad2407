/**
 * Connections to devices: one per device, opened when it is first needed, kept while it lives, and dropped when
 * it dies. Credentials and host keys are read from the store at most a minute before a dial, and anew once a device has
 * refused them, so that a rotated password is used.
 */
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";
import type { Fabric } from "../../api/fabric.gen.ts";
import { CREDENTIAL_KEYS, KNOWN_HOSTS_KEY } from "../../api/names.ts";
import { explain, type Reason } from "../../api/reasons.ts";
import { Unreachable, type DeviceConnection, type FabricDevice } from "../../drivers/driver.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import type { Wait } from "../../netconf/deadline.ts";
import { NetconfError } from "../../netconf/errors.ts";
import { parseKnownHosts, type KnownHosts } from "../../netconf/knownHosts.ts";
import type { OutgoingFile } from "../../netconf/scp.ts";
import { RpcError } from "../../netconf/rpcError.ts";
import { openSession, type NetconfSession } from "../../netconf/session.ts";
import { connectSsh } from "../../netconf/ssh.ts";
import type { Credentials } from "../../netconf/sshLogin.ts";
import { NO_METER, type Meter } from "../../observability/meter.ts";
import type { Store } from "../../store/store.ts";
import { explainTransport } from "./reachability.ts";
import { nextTurn } from "../work/eventLoopTurns.ts";

/** A link to a device on which NETCONF streams are opened. */
export interface Transport {
  openStream(): Promise<Duplex>;
  sendFile?(file: OutgoingFile): Promise<void>;
  close(): void;
  readonly closed: Promise<unknown>;
}

export interface DialTarget extends Credentials {
  readonly device: string;
  /** Where it is not the device's address that is dialled. */
  readonly controlPlane?: string;
  readonly host: string;
  readonly port: number;
  readonly knownHosts: KnownHosts;
  readonly signal: AbortSignal;
}

export type Dial = (target: DialTarget) => Promise<Transport>;

/** The real thing: SSH with pinned host keys. */
export const dialSsh: Dial = (target) => connectSsh(target);

export interface DevicePoolOptions {
  readonly store: Store;
  readonly dial: Dial;
  /** Ends everything at once: connections, those being made, and every request on them. */
  readonly signal: AbortSignal;
  /** Told of every secret that is read, so that no log line ever shows it. */
  readonly registerSecret: (secret: string) => void;
  /** How the time-outs of requests are waited for. Default: real time. */
  readonly wait?: Wait;
  readonly meter?: Pick<Meter, "deviceRpc" | "deviceConnection">;
}

export interface DevicePool {
  /** The kept connection, or a new one; to a control plane at its own address. Throws `Unreachable`. */
  connect(fabric: Fabric, device: string, controlPlane?: string): Promise<DeviceConnection>;
  /** Connects anew, asks for nothing but the hello, and hangs up. Throws `Unreachable`. */
  probe(fabric: Fabric, device: string): Promise<void>;
  close(): void;
}

interface Kept {
  readonly transport: Transport;
  readonly main: NetconfSession;
}

/** A login as it was read, and when, on the monotonic clock of this process. */
interface ReadLogin {
  readonly login: Login;
  readonly at: number;
}

/**
 * Real time for which a login is not read again: a device that reboots is dialled every few seconds. One that a device
 * refuses is read anew for the next dial.
 */
const LOGIN_SECONDS = 60;

export function devicePool(options: DevicePoolOptions): DevicePool {
  const { store, dial, signal, registerSecret, meter = NO_METER } = options;
  const timing = options.wait === undefined ? {} : { wait: options.wait };
  const kept = new Map<string, Promise<Kept>>();
  const logins = new Map<string, ReadLogin>();
  /** Also those on which the session is still being opened. */
  const live = new Set<Transport>();

  async function dialled(target: DialTarget): Promise<Transport> {
    try {
      const transport = await dial(target);
      live.add(transport);
      const forget = (): void => {
        live.delete(transport);
      };
      transport.closed.then(forget, forget);
      if (signal.aborted) transport.close();
      meter.deviceConnection({ code: "OK" });
      return transport;
    } catch (error) {
      meter.deviceConnection({ code: codeOf(error) });
      throw error;
    }
  }

  async function loginTo(fabric: Fabric): Promise<Login> {
    const id = loginIdOf(fabric);
    const known = logins.get(id);
    if (known !== undefined && performance.now() - known.at < LOGIN_SECONDS * 1000) return known.login;
    const at = performance.now();
    const login = await readLogin(store, fabric, registerSecret);
    logins.set(id, { login, at });
    return login;
  }

  function close(): void {
    for (const transport of live) transport.close();
    kept.clear();
  }
  signal.addEventListener("abort", close, { once: true });

  async function open(fabric: Fabric, name: string, controlPlane?: string): Promise<Kept> {
    signal.throwIfAborted();
    const device = fabric.spec.devices.find((each) => each.name === name);
    if (device === undefined)
      throw new Unreachable(explain("DeviceNotFound", `${name} is not in the Fabric`));
    const own = device.controlPlanes?.find((each) => each.name === controlPlane);
    if (controlPlane !== undefined && own === undefined) {
      const missing = `the Fabric does not say where ${controlPlane} of ${name} answers`;
      throw new Unreachable(explain("DeviceNotFound", missing));
    }
    const login = await loginTo(fabric);
    const place = {
      ...endpointOf(fabric, own ?? device),
      ...(own === undefined ? {} : { controlPlane: own.name }),
    };
    const called = own === undefined ? name : `${name} ${own.name}`;
    try {
      const transport = await dialled({ ...login, device: name, ...place, signal });
      try {
        return { transport, main: await openSession(await transport.openStream(), { signal, ...timing }) };
      } catch (error) {
        transport.close();
        throw error;
      }
    } catch (error) {
      const explained = explainTransport(error);
      if (explained === undefined || REFUSALS.has(explained.reason)) logins.delete(loginIdOf(fabric));
      if (explained === undefined) throw error;
      throw new Unreachable({ ...explained, message: `${called}: ${explained.message}` }, { cause: error });
    }
  }

  async function connect(fabric: Fabric, name: string, controlPlane?: string): Promise<DeviceConnection> {
    const id = [fabric.metadata.namespace, fabric.metadata.name, name, controlPlane ?? ""].join("/");
    let pending = kept.get(id);
    if (pending === undefined) {
      pending = open(fabric, name, controlPlane);
      kept.set(id, pending);
      const forget = (): void => {
        if (kept.get(id) === pending) kept.delete(id);
      };
      pending.then(({ transport, main }) => {
        void main.closed.then(() => {
          forget();
          transport.close();
        });
      }, forget);
    }
    const { transport, main } = await pending;
    return {
      main: metered(main, meter),
      longRunning: async (stop) => {
        const session = await openSession(await transport.openStream(), { signal: stop, ...timing });
        closeOnAbort(session, stop);
        return metered(session, meter);
      },
      ...(transport.sendFile === undefined ? {} : { sendFile: async (file) => transport.sendFile?.(file) }),
    };
  }

  return {
    connect,
    async probe(fabric, name) {
      const { transport, main } = await open(fabric, name);
      await main.close();
      transport.close();
    },
    close,
  };
}

function closeOnAbort(session: NetconfSession, signal: AbortSignal): void {
  const close = (): void => void session.close();
  signal.addEventListener("abort", close, { once: true });
  void session.closed.then(() => signal.removeEventListener("abort", close));
  if (signal.aborted) close();
}

function metered(session: NetconfSession, meter: Pick<Meter, "deviceRpc">): RpcCaller {
  return {
    async call(rpc, options) {
      const startedAt = performance.now();
      let code = "OK";
      try {
        const reply = await session.call(rpc, options);
        await nextTurn();
        return reply;
      } catch (error) {
        code = codeOf(error);
        throw error;
      } finally {
        meter.deviceRpc({ rpc: rpc.name, code, seconds: (performance.now() - startedAt) / 1000 });
      }
    },
  };
}

function codeOf(error: unknown): string {
  if (error instanceof NetconfError) return error.code;
  return error instanceof RpcError ? "RpcError" : "InternalError";
}

/** Host and port of a device's management interface. */
export function endpointOf(
  fabric: Fabric,
  device: Pick<FabricDevice, "address">,
): { host: string; port: number } {
  const match = /^(?:\[(?<v6>[^\]]+)\]|(?<host>[^:]+))(?::(?<port>\d+))?$/.exec(device.address);
  const host = match?.groups?.["v6"] ?? match?.groups?.["host"] ?? device.address;
  const port = match?.groups?.["port"];
  return { host, port: port === undefined ? fabric.spec.connection.port : Number(port) };
}

type Login = Credentials & { readonly knownHosts: KnownHosts };

/** Answers to a login that another password, key or host key may change. */
const REFUSALS: ReadonlySet<Reason> = new Set(["AuthenticationFailed", "HostKeyUnknown", "HostKeyChanged"]);

/** Another reference in the Fabric is another login. */
function loginIdOf({ metadata, spec }: Fabric): string {
  const { credentialsSecretRef, knownHostsRef } = spec.connection;
  return [metadata.namespace, metadata.name, credentialsSecretRef.name, knownHostsRef.name].join("/");
}

async function readLogin(
  store: Store,
  fabric: Fabric,
  registerSecret: (secret: string) => void,
): Promise<Login> {
  const { namespace } = fabric.metadata;
  const { credentialsSecretRef, knownHostsRef } = fabric.spec.connection;
  const secret = await store.get("Secret", { namespace, name: credentialsSecretRef.name });
  const hosts = await store.get("ConfigMap", { namespace, name: knownHostsRef.name });
  const missing = (what: string): Unreachable => new Unreachable(explain("CredentialsMissing", what));
  if (secret === undefined) throw missing(`Secret ${credentialsSecretRef.name} does not exist`);
  const value = (key: string): string | undefined => {
    const encoded = secret.data?.[key];
    if (encoded === undefined) return undefined;
    const text = Buffer.from(encoded, "base64").toString("utf8");
    if (key !== CREDENTIAL_KEYS.username) registerSecret(text);
    return text;
  };
  const username = value(CREDENTIAL_KEYS.username);
  const password = value(CREDENTIAL_KEYS.password);
  const privateKey = value(CREDENTIAL_KEYS.privateKey);
  const passphrase = value(CREDENTIAL_KEYS.passphrase);
  if (username === undefined) throw missing(`Secret ${credentialsSecretRef.name} has no key username`);
  const text = hosts?.data?.[KNOWN_HOSTS_KEY];
  if (text === undefined) throw missing(`ConfigMap ${knownHostsRef.name} has no key ${KNOWN_HOSTS_KEY}`);
  try {
    return {
      username,
      ...(password === undefined ? {} : { password }),
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(passphrase === undefined ? {} : { passphrase }),
      knownHosts: parseKnownHosts(text),
    };
  } catch (error) {
    const explained = explainTransport(error);
    if (explained === undefined) throw error;
    throw new Unreachable(explained, { cause: error });
  }
}
