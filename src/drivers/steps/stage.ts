/** Stage: the package lies on the device, whole, and there is room to install it. Before anything is drained. */
import { PACKAGE_DIRECTORY } from "../../api/names.ts";
import type { Step } from "../../engine/step.ts";
import { findFile, readChecksum } from "../../junos/files.ts";
import { freeBytesAt, readFilesystems } from "../../junos/storage.ts";
import type { RunContext } from "../driver.ts";

export const stage: Step<RunContext> = {
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
  async observe({ device, image, connect }) {
    const { main } = await connect(device.name);
    const path = packagePath(image.deviceImageName);
    const file = await findFile(main, path);
    if (file === null) {
      return { is: "Blocked", reason: "ImageMissingOnDevice", message: `${path} is not on ${device.name}` };
    }
    if (file.sizeBytes !== image.sizeBytes) {
      return {
        is: "Blocked",
        reason: "ImageMissingOnDevice",
        message: `${path} has ${String(file.sizeBytes)} bytes, not ${String(image.sizeBytes)}`,
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
        message: `${algorithm} of ${path} is ${String(checksum)}, not ${String(expected)}`,
      };
    }
    const free = freeBytesAt(await readFilesystems(main), PACKAGE_DIRECTORY);
    if (free === undefined || free < image.sizeBytes) {
      return {
        is: "Blocked",
        reason: "DiskFull",
        message: `${String(free ?? 0)} bytes are free under ${PACKAGE_DIRECTORY}, the install needs ${String(image.sizeBytes)}`,
      };
    }
    return { is: "Done", evidence: { message: `${path} is there, ${algorithm} agrees` } };
  },
};

export function packagePath(deviceImageName: string): string {
  return `${PACKAGE_DIRECTORY}/${deviceImageName}`;
}
