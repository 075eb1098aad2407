/**
 * The proof that the rest of a fabric carries the traffic without one device, from what the devices say right
 * now. The devices around it are read live, and those that carry in its stead; for others the fabric's last discovery stands.
 */
import type { DeviceDiscovery } from "../../api/discovery.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { ExposedDevice } from "../../api/plan.ts";
import { explain } from "../../api/reasons.ts";
import { Unreachable, type DeviceConnection } from "../../drivers/driver.ts";
import { driverOf } from "../../drivers/registry.ts";
import type { Proof } from "../../engine/deviceWorld.ts";
import { steadyReplies } from "../../junos/steadyReplies.ts";
import { drainText } from "../../planner/topology/drained.ts";
import { layerOf } from "../../planner/topology/layers.ts";
import { buildTopology, type Topology } from "../../planner/topology/topology.ts";
import { whoLosesService } from "../../planner/verify/verify.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { fabricsElsewhere, outElsewhere } from "./elsewhere.ts";
import { heldByOthers } from "./ledger.ts";
import { PlanChanged } from "../campaign/planStore.ts";
import { provenBefore } from "./proofMemory.ts";
import { explainRpc, explainTransport } from "../device/reachability.ts";
import { tokenOf } from "../device/token.ts";
import type { Discover, Since } from "./sharedDiscovery.ts";
import type { FabricKnowledge } from "./storedReadings.ts";

/** The devices that share an attached server with a device. */
export async function peersOf(
  { readings }: Pick<ControllerContext, "readings">,
  fabric: Fabric,
  device: string,
): Promise<readonly string[]> {
  return everyGraph(await readings.topologyOf(fabric), (topology) => sharingServers(topology, device));
}

/** The devices that share a link or an attached server with a device. */
export async function neighboursOf(
  { readings }: Pick<ControllerContext, "readings">,
  fabric: Fabric,
  device: string,
): Promise<readonly string[]> {
  return everyGraph(await readings.topologyOf(fabric), (topology) => around(topology, device));
}

/** The loopback addresses of each device that was ever read. */
export async function routerAddressesOf(
  { readings }: Pick<ControllerContext, "readings">,
  fabric: Fabric,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stored } = await readings.topologyOf(fabric);
  const known = { ...stored.complete, ...stored.discoveries };
  return new Map(Object.entries(known).map(([name, { routerAddresses }]) => [name, routerAddresses]));
}

/** Also who was silent at the last reading: its neighbours do not know it any more, and it may be back. */
function everyGraph(
  { topology, complete }: FabricKnowledge,
  find: (topology: Topology) => readonly string[],
): readonly string[] {
  const graphs = topology === complete ? [topology] : [topology, complete];
  return [...new Set(graphs.flatMap(find))];
}

/** The devices that share a link or an attached server with a device. */
function around(topology: Topology, device: string): readonly string[] {
  const found = new Set(sharingServers(topology, device));
  for (const { a, b } of topology.links) {
    if (a.device === device) found.add(b.device);
    if (b.device === device) found.add(a.device);
  }
  found.delete(device);
  return [...found].toSorted();
}

/**
 * The devices that carry in its stead for what is linked below it: they have no link to it, and what keeps traffic off them
 * only they say.
 */
function besides(topology: Topology, device: string): readonly string[] {
  const layers = new Map(topology.devices.map(({ name, role }) => [name, layerOf(role)]));
  const own = layers.get(device) ?? 0;
  const ends = topology.links.flatMap(({ a, b }) => [
    { from: a.device, to: b.device },
    { from: b.device, to: a.device },
  ]);
  const below = new Set(
    ends.filter(({ from, to }) => from === device && (layers.get(to) ?? 0) < own).map(({ to }) => to),
  );
  const found = ends.filter(({ from, to }) => below.has(from) && to !== device && layers.get(to) === own);
  return [...new Set(found.map(({ to }) => to))].toSorted();
}

function sharingServers(topology: Topology, device: string): readonly string[] {
  const found = new Set<string>();
  for (const { attachments } of topology.endpoints) {
    if (attachments.some((each) => each.device === device)) {
      for (const each of attachments) found.add(each.device);
    }
  }
  found.delete(device);
  return [...found].toSorted();
}

type DiscoveryContext = Pick<ControllerContext, "pool" | "drivers" | "clock">;

/** Reads one device. A device that cannot be read is explained, not thrown. */
export function discoverDevice(
  context: DiscoveryContext,
  fabric: Fabric,
  name: string,
): Promise<DeviceDiscovery | Unreachable> {
  return discoverOver(context, { fabric, name, over: (connection) => connection });
}

/** Reads devices again and again, and asks for what is steady less often where that will do. */
export function repeatedDiscovery(context: DiscoveryContext): Discover {
  const replies = steadyReplies(context.clock);
  return (fabric, name, extent) =>
    discoverOver(context, {
      fabric,
      name,
      over: (connection, controlPlane = "") => ({
        ...connection,
        main: replies.of(
          `${fabric.metadata.uid}/${name}/${controlPlane}`,
          connection.main,
          extent === "Whole" ? "Device" : "Memory",
        ),
      }),
    });
}

