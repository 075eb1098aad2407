/**
 * Preflight of a cluster: it can be upgraded in service from here to there, either node could take over right now,
 * and nobody else is working on it. Read-only; made anew for every batch.
 */
import type { Observation, Step } from "../../engine/step.ts";
import { checksOf, evaluateHealth, verdict } from "../../health/evaluate.ts";
import { readCandidateDiff } from "../../junos/configuration.ts";
import { readPendingInstall } from "../../junos/install.ts";
import { readScheduledReboot } from "../../junos/reboot.ts";
import { readSoftware } from "../../junos/software.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import { nameSameRelease, parseRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { againstPackage } from "../packageFit.ts";
import { healthRecords } from "../readings.ts";
import { clusterProblems, linkProblems, readCluster, type ClusterView } from "./cluster.ts";
import { readUpgradeWarnings } from "./issuFacts.ts";
import { upgradeRefusal } from "./issuSupport.ts";
import { takeClusterReadings } from "./readings.ts";

export const clusterPreflight: Step<RunContext> = {
  name: "Preflight",
  once: false,
  landing: "InService",
  expectedSeconds: 0,
  deadlineSeconds: 1800,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 20,
  async observe(context) {
    const { device, image, settings, status, clock } = context;
    const { main } = await context.connect(device.name);
    const view = await readCluster(main, clock.now());
    if (view === null) {
      return {
        is: "Failed",
        reason: "UnsupportedModel",
        message: `${device.name} is no chassis cluster: alone it cannot be upgraded in service`,
      };
    }
    const unfit =
      releaseProblem(view, image.osVersion) ??
      (await modelProblem(context, main, view)) ??
      (await clusterProblem(view, main)) ??
      (await strangerProblem(main)) ??
      (await warningProblem(context, main));
    if (unfit !== undefined) return unfit;
    const results = evaluateHealth({
      readings: await takeClusterReadings(context, checksOf(settings.health, "Before")),
      settings: settings.health,
      phase: "Before",
    });
    const health = healthRecords(results, status.health, "Before");
    const { proceed, explained } = verdict(results, settings.abortOnFailure);
    if (!proceed && settings.onUnhealthy === "Exclude") return { is: "Skipped", ...explained, health };
    return proceed
      ? { is: "Done", evidence: { message: `both nodes are fit; ${explained.message}`, health } }
      : { is: "Failed", ...explained, health };
  },
};

/** Both nodes run one release, which is not yet the target. */
function releaseProblem({ nodes }: ClusterView, target: string): Observation | undefined {
  const said = [...nodes].map(([name, { version }]) => `${name} runs ${version === "" ? "?" : version}`);
  const versions = [...nodes.values()].map(({ version }) => version);
  const [first] = versions;
  if (first === undefined || versions.some((version) => parseRelease(version) === null)) {
    return {
      is: "Blocked",
      reason: "VersionUnknown",
      message: `not told which release runs: ${said.join(", ")}`,
    };
  }
  if (versions.some((version) => !nameSameRelease(version, first))) {
    return {
      is: "Blocked",
      reason: "ClusterUnhealthy",
      message: `the nodes run different releases: ${said.join(", ")}`,
    };
  }
  return versions.length === 2 && nameSameRelease(first, target)
    ? { is: "Skipped", reason: "SameVersion", message: `both nodes run ${first} already` }
    : undefined;
}

async function modelProblem(
  { device, image, settings }: RunContext,
  main: RpcCaller,
  { nodes }: ClusterView,
): Promise<Observation | undefined> {
  const { engines } = await readSoftware(main);
  const model = engines.find((engine) => engine.model !== null)?.model ?? device.model;
  const [from] = [...nodes.values()].map(({ version }) => version);
  const refusal = upgradeRefusal(model, {
    from: from ?? "",
    to: image.osVersion,
    acceptsLoss: settings.acceptsLoss,
  });
  const against = refusal ?? againstPackage({ ...device, model }, image.deviceImageName);
  return against === null ? undefined : { is: "Failed", ...against };
}

/** A node that could not take over is waited for: nobody is worse off meanwhile. */
export async function clusterProblem(
  view: ClusterView,
  main: RpcCaller,
  options: { upgrading?: boolean } = {},
): Promise<Observation | undefined> {
  const problems = [...clusterProblems(view, options), ...(await linkProblems(main))];
  return problems.length === 0
    ? undefined
    : { is: "Blocked", reason: "ClusterUnhealthy", message: problems.slice(0, 4).join("; ") };
}

/** Somebody else is at work on it. */
async function strangerProblem(main: RpcCaller): Promise<Observation | undefined> {
  if ((await readCandidateDiff(main)) !== "") {
    return {
      is: "Blocked",
      reason: "CandidateDirty",
      message: "the candidate configuration has uncommitted changes",
    };
  }
  const schedule = await readScheduledReboot(main);
  if (schedule.scheduled) return { is: "Blocked", reason: "RebootScheduled", message: schedule.message };
  const pending = await readPendingInstall(main);
  return pending.is === "Pending"
    ? { is: "Blocked", reason: "InstallPending", message: pending.message }
    : undefined;
}

/** The configuration may have changed since the plan: what nobody has accepted stops the device here. */
async function warningProblem(
  { device, settings }: RunContext,
  main: RpcCaller,
): Promise<Observation | undefined> {
  const warnings = await readUpgradeWarnings(main, device.model);
  const open = warnings.filter(({ warning }) => !settings.acceptedWarnings.has(warning));
  return open.length === 0
    ? undefined
    : {
        is: "Blocked",
        reason: "WarningsNotAccepted",
        message: open.map(({ warning, message }) => `${warning}: ${message}`).join("; "),
      };
}
