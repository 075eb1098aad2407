/**
 * Paths of images: where the step to a release is not supported at once, an assignment names the images on the way. A
 * device installs those that it is not beyond, one after the other, each as an upgrade of its own.
 */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { compareReleases, parseRelease } from "../release/version.ts";
import type { ReleaseOrder } from "../release/version.ts";
import type { Complain } from "./planningError.ts";

type Assignment = UpgradeCampaign["spec"]["imageAssignments"][number];

/** The names of an assignment's images as they are installed: those on the way, and at last its own. */
export function imageNames({ path = [], imageRef }: Pick<Assignment, "path" | "imageRef">): string[] {
  return [...path, imageRef].map(({ name }) => name);
}

/** All images that a campaign names; one that two assignments name stands there twice. */
export function imagesNamed({ spec }: UpgradeCampaign): string[] {
  return spec.imageAssignments.flatMap(imageNames);
}

/**
 * Complains of an image that stands there twice, of one for other devices than the last, and of releases that do not
 * go one way: up, or down where downgrades are allowed.
 */
export function checkPath(
  images: readonly DeviceImage[],
  { assignment, field, complain }: { assignment: Assignment; field: string; complain: Complain },
): void {
  const last = images.at(-1);
  const fail = (place: number, message: string): void => {
    complain({ reason: "CampaignInvalid", field: `${field}.path[${String(place)}]`, message });
  };
  const seen = new Set<string>();
  for (const [place, { metadata, spec }] of images.entries()) {
    // The last one is checked as every image is.
    const at = Math.min(place, images.length - 2);
    if (seen.has(metadata.name)) fail(at, `the image ${metadata.name} stands in the path twice`);
    seen.add(metadata.name);
    if (last !== undefined && spec.deviceFamily !== last.spec.deviceFamily) {
      fail(
        at,
        `${metadata.name} is for ${spec.deviceFamily}, ${last.metadata.name} for ${last.spec.deviceFamily}`,
      );
    }
  }
  const steps = images.slice(1).map((next, place) => ({ image: images[place] ?? next, next }));
  const orders = steps.map(({ image, next }) => orderOf(next, image));
  const isDown = assignment.allowDowngrade === true && orders[0] === "Older";
  for (const [place, { image, next }] of steps.entries()) {
    const order = orders[place];
    if (order === (isDown ? "Older" : "Newer")) continue;
    if (order === "Incomparable" && assignment.allowOtherTrain === true) continue;
    fail(place, `the path does not go ${isDown ? "down" : "up"} from ${textOf(image)} to ${textOf(next)}`);
  }
}

function textOf({ metadata, spec }: DeviceImage): string {
  return `${metadata.name} (${spec.osVersion})`;
}

/** The release of an image as seen from that of another one; null where one of them cannot be read. */
function orderOf(next: DeviceImage, image: DeviceImage): ReleaseOrder | null {
  return releaseOrder(next.spec.osVersion, image.spec.osVersion);
}

function releaseOrder(next: string, release: string): ReleaseOrder | null {
  const [to, from] = [parseRelease(next), parseRelease(release)];
  return to === null || from === null ? null : compareReleases(to, from);
}

/**
 * The images that a device still needs: those after the last one that it is beyond, as its release lies between where
 * it comes from and where it goes. Where nothing is known of what it runs, all of them.
 */
export function hopsFrom(running: string | null, images: readonly DeviceImage[]): readonly DeviceImage[] {
  const last = images.at(-1);
  if (running === null || last === undefined) return images;
  const goes = releaseOrder(last.spec.osVersion, running);
  const isBehind = (stop: DeviceImage): boolean => {
    const orders = [releaseOrder(stop.spec.osVersion, running), orderOf(last, stop)];
    if (orders.includes("Same")) return true;
    // Of releases without an order nobody can say what lies between them.
    if (goes === null || goes === "Incomparable") return false;
    return !orders.every((order) => order === goes || order === "Incomparable");
  };
  return images.slice(images.slice(0, -1).findLastIndex(isBehind) + 1);
}
