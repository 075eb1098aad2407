/**
 * Why a device stands in its batch: what keeps it out of every other batch of its tier, with the witness in the
 * topology, and what an independent check says of the two together. It asks the rules and the graph anew and takes
 * nothing from how the plan was made but the plan itself.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan, PlannedBatch, PlannedHop, SkippedDevice, Tier } from "../../api/plan.ts";
import { sortedNames } from "../../planner/naturalOrder.ts";
import { namedRules, type NamedRules, type RequirementKind } from "../../planner/redundancy/namedRules.ts";
import { GATEWAY_ROLES } from "../../planner/redundancy/redundancy.ts";
import type { Topology } from "../../planner/topology/topology.ts";
import { verifyRemoval } from "../../planner/verify/verify.ts";
import { countOf } from "../render/duration.ts";
import { describeConstraint, describeSupport, staysInService, type Support } from "./describeConstraint.ts";

/** What one may be explained from. */
export interface ExplanationGround {
  readonly plan: Plan;
  readonly fabric: Fabric;
  readonly topology: Topology;
  /** Devices that carry nothing, whatever the plan does. */
  readonly outOfService: readonly string[];
  readonly maxBatchSize: number;
}

export interface DeviceExplanation {
  readonly device: string;
  readonly role: Tier;
  readonly overlayRoles: readonly string[];
  /** `Planned`: in a batch. `Skipped`: selected, and left out. `NotSelected`: no assignment selects it. */
  readonly is: "Planned" | "Skipped" | "NotSelected";
  /** Where it stands; null unless it is planned. */
  readonly placement: Placement | null;
  /** Why it is left out; null unless it is skipped. */
  readonly skipped: SkippedDevice | null;
  /** What depends on the device, and what carries it while the device is out. */
  readonly supports: readonly Support[];
  /** It carries traffic while it is upgraded, as a chassis cluster does that is upgraded in service. */
  readonly staysInService: boolean;
  /** The endpoints that are cut off while it is out. */
  readonly exposed: readonly string[];
}

export interface Placement {
  readonly batch: number;
  readonly batches: number;
  readonly tier: Tier;
  readonly canary: boolean;
  readonly from: string | null;
  readonly to: string;
  readonly hops?: readonly PlannedHop[];
  readonly estimateSeconds: number;
  /** The plan's own words. */
  readonly reasons: readonly string[];
  /** One for each other batch of the tier, in the order of the batches. */
  readonly separations: readonly Separation[];
}

/**
 * What keeps two apart. A kind of requirement: the batch and the device together break one. `Canary`: one of the
 * two is a canary, and goes alone. `Gateway`: gateways go last in their tier. `Full`: the batch has as many devices as
 * it may. `Nothing`: the device could stand there as well; the plan needs no fewer batches for it.
 */
export type SeparationCause = RequirementKind | "Canary" | "Gateway" | "Full" | "Nothing";

export interface Separation {
  readonly batch: number;
  readonly because: SeparationCause;
  /** The devices of that batch that it cannot go with; empty where none in particular is meant. */
  readonly devices: readonly string[];
  /** In words, with the endpoint, uplink, peer, role or group that it is about. */
  readonly witness: string;
  /**
   * Who is cut off if they go together, found by taking them out of the graph; empty where nobody is. Null where
   * that was not looked at: because no redundancy is lost, or beyond the first separations of very many.
   */
  readonly cutOff: readonly string[] | null;
}

/** Endpoints named in a separation. */
const NAMED_CUT_OFFS = 5;

/** Separations that are looked at in the graph, too; each takes a look at the whole fabric. */
const VERIFIED = 30;

