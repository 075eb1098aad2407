/** The login of a fabric, held by a finalizer as long as an entry of the ledger needs it to bring its device back. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { loginFinalizer } from "../../api/names.ts";
import type { Store } from "../../store/store.ts";
import { holdObject, releaseObject, type FinalizerTarget } from "../finalizers.ts";
import type { LedgerEntry } from "./ledger.ts";

type Login = NonNullable<LedgerEntry["login"]>;

export function loginOf({ spec }: Fabric): Login {
  const { credentialsSecretRef, knownHostsRef } = spec.connection;
  return { secretName: credentialsSecretRef.name, configMapName: knownHostsRef.name };
}

/** Holds the Secrets and ConfigMaps of the logins. Those that do not exist cannot be held. */
export async function holdLogins(store: Store, fabric: Fabric, logins: readonly Login[]): Promise<void> {
  for (const target of targetsOf(store, fabric, logins)) {
    await holdObject(target, loginFinalizer(fabric.metadata.uid));
  }
}

/** Releases what belongs to a login and to none of those that are still needed. */
export async function releaseLogin(
  store: Store,
  fabric: Fabric,
  { login, needed }: { login: Login; needed: readonly Login[] },
): Promise<void> {
  const kept = new Set(targetsOf(store, fabric, needed).map(idOf));
  for (const target of targetsOf(store, fabric, [login])) {
    if (!kept.has(idOf(target))) await releaseObject(target, loginFinalizer(fabric.metadata.uid));
  }
}

type LoginTarget = FinalizerTarget<"Secret"> | FinalizerTarget<"ConfigMap">;

/** Each object once. */
function targetsOf(store: Store, { metadata }: Fabric, logins: readonly Login[]): readonly LoginTarget[] {
  const { namespace } = metadata;
  const all = logins.flatMap(({ secretName, configMapName }): LoginTarget[] => [
    { store, kind: "Secret", key: { namespace, name: secretName } },
    { store, kind: "ConfigMap", key: { namespace, name: configMapName } },
  ]);
  return [...new Map(all.map((target) => [idOf(target), target])).values()];
}

function idOf({ kind, key }: LoginTarget): string {
  return `${kind}/${key.name}`;
}
