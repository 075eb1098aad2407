/** The DeviceUpgrades of a campaign: made once the plan is approved, and told what they may do. */
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import { ownerReference } from "../../api/kinds.ts";
import { LABELS, LANDING_FINALIZER } from "../../api/names.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { hasEnded, isUnderWay } from "../../engine/campaignProgress.ts";
import type { CampaignWorld, ChildWish } from "../../engine/campaignWorld.ts";
import { isStoreError } from "../../store/errors.ts";
import { keyOf, type Store } from "../../store/store.ts";
import { sha256 } from "../device/backups.ts";
import { driverOf } from "../../drivers/registry.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { hasFinalizer, holdObject, isBeingDeleted, releaseObject } from "../finalizers.ts";
import { assignedImage } from "./planning.ts";
import { isSameJson } from "../sameJson.ts";

export interface Orders {
  readonly campaign: UpgradeCampaign;
  readonly fabric: Fabric;
  readonly images: readonly DeviceImage[];
  readonly world: CampaignWorld;
  readonly wishes: readonly ChildWish[];
}

/** Makes the objects where they are missing, and changes what they are told. */
export async function tellDevices(
  { store, door, drivers }: ControllerContext,
  orders: Orders,
): Promise<void> {
  const { campaign, fabric, images, world, wishes } = orders;
  const isComplete = wishes.every(({ device }) =>
    world.children.some(({ spec }) => spec.deviceName === device),
  );
  if (!isComplete) await holdCampaign({ store, door }, campaign);
  const known = new Map(world.children.map((child) => [child.spec.deviceName, child]));
  for (const { device, batch, desired, next, testOf } of wishes) {
    const child = known.get(device);
    // It has not begun, and by the plan as it is now the device gets another image first: it is made anew.
    if (child !== undefined && isOfOtherHop(child, next) && !isUnderWay(child) && !hasEnded(child)) {
      await deleteDeviceUpgrades({ store, door }, [child]);
      continue;
    }
    // Where the plan is gone, each keeps the one it was made by.
    const planHash = world.stored?.hash ?? child?.spec.planHash;
    if (planHash === undefined) continue;
    const target = fabric.spec.devices.find(({ name }) => name === device);
    const image =
      next !== undefined
        ? images.find(({ metadata }) => metadata.name === next.image)
        : target === undefined
          ? undefined
          : assignedImage(campaign, images, target);
    const tested = testOf === undefined ? {} : { testOf };
    const procedure =
      target === undefined ? undefined : driverOf(drivers, target, campaign.spec.strategy)?.procedure.name;
    if (child === undefined) {
      if (image === undefined || procedure === undefined) continue;
      const { name, uid } = campaign.metadata;
      await door.run(device, "CreateDeviceUpgrade", () =>
        create(store, campaign, {
          campaignRef: { name, uid },
          fabricRef: campaign.spec.fabricRef,
          deviceName: device,
          image: pin(image),
          ...(next === undefined ? {} : { hop: next.hop }),
          batch,
          procedure,
          desired,
          ...tested,
          planHash,
        }),
      );
      continue;
    }
    const { testOf: before, ...spec } = child.spec;
    // Made for a test run, and not begun since: what was assigned may have changed, and the way to go.
    const isFixed = before === undefined || isUnderWay(child);
    const pinned = image === undefined || isFixed ? spec.image : pin(image);
    const way = procedure === undefined || isFixed ? spec.procedure : procedure;
    const isTold = spec.desired === desired && spec.batch === batch && spec.planHash === planHash;
    if (isTold && before === testOf && way === spec.procedure && isSameJson(pinned, spec.image)) continue;
    const told = { ...spec, desired, batch, planHash, image: pinned, procedure: way, ...tested };
    await door.run(device, `Desire${desired}`, () =>
      store.replace("DeviceUpgrade", { ...child, spec: told }),
    );
  }
  const wished = new Set(wishes.map(({ device }) => device));
  const left = world.children.filter(
    (child) => child.spec.testOf !== undefined && !wished.has(child.spec.deviceName) && !isUnderWay(child),
  );
  await deleteDeviceUpgrades(
    { store, door },
    left.filter((child) => !hasEnded(child)),
  );
}

