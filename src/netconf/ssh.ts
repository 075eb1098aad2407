/**
 * An SSH connection to a device, on ssh2. The host key is always checked. Credentials are handed over method
 * by method while logging in, and never put into the client's configuration: whoever prints a connection, a
 * stream or an error of theirs finds none.
 */
import { connect } from "node:net";
import type { Duplex } from "node:stream";

import ssh2 from "ssh2";

import { onAbort } from "./deadline.ts";
import { NetconfError } from "./errors.ts";
import { fingerprint, keyType, type KnownHosts } from "./knownHosts.ts";
import { offeredAlgorithms, type ExtraAlgorithms } from "./sshAlgorithms.ts";
import { receivingCommand, sendFile, type OutgoingFile } from "./scp.ts";
import { openCommand, openNetconfChannel, openTunnel } from "./sshChannel.ts";
import { classifySshError } from "./sshErrors.ts";
import { createLogin, type Credentials } from "./sshLogin.ts";

/** How to reach and log in to a device. */
export interface SshOptions extends Credentials {
  readonly host: string;
  readonly port: number;
  readonly knownHosts: KnownHosts;
  /** From the first packet until logged in. Default 20. */
  readonly readyTimeoutSeconds?: number;
  /** How often the device must show that it is alive; NETCONF itself has no keepalive. Default 10. */
  readonly keepaliveIntervalSeconds?: number;
  /** After how many missed answers the link is lost. Default 3. */
  readonly keepaliveCountMax?: number;
  /** What to offer beside the defaults, for old devices. */
  readonly algorithms?: ExtraAlgorithms;
  /** A stream to use instead of a TCP connection: a tunnel through a jump host. */
  readonly stream?: Duplex;
  /** Gives up connecting; a connection is given up by `close`. */
  readonly signal?: AbortSignal;
}

/** A connection that is logged in. Several streams may be open on it at once. */
export interface SshConnection {
  /** `host:port`, for messages. */
  readonly target: string;
  /**
   * Opens the subsystem `netconf`, or where that is refused Junos' own command for it. Throws `NetconfError`:
   * `SubsystemRefused`, `ConnectionLost`, `Aborted`.
   */
  openStream(options?: { readonly signal?: AbortSignal | undefined }): Promise<Duplex>;
  /** Opens a TCP connection from the device on: it is a jump host. Throws `NetconfError`. */
  openTunnel(host: string, port: number): Promise<Duplex>;
  /** Sends a file. Throws `FileRefused` with the device's words, `NetconfError` when the link is lost. */
  sendFile(file: OutgoingFile): Promise<void>;
  close(): void;
  /** Resolves when the link is gone: with the reason, or with undefined after `close`. */
  readonly closed: Promise<NetconfError | undefined>;
}

const READY_TIMEOUT_SECONDS = 20;
const KEEPALIVE_INTERVAL_SECONDS = 10;
const KEEPALIVE_COUNT_MAX = 3;

