/** Which devices a campaign upgrades to which image, and which of the selected ones it leaves alone, and why. */
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { SkippedDevice } from "../api/plan.ts";
import { explain } from "../api/reasons.ts";
import type { Explained } from "../api/reasons.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { modelMatches } from "../release/platform.ts";
import { compareReleases, parseRelease } from "../release/version.ts";
import { compareNames } from "./naturalOrder.ts";
import { PlanningError } from "./planningError.ts";
import type { FabricDiscovery } from "./topology/topology.ts";

export type FabricDevice = Fabric["spec"]["devices"][number];
export type Selector = UpgradeCampaign["spec"]["imageAssignments"][number]["selector"];

export interface SelectedDevice {
  readonly device: FabricDevice;
  readonly image: DeviceImage;
  /** The release it runs; null where nothing was read from it. */
  readonly from: string | null;
}

export interface Selection {
  readonly selected: readonly SelectedDevice[];
  readonly skipped: readonly SkippedDevice[];
  /** Selected devices that should have been read and were not. */
  readonly unread: readonly string[];
}

export interface SelectionInput {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  readonly images: readonly DeviceImage[];
  readonly discovery: FabricDiscovery | null;
  /** What the driver says against this image on this device; null for nothing. */
  readonly supports: (
    device: FabricDevice,
    image: DeviceImage,
    said: DeviceDiscovery | null,
  ) => Explained | null;
}

/** Throws `PlanningError` for assignments that cannot be resolved. */
export function selectDevices(input: SelectionInput): Selection {
  const assigned = assign(input);
  const selected: SelectedDevice[] = [];
  const skipped: SkippedDevice[] = [];
  const unread: string[] = [];
  for (const { device, image } of assigned) {
    const said = discoveryOf(input.discovery, device.name);
    if (input.discovery !== null && said === null) unread.push(device.name);
    const against =
      unfit(device, { image, said }) ?? input.supports(device, image, said) ?? unwanted(image, said);
    if (against === null) selected.push({ device, image, from: said?.release ?? null });
    else skipped.push({ device: device.name, ...against });
  }
  return { selected, skipped, unread };
}

/** What a device said; null where it was not read. */
export function discoveryOf(discovery: FabricDiscovery | null, device: string): DeviceDiscovery | null {
  return discovery !== null && Object.hasOwn(discovery, device) ? (discovery[device] ?? null) : null;
}

/** Whether a selector takes a device: all its fields must agree, of a field's values one. */
export function selects(selector: Selector, device: FabricDevice): boolean {
  const { matchLabels, roles, overlayRoles, devices } = selector;
  const labels = device.labels ?? {};
  return (
    Object.entries(matchLabels ?? {}).every(
      ([key, value]) => Object.hasOwn(labels, key) && labels[key] === value,
    ) &&
    (isEmpty(roles) || roles.includes(device.role)) &&
    (isEmpty(overlayRoles) || overlayRoles.some((role) => device.overlayRoles?.includes(role))) &&
    (isEmpty(devices) || devices.includes(device.name))
  );
}

function isEmpty(list: readonly string[] | undefined): list is undefined {
  return list === undefined || list.length === 0;
}

function assign({
  fabric,
  campaign,
  images,
}: SelectionInput): { device: FabricDevice; image: DeviceImage }[] {
  const assignmentOf = new Map<string, number>();
  const assigned: { device: FabricDevice; image: DeviceImage }[] = [];
  const names = new Set(fabric.spec.devices.map(({ name }) => name));
  for (const [index, { imageRef, selector }] of campaign.spec.imageAssignments.entries()) {
    const field = `spec.imageAssignments[${String(index)}]`;
    const image = findImage(images, imageRef.name, `${field}.imageRef.name`);
    checkSelector(selector, { names, field: `${field}.selector` });
    const matching = fabric.spec.devices.filter((device) => selects(selector, device));
    if (matching.length === 0) {
      const message = `the selector of assignment ${String(index + 1)} (image ${imageRef.name}) matches no device`;
      throw new PlanningError("SelectorMatchesNothing", `${field}.selector`, message);
    }
    for (const device of matching) {
      const other = assignmentOf.get(device.name);
      if (other !== undefined) {
        const message = `${device.name} is selected by assignments ${String(other + 1)} and ${String(index + 1)}`;
        throw new PlanningError("DeviceInTwoAssignments", `${field}.selector`, message);
      }
      assignmentOf.set(device.name, index);
      assigned.push({ device, image });
    }
  }
  return assigned.toSorted((a, b) => compareNames(a.device.name, b.device.name));
}

function findImage(images: readonly DeviceImage[], name: string, field: string): DeviceImage {
  const image = images.find(({ metadata }) => metadata.name === name);
  if (image === undefined) throw new PlanningError("ImageNotFound", field, `there is no DeviceImage ${name}`);
  const failed = image.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "False");
  if (failed !== undefined) {
    throw new PlanningError("ImageNotReady", field, `DeviceImage ${name} is not ready: ${failed.message}`);
  }
  return image;
}

function checkSelector(
  { matchLabels, roles, overlayRoles, devices }: Selector,
  { names, field }: { names: ReadonlySet<string>; field: string },
): void {
  if (
    Object.keys(matchLabels ?? {}).length === 0 &&
    isEmpty(roles) &&
    isEmpty(overlayRoles) &&
    isEmpty(devices)
  ) {
    throw new PlanningError("SelectorEmpty", field, "the selector names nothing");
  }
  const unknown = devices?.find((device) => !names.has(device));
  if (unknown !== undefined) {
    throw new PlanningError("DeviceNotFound", `${field}.devices`, `the Fabric has no device ${unknown}`);
  }
}

/** Why an image is not for a device at all. */
function unfit(
  { family, model }: FabricDevice,
  { image, said }: { image: DeviceImage; said: DeviceDiscovery | null },
): Explained | null {
  const { deviceFamily, supportedPlatforms } = image.spec;
  if (deviceFamily !== family) {
    return explain("ImageFamilyMismatch", `the image is for ${deviceFamily}, the device is ${family}`);
  }
  // What the device says it is counts for more than what somebody wrote.
  const actual = said === null || said.model === "" ? model : said.model;
  if (modelMatches(supportedPlatforms, actual)) return null;
  return explain(
    "ImagePlatformMismatch",
    `the image is for ${supportedPlatforms.join(", ")}, not for ${actual}`,
  );
}

/** Why a fitting image is not installed. A device that was not read is planned: its release is not known yet. */
function unwanted({ spec }: DeviceImage, said: DeviceDiscovery | null): Explained | null {
  if (said === null) return null;
  if (said.release === null)
    return explain("VersionUnknown", "the device does not say which release it runs");
  const [running, target] = [parseRelease(said.release), parseRelease(spec.osVersion)];
  if (running === null || target === null) {
    const unread = running === null ? said.release : spec.osVersion;
    return explain("VersionUnknown", `${unread} is not a release that can be compared`);
  }
  switch (compareReleases(target, running)) {
    case "Newer":
      return null;
    case "Same":
      return explain("SameVersion", `it runs ${said.release} already`);
    case "Older":
      return explain("DowngradeRefused", `it runs ${said.release}, the image is ${spec.osVersion}`);
    case "Incomparable":
      return explain("VersionIncomparable", `${said.release} and ${spec.osVersion} have no order`);
  }
}
