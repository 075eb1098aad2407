/** The objects that a device's upgrade is about, and what happens when some of them are not there or not needed any more. */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { LANDING_FINALIZER } from "../../api/names.ts";
import { explain, type Explained } from "../../api/reasons.ts";
import type { Driver } from "../../drivers/driver.ts";
import { hasEnded, isUnderWay } from "../../engine/campaignProgress.ts";
import { keyOf, type ObjectKey } from "../../store/store.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { hasFinalizer, isBeingDeleted, releaseObject } from "../finalizers.ts";
import { isHeldBy } from "../fabric/ledger.ts";
import { tokenOf } from "./token.ts";

/** All that is needed to go on. */
export interface UpgradeWorld {
  readonly fabric: Fabric;
  readonly driver: Driver;
}

/** What an upgrade cannot go on without is not there. */
export interface IncompleteWorld {
  readonly fabric: Fabric | undefined;
  readonly missing: Explained;
}

export function fabricOf({ metadata, spec }: DeviceUpgrade): ObjectKey {
  return { namespace: metadata.namespace, name: spec.fabricRef.name };
}

export async function readWorld(
  { drivers }: Pick<ControllerContext, "drivers">,
  upgrade: DeviceUpgrade,
  readFabric: (key: ObjectKey) => Promise<Fabric | undefined>,
): Promise<UpgradeWorld | IncompleteWorld> {
  const key = fabricOf(upgrade);
  const fabric = await readFabric(key);
  if (fabric === undefined) {
    return { fabric, missing: explain("FabricNotFound", `Fabric ${key.name} does not exist`) };
  }
  const { procedure } = upgrade.spec;
  const driver = drivers.find((each) => each.procedure.name === procedure);
  return driver === undefined
    ? { fabric, missing: explain("ProcedureUnknown", `the procedure ${procedure} is not known here`) }
    : { fabric, driver };
}

/** Nothing of the run is left on the device: it has ended or not begun, and the ledger does not name it. */
export function mayGo(upgrade: DeviceUpgrade, fabric: Fabric | undefined): boolean {
  if (!hasFinalizer(upgrade, LANDING_FINALIZER)) return false;
  if (fabric === undefined) return hasEnded(upgrade) || isBeingDeleted(upgrade);
  if (isHeldBy(fabric, tokenOf(upgrade))) return false;
  return hasEnded(upgrade) || (isBeingDeleted(upgrade) && !isUnderWay(upgrade));
}

export async function releaseUpgrade(
  { store, door }: ControllerContext,
  upgrade: DeviceUpgrade,
): Promise<undefined> {
  await door.run(upgrade.spec.deviceName, "ReleaseDeviceUpgrade", () =>
    releaseObject({ store, kind: "DeviceUpgrade", key: keyOf(upgrade) }, LANDING_FINALIZER),
  );
}
