/** Our plans beside those of `listOrder.ts`, on the same random fabrics, in one run. */
import type { Plan } from "../src/api/plan.ts";
import { totalSeconds } from "../src/planner/estimate.ts";
import { verifyPlan } from "../src/planner/verify/verify.ts";
import { campaignOf, discover, fabricOf, plan } from "../test/planner/support.ts";
import { planInListOrder } from "./listOrder.ts";
import { randomFabric } from "./randomFabrics.ts";
import type { RandomFabric } from "./randomFabrics.ts";

export interface Figures {
  readonly batches: number;
  readonly seconds: number;
}

export interface Comparison {
  readonly fabric: RandomFabric;
  readonly ours: Figures;
  readonly bound: Figures;
  readonly baseline: Figures;
  /** What the proof has against the baseline's plan; empty for a plan that could be approved. */
  readonly objections: readonly string[];
}

export function compare(number: number): Comparison {
  const random = randomFabric(number);
  const { world, selected, outOfService, maxBatchSize, secondsOf } = random;
  const imageAssignments = [{ imageRef: { name: "junos-23" }, selector: { devices: [...selected] } }];
  const made = plan({
    fabric: fabricOf(world),
    discovery: discover(world),
    outOfService,
    campaign: campaignOf({ maxBatchSize }, { imageAssignments }),
    estimateSeconds: ({ name }) => secondsOf(name),
  });
  const rules = { maxBatchSize, outOfService, accepted: made.plan.exposed.map(({ device }) => device) };
  const against = verifyPlan(made.plan, made.topology, rules);
  if (against.length > 0) throw new Error(`fabric ${String(number)}: ${JSON.stringify(against[0])}`);
  const isSelected = new Set(Object.keys(made.plan.devices));
  const batches = planInListOrder({
    devices: world.devices
      .filter(({ name }) => isSelected.has(name))
      .map(({ name, role, overlayRoles }) => ({ name, role, overlayRoles: overlayRoles ?? [] })),
    segments: world.servers.map(({ ports }) => ports.map((port) => port.slice(0, port.indexOf("/")))),
    maxBatchSize,
  });
  const baseline = withBatches(made.plan, batches, random);
  return {
    fabric: random,
    ours: figuresOf(made.plan),
    bound: { batches: made.plan.lowerBound, seconds: made.plan.lowerBoundSeconds ?? 0 },
    baseline: figuresOf(baseline),
    objections: verifyPlan(baseline, made.topology, rules).map(({ witness }) => witness),
  };
}

export function figuresOf({ batches }: Plan): Figures {
  return {
    batches: batches.length,
    seconds: totalSeconds(batches),
  };
}

/** The same plan with other batches, so that the same proof can be asked about them. */
export function withBatches(
  made: Plan,
  batches: readonly (readonly string[])[],
  { world, secondsOf }: Pick<RandomFabric, "world" | "secondsOf">,
): Plan {
  const roles = new Map(world.devices.map(({ name, role }) => [name, role]));
  const batchOf = new Map(batches.flatMap((batch, place) => batch.map((name) => [name, place + 1])));
  return {
    ...made,
    batches: batches.map((devices, place) => ({
      index: place + 1,
      tier: roles.get(devices[0] ?? "") ?? "Leaf",
      canary: false,
      devices,
      estimateSeconds: Math.max(...devices.map(secondsOf)),
    })),
    devices: Object.fromEntries(
      Object.entries(made.devices).map(([name, device]) => [
        name,
        { ...device, batch: batchOf.get(name) ?? 0 },
      ]),
    ),
  };
}