interface Subject {
  readonly fabric: Fabric;
  readonly name: string;
  /** What the device is asked over, instead of the connection itself. */
  readonly over: (connection: DeviceConnection, controlPlane?: string) => DeviceConnection;
}

async function discoverOver(
  { pool, drivers, clock }: DiscoveryContext,
  { fabric, name, over }: Subject,
): Promise<DeviceDiscovery | Unreachable> {
  const device = fabric.spec.devices.find((each) => each.name === name);
  const driver = device === undefined ? undefined : driverOf(drivers, device);
  if (device === undefined) return new Unreachable(explain("DeviceNotFound", `${name} is not in the Fabric`));
  if (driver === undefined) {
    return new Unreachable(
      explain("UnsupportedFamily", `no driver for ${name} of the family ${device.family}`),
    );
  }
  const connect = async (controlPlane?: string): Promise<DeviceConnection> =>
    over(await pool.connect(fabric, name, controlPlane), controlPlane);
  return orUnreachable(name, () => driver.discover(device, connect, clock));
}

/** What comes of asking a device. That it did not answer, or not as it should, is a result. */
export async function orUnreachable<T>(name: string, work: () => Promise<T>): Promise<T | Unreachable> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreachable) return error;
    const explained = explainTransport(error) ?? explainRpc(error);
    if (explained === undefined) throw error;
    return new Unreachable({ ...explained, message: `${name}: ${explained.message}` }, { cause: error });
  }
}

/** Proves the fabric without the device of an upgrade, which may be out already, by readings since that moment. */
export async function proveWithout(
  context: ControllerContext,
  { fabric, upgrade, since }: { fabric: Fabric; upgrade: DeviceUpgrade; since: Since },
): Promise<Proof> {
  const device = upgrade.spec.deviceName;
  const known = await context.readings.topologyOf(fabric);
  const out = new Set(heldByOthers(fabric, tokenOf(upgrade)));
  const asked = everyGraph(known, (topology) => [
    ...around(topology, device),
    ...besides(topology, device),
  ]).filter((name) => !out.has(name));
  const answers = await Promise.all(
    asked.map(async (name) => ({ name, answer: await context.discover(fabric, name, since) })),
  );
  const current: Record<string, DeviceDiscovery> = { ...known.stored.discoveries };
  const silent: Unreachable[] = [];
  for (const { name, answer } of answers) {
    if (answer instanceof Unreachable) {
      silent.push(answer);
      out.add(name);
    } else current[name] = answer;
  }
  // Written and read at this moment: their fabrics have ledgers and leaders of their own.
  const elsewhere = elsewhereBeside(device, known.topology);
  const others = elsewhere.length === 0 ? [] : await fabricsElsewhere(context.store, fabric);
  const gone = await outElsewhere(elsewhere, others, (other, name) => context.discover(other, name, since));
  for (const name of gone) out.add(name);
  const accepted = await acceptedBy(context, upgrade);
  const question = [
    [...out].toSorted(),
    accepted,
    answers.map(({ name, answer }) => [
      name,
      answer instanceof Unreachable ? null : { ...answer, readAt: "" },
    ]),
  ];
  const cutOff = provenBefore(known, { device, question }, () =>
    whoLosesService(buildTopology(fabric.spec, current), {
      removing: [device],
      alreadyOut: out,
      baseline: known.topology,
      ...accepted,
    }),
  );
  const [first] = cutOff;
  if (first === undefined) return { proven: true };
  const [nobody] = silent;
  const drained = answers.flatMap(({ name, answer }) =>
    answer instanceof Unreachable || answer.drainedBy === undefined
      ? []
      : [drainText({ name, drainedBy: answer.drainedBy })],
  );
  const [cause = nobody?.message] = drained;
  const because = `without ${device}: ${first.message}${cause === undefined ? "" : ` (${cause})`}`;
  return { proven: false, because: explain(nobody === undefined ? "RedundancyLost" : "PeerLost", because) };
}

/** The devices of other fabrics that stand in a group with this one. */
export function elsewhereBeside(device: string, { groups }: Pick<Topology, "groups">): string[] {
  const names = groups.flatMap(({ members, elsewhere = [] }) => (members.includes(device) ? elsewhere : []));
  return [...new Set(names)];
}

/** What the approved plan says is cut off, and whose loss the campaign accepts by name. */
async function acceptedBy(
  { store, readings }: ControllerContext,
  { metadata, spec }: DeviceUpgrade,
): Promise<{ accepted: readonly string[]; exposed: readonly ExposedDevice[] }> {
  const key = { namespace: metadata.namespace, name: spec.campaignRef.name };
  const campaign = store.cached("UpgradeCampaign").get(key);
  if (campaign === undefined) return { accepted: [], exposed: [] };
  const accepted = (campaign.spec.strategy.acceptNonHitless ?? []).map((each) => each.device);
  // What a changed plan says of them is not what was approved: nothing is taken for accepted then.
  const record = await readings.planOf(campaign).catch((error: unknown) => {
    if (error instanceof PlanChanged) return undefined;
    throw error;
  });
  const exposed = (record?.plan.exposed ?? []).filter((each) => accepted.includes(each.device));
  return { accepted, exposed };
}