/** Explains a device of the fabric; undefined where the fabric has none of that name. */
export function explainDevice(name: string, ground: ExplanationGround): DeviceExplanation | undefined {
  const { plan, fabric, topology } = ground;
  const device = fabric.spec.devices.find((each) => each.name === name);
  if (device === undefined) return undefined;
  const planned = Object.hasOwn(plan.devices, name) ? plan.devices[name] : undefined;
  const own = plan.batches.find(({ index }) => index === planned?.batch);
  const skipped = plan.skipped.find((each) => each.device === name) ?? null;
  const rules = namedRules(topology, {
    tier: device.role,
    outOfService: ground.outOfService,
    headroom: plan.headroom,
  });
  return {
    device: name,
    role: device.role,
    overlayRoles: device.overlayRoles ?? [],
    is: planned !== undefined ? "Planned" : skipped !== null ? "Skipped" : "NotSelected",
    placement:
      planned === undefined || own === undefined
        ? null
        : {
            batch: own.index,
            batches: plan.batches.length,
            tier: own.tier,
            canary: own.canary,
            from: planned.from,
            to: planned.to,
            ...(planned.hops === undefined ? {} : { hops: planned.hops }),
            estimateSeconds: planned.estimateSeconds,
            reasons: planned.reasons,
            separations: plan.batches
              .filter((batch) => batch.tier === own.tier && batch !== own)
              .map((batch, place) =>
                separate({ name, own, batch }, { ...ground, named: rules, isVerified: place < VERIFIED }),
              ),
          },
    skipped,
    supports: rules.of(name).map((rule) => describeSupport(rule, { device: name, topology })),
    staysInService: staysInService(name, topology),
    exposed: plan.exposed.find((each) => each.device === name)?.endpoints ?? [],
  };
}

interface Question {
  readonly name: string;
  readonly own: PlannedBatch;
  readonly batch: PlannedBatch;
}

type Rules = ExplanationGround & { readonly named: NamedRules; readonly isVerified: boolean };

function separate(question: Question, rules: Rules): Separation {
  const { name, own, batch } = question;
  const base = { batch: batch.index, devices: [], cutOff: null } as const;
  if (own.canary || batch.canary) {
    const canary = own.canary ? name : batch.devices.join(", ");
    return { ...base, because: "Canary", witness: `${canary} is a canary, and a canary goes alone` };
  }
  const broken = rules.named.brokenTogether(name, batch.devices);
  const [first] = broken;
  if (first !== undefined) {
    const others = sortedNames(
      first.ways.flat().filter((other) => other !== name && batch.devices.includes(other)),
    );
    const more = broken.length > 1 ? ` (and ${countOf(broken.length - 1, "more rule")})` : "";
    const removed = new Set([...batch.devices, name]);
    return {
      batch: batch.index,
      because: first.kind,
      devices: others,
      witness: `${describeConstraint(first, { removed, topology: rules.topology, headroom: rules.plan.headroom })}${more}`,
      cutOff: rules.isVerified ? cutOffTogether(question, rules) : null,
    };
  }
  const gateways = batch.devices.filter((device) => isGateway(device, rules.fabric));
  if (isGateway(name, rules.fabric) !== gateways.length > 0) {
    const whose = gateways.length > 0 ? gateways.join(", ") : name;
    return {
      ...base,
      because: "Gateway",
      devices: gateways,
      witness: `${whose}: gateways go last in a tier`,
    };
  }
  if (batch.devices.length >= rules.maxBatchSize) {
    const size = `${String(batch.devices.length)} of ${String(rules.maxBatchSize)}`;
    return { ...base, because: "Full", witness: `the batch is full (${size})` };
  }
  const witness = "it could stand there as well; that would need no fewer batches";
  return { ...base, because: "Nothing", witness };
}

/** Found by the code that verifies plans, which knows none of the rules. */
function cutOffTogether({ name, batch }: Question, { topology, outOfService }: Rules): readonly string[] {
  const lost = (removed: readonly string[]): string[] =>
    verifyRemoval(topology, new Set(removed), { alreadyOut: outOfService }).map(({ message }) => message);
  const excused = new Set([...lost(batch.devices), ...lost([name])]);
  return lost([...batch.devices, name])
    .filter((message) => !excused.has(message))
    .slice(0, NAMED_CUT_OFFS);
}

function isGateway(name: string, { spec }: Fabric): boolean {
  const device = spec.devices.find((each) => each.name === name);
  return device?.overlayRoles?.some((role) => GATEWAY_ROLES.includes(role)) ?? false;
}
