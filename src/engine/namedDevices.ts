/** Devices as messages name them: of hundreds nobody reads more than the first. */

/** So many devices are named. */
export const NAMED_DEVICES = 10;

/** `leaf1, leaf2, …` */
export function namedDevices(devices: readonly string[]): string {
  const more = devices.length > NAMED_DEVICES ? ", …" : "";
  return devices.slice(0, NAMED_DEVICES).join(", ") + more;
}
