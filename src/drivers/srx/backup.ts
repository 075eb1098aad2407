/** Backup of a cluster: what every device's backup has, and how its redundancy groups were found. */
import type { Step } from "../../engine/step.ts";
import type { RunContext } from "../driver.ts";
import { readConfiguration } from "../configurationText.ts";
import { keepAsFound } from "../foundNow.ts";
import { backup } from "../steps/backup.ts";
import { whyNotBaseline } from "../stillFit.ts";
import { describeCluster, readCluster } from "./cluster.ts";
import { takeClusterReadings } from "./readings.ts";

export const clusterBackup: Step<RunContext> = {
  ...backup,
  async observe(context) {
    const { device, status, clock, connect, backups } = context;
    const { main } = await connect(device.name);
    const kept = await backups.find(await readConfiguration(main));
    if (kept === undefined)
      return whyNotBaseline(context, await takeClusterReadings(context)) ?? { is: "Needed" };
    const view = await readCluster(main, clock.now());
    const primary = view?.primary === undefined ? undefined : view.nodes.get(view.primary);
    if (view === null || primary === undefined) {
      return { is: "Blocked", reason: "ClusterUnhealthy", message: "the primary node cannot be told" };
    }
    return {
      is: "Done",
      evidence: {
        message: `configuration and readings are kept in Secret ${kept.secretName}`,
        found: {
          version: status.found?.version ?? primary.version,
          bootedAt: primary.bootedAt,
          configuration: kept,
          ...describeCluster(view),
        },
      },
    };
  },
  async start(context) {
    await keepAsFound(context, await takeClusterReadings(context));
  },
};
