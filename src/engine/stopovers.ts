/**
 * Devices that install several images one after the other have a DeviceUpgrade for each. One that has done its part of
 * the way is behind the device; the one that speaks for it is the next, which may not be made yet.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { PlannedDevice } from "../api/plan.ts";
import { hasSucceeded, isExcluded } from "./campaignProgress.ts";

/** Which image of several a DeviceUpgrade is about. */
export type Hop = NonNullable<DeviceUpgrade["spec"]["hop"]>;

/** Whether its image is installed and the device has others to install. A device that was left out goes nowhere. */
export function isPassed(child: DeviceUpgrade): boolean {
  const { hop } = child.spec;
  return hop !== undefined && hop.number < hop.of && hasSucceeded(child) && !isExcluded(child.status);
}

/** The image that a device is to get next, and which of how many that is; undefined where there is only one. */
export function nextHop(
  { hops }: Pick<PlannedDevice, "hops">,
  passed: readonly string[],
): { readonly image: string; readonly hop: Hop } | undefined {
  const place = hops?.findIndex(({ image }) => !passed.includes(image)) ?? -1;
  const next = hops?.[place];
  return next === undefined || hops === undefined
    ? undefined
    : { image: next.image, hop: { number: place + 1, of: hops.length } };
}

/** The images on the way that devices have installed, by device. */
export function passedImages(passed: readonly DeviceUpgrade[]): ReadonlyMap<string, readonly string[]> {
  const images = new Map<string, string[]>();
  for (const { spec } of passed) {
    const own = images.get(spec.deviceName);
    if (own === undefined) images.set(spec.deviceName, [spec.image.name]);
    else own.push(spec.image.name);
  }
  return images;
}
