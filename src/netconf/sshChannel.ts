/** Streams over an SSH connection: NETCONF to the device itself, and tunnels through it. */
import type { Duplex } from "node:stream";

import type { Client, ClientChannel } from "ssh2";

import { onAbort } from "./deadline.ts";
import { NetconfError, type NetconfErrorCode } from "./errors.ts";

/**
 * How Junos starts NETCONF where the subsystem is not enabled, as on port 22 without `system services
 * netconf ssh`. Any other system refuses it or ends it at once.
 */
const JUNOS_NETCONF_COMMAND = "xml-mode netconf need-trailer";

/** The connection a stream is opened on. */
export interface ChannelContext {
  /** `host:port`, for messages. */
  readonly target: string;
  /** Whether the connection still stands. */
  readonly isOpen: () => boolean;
  readonly signal?: AbortSignal | undefined;
}

type ChannelCallback = (error: Error | undefined, channel: ClientChannel) => void;

/** Opens a NETCONF stream. Throws `NetconfError`: `SubsystemRefused`, `ConnectionLost`, `Aborted`. */
export async function openNetconfChannel(client: Client, context: ChannelContext): Promise<Duplex> {
  try {
    return await openChannel((done) => client.subsys("netconf", done), "SubsystemRefused", context);
  } catch (refusal) {
    if (!(refusal instanceof NetconfError) || refusal.code !== "SubsystemRefused") throw refusal;
    try {
      return await openChannel(
        (done) => client.exec(JUNOS_NETCONF_COMMAND, done),
        "SubsystemRefused",
        context,
      );
    } catch (error) {
      // What went wrong with the way that should have worked says more, unless the link broke meanwhile.
      throw error instanceof NetconfError && error.code !== "SubsystemRefused" ? error : refusal;
    }
  }
}

/** Opens a TCP connection from the device on. Throws `NetconfError`: `ConnectionRefused`, `ConnectionLost`, `Aborted`. */
export function openTunnel(
  client: Client,
  destination: { readonly host: string; readonly port: number },
  context: ChannelContext,
): Promise<Duplex> {
  const { host, port } = destination;
  return openChannel(
    (done) => client.forwardOut("127.0.0.1", 0, host, port, done),
    "ConnectionRefused",
    context,
  );
}

/** Begins a command on the device. Throws `NetconfError`: `SubsystemRefused`, `ConnectionLost`, `Aborted`. */
export function openCommand(client: Client, command: string, context: ChannelContext): Promise<Duplex> {
  return openChannel((done) => client.exec(command, done), "SubsystemRefused", context);
}

function openChannel(
  open: (done: ChannelCallback) => void,
  refusedCode: NetconfErrorCode,
  { target, isOpen, signal }: ChannelContext,
): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      reject(new NetconfError("Aborted", `${target}: opening a stream was aborted`));
    };
    const failed = (error: unknown): void => {
      const code = isOpen() ? refusedCode : "ConnectionLost";
      const detail = error instanceof Error ? error.message : String(error);
      reject(new NetconfError(code, `${target}: ${detail}`, { cause: error }));
    };
    if (signal?.aborted === true) {
      aborted();
      return;
    }
    const notAborted = onAbort(signal, aborted);
    try {
      open((error, channel) => {
        notAborted();
        if (error !== undefined) {
          failed(error);
          return;
        }
        // Nobody wants what the device writes there; unread it would pile up.
        channel.stderr.resume();
        if (signal?.aborted === true) channel.destroy();
        else resolve(channel);
      });
    } catch (error) {
      notAborted();
      failed(error);
    }
  });
}
