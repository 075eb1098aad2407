/** Where the devices of a simulated fabric listen: where its Fabric says, as long as that is this machine. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { endpointOf } from "../../controllers/device/devicePool.ts";

export const LOOPBACK = "127.0.0.1";
const ANY_PORT = 0;

/** The ports that the Fabric names on this machine, those of control planes as `spine1/re0`; without one it is any. */
export function loopbackPorts(fabric: Fabric): Record<string, number> {
  const portOf = (place: { readonly address: string }): number => {
    const { host, port } = endpointOf(fabric, place);
    const isNamed = place.address.endsWith(`:${String(port)}`);
    return isNamed && (host === LOOPBACK || host === "localhost") ? port : ANY_PORT;
  };
  const entries = fabric.spec.devices.flatMap((device): [string, number][] => [
    [device.name, portOf(device)],
    ...(device.controlPlanes ?? []).map((plane): [string, number] => [
      `${device.name}/${plane.name}`,
      portOf(plane),
    ]),
  ]);
  return Object.fromEntries(entries);
}
