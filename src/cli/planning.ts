/** Plans and proofs for the commands: from files alone, or with what the devices say. Writes nothing anywhere. */
import type { Fabric } from "../api/fabric.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { devicePool, dialSsh, type DevicePool } from "../controllers/device/devicePool.ts";
import { readFabric } from "../controllers/fabric/fabricController.ts";
import { planLive, planWith } from "../controllers/campaign/planning.ts";
import { DRIVERS } from "../drivers/registry.ts";
import type { Blocker } from "../engine/campaignWorld.ts";
import { imageNames } from "../planner/imagePath.ts";
import { selects } from "../planner/selector.ts";
import { buildTopology, type Topology } from "../planner/topology/topology.ts";
import { verifyPlan, type Violation } from "../planner/verify/verify.ts";
import { realClock } from "../simulator/modelClock.ts";
import type { Store } from "../store/store.ts";
import { CliError } from "./cliError.ts";
import type { CampaignInput } from "./manifests/campaignInput.ts";
import { readingProgress } from "./readingProgress.ts";
import type { Terminal } from "./terminal.ts";

export interface MadePlan {
  readonly plan: Plan;
  /** What keeps the plan from being approved. */
  readonly blockers: readonly Blocker[];
  /** What people should know besides. */
  readonly problems: readonly { readonly device: string; readonly message: string }[];
  /** What it was made on. */
  readonly topology: Topology;
}

/** Where the devices of a command are found: their logins are in the store. */
export interface LiveInput {
  readonly store: Store;
  readonly terminal: Terminal;
}

/** The plan as the objects alone give it. Throws `PlanRefused`. */
export function planFromFiles(input: CampaignInput): MadePlan {
  return planWith(input, { discovery: null, drivers: DRIVERS, now: Date.now() });
}

/** The plan with what the devices say. Throws `PlanRefused`, and `CliError` when no device answers. */
export async function planFromDevices(input: CampaignInput, live: LiveInput): Promise<MadePlan> {
  return withDevices(live, async (context) => {
    const { plan, blockers, result } = await planLive(context, input, progressOf(input.fabric, live));
    refuseSilence(result.topology, blockers);
    return { plan, blockers, problems: result.problems, topology: result.topology };
  });
}

export interface ProofGround {
  readonly campaign: UpgradeCampaign;
  readonly fabric: Fabric;
  readonly topology: Topology;
  /** Devices that carry nothing, whatever the plan does. */
  readonly outOfService: readonly string[];
}

/** Proves a plan again. Empty when everything it claims is true. */
export function provePlan(
  plan: Plan,
  { campaign, fabric, topology, outOfService }: ProofGround,
): readonly Violation[] {
  const { maxBatchSize, acceptNonHitless = [] } = campaign.spec.strategy;
  const accepted = acceptNonHitless.map(({ device }) => device);
  const assignments = campaign.spec.imageAssignments.map(({ selector, ...assignment }) => ({
    ...assignment,
    images: imageNames(assignment),
    devices: fabric.spec.devices.filter((device) => selects(selector, device)).map(({ name }) => name),
  }));
  return verifyPlan(plan, topology, { maxBatchSize, accepted, outOfService, assignments });
}

/** The fabric as its devices describe it now. Throws `CliError` when no device answers. */
export async function readTopology(fabric: Fabric, live: LiveInput): Promise<Topology> {
  return withDevices(live, async (context) => {
    const { discoveries, problems } = await readFabric(context, fabric, progressOf(fabric, live));
    const topology = buildTopology(fabric.spec, discoveries);
    refuseSilence(topology, problems);
    return topology;
  });
}

function progressOf({ spec }: Fabric, { terminal }: LiveInput): () => void {
  return readingProgress(terminal, spec.devices.length);
}

type DeviceContext = Parameters<typeof planLive>[0];

async function withDevices<T>(
  { store, terminal }: LiveInput,
  work: (context: DeviceContext) => Promise<T>,
): Promise<T> {
  const { signal } = terminal;
  const pool: DevicePool = devicePool({ store, dial: dialSsh, signal, registerSecret: () => undefined });
  try {
    const result = await work({ pool, drivers: DRIVERS, clock: realClock() });
    signal.throwIfAborted();
    return result;
  } finally {
    pool.close();
  }
}

/** When nobody answers the cause is most often on our side: one error says more than a plan full of blockers. */
function refuseSilence({ devices }: Topology, causes: readonly { readonly message: string }[]): void {
  if (devices.some(({ knowledge }) => knowledge === "Read")) return;
  const [first] = causes;
  if (first !== undefined)
    throw new CliError("Unreachable", `no device could be read; the first: ${first.message}`);
}
