/**
 * The independent proof of a plan: takes each batch out of the graph and asks who can still reach whom. It
 * shares nothing with the code that made the plan, and for each objection it names a witness.
 */
import type { ExposedDevice, Plan, PlannedBatch } from "../../api/plan.ts";
import type { Topology, TopologyGroup } from "../topology/topology.ts";
import { checkAssignments } from "./assignments.ts";
import type { ResolvedAssignment } from "./assignments.ts";
import { asIfAllUp, withBaseline } from "./baseline.ts";
import type { CutOff } from "./change.ts";
import type { Violation } from "./claims.ts";
import { countingOn, countingOnAll, eachOnce } from "./drained.ts";
import { graphOf, stateOf } from "./graph.ts";
import type { State } from "./graph.ts";
import { checkHops } from "./hops.ts";
import { checkImpact } from "./impact.ts";
import { checkQuorum } from "./quorum.ts";
import { removals, verifyRemoval } from "./removal.ts";
import type { Removals } from "./removal.ts";
import { checkWindows } from "./windows.ts";
import { checkShape } from "./shape.ts";

export { verifyRemoval } from "./removal.ts";
export type { ResolvedAssignment } from "./assignments.ts";
export type { CutOff, CutOffKind } from "./change.ts";
export type { Claim, Violation } from "./claims.ts";
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
  const readings = [...new Set([countingOn(topology, removing), countingOnAll(topology)])];
  return eachOnce(readings.map((reading) => cutOffIn(reading, { ...question, removing })));
}

function cutOffIn(
  topology: Topology,
  { removing, ...question }: ServiceQuestion & { removing: Set<string> },
): CutOff[] {
  const out = new Set([...question.alreadyOut].filter((device) => !removing.has(device)));
  const baseline = question.baseline ?? topology;
  const graph = withBaseline(topology, { baseline, removing });
  const cut = verifyRemoval(graph, removing, { alreadyOut: out });
  if (cut.length === 0) return cut;
  const allowed = new Set<string>();
  // Who may lose somebody, but not service itself.
  const parted = new Set<string>();
  for (const device of question.accepted ?? []) {
    if (!removing.has(device)) continue;
    for (const { endpoint, far } of verifyRemoval(asIfAllUp(baseline), [device])) {
      if (far === undefined) allowed.add(endpoint);
      else parted.add(endpoint).add(far);
    }
  }
  for (const { device, endpoints } of question.exposed ?? []) {
    if (removing.has(device)) for (const endpoint of endpoints) allowed.add(endpoint);
  }
  return cut.filter(({ endpoint, far }) => {
    const ends = far === undefined ? [] : [endpoint, far];
    return !allowed.has(endpoint) && !ends.some((end) => allowed.has(end) || parted.has(end));
  });
}

export interface VerifyOptions {
  readonly maxBatchSize: number;
  /** Declared groups as the Fabric writes them; without them those of the topology. */
  readonly groups?: readonly {
    readonly name: string;
    readonly members?: readonly string[] | undefined;
    readonly elsewhere?:
      | readonly { readonly fabricRef: { readonly name: string }; readonly devices: readonly string[] }[]
      | undefined;
    readonly minAvailable: number | string;
  }[];
  /** Devices in `acceptNonHitless`. */
  readonly accepted?: readonly string[];
  readonly outOfService?: readonly string[];
  /** The campaign's assignments, with whom they select; without them it is not asked who should be in the plan. */
  readonly assignments?: readonly ResolvedAssignment[];
}

/** Proves a plan again. Empty when everything it claims is true. */
export function verifyPlan(plan: Plan, topology: Topology, options: VerifyOptions): Violation[] {
  const { groups, accepted = [], outOfService = [], assignments } = options;
  const fabric = groups === undefined ? topology : { ...topology, groups: resolve(groups, topology) };
  const before = stateOf(graphOf(fabric), outOfService);
  const lost = removalsFrom(before, outOfService);
  return [
    ...checkShape(plan, fabric, options.maxBatchSize),
    ...(assignments === undefined ? [] : checkAssignments(plan, assignments)),
    ...checkHops(plan, assignments ?? []),
    ...plan.batches.flatMap((batch) => [
      ...checkConnected(batch, { accepted, lost }),
      ...checkQuorum(batch, before),
      ...checkImpact(batch, { plan, before }),
    ]),
    ...checkExposed(plan, lost),
    ...checkWindows(plan),
  ];
}

/** Removals from a fabric; where somebody drained devices, whatever those carry (`drained.ts`). */
function removalsFrom(before: State, outOfService: readonly string[]): Removals {
  const fabric = before.graph.topology;
  const undrained = countingOnAll(fabric);
  const usual = removals(before);
  if (undrained === fabric) return usual;
  const removalsIn = (topology: Topology): Removals => removals(stateOf(graphOf(topology), outOfService));
  const counting = removalsIn(undrained);
  return (removed, accepted) => {
    const going = new Set(removed);
    const withOwn = countingOn(fabric, going);
    const notCounting = withOwn === fabric ? usual : removalsIn(withOwn);
    return eachOnce([notCounting(going, accepted), counting(going, accepted)]);
  };
}

function checkConnected(
  { index, devices }: PlannedBatch,
  { accepted, lost }: { accepted: readonly string[]; lost: Removals },
): Violation[] {
  return lost(devices, accepted).map(({ removed, message }) => ({
    claim: "Connected",
    batch: index,
    devices: removed,
    witness: message,
  }));
}

function checkExposed({ batches, exposed, hitless }: Plan, lost: Removals): Violation[] {
  const violations: Violation[] = [];
  const claimed = new Set(exposed.map(({ device }) => device));
  for (const { index, devices } of batches) {
    for (const device of devices) {
      const [first] = lost([device], []);
      const violation = { batch: index, devices: [device], witness: first?.message ?? "" };
      if (first !== undefined && !claimed.has(device)) violations.push({ claim: "Exposed", ...violation });
      if (first === undefined && claimed.has(device)) {
        const witness = `${device} is called exposed, but without it nobody is cut off`;
        violations.push({ claim: "Exposed", ...violation, witness });
      }
      if (first !== undefined && hitless) violations.push({ claim: "Hitless", ...violation });
    }
  }
  return violations;
}

/** Groups with a selector are as the topology found them. */
function resolve(groups: NonNullable<VerifyOptions["groups"]>, topology: Topology): TopologyGroup[] {
  return groups.flatMap(({ name, members: declared, elsewhere: others = [], minAvailable }) => {
    if (declared === undefined) return topology.groups.filter((group) => group.name === name);
    const members = [...new Set(declared)];
    const elsewhere = others.flatMap(({ fabricRef, devices }) =>
      devices.map((device) => `${fabricRef.name}/${device}`),
    );
    const count = members.length + elsewhere.length;
    const text = String(minAvailable);
    const minimum = text.endsWith("%") ? (count * Number(text.slice(0, -1))) / 100 : Number(text);
    return [{ name, members, elsewhere, minAvailable: Math.ceil(minimum) }];
  });
}
