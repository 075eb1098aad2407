/** What a plan claims about its batches themselves: sizes, order, and that every device stands in one of them. */
import { TIERS } from "../../api/plan.ts";
import type { Plan, PlannedBatch, Tier } from "../../api/plan.ts";
import type { Topology } from "../topology/topology.ts";
import type { Claim, Violation } from "./claims.ts";

/** Overlay roles whose holders come after all others of their tier. */
const GATEWAYS: readonly string[] = ["CRB-Gateway", "CRB-MCAST-Gateway", "DC-Gateway", "DCI-Gateway"];

export function checkShape(plan: Plan, topology: Topology, maxBatchSize: number): Violation[] {
  const roles = new Map(topology.devices.map(({ name, role }) => [name, role]));
  const gateways = new Set(
    topology.devices.flatMap(({ name, overlayRoles }) =>
      overlayRoles.some((role) => GATEWAYS.includes(role)) ? [name] : [],
    ),
  );
  const protectedDevices = new Set(topology.protectedEndpoints.flatMap(({ devices }) => devices));
  const levels = new Map<number, PlannedBatch[]>();
  for (const batch of plan.batches) {
    const known = levels.get(batch.level ?? 1);
    if (known === undefined) levels.set(batch.level ?? 1, [batch]);
    else known.push(batch);
  }
  return [
    ...plan.batches.flatMap((batch, place) => checkBatch(batch, { place, maxBatchSize })),
    ...[...levels.values()].flatMap((batches) => [
      ...checkTiers(batches, roles),
      ...TIERS.flatMap((tier) => {
        const own = batches.filter((batch) => batch.tier === tier);
        return [
          ...checkStages(own, { gateways, protectedDevices }),
          ...checkProtected(own, protectedDevices),
        ];
      }),
    ]),
    ...checkOnce(plan),
  ];
}

/** A device under what is protected goes alone, and nobody of its tier after it but others like it. */
function checkProtected(
  batches: readonly PlannedBatch[],
  protectedDevices: ReadonlySet<string>,
): Violation[] {
  const found: Violation[] = [];
  let earlier: string | null = null;
  for (const batch of batches) {
    const own = batch.devices.filter((device) => protectedDevices.has(device));
    const [first] = own;
    if (first !== undefined && batch.devices.length > 1) {
      const witness = `${first} carries what is protected and goes alone`;
      found.push({ ...violation("ProtectedLast", batch, witness), devices: own });
    }
    if (first === undefined && earlier !== null) {
      const witness = `${batch.devices.join(", ")} should go before ${earlier}, which carries what is protected`;
      found.push(violation("ProtectedLast", batch, witness));
    }
    earlier ??= first ?? null;
  }
  return found;
}

function violation(claim: Claim, { index, devices }: PlannedBatch, witness: string): Violation {
  return { claim, batch: index, devices, witness };
}

function checkBatch(
  batch: PlannedBatch,
  { place, maxBatchSize }: { place: number; maxBatchSize: number },
): Violation[] {
  const { index, devices, canary } = batch;
  const found: Violation[] = [];
  if (index !== place + 1) {
    const witness = `batch ${String(index)} stands at place ${String(place + 1)}`;
    found.push({ ...violation("OnceEach", batch, witness), devices: [] });
  }
  if (devices.length === 0) found.push(violation("BatchSize", batch, "the batch is empty"));
  if (devices.length > maxBatchSize) {
    const witness = `${String(devices.length)} devices, at most ${String(maxBatchSize)} are allowed`;
    found.push(violation("BatchSize", batch, witness));
  }
  if (canary && devices.length > 1) found.push(violation("CanaryAlone", batch, "a canary goes alone"));
  return found;
}

function checkTiers(batches: readonly PlannedBatch[], roles: ReadonlyMap<string, Tier>): Violation[] {
  const found: Violation[] = [];
  let latest: Tier = "Leaf";
  for (const batch of batches) {
    const isLate = TIERS.indexOf(batch.tier) < TIERS.indexOf(latest);
    if (isLate) found.push(violation("TierOrder", batch, `${batch.tier} comes after ${latest}`));
    else latest = batch.tier;
    for (const device of batch.devices) {
      const role = roles.get(device);
      if (role === batch.tier) continue;
      const witness = `${device} is ${role ?? "no device of the fabric"}, its batch is of ${batch.tier}`;
      found.push({ ...violation("TierOrder", batch, witness), devices: [device] });
    }
  }
  return found;
}

/** In a tier: canaries, then everybody else, gateways last. */
function checkStages(
  batches: readonly PlannedBatch[],
  { gateways, protectedDevices }: { gateways: ReadonlySet<string>; protectedDevices: ReadonlySet<string> },
): Violation[] {
  const found: Violation[] = [];
  const rest = batches.filter(({ canary }) => !canary);
  const [first] = rest;
  for (const batch of batches) {
    if (batch.canary && first !== undefined && batch.index > first.index) {
      found.push(violation("CanaryFirst", batch, `batch ${String(first.index)} goes before the canary`));
    }
  }
  // What is protected goes after the gateways, whether it is one or not.
  const ordinary = rest.filter(({ devices }) => !devices.some((device) => protectedDevices.has(device)));
  const early = ordinary.find(({ devices }) => devices.some((device) => gateways.has(device)));
  for (const batch of ordinary) {
    const late = batch.devices.filter((device) => !gateways.has(device));
    if (early === undefined || late.length === 0 || batch.index < early.index) continue;
    const gateway = early.devices.find((device) => gateways.has(device)) ?? "";
    const witness = `${late.join(", ")} should go before the gateway ${gateway} (batch ${String(early.index)})`;
    found.push({ ...violation("GatewaysLast", batch, witness), devices: late });
  }
  return found;
}

function checkOnce({ batches, devices, skipped }: Plan): Violation[] {
  const found: Violation[] = [];
  const seen = new Map<string, number>();
  function object(device: string, batch: number | null, witness: string): void {
    found.push({ claim: "OnceEach", batch, devices: [device], witness });
  }
  for (const { index, devices: members } of batches) {
    for (const device of members) {
      const other = seen.get(device);
      if (other !== undefined) object(device, index, `${device} is in batch ${String(other)}, too`);
      seen.set(device, index);
      const listed = Object.hasOwn(devices, device) ? devices[device]?.batch : undefined;
      if (listed !== index)
        object(device, index, `${device} is listed with batch ${String(listed ?? "none")}`);
    }
  }
  for (const device of Object.keys(devices))
    if (!seen.has(device)) object(device, null, `${device} is in no batch`);
  for (const { device } of skipped) {
    const batch = seen.get(device);
    if (batch !== undefined) object(device, batch, `${device} is skipped and planned`);
  }
  return found;
}