/** Connects, checks the host key and logs in. Throws `NetconfError`. */
export async function connectSsh(options: SshOptions): Promise<SshConnection> {
  const { host, port } = options;
  const target = `${host}:${port}`;
  const aborted = (): NetconfError => new NetconfError("Aborted", `${target}: connecting was aborted`);
  if (options.signal?.aborted === true) throw aborted();

  const client = new ssh2.Client();
  const life = createLife();
  const config: ssh2.ConnectConfig = {
    username: options.username,
    authHandler: createLogin(options, life.end),
    algorithms: offeredAlgorithms(options.algorithms ?? {}, options.knownHosts.keyTypes(host, port)),
    hostVerifier: (keyBlob: Buffer): boolean => {
      const refusal = judgeHostKey(options, keyBlob);
      if (refusal !== undefined) life.end(refusal);
      return refusal === undefined;
    },
    readyTimeout: (options.readyTimeoutSeconds ?? READY_TIMEOUT_SECONDS) * 1000,
    keepaliveInterval: (options.keepaliveIntervalSeconds ?? KEEPALIVE_INTERVAL_SECONDS) * 1000,
    keepaliveCountMax: options.keepaliveCountMax ?? KEEPALIVE_COUNT_MAX,
  };
  // Without noDelay a short RPC waits for the acknowledgement of the one before it.
  const socket = options.stream ?? connect({ host, port, noDelay: true });
  life.onEnd(() => {
    client.end();
    socket.destroy();
  });

  // These stay for good: ssh2 goes on to report what follows from a first error.
  let isLoggedIn = false;
  const failed = (error: Error): void => {
    life.end(classifySshError(error, { target, isLoggedIn }));
  };
  client.on("error", failed);
  const lost = (): void => {
    life.end(new NetconfError("ConnectionLost", `${target} closed the SSH connection`));
  };
  client.on("end", lost);
  client.on("close", lost);
  client.on("change password", () => {
    life.end(new NetconfError("AuthenticationFailed", `${target}: the password has expired`));
  });

  const ready = new Promise<"ready">((resolve) => {
    client.once("ready", () => {
      isLoggedIn = true;
      resolve("ready");
    });
  });
  const notAborted = onAbort(options.signal, () => {
    life.end(aborted());
  });
  client.connect({ ...config, sock: socket });
  const outcome = await Promise.race([ready, life.closed]);
  notAborted();
  if (outcome !== "ready") throw outcome ?? aborted();

  return {
    target,
    openStream: ({ signal } = {}) => openNetconfChannel(client, { target, isOpen: life.isOpen, signal }),
    openTunnel: (toHost, toPort) =>
      openTunnel(client, { host: toHost, port: toPort }, { target, isOpen: life.isOpen }),
    async sendFile(file) {
      const { signal } = file;
      const command = receivingCommand(file.path);
      await sendFile(await openCommand(client, command, { target, isOpen: life.isOpen, signal }), file);
    },
    close: () => {
      life.end(undefined);
    },
    closed: life.closed,
  };
}

interface Life {
  readonly closed: Promise<NetconfError | undefined>;
  readonly isOpen: () => boolean;
  /** Ends it. Only the first reason counts. */
  readonly end: (reason: NetconfError | undefined) => void;
  readonly onEnd: (action: () => void) => void;
}

function createLife(): Life {
  let open = true;
  let atEnd: () => void = () => undefined;
  let resolveClosed: (reason: NetconfError | undefined) => void = () => undefined;
  const closed = new Promise<NetconfError | undefined>((resolve) => {
    resolveClosed = resolve;
  });
  return {
    closed,
    isOpen: () => open,
    onEnd: (action) => {
      atEnd = action;
    },
    end: (reason) => {
      if (!open) return;
      open = false;
      atEnd();
      resolveClosed(reason);
    },
  };
}

function judgeHostKey({ host, port, knownHosts }: SshOptions, keyBlob: Buffer): NetconfError | undefined {
  const seen = `${keyType(keyBlob)} key ${fingerprint(keyBlob)}`;
  const compare = `the key presented is ${fingerprint(keyBlob)}; compare it on the device's console`;
  switch (knownHosts.check(host, port, keyBlob)) {
    case "Match":
      return undefined;
    case "Unknown":
      return new NetconfError("HostKeyUnknown", `${host}:${port} presents an unknown ${seen}`, {
        hint: `${compare}, then add it to the ConfigMap of known hosts`,
      });
    case "Changed":
      return new NetconfError(
        "HostKeyChanged",
        `${host}:${port} presents a ${seen}, which is none of those known for it`,
        {
          hint: `${compare}; if it is the device's (another routing engine, a reinstallation), add it to the ConfigMap of known hosts, otherwise somebody is in between`,
        },
      );
    case "Revoked":
      return new NetconfError("HostKeyRevoked", `${host}:${port} presents a revoked ${seen}`);
  }
}
