/**
 * The driver for SRX chassis clusters: both nodes are upgraded in service (ISSU, "low impact"), one after the other,
 * while the other one carries the sessions. A cluster is one device; a firewall alone cannot be upgraded like that.
 */
import { explain } from "../api/reasons.ts";
import type { Driver } from "./driver.ts";
import { readLoads } from "./loads.ts";
import { againstPackage, againstVendor, modelOf } from "./packageFit.ts";
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
  supports(device, { spec }, { acceptsLoss = false, said = null } = {}) {
    const unfit = againstVendor(spec);
    if (unfit !== null) return unfit;
    if (device.family !== FAMILY)
      return explain("UnsupportedFamily", `no driver for the family of ${device.name}`);
    const model = modelOf(device, said);
    const refusal = modelRefusal(model);
    if (refusal !== null && !(acceptsLoss && isInBandOnly(model))) return refusal;
    return againstPackage({ ...device, model }, spec.deviceImageName);
  },
  readLoads,
  takeReadings: (context, asked) => takeClusterReadings(throughPrimary(context), asked),
  discover: async (device, connect, clock) =>
    discoverCluster(device.name, { main: (await connect()).main, clock, model: device.model }),
};
