/**
 * The ledger of a fabric, `Fabric.status.outOfService`: who took which device out of service. An entry is made
 * only together with a proof that the rest carries the traffic, against one and the same resourceVersion, so
 * that two campaigns or two controllers can never drain both of a pair.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { LANDING_FINALIZER } from "../../api/names.ts";
import { explain, type Reason } from "../../api/reasons.ts";
import { formatInstant, type Clock, type Instant } from "../../api/time.ts";
import type { Proof } from "../../engine/deviceWorld.ts";
import { isStoreError } from "../../store/errors.ts";
import { retryOnConflict } from "../../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../../store/store.ts";
import type { EffectDoor } from "../leadership/effects.ts";
import { hasFinalizer, holdObject, isBeingDeleted } from "../finalizers.ts";
import { holdLogins, loginOf, releaseLogin } from "./heldLogin.ts";

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

/** A device that is to be entered. */
export interface Entering {
  readonly ledger: LedgerContext;
  /** Proves the rest of the fabric by what its ledger would be, and by readings since that moment. */
  readonly prove: (fabric: Fabric, since: Instant) => Promise<Proof>;
  /** Since when the devices around it were read. */
  readonly since: Instant;
}

/** What came of an entering: `Conflict` when somebody else wrote to the Fabric, so that all has to be read anew. */
export type Entered = { readonly proof: Proof } | { readonly failed: unknown } | "Conflict";

/**
 * Enters devices by one write, each against the proof that the rest carries its traffic without it and all those
 * entered before. Those that are not proven stay away. The Fabric and the login are held first, so that neither can be
 * deleted from under a drained device.
 */
export async function enterAll(group: readonly Entering[]): Promise<readonly Entered[]> {
  const [first] = group;
  if (first === undefined) return [];
  const fabric = await holdFabric(first.ledger);
  const refused = (reason: Reason): readonly Entered[] =>
    group.map(() => ({ proof: { proven: false, because: explain(reason) } }));
  if (fabric === undefined) return refused("FabricNotFound");
  const entries: LedgerEntry[] = [...ledgerOf(fabric)];
  const entering: LedgerContext[] = [];
  const results: Entered[] = [];
  for (const { ledger, prove, since } of group) {
    const { device, token, clock } = ledger;
    if (isHeldBy(fabric, token)) {
      results.push({ proof: { proven: true } });
    } else if (isBeingDeleted(fabric)) {
      results.push({ proof: { proven: false, because: explain("Deleted") } });
    } else {
      const result = await settle(prove(withEntries(fabric, entries), since));
      results.push(result);
      if (!("proof" in result) || !result.proof.proven) continue;
      const now = formatInstant(clock.now());
      const reason = "software upgrade";
      entries.push({ device, holder: token, reason, since: now, login: loginOf(fabric) });
      entering.push(ledger);
    }
  }
  if (entering.length === 0) return results;
  try {
    await throughDoors(entering, "TakeOutOfService", () => writeLedger(first.ledger.store, fabric, entries));
    return results;
  } catch (error) {
    if (!isStoreError(error, "Conflict")) throw error;
    return group.map(() => "Conflict");
  }
}

async function settle(proof: Promise<Proof>): Promise<{ proof: Proof } | { failed: unknown }> {
  return proof.then(
    (made) => ({ proof: made }),
    (failed: unknown) => ({ failed }),
  );
}

/**
 * Strikes devices by one write. Absent already is well. A login that nobody else needs is released before: what it was
 * is known only as long as the entry stands. Whoever enters meanwhile makes this write a conflict, and the login is
 * held again for those who remain.
 */
export async function strikeAll(group: readonly LedgerContext[]): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { store, fabric: key } = first;
  const tokens = new Set(group.map(({ token }) => token));
  await throughDoors(group, "ReturnToService", () =>
    retryOnConflict(async () => {
      const fabric = await store.get("Fabric", key);
      if (fabric === undefined) return;
      const struck = ledgerOf(fabric).filter(({ holder }) => tokens.has(holder));
      if (struck.length === 0) return;
      const remaining = ledgerOf(fabric).filter(({ holder }) => !tokens.has(holder));
      const needed = remaining.flatMap(({ login }) => login ?? []);
      await holdLogins(store, fabric, needed);
      for (const { login } of struck) {
        if (login !== undefined) await releaseLogin(store, fabric, { login, needed });
      }
      await writeLedger(store, fabric, remaining);
    }),
  );
}

/** One effect on behalf of several devices: it is an effect of each, and each one's door has to be open. */
async function throughDoors(
  group: readonly LedgerContext[],
  action: string,
  work: () => Promise<void>,
): Promise<void> {
  const all = group.reduceRight<() => Promise<void>>(
    (inner, { door, device }) =>
      () =>
        door.run(device, action, inner),
    work,
  );
  await all();
}

/** Lets the Fabric go once its ledger is empty. Guarded by the resourceVersion at which that was seen. */
export async function releaseFabric(
  { store, door }: Pick<LedgerContext, "store" | "door">,
  fabric: Fabric,
): Promise<void> {
  if (ledgerOf(fabric).length > 0 || !hasFinalizer(fabric, LANDING_FINALIZER)) return;
  const finalizers = fabric.metadata.finalizers?.filter((each) => each !== LANDING_FINALIZER) ?? [];
  await door.run(`Fabric/${fabric.metadata.name}`, "ReleaseFabric", () =>
    store.replace("Fabric", { ...fabric, metadata: { ...fabric.metadata, finalizers } }),
  );
}

/** The Fabric as it is now, held together with its login. What is being deleted cannot be held any more. */
async function holdFabric({ store, door, fabric: key, device }: LedgerContext): Promise<Fabric | undefined> {
  const fabric = await store.get("Fabric", key);
  if (fabric === undefined || isBeingDeleted(fabric)) return fabric;
  await door.run(device, "HoldLogin", () => holdLogins(store, fabric, [loginOf(fabric)]));
  if (hasFinalizer(fabric, LANDING_FINALIZER)) return fabric;
  await door.run(device, "HoldFabric", () => holdObject({ store, kind: "Fabric", key }, LANDING_FINALIZER));
  return store.get("Fabric", key);
}

async function writeLedger(store: Store, fabric: Fabric, entries: readonly LedgerEntry[]): Promise<void> {
  await store.replaceStatus("Fabric", withEntries(fabric, entries));
}

/** The Fabric with another ledger. */
function withEntries(fabric: Fabric, entries: readonly LedgerEntry[]): Fabric {
  const { status } = fabric;
  const outOfService = [...entries];
  const counts =
    status?.counts === undefined ? {} : { counts: { ...status.counts, outOfService: outOfService.length } };
  return { ...fabric, status: { ...status, outOfService, ...counts } };
}
