/**
 * Reads the devices of a fabric and says what is known of it: who answers, and whether its redundancy was read
 * from the devices or only declared. Changes nothing on a device.
 */
import { findCondition, setCondition, type ConditionUpdate } from "../../api/conditions.ts";
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { ANNOTATIONS, LANDING_FINALIZER } from "../../api/names.ts";
import { explain, withHint, type Explained } from "../../api/reasons.ts";
import { formatInstant } from "../../api/time.ts";
import type { ConditionStatus } from "../../api/campaignPhase.ts";
import { Unreachable } from "../../drivers/driver.ts";
import { goesOn, isUnderWay } from "../../engine/campaignProgress.ts";
import { buildTopology } from "../../planner/topology/topology.ts";
import { updateStatus } from "../../store/retryOnConflict.ts";
import { keyOf, type ObjectKey, type Store } from "../../store/store.ts";
import PQueue from "p-queue";
import type { ControllerContext } from "../controllerContext.ts";
import { leadPass } from "../leadership/fence.ts";
import { hasFinalizer, holdObject, isBeingDeleted } from "../finalizers.ts";
import { ledgerOf, releaseFabric } from "./ledger.ts";
import { discoverDevice } from "./proof.ts";
import { saveTopology, topologyKey, type Discoveries } from "./topologyStore.ts";

type Problem = NonNullable<NonNullable<Fabric["status"]>["problems"]>[number];

/** Handshakes are costly for both sides; the lease must be renewed meanwhile. */
const DEVICES_AT_ONCE = 20;
const NAMED_PROBLEMS = 20;
const MESSAGE_LENGTH = 1024;

/** Model time between two readings of a fabric that is fine, and of one that is not. */
const REFRESH_SECONDS = 1800;
const RETRY_SECONDS = 300;

/** Model time between two looks whether a Fabric that is deleted may go. */
const DELETION_SECONDS = 30;

export interface FabricReading {
  readonly discoveries: Discoveries;
  readonly problems: readonly Problem[];
}

/** Reads all devices of a fabric. Devices that do not answer become problems. */
export async function readFabric(
  context: Pick<ControllerContext, "pool" | "drivers" | "clock">,
  fabric: Fabric,
  onDevice?: (device: string) => void,
): Promise<FabricReading> {
  const queue = new PQueue({ concurrency: DEVICES_AT_ONCE });
  const discoveries: Record<string, DeviceDiscovery> = {};
  const problems: Problem[] = [];
  await Promise.all(
    fabric.spec.devices.map(({ name }) =>
      queue.add(async () => {
        const answer = await discoverDevice(context, fabric, name);
        if (answer instanceof Unreachable) {
          problems.push({
            device: name,
            reason: answer.explained.reason,
            message: withHint(answer.explained),
          });
        } else discoveries[name] = answer;
        onDevice?.(name);
      }),
    ),
  );
  problems.sort((one, other) => (one.device < other.device ? -1 : 1));
  return { discoveries, problems };
}

export async function reconcileFabric(
  controller: ControllerContext,
  key: ObjectKey,
): Promise<number | undefined> {
  // Those that stand by ask the API for nothing.
  if (controller.store.cached("Fabric").get(key) === undefined) return undefined;
  controller.leadership.campaignFor(key);
  const led = leadPass(controller, key);
  if (led === undefined) return undefined;
  const fabric = await controller.store.get("Fabric", key);
  if (fabric === undefined) return undefined;
  const { context } = led;
  const { store, clock, door, log } = context;

  // Begun anew with what was written, by its event; the time is for the case that none comes.
  if (await keepHeld(context, fabric)) return DELETION_SECONDS;
  // Its devices are not read any more; what is under way on them lands.
  if (isBeingDeleted(fabric)) return DELETION_SECONDS;
  await showHold(context, fabric);

  // A drained device looks as if it carried nothing, and its peers do not see it. What was read while all were in
  // service is what the others must carry now, so that reading stands until the ledger is empty.
  if (ledgerOf(fabric).length > 0 && fabric.status?.discoveredAt !== undefined) return RETRY_SECONDS;

  const due = fabric.status?.discoveredAt;
  const isCurrent = fabric.status?.observedGeneration === fabric.metadata.generation && due !== undefined;
  const ageSeconds = isCurrent ? (clock.now() - Date.parse(due)) / 1000 : Infinity;
  const healthy = (fabric.status?.problems ?? []).length === 0;
  const period = healthy ? REFRESH_SECONDS : RETRY_SECONDS;
  if (ageSeconds < period) return period - ageSeconds;
  if (!isCurrent) await showReading(context, fabric);

  const reading = await readFabric(context, fabric);
  // A device that was drained while the others were read spoils the reading.
  const after = await store.get("Fabric", key);
  if (after === undefined || ledgerOf(after).length > 0) return RETRY_SECONDS;
  await door.run(`Fabric/${key.name}`, "WriteTopology", () =>
    saveTopology(store, fabric, reading.discoveries),
  );
  const contradictions = buildTopology(fabric.spec, reading.discoveries).problems.map((problem) => ({
    ...problem,
    message: withHint(problem),
  }));
  const problems = [...reading.problems, ...contradictions];
  const reachable = Object.keys(reading.discoveries).length;
  const saved = await door.run(`Fabric/${key.name}`, "WriteStatus", () =>
    updateStatus({ store, kind: "Fabric", key }, (copy) => {
      copy.status = {
        ...copy.status,
        topologyRef: { name: topologyKey(fabric).name },
        discoveredAt: formatInstant(clock.now()),
        counts: {
          devices: fabric.spec.devices.length,
          reachable,
          outOfService: copy.status?.outOfService?.length ?? 0,
        },
        problems: problems.slice(0, NAMED_PROBLEMS).map((problem) => ({
          ...problem,
          message: problem.message.slice(0, MESSAGE_LENGTH),
        })),
        observedGeneration: fabric.metadata.generation,
        conditions: conditionsOf(copy, {
          problems,
          allReachable: reachable === fabric.spec.devices.length,
          now: clock.now(),
        }),
      };
    }),
  );
  context.news.fabric(fabric, saved);
  for (const { device, reason, message } of problems) {
    log.warn({ object: device, action: "Discover", code: reason, message });
  }
  return problems.length === 0 ? REFRESH_SECONDS : RETRY_SECONDS;
}

