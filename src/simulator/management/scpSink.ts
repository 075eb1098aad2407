/** The receiving end of `scp -t`, as an SSH server of a device has it: one file, hashed as it comes. */
import { createHash } from "node:crypto";
import type { Duplex } from "node:stream";

export interface ReceivedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly md5: string;
}

/** What `scp -t` is asked for; undefined for any other command. */
export function scpTarget(command: string): string | undefined {
  return /^scp (?:-\S+ )*-t (?:-- )?(?<path>\S+)$/.exec(command)?.groups?.["path"];
}

/**
 * Takes the file: also what came of one that was cut off. `refusal` says, before anything is sent, why one of that size
 * is not taken. Undefined where nothing came. That it is there is
 * for the caller to say, with a zero byte.
 */
export async function receiveFile(
  stream: Duplex,
  refusal: (sizeBytes: number) => string | undefined,
): Promise<ReceivedFile | undefined> {
  const sha256 = createHash("sha256");
  const md5 = createHash("md5");
  let header = "";
  let expected: number | undefined;
  let received = 0;
  const file = (): ReceivedFile | undefined =>
    expected === undefined
      ? undefined
      : { sizeBytes: received, sha256: sha256.digest("hex"), md5: md5.digest("hex") };
  stream.on("error", () => undefined);
  stream.write("\0");
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      let rest: Buffer = Buffer.from(chunk);
      if (expected === undefined) {
        header += rest.toString("latin1");
        const end = header.indexOf("\n");
        if (end === -1) continue;
        expected = Number(/^C\d{4} (?<size>\d+) /.exec(header)?.groups?.["size"] ?? Number.NaN);
        const why = Number.isNaN(expected) ? "protocol error" : refusal(expected);
        if (why !== undefined) {
          stream.end(`\u0001scp: ${why}\n`);
          return undefined;
        }
        stream.write("\0");
        rest = Buffer.from(header.slice(end + 1), "latin1");
      }
      const part = rest.subarray(0, expected - received);
      sha256.update(part);
      md5.update(part);
      received += part.length;
      if (received === expected && rest.length > part.length) {
        return file();
      }
    }
  } catch {
    // Cut off.
  }
  return file();
}
