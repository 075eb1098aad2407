/**
 * Reads the devices of a fabric and says what is known of it: who answers, and whether its redundancy was read
 * from the devices or only declared. Changes nothing on a device.
 */
import { setCondition } from "../api/conditions.ts";
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { explain, withHint, type Explained } from "../api/reasons.ts";
import { formatInstant } from "../api/time.ts";
import type { ConditionStatus } from "../api/campaignPhase.ts";
import { Unreachable } from "../drivers/driver.ts";
import { buildTopology } from "../planner/topology/topology.ts";
import { updateStatus } from "../store/retryOnConflict.ts";
import type { ObjectKey } from "../store/store.ts";
import PQueue from "p-queue";
import type { ControllerContext } from "./controllerContext.ts";
import { ledgerOf } from "./ledger.ts";
import { discoverDevice } from "./proof.ts";
import { saveDiscoveries, topologyKey, type Discoveries } from "./topologyStore.ts";

type Problem = NonNullable<NonNullable<Fabric["status"]>["problems"]>[number];

/** Handshakes are costly for both sides; the lease must be renewed meanwhile. */
const DEVICES_AT_ONCE = 20;
const NAMED_PROBLEMS = 20;
const MESSAGE_LENGTH = 1024;

/** Model time between two readings of a fabric that is fine, and of one that is not. */
const REFRESH_SECONDS = 1800;
const RETRY_SECONDS = 300;

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
  context: ControllerContext,
  key: ObjectKey,
): Promise<number | undefined> {
  const { store, clock, door, leadership, log } = context;
  const fabric = await store.get("Fabric", key);
  if (fabric === undefined) return undefined;
  leadership.campaignFor(key);
  if (leadership.epochOf(key) === undefined) return undefined;

  // A drained device looks as if it carried nothing, and its peers do not see it. What was read while all were in
  // service is what the others must carry now, so that reading stands until the ledger is empty.
  if (ledgerOf(fabric).length > 0 && fabric.status?.discoveredAt !== undefined) return RETRY_SECONDS;

  const due = fabric.status?.discoveredAt;
  const isCurrent = fabric.status?.observedGeneration === fabric.metadata.generation && due !== undefined;
  const ageSeconds = isCurrent ? (clock.now() - Date.parse(due)) / 1000 : Infinity;
  const healthy = (fabric.status?.problems ?? []).length === 0;
  const period = healthy ? REFRESH_SECONDS : RETRY_SECONDS;
  if (ageSeconds < period) return period - ageSeconds;

  const reading = await readFabric(context, fabric);
  await door.run(`Fabric/${key.name}`, "WriteTopology", () =>
    saveDiscoveries(store, fabric, reading.discoveries),
  );
  const contradictions = buildTopology(fabric.spec, reading.discoveries).problems;
  const problems = [...reading.problems, ...contradictions];
  const reachable = Object.keys(reading.discoveries).length;
  await door.run(`Fabric/${key.name}`, "WriteStatus", () =>
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
  for (const { device, reason, message } of problems) {
    log.warn({ object: device, action: "Discover", code: reason, message });
  }
  return problems.length === 0 ? REFRESH_SECONDS : RETRY_SECONDS;
}

function conditionsOf(
  fabric: Fabric,
  { problems, allReachable, now }: { problems: readonly Problem[]; allReachable: boolean; now: number },
): NonNullable<NonNullable<Fabric["status"]>["conditions"]> {
  const observedGeneration = fabric.metadata.generation;
  const hold = fabric.metadata.annotations?.[ANNOTATIONS.hold];
  const first = problems[0];
  const trouble = first === undefined ? undefined : `${first.device}: ${first.message}`;
  const reachable = allReachable ? explain("Reachable") : explain("Unreachable", trouble);
  const proven = problems.length === 0 ? explain("Proven") : explain("TopologyUnproven", trouble);
  const rows: readonly (readonly [string, ConditionStatus, Explained])[] = [
    ["Reachable", allReachable ? "True" : "False", reachable],
    ["TopologyProven", problems.length === 0 ? "True" : "False", proven],
    [
      "Held",
      hold === undefined ? "False" : "True",
      hold === undefined ? explain("Succeeded", "not held") : explain("Held", hold),
    ],
    ["Ready", problems.length === 0 ? "True" : "False", proven],
    ["Stalled", problems.length === 0 ? "False" : "True", proven],
    ["Reconciling", "False", proven],
  ];
  let conditions = fabric.status?.conditions ?? [];
  for (const [type, status, because] of rows) {
    conditions = setCondition(
      conditions,
      { type, status, reason: because.reason, message: withHint(because), observedGeneration },
      now,
    );
  }
  return conditions;
}
