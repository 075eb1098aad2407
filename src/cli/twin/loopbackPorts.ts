/** Where the devices of a simulated fabric listen: where its Fabric says, as long as that is this machine. */
import type { Fabric } from "../../api/fabric.gen.ts";
import { endpointOf } from "../../controllers/devicePool.ts";

export const LOOPBACK = "127.0.0.1";
const ANY_PORT = 0;

/** The ports that the Fabric names on this machine; a device without one gets any free port. */
export function loopbackPorts(fabric: Fabric): Record<string, number> {
  const entries = fabric.spec.devices.map((device): [string, number] => {
    const { host, port } = endpointOf(fabric, device);
    const isNamed = device.address.endsWith(`:${String(port)}`);
    return [device.name, isNamed && (host === LOOPBACK || host === "localhost") ? port : ANY_PORT];
  });
  return Object.fromEntries(entries);
}
