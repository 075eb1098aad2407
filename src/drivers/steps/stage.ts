/**
 * Stage: the package lies on the device, whole, and there is room to install it. Where it does not and its image says
 * from where, the device fetches it. All of that before anything is drained.
 */
import { PACKAGE_DIRECTORY } from "../../api/names.ts";
import { StepRefused, type Observation, type Step } from "../../engine/step.ts";
import { explain } from "../../api/reasons.ts";
import { deleteFile, findFile, readChecksum, requestFileCopy } from "../../junos/files.ts";
import { freeBytesAt, readFilesystems } from "../../junos/storage.ts";
import { isReplyLost, type RpcCaller } from "../../junos/rpcCaller.ts";
import type { DeviceConnection, PinnedImage, RunContext } from "../driver.ts";

/** Where the package has to lie: on each of the named control planes, or on the device where it has only one. */
export function stageStep(
  planes: (context: RunContext) => readonly (string | undefined)[],
): Step<RunContext> {
  return {
    name: "Stage",
    once: false,
    landing: "InService",
    // A copy that is lost is given up after an hour, and there may be two of them; nothing is drained meanwhile.
    deadlineSeconds: 10_800,
    expectedSeconds: 0,
    onDeadline: "Fail",
    outOfService: false,
    needsFreshProof: false,
    silences: false,
    pollSeconds: 30,
    async observe(context) {
      const { device, image, connect } = context;
      const said: string[] = [];
      for (const plane of planes(context)) {
        const { main } = await connect(device.name, plane);
        const seen = await lookAtPackage(main, image, plane ?? device.name);
        if (seen.is === "Blocked" && seen.reason === "ImageMissingOnDevice") return fetching(context, seen);
        if (seen.is !== "Done") return seen;
        said.push(seen.evidence.message);
      }
      return { is: "Done", evidence: { message: said.join("; ") } };
    },
    async start(context) {
      for (const plane of planes(context)) {
        const { main } = await context.connect(context.device.name, plane);
        const seen = await lookAtPackage(main, context.image, plane ?? context.device.name);
        // One routing engine after the other: the device has one way to the image.
        if (seen.is === "Blocked" && seen.reason === "ImageMissingOnDevice")
          return fetchPackage(context, plane);
      }
    },
  };
}

/** Of a device with one routing engine. */
export const stage = stageStep(() => [undefined]);

/** What is missing is fetched, where it is known from where. A copy that was cut off begins anew. */
function fetching(context: RunContext, missing: Observation & { readonly is: "Blocked" }): Observation {
  const { image, isBusy, lastFailure } = context;
  if (image.source === undefined) return missing;
  const doing = image.source.push === true ? "is sent" : "fetches";
  if (isBusy()) return { is: "Running", message: `${doing} ${image.source.url}`, reason: "TransferFailed" };
  const failure = lastFailure();
  return failure === undefined
    ? { is: "Needed" }
    : { is: "Failed", reason: "TransferFailed", message: `${image.source.url}: ${failure}` };
}

/** Has the device fetch the package, or sends it; goes on after the step was begun. */
async function fetchPackage(context: RunContext, plane: string | undefined): Promise<void> {
  const { device, image, connect, fence, inBackground, signal } = context;
  const { source } = image;
  if (source === undefined) return;
  const destination = packagePath(image.deviceImageName);
  const connection = await connect(device.name, plane);
  const session = await connection.longRunning(signal);
  const remains = await findFile(session, destination);
  const free =
    (freeBytesAt(await readFilesystems(session), PACKAGE_DIRECTORY) ?? 0) + (remains?.sizeBytes ?? 0);
  if (free < 2 * image.sizeBytes) {
    const message = `${String(free)} bytes are free under ${PACKAGE_DIRECTORY}, package and installation need ${String(2 * image.sizeBytes)}`;
    throw new StepRefused(explain("DiskFull", message));
  }
  fence();
  if (remains !== null) await deleteFile(session, destination);
  if (source.push === true) {
    inBackground(pushPackage(context, connection, destination));
    return;
  }
  const { url, routingInstance } = source;
  const copy = { source: url, destination, ...(routingInstance === undefined ? {} : { routingInstance }) };
  inBackground(
    requestFileCopy(session, copy, { signal }).then(
      // Words of the device are no proof, but where the file is not there they say why.
      async (words) => {
        const file = await findFile(session, destination);
        if (file?.sizeBytes !== image.sizeBytes)
          throw new Error(words === "" ? "the copy is not whole" : words);
      },
      (error: unknown) => {
        if (!isReplyLost(error)) throw error;
      },
    ),
  );
}

/** One that was cut off is no failure: it is begun anew. What arrived is proven by the next look. */
async function pushPackage(
  { pushPackage: push }: RunContext,
  connection: DeviceConnection,
  destination: string,
): Promise<void> {
  if (push === undefined) throw new Error("packages cannot be sent to this device");
  try {
    await push(connection, destination);
  } catch (error) {
    if (!isReplyLost(error)) throw error;
  }
}

async function lookAtPackage(main: RpcCaller, image: PinnedImage, where: string): Promise<Observation> {
  const path = packagePath(image.deviceImageName);
  const file = await findFile(main, path);
  if (file === null) {
    return { is: "Blocked", reason: "ImageMissingOnDevice", message: `${path} is not on ${where}` };
  }
  if (file.sizeBytes !== image.sizeBytes) {
    return {
      is: "Blocked",
      reason: "ImageMissingOnDevice",
      message: `${path} on ${where} has ${String(file.sizeBytes)} bytes, not ${String(image.sizeBytes)}`,
    };
  }
  const { sha256, md5 } = image.checksum;
  const algorithm = sha256 === undefined ? "md5" : "sha256";
  const expected = sha256 ?? md5;
  const checksum = await readChecksum(main, { path, algorithm });
  if (checksum !== expected) {
    return {
      is: "Failed",
      reason: "ChecksumMismatch",
      message: `${algorithm} of ${path} on ${where} is ${String(checksum)}, not ${String(expected)}`,
    };
  }
  const free = freeBytesAt(await readFilesystems(main), PACKAGE_DIRECTORY);
  if (free === undefined || free < image.sizeBytes) {
    return {
      is: "Blocked",
      reason: "DiskFull",
      message: `${String(free ?? 0)} bytes are free under ${PACKAGE_DIRECTORY} of ${where}, the install needs ${String(image.sizeBytes)}`,
    };
  }
  return { is: "Done", evidence: { message: `${path} is on ${where}, ${algorithm} agrees` } };
}

/** Where a package lies on a device. */
export function packagePath(deviceImageName: string): string {
  return `${PACKAGE_DIRECTORY}/${deviceImageName}`;
}
