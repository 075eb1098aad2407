/** Compare and soak of a cluster: configuration and readings as of every device, and the cluster itself as found. */
import { parseInstant } from "../../api/time.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { checksOf, evaluateHealth, verdict } from "../../health/evaluate.ts";
import { readConfiguration } from "../configurationText.ts";
import type { RunContext } from "../driver.ts";
import { healthRecords } from "../readings.ts";
import { compare } from "../steps/compare.ts";
import { soak } from "../steps/soak.ts";
import { primaryOf, readCluster, type ClusterView, type FoundGroups } from "./cluster.ts";
import { clusterProblem } from "./preflight.ts";
import { takeClusterReadings } from "./readings.ts";

/** How long after the soak readings may take to settle before they count as a failure. */
const SETTLE_SECONDS = 900;

export const clusterCompare: Step<RunContext> = { ...compare, observe: compareCluster };

export const clusterSoak: Step<RunContext> = {
  ...soak,
  async observe(context) {
    const compared = await compareCluster(context);
    const since = context.status.steps?.find(({ name }) => name === "Soak")?.startedAt;
    const watched = since === undefined ? 0 : (context.clock.now() - parseInstant(since)) / 1000;
    const left = context.settings.soakSeconds - watched;
    if (compared.is !== "Done") {
      return left < -SETTLE_SECONDS && compared.is === "Blocked" ? { ...compared, is: "Failed" } : compared;
    }
    return left > 0
      ? { is: "Running", message: `watched for another ${String(Math.ceil(left))} s` }
      : { is: "Done", evidence: { message: "stayed as found" } };
  },
};

async function compareCluster(context: RunContext): Promise<Observation> {
  const { device, status, settings, clock } = context;
  const { main } = await context.connect(device.name);
  const kept = await context.backups.load();
  const found = status.found?.redundancyGroups;
  if (kept === undefined || found === undefined) {
    return differs("the backup is gone; nothing to compare with");
  }
  if ((await readConfiguration(main)) !== kept.configuration) {
    return {
      is: "Blocked",
      reason: "ConfigurationDiffers",
      message: "the configuration is not the one that was found",
    };
  }
  const view = await readCluster(main, clock.now());
  if (view === null) return differs("the device is no cluster any more");
  const problem = await clusterProblem(view, main);
  if (problem !== undefined) return problem;
  const changed = differences(view, found);
  if (changed.length > 0) return differs(changed.slice(0, 4).join("; "));
  const results = evaluateHealth({
    readings: await takeClusterReadings(context, checksOf(settings.health, "After")),
    baseline: kept.readings,
    settings: settings.health,
    phase: "After",
  });
  const { proceed, explained } = verdict(results, settings.abortOnFailure);
  const health = healthRecords(results, status.health, "After");
  return proceed
    ? { is: "Done", evidence: { message: `as found; ${explained.message}`, health } }
    : differs(explained.message);
}

/** What is not as it was found: who is primary, priorities, preemption, manual failovers. */
function differences({ groups }: ClusterView, found: FoundGroups): readonly string[] {
  return found.flatMap((before) => {
    const here = `group ${String(before.group)}`;
    const now = groups.find(({ id }) => id === before.group);
    if (now === undefined) return [`${here} is gone`];
    const primary = primaryOf(now);
    return [
      ...(primary === before.primary
        ? []
        : [`${here}: ${String(primary)} is primary, it was ${before.primary}`]),
      ...before.nodes.flatMap((node) => {
        const own = now.nodes.find(({ name }) => name === node.name);
        const isSame =
          own?.priority === node.priority &&
          (own.preempt ?? false) === node.preempt &&
          (own.manualFailover ?? false) === node.manualFailover;
        return isSame ? [] : [`${here}: ${node.name} has another priority, preemption or failover bit`];
      }),
    ];
  });
}

function differs(message: string): Observation {
  return { is: "Blocked", reason: "DifferentFromBaseline", message };
}
