/**
 * InServiceUpgrade: the one request that upgrades both nodes. It runs for most of an hour and goes on when we are gone, so
 * what becomes of it is seen on the nodes. This step ends when the secondary node goes down for its reboot; until then
 * the upgrade can be given up cleanly, afterwards it can only be finished.
 *
 * EndInServiceUpgrade: nothing of an upgrade is left running. On the way back it gives the upgrade up; at the end of
 * a run it only looks.
 */
import { linkSignals } from "../../api/signalLink.ts";
import { parseInstant } from "../../api/time.ts";
import type { Intent, Observation, Step } from "../../engine/step.ts";
import {
  abortInServiceUpgrade,
  readUpgradeProgress,
  requestInServiceUpgrade,
  type UpgradeProgress,
} from "../../junos/inServiceUpgrade.ts";
import { isJunosError } from "../../junos/replyErrors.ts";
import { isReplyLost } from "../../junos/rpcCaller.ts";
import { readPackageName } from "../../release/packageName.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { packagePath } from "../steps/stage.ts";
import {
  hasRebooted,
  isLost,
  isMember,
  momentsOf,
  peerOf,
  readCluster,
  type ClusterView,
  type NodeMoment,
} from "./cluster.ts";
import { isInBandOnly } from "./issuSupport.ts";
import { clusterProblem } from "./preflight.ts";

/** Validation, copying and the installation on the other node show little; after this long without a sign it never began. */
const BEGIN_SECONDS = 1800;

/** How long after an abort nothing may happen any more before it counts as over. */
const ABORT_SECONDS = 60;

/** The end of a session may be what makes a device take up the request in it: what that begins is aborted, too. */
const ABORTS = 2;

export const inServiceUpgrade: Step<RunContext> = {
  name: "InServiceUpgrade",
  once: true,
  landing: "InService",
  expectedSeconds: 720,
  deadlineSeconds: 5400,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: true,
  silences: false,
  undo: "EndInServiceUpgrade",
  pollSeconds: 15,
  async observe(context) {
    const { device, image, status, clock, connect } = context;
    const { main } = await connect(device.name);
    const view = await readCluster(main, clock.now());
    const primary = primaryAsFound(context);
    if (view === null || primary === undefined) return unknown("the cluster's state was not recorded");
    const secondary = peerOf(primary);
    const intent = status.intent?.step === "InServiceUpgrade" ? status.intent : undefined;
    if (intent === undefined) {
      const done = [...view.nodes].filter(([, { version }]) => nameSameRelease(version, image.osVersion));
      if (done.length > 0) {
        return unknown(
          `${done.map(([name]) => name).join(", ")} runs ${image.osVersion}, and nobody here upgraded it`,
        );
      }
      return begin(context, view);
    }
    const elapsedSeconds = (clock.now() - parseInstant(intent.writtenAt)) / 1000;
    const gone = whetherGone(view, { intent, node: secondary, elapsedSeconds, target: image.osVersion });
    if (gone !== undefined) return gone;
    const failure = context.lastFailure();
    if (failure !== undefined) {
      return { is: "Failed", reason: "InServiceUpgradeFailed", message: failure };
    }
    const progress = await readUpgradeProgress(main);
    if (progress !== null) return { is: "Running", message: `nodes synchronise: ${inWords(progress)}` };
    if (elapsedSeconds < BEGIN_SECONDS) {
      return {
        is: "Running",
        message: `requested; no sign of the upgrade is seen yet, and ${secondary} has not rebooted`,
      };
    }
    if (context.isBusy()) {
      // The session lives, so the device may have the request and show nothing: sent again, it could run twice.
      return {
        is: "Running",
        reason: "ReplyTimeout",
        message: `the request has had no reply, no sign of an upgrade is seen, and ${secondary} has not rebooted; it is not sent again while it may be running`,
      };
    }
    return begin(context, view);
  },
  async start({ device, image, connect, fence, inBackground, signal }) {
    const connection = await connect(device.name);
    fence();
    // What an earlier request has left behind is cleared first; without one this does nothing, or is refused.
    await abortInServiceUpgrade(connection.main).catch((error: unknown) => {
      if (!isJunosError(error)) throw error;
    });
    const stop = new AbortController();
    const until = linkSignals(signal, stop.signal);
    const session = await connection.longRunning(until.signal);
    fence();
    inBackground(
      requestInServiceUpgrade(session, {
        packagePath: packagePath(image.deviceImageName),
        withoutSessions: isInBandOnly(device.model),
        vmhost: readPackageName(image.deviceImageName)?.vmhost === true,
        signal: until.signal,
      })
        .finally(() => {
          until.abort(new Error("the request has been answered, or its session is gone"));
        })
        .then(
          ({ verdict, message }) => {
            if (verdict === "Refused") throw new Error(message);
          },
          // A lost reply says nothing of the upgrade; the nodes do.
          (error: unknown) => {
            if (!isReplyLost(error)) throw error;
          },
        ),
      stop,
    );
  },
};

