/** How fast NETCONF is: requests over a stream in memory and over SSH, and a large reply through the parser. */
import { realClock } from "../src/simulator/modelClock.ts";
import { simulationFromFabric } from "../src/simulator/descriptionFile.ts";
import { createFabricSimulator, type FabricSimulator } from "../src/simulator/fabricSimulator.ts";
import { openNetconf } from "../src/netconf/connection.ts";
import { parseKnownHosts } from "../src/netconf/knownHosts.ts";
import { openSession, type NetconfSession } from "../src/netconf/session.ts";
import { connectSsh } from "../src/netconf/ssh.ts";
import { parseXml } from "../src/netconf/xml.ts";
import { element } from "../src/netconf/xmlNode.ts";
import { knownHostsOf } from "../src/cli/twin/twinObjects.ts";

export interface NetconfMeasurement {
  readonly name: string;
  readonly value: number;
  readonly unit: "requests/s" | "handshakes/s" | "MB/s";
}

const DEVICE = "leaf1";
const REQUESTS = 500;
/** Until the code of both ends is compiled. */
const WARM_UP = 300;
const HANDSHAKES = 20;
const REPLY_BYTES = 1024 * 1024;
const PARSES = 20;

/** Runs all measurements. */
export async function benchNetconf(): Promise<NetconfMeasurement[]> {
  const simulator = createFabricSimulator({ description: fabric(), clock: realClock() });
  try {
    return [await inMemory(simulator), ...(await overSsh(simulator)), parseLargeReply()];
  } finally {
    await simulator.close();
  }
}

function fabric(): ReturnType<typeof simulationFromFabric> {
  const device = (name: string, role: "Leaf" | "Spine") => ({
    name,
    role,
    address: "127.0.0.1",
    model: "qfx5120-48y",
  });
  return simulationFromFabric({
    metadata: { name: "bench" },
    spec: { devices: [device("spine1", "Spine"), device(DEVICE, "Leaf")] },
  });
}

async function inMemory(simulator: FabricSimulator): Promise<NetconfMeasurement> {
  const stream = simulator.devices.get(DEVICE)?.openStream();
  if (stream === undefined) throw new Error(`there is no ${DEVICE}`);
  const session = await openSession(stream);
  const value = await requestsPerSecond(session);
  await session.close();
  return { name: "NETCONF requests, stream in memory", value, unit: "requests/s" };
}

async function overSsh(simulator: FabricSimulator): Promise<NetconfMeasurement[]> {
  const served = await simulator.serve({ freePorts: true });
  const device = served.find(({ name }) => name === DEVICE);
  if (device === undefined) throw new Error(`${DEVICE} is not served`);
  const { address: host, port, username, password } = device;
  const options = { host, port, username, password, knownHosts: parseKnownHosts(knownHostsOf(served)) };

  const started = performance.now();
  for (let count = 0; count < HANDSHAKES; count += 1) (await connectSsh(options)).close();
  const handshakes = perSecond(HANDSHAKES, started);

  const connection = await connectSsh(options);
  const session = await openNetconf(connection);
  const requests = await requestsPerSecond(session);
  await session.close();
  connection.close();
  return [
    { name: "NETCONF requests, SSH", value: requests, unit: "requests/s" },
    { name: "SSH connections (both ends in this process)", value: handshakes, unit: "handshakes/s" },
  ];
}

async function requestsPerSecond(session: NetconfSession): Promise<number> {
  const request = element("get-software-information");
  for (let count = 0; count < WARM_UP; count += 1) await session.call(request);
  const started = performance.now();
  for (let count = 0; count < REQUESTS; count += 1) await session.call(request);
  return perSecond(REQUESTS, started);
}

function parseLargeReply(): NetconfMeasurement {
  const entry = (index: number): string =>
    `<rt junos:style="brief"><rt-destination>10.0.${String(index >> 8)}.${String(index & 255)}</rt-destination>` +
    `<rt-entry><active-tag>*</active-tag><protocol-name>BGP</protocol-name><preference>170</preference>` +
    `<nh><to>10.1.0.1</to><via>et-0/0/48.0</via></nh></rt-entry></rt>\n`;
  const parts: string[] = [];
  for (let length = 0; length < REPLY_BYTES; length += parts.at(-1)?.length ?? 1)
    parts.push(entry(parts.length));
  const reply = `<rpc-reply xmlns:junos="junos"><route-information>${parts.join("")}</route-information></rpc-reply>`;
  for (let count = 0; count < 3; count += 1) parseXml(reply);
  const started = performance.now();
  for (let count = 0; count < PARSES; count += 1) parseXml(reply);
  const value = perSecond((PARSES * reply.length) / 1e6, started);
  return { name: "a reply of 1 MB parsed", value, unit: "MB/s" };
}

function perSecond(count: number, startedAt: number): number {
  return count / ((performance.now() - startedAt) / 1000);
}
