/** The token of a drain. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";

/** By this the ledger and the device know whose drain it is; unique over clusters, since it carries the uid. */
export function tokenOf({ metadata }: DeviceUpgrade): string {
  return `${metadata.namespace}/${metadata.name}/${metadata.uid}`;
}