/**
 * A Fabric stays while a device of it is out of service, or is about to be: the ledger is in its status. Returns
 * whether something was written.
 */
async function keepHeld(context: ControllerContext, fabric: Fabric): Promise<boolean> {
  const { store, door } = context;
  const key = keyOf(fabric);
  const isHeld = hasFinalizer(fabric, LANDING_FINALIZER);
  const isOut = ledgerOf(fabric).length > 0;
  if (isOut && !isHeld && !isBeingDeleted(fabric)) {
    await door.run(`Fabric/${key.name}`, "HoldFabric", () =>
      holdObject({ store, kind: "Fabric", key }, LANDING_FINALIZER),
    );
    return true;
  }
  if (!isHeld || isOut || isUsed(store, fabric)) return false;
  await releaseFabric(context, fabric);
  return true;
}

/**
 * Whether a device of a Fabric is under way, or will be in a moment: while a campaign goes from batch to batch, the
 * Fabric stays held, unless somebody wants it gone.
 */
function isUsed(store: Store, fabric: Fabric): boolean {
  const { namespace, name } = fabric.metadata;
  const isHere = ({ spec }: { readonly spec: { readonly fabricRef: { readonly name: string } } }): boolean =>
    spec.fabricRef.name === name;
  const upgrades = store.cached("DeviceUpgrade").list(namespace);
  if (upgrades.some((upgrade) => isHere(upgrade) && isUnderWay(upgrade))) return true;
  const campaigns = store.cached("UpgradeCampaign").list(namespace);
  return !isBeingDeleted(fabric) && campaigns.some((campaign) => isHere(campaign) && goesOn(campaign));
}

/** Whether a Fabric is held is for people to see at once, whenever its devices are read next. */
async function showHold({ store, clock, door, news }: ControllerContext, fabric: Fabric): Promise<void> {
  const { namespace, name } = fabric.metadata;
  if (findCondition(fabric.status?.conditions, "Held")?.message === heldCondition(fabric).message) return;
  const saved = await door.run(`Fabric/${name}`, "WriteStatus", () =>
    updateStatus({ store, kind: "Fabric", key: { namespace, name } }, (copy) => {
      const conditions = setCondition(copy.status?.conditions ?? [], heldCondition(copy), clock.now());
      copy.status = { ...copy.status, conditions };
    }),
  );
  news.fabric(fabric, saved);
}

/** Reading many devices takes a while; nobody shall take what was said before for what is true now. */
async function showReading({ store, clock, door }: ControllerContext, fabric: Fabric): Promise<void> {
  const { namespace, name, generation } = fabric.metadata;
  await door.run(`Fabric/${name}`, "WriteStatus", () =>
    updateStatus({ store, kind: "Fabric", key: { namespace, name } }, (copy) => {
      const { reason, message } = explain("Discovering");
      const reading: ConditionUpdate = {
        type: "Reconciling",
        status: "True",
        reason,
        message,
        observedGeneration: generation,
      };
      copy.status = {
        ...copy.status,
        conditions: setCondition(copy.status?.conditions, reading, clock.now()),
      };
    }),
  );
}

function heldCondition({ metadata }: Fabric): ConditionUpdate {
  const hold = metadata.annotations?.[ANNOTATIONS.hold];
  const observedGeneration = metadata.generation;
  const because = hold === undefined ? explain("Succeeded", "not held") : explain("Held", `held: ${hold}`);
  return { ...because, type: "Held", status: hold === undefined ? "False" : "True", observedGeneration };
}

function conditionsOf(
  fabric: Fabric,
  { problems, allReachable, now }: { problems: readonly Problem[]; allReachable: boolean; now: number },
): NonNullable<NonNullable<Fabric["status"]>["conditions"]> {
  const observedGeneration = fabric.metadata.generation;
  const first = problems[0];
  const trouble =
    first === undefined || first.message.startsWith(first.device)
      ? first?.message
      : `${first.device}: ${first.message}`;
  const reachable = allReachable ? explain("Reachable") : explain("Unreachable", trouble);
  const proven = problems.length === 0 ? explain("Proven") : explain("TopologyUnproven", trouble);
  const rows: readonly (readonly [string, ConditionStatus, Explained])[] = [
    ["Reachable", allReachable ? "True" : "False", reachable],
    ["TopologyProven", problems.length === 0 ? "True" : "False", proven],
    ["Ready", problems.length === 0 ? "True" : "False", proven],
    ["Stalled", problems.length === 0 ? "False" : "True", proven],
    ["Reconciling", "False", proven],
  ];
  let conditions = setCondition(fabric.status?.conditions ?? [], heldCondition(fabric), now);
  for (const [type, status, because] of rows) {
    conditions = setCondition(
      conditions,
      // The hint is in the problem's words already.
      { type, status, reason: because.reason, message: because.message, observedGeneration },
      now,
    );
  }
  return conditions;
}
