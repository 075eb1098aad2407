/** Ports: an interface of a device, written `device/interface`. */

export interface Port {
  readonly device: string;
  /** Physical or aggregated, without a unit: `xe-0/0/13`, `ae3`, of a chassis cluster `reth1`. */
  readonly interface: string;
}

/** Reads `device/interface`; a unit (`ae3.0`) is dropped. The schema guarantees the slash. */
export function parsePort(text: string): Port {
  const slash = text.indexOf("/");
  return { device: text.slice(0, slash), interface: withoutUnit(text.slice(slash + 1)) };
}

/** The text of a port, which is also its key in indexes. */
export function portText(port: Port): string {
  return `${port.device}/${port.interface}`;
}

/** `ae1.0` is a unit of `ae1`; the dot of a channelised `xe-0/0/1:0.0` counts the same way. */
export function withoutUnit(name: string): string {
  return name.includes(".") ? name.replace(/\.\d+$/, "") : name;
}

const DATA_INTERFACE = /^(?:(?:fe|ge|mge|xe|xle|et|fte)-\d+\/\d+\/\d+(?::\d+)?|ae\d+|reth\d+)$/;

/** Whether servers or other devices can be attached to it: not management, loopback, IRB or tunnel. */
export function isDataInterface(name: string): boolean {
  return DATA_INTERFACE.test(name);
}
