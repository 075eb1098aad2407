/**
 * The driver for SRX chassis clusters: both nodes are upgraded in service (ISSU, "low impact"), one after the other,
 * while the other one carries the sessions. A cluster is one device; a firewall alone cannot be upgraded like that.
 */
import { explain } from "../api/reasons.ts";
import { readPackageName } from "../release/packageName.ts";
import { modelMatches } from "../release/platform.ts";
import type { Driver } from "./driver.ts";
import { clusterBackup } from "./srx/backup.ts";
import { clusterCompare, clusterSoak } from "./srx/compare.ts";
import { discoverCluster } from "./srx/discover.ts";
import { consolidateGroups, restoreGroups } from "./srx/groups.ts";
import { endInServiceUpgrade, inServiceUpgrade } from "./srx/inServiceUpgrade.ts";
import { isInBandOnly, modelRefusal } from "./srx/issuSupport.ts";
import { clusterPreflight } from "./srx/preflight.ts";
import { onPrimary, throughPrimary } from "./srx/primaryNode.ts";
import { takeClusterReadings } from "./srx/readings.ts";
import { clusterStage } from "./srx/stage.ts";
import { validateConfiguration } from "./srx/validate.ts";
import { lineCardsReady, nodeSwitchover, primaryUpgrade, secondaryUpgrade } from "./srx/watch.ts";

const FAMILY = "junos-srx";

export const srx: Driver = {
  name: "srx",
  procedure: {
    name: "srx/v1",
    steps: [
      clusterPreflight,
      clusterStage,
      validateConfiguration,
      clusterBackup,
      consolidateGroups,
      inServiceUpgrade,
      secondaryUpgrade,
      lineCardsReady,
      nodeSwitchover,
      primaryUpgrade,
      endInServiceUpgrade,
      restoreGroups,
      clusterCompare,
      clusterSoak,
    ].map(onPrimary),
  },
  handles: ({ family }) => family === FAMILY,
  supports(device, { spec }, { acceptsLoss = false } = {}) {
    if (spec.vendorName.toLowerCase() !== "juniper") {
      return explain("UnsupportedVendor", `no driver for vendor ${spec.vendorName}`);
    }
    if (device.family !== FAMILY)
      return explain("UnsupportedFamily", `no driver for the family of ${device.name}`);
    const refusal = modelRefusal(device.model);
    if (refusal !== null && !(acceptsLoss && isInBandOnly(device.model))) return refusal;
    const platforms = readPackageName(spec.deviceImageName)?.platforms ?? [];
    return platforms.length > 0 && !modelMatches(platforms, device.model)
      ? explain("ImagePlatformMismatch", `${spec.deviceImageName} is for ${platforms.join(", ")}`)
      : null;
  },
  takeReadings: (context, asked) => takeClusterReadings(throughPrimary(context), asked),
  discover: async (device, connect, clock) =>
    discoverCluster(device.name, { main: (await connect()).main, clock, model: device.model }),
};
