/**
 * Pushes packages to devices that cannot reach the image's server: read over HTTP by the controller, sent over the same
 * SSH connection. A few at a time: they all go through this process. Nothing is kept here, and nothing is proven
 * here: the device says whether what lies on it is the package.
 */
import PQueue from "p-queue";
import { Agent, request } from "undici";
import type { DeviceConnection, PinnedImage } from "../../drivers/driver.ts";
import { NetconfError } from "../../netconf/errors.ts";

/** How many packages are sent at one time. */
const AT_ONCE = 4;

/** Real time for which the server may send nothing. */
const IDLE_SECONDS = 60;

export interface ImageTransfers {
  /** Sends the package to that path. Throws `NetconfError` where it was cut off: begin again. */
  push(
    connection: DeviceConnection,
    package_: { readonly image: PinnedImage; readonly path: string },
    signal: AbortSignal,
  ): Promise<void>;
}

export function imageTransfers(): ImageTransfers {
  const queue = new PQueue({ concurrency: AT_ONCE });
  return {
    async push(connection, { image, path }, signal) {
      await queue.add(() => pushNow(connection, { image, path }, signal), { signal });
    },
  };
}

async function pushNow(
  { sendFile }: DeviceConnection,
  { image, path }: { readonly image: PinnedImage; readonly path: string },
  signal: AbortSignal,
): Promise<void> {
  const { source, sizeBytes } = image;
  if (source === undefined || sendFile === undefined) throw new Error("nothing can be sent this way");
  if (!/^https?:/.test(source.url)) throw new Error("the controller reads packages over http and https only");
  const timeout = IDLE_SECONDS * 1000;
  const agent = new Agent({ connections: 1, headersTimeout: timeout, bodyTimeout: timeout });
  try {
    const { statusCode, headers, body } = await request(source.url, { dispatcher: agent, signal });
    const length = Number(headers["content-length"] ?? sizeBytes);
    if (statusCode !== 200 || length !== sizeBytes) {
      body.on("error", () => undefined);
      body.destroy();
      throw new Error(
        statusCode === 200
          ? `it has ${String(length)} bytes there, not ${String(sizeBytes)}`
          : `its server answers ${String(statusCode)}`,
      );
    }
    await sendFile({ path, sizeBytes, content: body, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (isCutOff(error)) {
      throw new NetconfError("ConnectionLost", "the image's server broke the connection", { cause: error });
    }
    throw error;
  } finally {
    await agent.destroy();
  }
}

/** It had begun to answer. A server that refuses or is not there is a failure that people should see. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && "code" in error && CUT_OFF.has(String(error.code));
}

const CUT_OFF: ReadonlySet<string> = new Set(["UND_ERR_SOCKET", "UND_ERR_BODY_TIMEOUT", "ECONNRESET"]);
