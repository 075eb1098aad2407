/**
 * The independent proof of a plan: takes each batch out of the graph and asks who can still reach whom. It
 * shares nothing with the code that made the plan, and for each objection it names a witness.
 */
import { TIERS } from "../../api/plan.ts";
import type { ExposedDevice, Plan, PlannedBatch } from "../../api/plan.ts";
import { asIfAllUp, withBaseline } from "./baseline.ts";
import { graphOf, stateOf } from "./reachability.ts";
import type { FabricState } from "./reachability.ts";
import { cutOffs, verifyRemoval } from "./removal.ts";
import type { CutOff } from "./change.ts";
import type { Topology, TopologyGroup } from "../topology/topology.ts";

export { verifyRemoval } from "./removal.ts";
export type { CutOff, CutOffKind } from "./change.ts";
export type { RemovalOptions } from "./removal.ts";

export interface ServiceQuestion {
  readonly removing: Iterable<string>;
  /** Out of service already, for any cause; those being removed need not be left out of it. */
  readonly alreadyOut: Iterable<string>;
  /**
   * The fabric as read when the devices to remove were last in service. A drained device looks as if it carried
   * nothing; what it carried before is what must be carried by others now. Without it, `topology` itself.
   */
  readonly baseline?: Topology;
  /** Devices whose loss is accepted by name: what hangs on such a device alone is not reported. */
  readonly accepted?: Iterable<string>;
  /** What the approved plan says is cut off by devices; for those of `removing` it is not reported. */
  readonly exposed?: readonly ExposedDevice[];
}

/** Who loses service when devices go out now. Empty is the proof that nobody does. */
export function whoLosesService(topology: Topology, question: ServiceQuestion): CutOff[] {
  const removing = new Set(question.removing);
  const out = new Set([...question.alreadyOut].filter((device) => !removing.has(device)));
  const baseline = question.baseline ?? topology;
  const graph = withBaseline(topology, { baseline, removing });
  const cut = verifyRemoval(graph, removing, { alreadyOut: out });
  if (cut.length === 0) return cut;
  const allowed = new Set<string>();
  for (const device of question.accepted ?? []) {
    if (!removing.has(device)) continue;
    for (const { endpoint } of verifyRemoval(asIfAllUp(baseline), new Set([device]))) allowed.add(endpoint);
  }
  for (const { device, endpoints } of question.exposed ?? []) {
    if (removing.has(device)) for (const endpoint of endpoints) allowed.add(endpoint);
  }
  return cut.filter(({ endpoint }) => !allowed.has(endpoint));
}

/** What a plan promises and does not keep. */
export type Claim =
  "Connected" | "BatchSize" | "TierOrder" | "OnceEach" | "CanaryAlone" | "Exposed" | "Hitless";

export interface Violation {
  readonly claim: Claim;
  /** Null where no single batch is meant. */
  readonly batch: number | null;
  readonly devices: readonly string[];
  readonly witness: string;
}

export interface VerifyOptions {
  readonly maxBatchSize: number;
  /** Declared groups as the Fabric writes them; without them those of the topology. */
  readonly groups?: readonly {
    readonly name: string;
    readonly members: readonly string[];
    readonly minAvailable: number | string;
  }[];
  /** Devices in `acceptNonHitless`. */
  readonly accepted?: readonly string[];
  readonly outOfService?: readonly string[];
}

/** Proves a plan again. Empty when everything it claims is true. */
export function verifyPlan(plan: Plan, topology: Topology, options: VerifyOptions): Violation[] {
  const { groups, accepted = [], outOfService = [] } = options;
  const fabric = groups === undefined ? topology : { ...topology, groups: groups.map(resolve) };
  const before = stateOf(graphOf(fabric), new Set(outOfService));
  return [
    ...checkShape(plan, fabric, options.maxBatchSize),
    ...plan.batches.flatMap((batch) => checkConnected(batch, before, new Set(accepted))),
    ...checkExposed(plan, before),
  ];
}