export const endInServiceUpgrade: Step<RunContext> = {
  name: "EndInServiceUpgrade",
  once: false,
  landing: "Forward",
  expectedSeconds: 0,
  deadlineSeconds: 900,
  onDeadline: "Hang",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 10,
  async observe(context): Promise<Observation> {
    const { device, image, status, clock, connect } = context;
    const { main } = await connect(device.name);
    const view = await readCluster(main, clock.now());
    const primary = primaryAsFound(context);
    if (view === null || primary === undefined) return unknown("the cluster's state was not recorded");
    const versions = [...view.nodes.values()].map(({ version }) => version);
    if (versions.length === 2 && versions.every((version) => nameSameRelease(version, image.osVersion))) {
      return { is: "Done", evidence: { message: `both nodes run ${image.osVersion}` } };
    }
    const { intent } = status;
    if (intent?.step !== "InServiceUpgrade") {
      return { is: "Done", evidence: { message: "no upgrade was asked for" } };
    }
    const secondary = peerOf(primary);
    const elapsedSeconds = (clock.now() - parseInstant(intent.writtenAt)) / 1000;
    const gone = whetherGone(view, { intent, node: secondary, elapsedSeconds, target: image.osVersion });
    if (gone?.is === "Done") {
      return { is: "TooLate", reason: "TooLateToAbort", message: gone.evidence.message };
    }
    if (gone !== undefined) return gone;
    const own = status.steps?.find(({ name }) => name === "EndInServiceUpgrade");
    if (own?.state !== "Running" || own.attempts < ABORTS) return { is: "Needed" };
    const since = own.startedAt === undefined ? 0 : (clock.now() - parseInstant(own.startedAt)) / 1000;
    const isQuiet = ["node0", "node1"].every((node) => isMember(view, node));
    return since >= ABORT_SECONDS && isQuiet
      ? { is: "Done", evidence: { message: "the upgrade was given up before a node rebooted" } }
      : { is: "Running", message: "given up; waits until nothing of it goes on" };
  },
  async start({ device, status, connect, fence, stopBackground }) {
    const attempts = status.steps?.find(({ name }) => name === "EndInServiceUpgrade")?.attempts ?? 1;
    const { main } = await connect(device.name);
    fence();
    // A request that the device has not taken up yet goes with its session: nobody would watch what it begins later.
    await stopBackground();
    fence();
    await abortInServiceUpgrade(main).catch((error: unknown) => {
      // Nothing is left to be aborted.
      if (attempts < ABORTS || !isJunosError(error)) throw error;
    });
  },
};

/** The node that ran the cluster when it was found: the upgrade begins there, and ends with it. */
export function primaryAsFound({ status }: RunContext): string | undefined {
  return status.found?.controlPlanes?.find(({ role }) => role === "Master")?.name;
}

/** Right before the request: either node could take over, and all groups are where the request is made. */
async function begin(context: RunContext, view: ClusterView): Promise<Observation> {
  const { main } = await context.connect(context.device.name);
  const problem = await clusterProblem(view, main, { upgrading: true });
  if (problem !== undefined) return problem;
  const primary = view.primary === undefined ? undefined : view.nodes.get(view.primary);
  if (primary === undefined || view.primary !== primaryAsFound(context)) {
    return {
      is: "Blocked",
      reason: "ClusterUnhealthy",
      message: `${String(view.primary)} runs the cluster now, and not the node that was found to`,
    };
  }
  const { version, bootedAt, uptimeSeconds } = primary;
  return { is: "Needed", before: { version, bootedAt, uptimeSeconds, nodes: momentsOf(view) } };
}

interface Departure {
  readonly intent: Intent;
  readonly node: string;
  readonly elapsedSeconds: number;
  readonly target: string;
}

/** Whether the node has left for its reboot, or is back from it; undefined while it has not. */
function whetherGone(
  view: ClusterView,
  { intent, node, elapsedSeconds, target }: Departure,
): Observation | undefined {
  const before: NodeMoment | undefined = intent.before.nodes?.find(({ name }) => name === node);
  if (before === undefined) return unknown(`the intent says nothing of ${node}`);
  const done = (message: string): Observation => ({ is: "Done", evidence: { message } });
  switch (hasRebooted(view, before, elapsedSeconds)) {
    case "Away":
      // Silent for a moment is not gone: the other node has to miss it.
      return isLost(view, node) ? done(`${node} is going through its reboot`) : undefined;
    case "Rebooted":
      return done(`${node} has rebooted`);
    case "Contradiction":
      return unknown(`boot time and uptime of ${node} contradict each other`);
    case "NotRebooted": {
      if (isLost(view, node)) return done(`${node} has left the cluster for its reboot`);
      const { version = "" } = view.nodes.get(node) ?? {};
      return nameSameRelease(version, target) ? done(`${node} runs ${version}`) : undefined;
    }
  }
}

function inWords(progress: readonly UpgradeProgress[]): string {
  return progress
    .flatMap(({ engineName, stages }) =>
      stages.map(
        ({ name, completed, total }) =>
          `${engineName === null ? "" : `${engineName} `}${name} ${String(completed)}/${String(total)}`,
      ),
    )
    .join(", ");
}

function unknown(message: string): Observation {
  return { is: "Unknown", reason: "StateUnknown", message };
}
