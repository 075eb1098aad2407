/**
 * The ledger of a fabric, `Fabric.status.outOfService`: who took which device out of service. An entry is made
 * only together with a proof that the rest carries the traffic, against one and the same resourceVersion, so
 * that two campaigns or two controllers can never drain both of a pair.
 */
import type { Fabric } from "../api/fabric.gen.ts";
import { LANDING_FINALIZER } from "../api/names.ts";
import { explain } from "../api/reasons.ts";
import { formatInstant, type Clock } from "../api/time.ts";
import type { Proof } from "../engine/deviceWorld.ts";
import { isStoreError } from "../store/errors.ts";
import { retryOnConflict } from "../store/retryOnConflict.ts";
import type { ObjectKey, Store } from "../store/store.ts";
import type { EffectDoor } from "./effects.ts";
import { hasFinalizer, holdObject, isBeingDeleted } from "./finalizers.ts";
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

/** How often the proof is made again because somebody wrote to the Fabric meanwhile. */
const ATTEMPTS = 10;

/**
 * Proves the rest of the fabric and enters the device. Without proof nothing is written. The Fabric and the login
 * are held first, so that neither can be deleted from under a drained device.
 */
export async function takeOutOfService(
  context: LedgerContext,
  prove: (fabric: Fabric) => Promise<Proof>,
): Promise<Proof> {
  const { store, door, clock, device, token } = context;
  for (let attempt = 1; ; attempt += 1) {
    const fabric = await holdFabric(context);
    if (fabric === undefined) return { proven: false, because: explain("FabricNotFound") };
    if (isHeldBy(fabric, token)) return { proven: true };
    if (isBeingDeleted(fabric)) return { proven: false, because: explain("Deleted") };
    const proof = await prove(fabric);
    if (!proof.proven) return proof;
    const entry: LedgerEntry = {
      device,
      holder: token,
      reason: "software upgrade",
      since: formatInstant(clock.now()),
      login: loginOf(fabric),
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

/**
 * Strikes the device. Absent already is well. A login that nobody else needs is released before: what it was is
 * known only as long as the entry stands. Whoever enters meanwhile makes this write a conflict, and the login is
 * held again for those who remain.
 */
export async function returnToService(context: LedgerContext): Promise<void> {
  const { store, door, fabric: key, device, token } = context;
  await door.run(device, "ReturnToService", () =>
    retryOnConflict(async () => {
      const fabric = await store.get("Fabric", key);
      const entry =
        fabric === undefined ? undefined : ledgerOf(fabric).find(({ holder }) => holder === token);
      if (fabric === undefined || entry === undefined) return;
      const remaining = ledgerOf(fabric).filter((each) => each !== entry);
      const needed = remaining.flatMap(({ login }) => login ?? []);
      await holdLogins(store, fabric, needed);
      if (entry.login !== undefined) await releaseLogin(store, fabric, { login: entry.login, needed });
      await writeLedger(store, fabric, remaining);
    }),
  );
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