function checkConnected(
  { index, devices }: PlannedBatch,
  before: FabricState,
  accepted: ReadonlySet<string>,
): Violation[] {
  return cutOffs(before, new Set(devices), accepted).map(({ removed, message }) => ({
    claim: "Connected",
    batch: index,
    devices: removed,
    witness: message,
  }));
}

function checkShape(
  { batches, devices, skipped }: Plan,
  topology: Topology,
  maxBatchSize: number,
): Violation[] {
  const violations: Violation[] = [];
  const roles = new Map(topology.devices.map(({ name, role }) => [name, role]));
  const seen = new Map<string, number>();
  let tier = 0;
  for (const [position, batch] of batches.entries()) {
    const { index } = batch;
    function object(claim: Claim, names: readonly string[], witness: string): void {
      violations.push({ claim, batch: index, devices: names, witness });
    }
    if (index !== position + 1)
      object("OnceEach", [], `batch ${String(index)} stands at place ${String(position + 1)}`);
    if (batch.devices.length === 0) object("BatchSize", [], "the batch is empty");
    if (batch.devices.length > maxBatchSize) {
      const witness = `${String(batch.devices.length)} devices, at most ${String(maxBatchSize)} are allowed`;
      object("BatchSize", batch.devices, witness);
    }
    if (batch.canary && batch.devices.length > 1) object("CanaryAlone", batch.devices, "a canary goes alone");
    if (TIERS.indexOf(batch.tier) < tier) {
      object("TierOrder", batch.devices, `${batch.tier} comes after ${TIERS[tier] ?? "a later tier"}`);
    }
    tier = Math.max(tier, TIERS.indexOf(batch.tier));
    for (const device of batch.devices) {
      const role = roles.get(device);
      if (role !== batch.tier) {
        object(
          "TierOrder",
          [device],
          `${device} is ${role ?? "no device of the fabric"}, its batch is of ${batch.tier}`,
        );
      }
      const other = seen.get(device);
      if (other !== undefined) object("OnceEach", [device], `${device} is in batch ${String(other)}, too`);
      seen.set(device, index);
      const listed = Object.hasOwn(devices, device) ? devices[device]?.batch : undefined;
      if (listed !== index)
        object("OnceEach", [device], `${device} is listed with batch ${String(listed ?? "none")}`);
    }
  }
  for (const device of Object.keys(devices)) {
    if (!seen.has(device)) {
      violations.push({
        claim: "OnceEach",
        batch: null,
        devices: [device],
        witness: `${device} is in no batch`,
      });
    }
  }
  for (const { device } of skipped) {
    const batch = seen.get(device);
    if (batch === undefined) continue;
    violations.push({
      claim: "OnceEach",
      batch,
      devices: [device],
      witness: `${device} is skipped and planned`,
    });
  }
  return violations;
}

function checkExposed(plan: Plan, before: FabricState): Violation[] {
  const violations: Violation[] = [];
  const claimed = new Set(plan.exposed.map(({ device }) => device));
  for (const { index, devices } of plan.batches) {
    for (const device of devices) {
      const first = cutOffs(before, new Set([device]), new Set())[0];
      if (first !== undefined && !claimed.has(device)) {
        violations.push({ claim: "Exposed", batch: index, devices: [device], witness: first.message });
      } else if (first === undefined && claimed.has(device)) {
        const witness = `${device} is called exposed, but without it nobody is cut off`;
        violations.push({ claim: "Exposed", batch: index, devices: [device], witness });
      }
      if (first !== undefined && plan.hitless) {
        violations.push({ claim: "Hitless", batch: index, devices: [device], witness: first.message });
      }
    }
  }
  return violations;
}

function resolve(group: NonNullable<VerifyOptions["groups"]>[number]): TopologyGroup {
  const members = [...new Set(group.members)];
  const text = String(group.minAvailable);
  const minimum = text.endsWith("%") ? (members.length * Number(text.slice(0, -1))) / 100 : Number(text);
  return { name: group.name, members, minAvailable: Math.ceil(minimum) };
}
