/**
 * What the running upgrade does with the nodes, step by step, as a second session sees it: the secondary node comes back
 * upgraded and resynchronised, its line cards are ready, the cluster switches over to it, and the node that was primary
 * follows. Nothing is sent here: from the secondary's reboot on, the device alone acts.
 */
import type { StepName } from "../../api/steps.ts";
import { parseInstant } from "../../api/time.ts";
import type { Observation, Step } from "../../engine/step.ts";
import { readFpcs } from "../../junos/fpc.ts";
import { readUpgradeProgress } from "../../junos/inServiceUpgrade.ts";
import type { RpcCaller } from "../../junos/rpcCaller.ts";
import { nameSameRelease } from "../../release/version.ts";
import type { RunContext } from "../driver.ts";
import { isMember, peerOf, primaryOf, readCluster, type ClusterView } from "./cluster.ts";
import { primaryAsFound } from "./inServiceUpgrade.ts";

/** By how much a boot time may move when the clock is set, in milliseconds. */
const CLOCK_TOLERANCE = 60_000;

/** What a step of watching gets to see. */
interface Scene {
  readonly view: ClusterView;
  readonly main: RpcCaller;
  readonly target: string;
  /** The node that was primary when the cluster was found, and the other one. */
  readonly first: string;
  readonly second: string;
  readonly context: RunContext;
}

function watching(
  name: StepName,
  times: { readonly expectedSeconds: number; readonly deadlineSeconds: number },
  look: (scene: Scene) => Observation | Promise<Observation>,
): Step<RunContext> {
  return {
    name,
    once: false,
    landing: "Forward",
    ...times,
    onDeadline: "Hang",
    outOfService: true,
    needsFreshProof: false,
    silences: true,
    pollSeconds: 15,
    async observe(context) {
      const { device, image, clock, connect } = context;
      const { main } = await connect(device.name);
      const view = await readCluster(main, clock.now());
      const first = primaryAsFound(context);
      if (view === null || first === undefined) {
        return { is: "Unknown", reason: "StateUnknown", message: "the cluster's state was not recorded" };
      }
      return look({ view, main, target: image.osVersion, first, second: peerOf(first), context });
    },
  };
}

export const secondaryUpgrade = watching(
  "SecondaryUpgrade",
  { expectedSeconds: 720, deadlineSeconds: 3600 },
  (scene) => {
    const { view, second, target } = scene;
    const returned = whetherUpgraded(scene, second);
    if (returned !== undefined) return returned;
    return isMember(view, second)
      ? done(`${second} runs ${target} and is synchronised`)
      : running(`${second} runs ${target} and is being synchronised: ${statesOf(view, second)}`);
  },
);

export const lineCardsReady = watching(
  "LineCardsReady",
  { expectedSeconds: 60, deadlineSeconds: 1800 },
  async (scene) => {
    const { view, main, second } = scene;
    if (view.primary === second) return done(`${second} has taken over`);
    const givenUp = whetherGivenUp(scene);
    if (givenUp !== undefined) return givenUp;
    const cards = (await readFpcs(main)).filter(({ engineName }) => engineName === second);
    const away = cards.filter(({ state }) => state !== "Online");
    if (cards.length === 0) return running(`${second} lists no line cards yet`);
    if (away.length > 0) {
      return running(
        `${second}: ${away.map(({ slot, state }) => `FPC ${String(slot)} ${state}`).join(", ")}`,
      );
    }
    const stages = (await readUpgradeProgress(main))?.flatMap((each) => each.stages) ?? [];
    const open = stages.filter(({ completed, total }) => completed < total);
    return open.length > 0
      ? running(
          open
            .map(({ name, completed, total }) => `${name} ${String(completed)}/${String(total)}`)
            .join(", "),
        )
      : done(`the line cards of ${second} are ready for a switchover`);
  },
);

export const nodeSwitchover = watching(
  "NodeSwitchover",
  { expectedSeconds: 15, deadlineSeconds: 1800 },
  (scene) => {
    const { view, second } = scene;
    const waiting = view.groups.filter((group) => primaryOf(group) !== second);
    if (view.groups.length > 0 && waiting.length === 0) return done(`${second} is primary for all groups`);
    return (
      whetherGivenUp(scene) ??
      running(`${second} has not taken over group ${waiting.map(({ id }) => String(id)).join(", ")} yet`)
    );
  },
);

export const primaryUpgrade = watching(
  "PrimaryUpgrade",
  { expectedSeconds: 1080, deadlineSeconds: 3600 },
  (scene) => {
    const { view, first, second, target } = scene;
    for (const node of [second, first]) {
      const returned = whetherUpgraded(scene, node);
      if (returned !== undefined) return whetherGivenUp(scene) ?? returned;
    }
    return isMember(view, first) && isMember(view, second)
      ? done(`both nodes run ${target} and are synchronised`)
      : running(`${first} runs ${target} and is being synchronised: ${statesOf(view, first)}`);
  },
);

/** What the device said when it gave the upgrade up; undefined while it goes on, or nobody here knows. */
function whetherGivenUp({ context }: Scene): Observation | undefined {
  const failure = context.lastFailure();
  return failure === undefined || context.isBusy()
    ? undefined
    : { is: "Failed", reason: "InServiceUpgradeFailed", message: failure };
}

/** Undefined once the node runs the target. A node that came back with something else will not change by waiting. */
function whetherUpgraded({ view, target, context }: Scene, node: string): Observation | undefined {
  const now = view.nodes.get(node);
  if (now === undefined) return running(`${node} is away for its reboot`);
  if (now.version === "") return running(`${node} does not tell its release yet`);
  if (nameSameRelease(now.version, target)) return undefined;
  const before = context.status.found?.controlPlanes?.find(({ name }) => name === node);
  const hasBooted =
    before !== undefined && parseInstant(now.bootedAt) - parseInstant(before.bootedAt) > CLOCK_TOLERANCE;
  return !hasBooted || !isMember(view, node)
    ? running(`${node} runs ${now.version}; its own upgrade has not come yet`)
    : {
        is: "Failed",
        reason: "VersionUnexpected",
        message: `${node} booted with ${now.version} instead of ${target}`,
      };
}

function statesOf({ groups }: ClusterView, node: string): string {
  return groups
    .map(({ id, nodes }) => {
      const own = nodes.find(({ name }) => name === node);
      const failures = own?.monitorFailures ?? [];
      return `group ${String(id)} ${own?.status ?? "unknown"}${failures.length === 0 ? "" : ` (${failures.join(" ")})`}`;
    })
    .join(", ");
}

function done(message: string): Observation {
  return { is: "Done", evidence: { message } };
}

function running(message: string): Observation {
  return { is: "Running", message };
}
