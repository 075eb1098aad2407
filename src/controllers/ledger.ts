/**
 * The ledger of a fabric, `Fabric.status.outOfService`: who took which device out of service. An entry is made
 * only together with a proof that the rest carries the traffic, against one and the same resourceVersion, so
 * that two campaigns or two controllers can never drain both of a pair.
 */
import type { Fabric } from "../api/fabric.gen.ts";
import { formatInstant, type Clock } from "../api/time.ts";
import type { Proof } from "../engine/deviceWorld.ts";
import { isStoreError } from "../store/errors.ts";
import { updateStatus } from "../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../store/store.ts";
import type { EffectDoor } from "./effects.ts";

export type LedgerEntry = NonNullable<NonNullable<Fabric["status"]>["outOfService"]>[number];

export function ledgerOf(fabric: Fabric): readonly LedgerEntry[] {
  return fabric.status?.outOfService ?? [];
}

/** The devices that others hold out of service. */
export function heldByOthers(fabric: Fabric, token: string): ReadonlySet<string> {
  return new Set(
    ledgerOf(fabric)
      .filter(({ holder }) => holder !== token)
      .map(({ device }) => device),
  );
}

export function isHeldBy(fabric: Fabric, token: string): boolean {
  return ledgerOf(fabric).some(({ holder }) => holder === token);
}

export interface LedgerContext {
  readonly store: Store;
  readonly door: EffectDoor;
  readonly clock: Clock;
  readonly fabric: ObjectKey;
  readonly device: string;
  readonly token: string;
}

/** How often the proof is made again because somebody wrote to the Fabric meanwhile. */
const ATTEMPTS = 10;

/** Proves the rest of the fabric and enters the device. Without proof nothing is written. */
export async function takeOutOfService(
  { store, door, clock, fabric: key, device, token }: LedgerContext,
  prove: (fabric: Fabric) => Promise<Proof>,
): Promise<Proof> {
  for (let attempt = 1; ; attempt += 1) {
    const fabric = await store.get("Fabric", key);
    if (fabric === undefined) throw new Error(`Fabric ${key.namespace}/${key.name} does not exist`);
    if (isHeldBy(fabric, token)) return { proven: true };
    const proof = await prove(fabric);
    if (!proof.proven) return proof;
    const entry: LedgerEntry = {
      device,
      holder: token,
      reason: "software upgrade",
      since: formatInstant(clock.now()),
    };
    try {
      await door.run(device, "TakeOutOfService", async () => {
        await writeLedger(store, fabric, [...ledgerOf(fabric), entry]);
      });
      return proof;
    } catch (error) {
      if (!isStoreError(error, "Conflict") || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** Strikes the device. Absent already is well. */
export async function returnToService({ store, door, fabric, device, token }: LedgerContext): Promise<void> {
  await door.run(device, "ReturnToService", () =>
    updateStatus({ store, kind: "Fabric", key: fabric }, (copy) => {
      const remaining = ledgerOf(copy).filter(({ holder }) => holder !== token);
      if (remaining.length === ledgerOf(copy).length) return false;
      copy.status = withLedger(copy, remaining);
      return undefined;
    }),
  );
}

async function writeLedger(store: Store, fabric: Fabric, outOfService: LedgerEntry[]): Promise<void> {
  const changed: Fabric = structuredClone(fabric);
  changed.status = withLedger(changed, outOfService);
  await store.replaceStatus("Fabric", changed);
}

function withLedger({ status }: Fabric, outOfService: LedgerEntry[]): NonNullable<Fabric["status"]> {
  const counts = status?.counts;
  return {
    ...status,
    outOfService,
    ...(counts === undefined ? {} : { counts: { ...counts, outOfService: outOfService.length } }),
  };
}
