/** A NETCONF session over an SSH connection that stands. A second one is how a long-running RPC is watched. */
import type { Duplex } from "node:stream";

import { onAbort, startDeadline, waitRealTime } from "./deadline.ts";
import { NetconfError } from "./errors.ts";
import { HELLO_TIMEOUT_SECONDS, openSession, type NetconfSession, type SessionOptions } from "./session.ts";
import type { SshConnection } from "./ssh.ts";

/**
 * Opens a session. The SSH connection stays open when the session ends, and a session ends with its
 * connection. `helloTimeoutSeconds` holds for the stream, too. Throws `NetconfError`.
 */
export async function openNetconf(
  connection: SshConnection,
  options: SessionOptions = {},
): Promise<NetconfSession> {
  return openSession(await openStreamInTime(connection, options), options);
}

/** A device short of processes accepts the connection, and never answers the request for a stream. */
async function openStreamInTime(connection: SshConnection, options: SessionOptions): Promise<Duplex> {
  const seconds = options.helloTimeoutSeconds ?? HELLO_TIMEOUT_SECONDS;
  const stop = new AbortController();
  let isLate = false;
  const calledOff = [
    onAbort(options.signal, () => {
      stop.abort();
    }),
    startDeadline(
      seconds,
      () => {
        isLate = true;
        stop.abort();
      },
      options.wait ?? waitRealTime,
    ),
  ];
  if (options.signal?.aborted === true) stop.abort();
  try {
    return await connection.openStream({ signal: stop.signal });
  } catch (error) {
    if (!isLate) throw error;
    const message = `${connection.target}: no NETCONF stream within ${seconds} s`;
    throw new NetconfError("HelloMissing", message, { cause: error });
  } finally {
    for (const off of calledOff) off();
  }
}