/** From before its first DeviceUpgrade on, a campaign stays until all of them have landed. */
async function holdCampaign(
  { store, door }: Pick<ControllerContext, "store" | "door">,
  campaign: UpgradeCampaign,
): Promise<void> {
  if (hasFinalizer(campaign, LANDING_FINALIZER)) return;
  await door.run(`UpgradeCampaign/${campaign.metadata.name}`, "HoldCampaign", () =>
    holdObject({ store, kind: "UpgradeCampaign", key: keyOf(campaign) }, LANDING_FINALIZER),
  );
}

/** Lets a campaign go when nothing of it is left on any device. */
export async function releaseCampaign(
  { store, door }: Pick<ControllerContext, "store" | "door">,
  campaign: UpgradeCampaign,
): Promise<void> {
  if (!hasFinalizer(campaign, LANDING_FINALIZER)) return;
  await door.run(`UpgradeCampaign/${campaign.metadata.name}`, "ReleaseCampaign", () =>
    releaseObject({ store, kind: "UpgradeCampaign", key: keyOf(campaign) }, LANDING_FINALIZER),
  );
}

/** Deletes the upgrades of a campaign. Each goes once its device has landed. */
export async function deleteDeviceUpgrades(
  { store, door }: Pick<ControllerContext, "store" | "door">,
  children: readonly DeviceUpgrade[],
): Promise<void> {
  for (const child of children) {
    if (isBeingDeleted(child)) continue;
    await door.run(child.spec.deviceName, "DeleteDeviceUpgrade", () =>
      store.delete("DeviceUpgrade", keyOf(child), { uid: child.metadata.uid }),
    );
  }
}

/** Argo CD would look through the whole application at each of their many changes; it counts the campaign alone. */
const IGNORED_BY_ARGO_CD = { "argocd.argoproj.io/ignore-resource-updates": "true" };

async function create(store: Store, campaign: UpgradeCampaign, spec: DeviceUpgrade["spec"]): Promise<void> {
  const { namespace, name } = campaign.metadata;
  const labels = {
    [LABELS.campaign]: name,
    [LABELS.device]: spec.deviceName,
    [LABELS.batch]: String(spec.batch),
  };
  try {
    await store.create("DeviceUpgrade", {
      metadata: {
        namespace,
        name: deviceUpgradeName(name, spec.deviceName, stopOf(spec)),
        labels,
        annotations: IGNORED_BY_ARGO_CD,
        finalizers: [LANDING_FINALIZER],
        ownerReferences: [ownerReference(campaign)],
      },
      spec,
    });
  } catch (error) {
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
}

/** The name of its image where others come after it. */
function stopOf({ hop, image }: Pick<DeviceUpgrade["spec"], "hop" | "image">): string | undefined {
  return hop !== undefined && hop.number < hop.of ? image.name : undefined;
}

function isOfOtherHop({ spec }: DeviceUpgrade, next: ChildWish["next"]): boolean {
  const { hop, image } = next ?? {};
  const wanted = hop !== undefined && hop.number < hop.of ? image : undefined;
  return stopOf(spec) !== wanted;
}

/** The image as it is now; a later edit of the object does not change what this device gets. */
function pin({ metadata, spec }: DeviceImage): DeviceUpgrade["spec"]["image"] {
  const { deviceImageName, osVersion, sizeBytes, checksum, source } = spec;
  const { name, uid, generation } = metadata;
  return {
    name,
    uid,
    generation,
    deviceImageName,
    osVersion,
    sizeBytes,
    checksum,
    ...(source === undefined ? {} : { source }),
  };
}

const NAME_LENGTH = 63;
const SUFFIX_LENGTH = 8;

/**
 * `<campaign>-<device>` with a suffix of its own: a-b and c is not a and b-c. `stop`: the image on the way that it is
 * about. The last image of a device has the plain name, however many were before it.
 */
export function deviceUpgradeName(campaign: string, device: string, stop = ""): string {
  const of = stop === "" ? `${campaign}/${device}` : `${campaign}/${device}/${stop}`;
  const suffix = sha256(of).slice(0, SUFFIX_LENGTH);
  const stem = `${campaign}-${device}`.slice(0, NAME_LENGTH - SUFFIX_LENGTH - 1).replace(/[^a-z0-9]+$/, "");
  return `${stem}-${suffix}`;
}
