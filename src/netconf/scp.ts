/**
 * Sends one file over an SSH connection that is there already, by the old protocol of scp (`scp -t`): Junos has no SFTP
 * unless it is configured. What arrives is not proven by it: ask the device for size and checksum.
 */
import type { Duplex, Readable } from "node:stream";
import { once } from "node:events";
import { NetconfError } from "./errors.ts";

export interface OutgoingFile {
  /** Where it is to lie. Letters, digits and `._+-/` only: it goes into a command. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Exactly that many bytes. */
  readonly content: Readable;
  readonly signal: AbortSignal;
}

/** The device's own words, when it does not take the file. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
}

const SAFE_PATH = /^\/[A-Za-z0-9._+/-]+$/;

/** The command that takes the file. Throws `RangeError` for a path that is no plain one. */
export function receivingCommand(path: string): string {
  if (!SAFE_PATH.test(path)) throw new RangeError(`not a plain path: ${JSON.stringify(path)}`);
  return `scp -t ${path}`;
}

/** Sends it on a stream to `receivingCommand`. Throws `FileRefused`; `NetconfError` when the link is lost. */
export async function sendFile(
  channel: Duplex,
  { path, sizeBytes, content, signal }: OutgoingFile,
): Promise<void> {
  const answers = readAnswers(channel);
  const aborted = (): void => void channel.destroy();
  signal.addEventListener("abort", aborted, { once: true });
  // What goes wrong is told by the answer that does not come.
  const ignore = (): void => undefined;
  channel.on("error", ignore);
  try {
    await answers.next();
    const name = path.slice(path.lastIndexOf("/") + 1);
    channel.write(`C0644 ${String(sizeBytes)} ${name}\n`);
    await answers.next();
    let sent = 0;
    for await (const chunk of content) {
      if (!Buffer.isBuffer(chunk)) throw new TypeError("the content is no bytes");
      sent += chunk.length;
      if (sent > sizeBytes)
        throw new FileRefused(`more than ${String(sizeBytes)} bytes came from its source`);
      if (!channel.write(chunk)) await Promise.race([once(channel, "drain"), answers.lost]);
      signal.throwIfAborted();
      answers.throwIfLost();
    }
    if (sent < sizeBytes) {
      throw new NetconfError(
        "ConnectionLost",
        `${String(sent)} of ${String(sizeBytes)} bytes came from its source`,
      );
    }
    channel.write("\0");
    await answers.next();
    channel.end();
  } finally {
    signal.removeEventListener("abort", aborted);
    channel.destroy();
  }
}

interface Answers {
  /** Resolves with the next yes. */
  next(): Promise<void>;
  /** Resolves when there will be none any more. */
  readonly lost: Promise<void>;
  throwIfLost(): void;
}

/** A yes is one zero byte; a warning or an error is 1 or 2 and a line. */
function readAnswers(channel: Duplex): Answers {
  let buffered = Buffer.alloc(0);
  let isLost = false;
  let wake: () => void = () => undefined;
  let over: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    over = resolve;
  });
  channel.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    wake();
  });
  const ended = (): void => {
    isLost = true;
    over();
    wake();
  };
  channel.on("end", ended);
  channel.on("close", ended);
  const throwIfLost = (): void => {
    if (isLost) throw new NetconfError("ConnectionLost", "the device closed the transfer");
  };
  return {
    lost,
    throwIfLost,
    async next() {
      for (;;) {
        const [code] = buffered;
        if (code === 0) {
          buffered = buffered.subarray(1);
          return;
        }
        const end = buffered.indexOf("\n");
        if (code !== undefined && (end !== -1 || isLost)) {
          const words = buffered.subarray(code === 1 || code === 2 ? 1 : 0, end === -1 ? undefined : end);
          throw new FileRefused(words.toString("utf8").trim());
        }
        throwIfLost();
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}
