/** Stage: the package lies on the device, whole, and there is room to install it. Before anything is drained. */
import { PACKAGE_DIRECTORY } from "../../api/names.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { findFile, readChecksum } from "../../junos/files.ts";
import { freeBytesAt, readFilesystems } from "../../junos/storage.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import type { PinnedImage, RunContext } from "../driver.ts";

/** Where the package has to lie: on each of the named control planes, or on the device where it has only one. */
export function stageStep(
  planes: (context: RunContext) => readonly (string | undefined)[],
): Step<RunContext> {
  return {
    name: "Stage",
    once: false,
    landing: "InService",
    deadlineSeconds: 3600,
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
        if (seen.is !== "Done") return seen;
        said.push(seen.evidence.message);
      }
      return { is: "Done", evidence: { message: said.join("; ") } };
    },
  };
}

/** Of a device with one routing engine. */
export const stage = stageStep(() => [undefined]);

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

export function packagePath(deviceImageName: string): string {
  return `${PACKAGE_DIRECTORY}/${deviceImageName}`;
}
