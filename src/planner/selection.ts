/** Which devices a campaign upgrades to which image, and which of the selected ones it leaves alone, and why. */
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { SkippedDevice } from "../api/plan.ts";
import { explain } from "../api/reasons.ts";
import type { Explained } from "../api/reasons.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { familyNamed } from "../release/family.ts";
import { modelMatches } from "../release/platform.ts";
import { compareReleases, parseRelease } from "../release/version.ts";
import { assignmentLevels } from "./assignmentLevels.ts";
import { checkPath, hopsFrom } from "./imagePath.ts";
import { append } from "./indexes.ts";
import { listed, sortedBy } from "./naturalOrder.ts";
import type { Complain } from "./planningError.ts";
import { resolveSelector } from "./selector.ts";
import type { FabricDevice } from "./selector.ts";
import type { FabricDiscovery } from "./topology/topology.ts";

type Assignment = UpgradeCampaign["spec"]["imageAssignments"][number];

export interface SelectedDevice {
  readonly device: FabricDevice;
  /** The image that it ends with. */
  readonly image: DeviceImage;
  /** The images that it installs one after the other; the last one is `image`. */
  readonly hops: readonly DeviceImage[];
  /** Devices of a level wait for all of those before it; counted from 1 (`dependsOn`). */
  readonly level: number;
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

/** Assignments that cannot be resolved are complained of. */
export function selectDevices(input: SelectionInput, complain: Complain): Selection {
  const assigned = assign(input, complain);
  const selected: SelectedDevice[] = [];
  const skipped: SkippedDevice[] = [];
  const unread: string[] = [];
  for (const { device, image, images: path, assignment, level } of assigned) {
    const said = discoveryOf(input.discovery, device.name);
    if (input.discovery !== null && said === null) unread.push(device.name);
    const from = said?.release ?? null;
    const hops = hopsFrom(from, path);
    const against =
      againstHops(device, { hops, said, supports: input.supports }) ?? unwanted(image, { said, assignment });
    if (against === null) selected.push({ device, image, hops, level, from });
    else skipped.push({ device: device.name, ...against });
  }
  return { selected, skipped, unread };
}

/** What speaks against one of the images, each for the device as the one before leaves it. */
function againstHops(
  device: FabricDevice,
  {
    hops,
    said,
    supports,
  }: { hops: readonly DeviceImage[]; said: DeviceDiscovery | null; supports: SelectionInput["supports"] },
): Explained | null {
  for (const [place, image] of hops.entries()) {
    const before = hops[place - 1];
    const then = said === null || before === undefined ? said : { ...said, release: before.spec.osVersion };
    const against = unfit(device, { image, said: then }) ?? supports(device, image, then);
    if (against === null) continue;
    return hops.length === 1
      ? against
      : { ...against, message: `${image.metadata.name}: ${against.message}` };
  }
  return null;
}

/** What a device said; null where it was not read. */
export function discoveryOf(discovery: FabricDiscovery | null, device: string): DeviceDiscovery | null {
  return discovery !== null && Object.hasOwn(discovery, device) ? (discovery[device] ?? null) : null;
}

interface Assigned {
  readonly device: FabricDevice;
  readonly image: DeviceImage;
  /** With those on the way. */
  readonly images: readonly DeviceImage[];
  readonly assignment: Assignment;
  readonly level: number;
}

function assign({ fabric, campaign, images }: SelectionInput, complain: Complain): Assigned[] {
  const assignmentOf = new Map<string, number>();
  const assigned: Assigned[] = [];
  const { devices } = fabric.spec;
  const levels = assignmentLevels(campaign, complain);
  for (const [index, assignment] of campaign.spec.imageAssignments.entries()) {
    const { imageRef, selector } = assignment;
    const field = `spec.imageAssignments[${String(index)}]`;
    const image = findImage(images, imageRef.name, { field: `${field}.imageRef.name`, complain });
    const way = onTheWay(images, { assignment, field, complain });
    const path = image === null ? way : [...way, image];
    checkPath(path, { assignment, field, complain });
    const what = `assignment ${String(index + 1)} (image ${imageRef.name})`;
    const matching = resolveSelector(selector, { devices, field: `${field}.selector`, what, complain });
    const twice = new Map<number, string[]>();
    for (const device of matching) {
      const other = assignmentOf.get(device.name);
      if (other === undefined) assignmentOf.set(device.name, index);
      else append(twice, other, device.name);
      if (image === null) continue;
      assigned.push({ device, image, images: path, assignment, level: levels[index] ?? 1 });
    }
    for (const [other, names] of twice) {
      const both = `assignments ${String(other + 1)} and ${String(index + 1)}`;
      const message = `${listed(names)} ${names.length === 1 ? "is" : "are"} selected by ${both}`;
      complain({ reason: "DeviceInTwoAssignments", field: `${field}.selector`, message });
    }
  }
  return sortedBy(assigned, ({ device }) => device.name);
}

function onTheWay(
  images: readonly DeviceImage[],
  {
    assignment: { path = [] },
    field,
    complain,
  }: { assignment: Assignment; field: string; complain: Complain },
): DeviceImage[] {
  return path.flatMap(({ name }, place) => {
    const own = `${field}.path[${String(place)}].name`;
    return findImage(images, name, { field: own, complain }) ?? [];
  });
}

function findImage(
  images: readonly DeviceImage[],
  name: string,
  { field, complain }: { readonly field: string; readonly complain: Complain },
): DeviceImage | null {
  const image = images.find(({ metadata }) => metadata.name === name);
  if (image === undefined) {
    complain({ reason: "ImageNotFound", field, message: `there is no DeviceImage ${name}` });
    return null;
  }
  const failed = image.status?.conditions?.find(({ type, status }) => type === "Ready" && status === "False");
  if (failed !== undefined) {
    const message = `DeviceImage ${name} is not ready: ${failed.message}`;
    complain({ reason: "ImageNotReady", field, message });
  }
  return image;
}

/** Why an image is not for a device at all. */
function unfit(
  { family, model }: FabricDevice,
  { image, said }: { image: DeviceImage; said: DeviceDiscovery | null },
): Explained | null {
  const { deviceFamily, supportedPlatforms } = image.spec;
  if (familyNamed(deviceFamily) !== family) {
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
function unwanted(
  { spec }: DeviceImage,
  { said, assignment }: { said: DeviceDiscovery | null; assignment: Assignment },
): Explained | null {
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
      if (assignment.allowDowngrade === true) return null;
      return explain("DowngradeRefused", `it runs ${said.release}, the image is ${spec.osVersion}`);
    case "Incomparable":
      if (assignment.allowOtherTrain === true) return null;
      return explain("VersionIncomparable", `${said.release} and ${spec.osVersion} have no order`);
  }
}
