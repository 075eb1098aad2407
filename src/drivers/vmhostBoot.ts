/** Of which set of its software and from which disk a VM host booted: what people need to know of a boot that went wrong. */
import { isJunosError } from "../junos/replyErrors.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { readVmhostVersion } from "../junos/vmhost.ts";
import { isForVmhosts } from "../release/packageName.ts";
import type { PinnedImage } from "./driver.ts";

/** As the end of a sentence: ` from set p of the Primary disk; set b holds 23.4R2-S3.9`. Empty where nobody can tell. */
export async function bootedFrom(
  caller: RpcCaller,
  { deviceImageName }: Pick<PinnedImage, "deviceImageName">,
): Promise<string> {
  if (!isForVmhosts(deviceImageName)) return "";
  try {
    const { currentSet, bootDisk, sets } = await readVmhostVersion(caller);
    if (currentSet === undefined) return "";
    const others = sets.filter(({ name, release }) => name !== currentSet && release !== undefined);
    const disk = bootDisk === undefined ? "" : ` of the ${bootDisk} disk`;
    return [
      ` from set ${currentSet}${disk}`,
      ...others.map(({ name, release = "" }) => `set ${name} holds ${release}`),
    ].join("; ");
  } catch (error) {
    // Evidence only: the release has been read.
    if (isJunosError(error)) return "";
    throw error;
  }
}
