/**
 * Finds a fabric from one of its devices: asks each for its LLDP neighbours, follows those whose names are names of
 * fabric devices, and reads from all what plans are made of. Read-only, with pinned host keys.
 */
import PQueue from "p-queue";
import type { DeviceDiscovery } from "../../../api/discovery.ts";
import type { Fabric } from "../../../api/fabric.gen.ts";
import { KNOWN_HOSTS_KEY } from "../../../api/names.ts";
import type { Tier } from "../../../api/plan.ts";
import { withHint } from "../../../api/reasons.ts";
import type { Clock } from "../../../api/time.ts";
import { devicePool, dialSsh, type DevicePool } from "../../../controllers/device/devicePool.ts";
import { discoverDevice, orUnreachable } from "../../../controllers/fabric/proof.ts";
import { Unreachable } from "../../../drivers/driver.ts";
import { againstMembers } from "../../../drivers/virtualChassis.ts";
import { readSoftware } from "../../../junos/software.ts";
import { compareNames, listed, sortedNames } from "../../../planner/naturalOrder.ts";
import { portText } from "../../../planner/topology/ports.ts";
import { buildTopology, type Topology } from "../../../planner/topology/topology.ts";
import { familyOfModel, type Family } from "../../../release/family.ts";
import { memoryStore } from "../../../store/memory/memoryStore.ts";
import { DEFAULT_NAMESPACE } from "../../manifests/readManifests.ts";
import { DRIVERS } from "../../../drivers/registry.ts";
import { mapped, roleInName, type MappedRole, type Mapping } from "../mapping.ts";
import type { Source, SourceDevice } from "../source.ts";
import type { AddressBook } from "./addresses.ts";
import type { CrawlLogin } from "./login.ts";

export interface CrawlOptions {
  /** Address of the first device, with a port where it is not `port`. */
  readonly seed: string;
  readonly port: number;
  readonly login: CrawlLogin;
  readonly addresses: AddressBook;
  /** What names mean; names that mean nothing are not followed. */
  readonly roles: Mapping<MappedRole>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of every device that was read. */
  readonly onDevice?: (name: string) => void;
}

/** Handshakes are costly for both sides. */
const DEVICES_AT_ONCE = 10;
/** As many as a Fabric holds. */
const MAX_DEVICES = 5000;
const NAMED_STRANGERS = 20;

const SEED_NAME = "seed";
const LOGIN_NAME = "login";

/** Crawls. Devices that do not answer are problems; throws only for defects, and when it is stopped. */
export async function crawlFabric(options: CrawlOptions): Promise<Source> {
  const { seed, login, clock, signal } = options;
  const store = memoryStore({ clock });
  const metadata = { namespace: DEFAULT_NAMESPACE, name: LOGIN_NAME };
  await store.create("Secret", { metadata, type: "Opaque", data: { ...login.credentials } });
  await store.create("ConfigMap", { metadata, data: { [KNOWN_HOSTS_KEY]: login.knownHosts } });
  const pool = devicePool({ store, dial: dialSsh, signal, registerSecret: () => undefined });
  try {
    const crawl = new Crawl(options, pool);
    await crawl.from(seed);
    signal.throwIfAborted();
    return crawl.source();
  } finally {
    pool.close();
    await store.close();
  }
}

/** For what is not known to be of any. */
const USUAL_FAMILY: Family = "junos-qfx";
const CONTROL_PLANES = ["re0", "re1", "node0", "node1"];

interface ReadDevice {
  readonly said: DeviceDiscovery;
  readonly family: Family;
}

interface CrawledDevice {
  readonly name: string;
  readonly family: Family;
  readonly address: string;
  readonly role: Tier | undefined;
  readonly said: DeviceDiscovery;
}

class Crawl {
  readonly #options: CrawlOptions;
  readonly #pool: DevicePool;
  readonly #devices = new Map<string, CrawledDevice>();
  /** Names that are being asked for, or were. */
  readonly #known = new Set<string>();
  readonly #strangers = new Set<string>();
  readonly #problems: string[] = [];

  constructor(options: CrawlOptions, pool: DevicePool) {
    this.#options = options;
    this.#pool = pool;
  }

  /** Reads the first device, then wave by wave whom it leads to. */
  async from(seed: string): Promise<void> {
    const first = await this.#read(SEED_NAME, seed);
    if (first === undefined) return;
    const queue = new PQueue({ concurrency: DEVICES_AT_ONCE });
    let wave = this.#add({ ...first, address: seed });
    while (wave.length > 0 && this.#known.size <= MAX_DEVICES) {
      const read = await Promise.all(
        wave.map((name) =>
          queue.add(async () => {
            const address = this.#addressOf(name);
            return { address, read: await this.#read(name, address) };
          }),
        ),
      );
      wave = read.flatMap((each) =>
        each.read === undefined ? [] : this.#add({ ...each.read, address: each.address }),
      );
    }
  }

  /** Takes a device in; returns the names of the neighbours that are to be asked next. */
  #add({ said, family, address }: ReadDevice & { readonly address: string }): string[] {
    const name = shortName(said.hostName);
    this.#known.add(name);
    if (this.#devices.has(name)) return [];
    const role = this.#roleOf(name);
    this.#devices.set(name, { name, family, address, role, said: { ...said, device: name } });
    this.#options.onDevice?.(name);
    const next: string[] = [];
    for (const { remoteSystem } of said.lldpNeighbours) {
      const neighbour = shortName(remoteSystem);
      if (neighbour === "" || this.#known.has(neighbour)) continue;
      if (this.#isLeftOut(neighbour)) continue;
      if (this.#roleOf(neighbour) === undefined) this.#strangers.add(neighbour);
      else {
        this.#known.add(neighbour);
        next.push(neighbour);
      }
    }
    return next;
  }

  #roleOf(name: string): Tier | undefined {
    const given = mapped(this.#options.roles, [[name]]).find((role) => role !== "none");
    return given ?? roleInName(name);
  }

  #isLeftOut(name: string): boolean {
    return mapped(this.#options.roles, [[name]]).includes("none");
  }

  /** Listed by the device's name or, as LLDP may announce it, by that of the engine that is its master. */
  #addressOf(name: string): string {
    const { addresses } = this.#options;
    const planes = CONTROL_PLANES.flatMap((plane) => addresses.listed(`${name}-${plane}`) ?? []);
    return addresses.listed(name) ?? planes[0] ?? addresses.addressOf(name);
  }

  /** Reads a device as its family is read, which its model tells. */
  async #read(name: string, address: string): Promise<ReadDevice | undefined> {
    const { clock, port, signal } = this.#options;
    const known = { name, address, role: "Leaf" } as const;
    const model = await this.#modelOf(
      fabricOf([{ ...known, model: "unknown", family: USUAL_FAMILY }], port),
      name,
    );
    signal.throwIfAborted();
    if (model instanceof Unreachable) return this.#complain(name, address, model);
    const family = familyOfModel(model) ?? USUAL_FAMILY;
    const fabric = fabricOf([{ ...known, model: model === "" ? "unknown" : model, family }], port);
    const said = await discoverDevice({ pool: this.#pool, drivers: DRIVERS, clock }, fabric, name);
    signal.throwIfAborted();
    return said instanceof Unreachable ? this.#complain(name, address, said) : { said, family };
  }

  /** Empty where the device does not say it. */
  #modelOf(fabric: Fabric, name: string): Promise<string | Unreachable> {
    return orUnreachable(name, async () => {
      const { main } = await this.#pool.connect(fabric, name);
      const { engines } = await readSoftware(main);
      return engines.find((engine) => engine.model !== null)?.model ?? "";
    });
  }

  #complain(name: string, address: string, { explained }: Unreachable): undefined {
    const message = withHint(explained).replace(`${name}: `, "");
    if (name === SEED_NAME) {
      const where = message.startsWith(address) ? "" : `${address}: `;
      this.#problems.push(`the first device: ${where}${message}`);
    } else if (address === name) {
      this.#problems.push(
        `${name}: ${message}; LLDP gives no address: name it in --addresses, or use --domain`,
      );
    } else this.#problems.push(`${address}: ${name}: ${message}`);
    return undefined;
  }

  /** Its routing engines or nodes where it has two and all of their addresses are listed. */
  #controlPlanesOf({ name, said }: CrawledDevice): SourceDevice["controlPlanes"] {
    const planes = said.controlPlanes ?? [];
    if (planes.length < 2) return undefined;
    const found = planes.flatMap((plane) => {
      const address = this.#options.addresses.listed(`${name}-${plane.name}`);
      return address === undefined ? [] : [{ name: plane.name, address }];
    });
    return found.length === planes.length ? found : undefined;
  }

  /** What people have to add, for no device tells it. */
  #notesOf(device: CrawledDevice): string[] {
    const { name, said } = device;
    const planes = (said.controlPlanes ?? []).map((plane) => plane.name);
    const members = againstMembers(name, said.virtualChassisMembers);
    return [
      ...(planes.length > 1 && this.#controlPlanesOf(device) === undefined
        ? [
            `${name} has ${planes.join(" and ")}: list the address of each as ${planes.map((plane) => `${name}-${plane}`).join(", ")} in --addresses, or write controlPlanes into the Fabric`,
          ]
        : []),
      ...(members === null ? [] : [withHint(members)]),
    ];
  }

  source(): Source {
    const devices = [...this.#devices.values()].toSorted((one, other) => compareNames(one.name, other.name));
    const title = `LLDP, beginning with ${this.#options.seed}`;
    const topology = this.#problems.length > 0 ? undefined : topologyOf(devices, this.#options.port);
    const unreachable = this.#problems.length > 0;
    const strangers = sortedNames(this.#strangers);
    const shown = listed(strangers, NAMED_STRANGERS);
    return {
      title,
      devices: devices.map((device) => sourceDevice(device, this.#controlPlanesOf(device))),
      links: (topology?.links ?? [])
        .filter(({ up }) => up)
        .map(({ a, b }) => ({ a, b, place: `LLDP of ${a.device}` })),
      segments: (topology?.endpoints ?? []).map(({ name, esi, attachments }) => ({
        name,
        ...(esi === null ? {} : { esi }),
        members: attachments,
        place: `EVPN and LLDP of ${attachments.map(({ device }) => device).join(", ")}`,
      })),
      problems: this.#problems,
      notes: [
        ...devices.flatMap((device) => this.#notesOf(device)),
        ...(topology?.problems ?? []).map(({ device, message }) => `${device}: ${message}`),
        ...(topology?.links ?? [])
          .filter(({ up }) => !up)
          .map(({ a, b }) => `left out, because it does not work: ${portText(a)} to ${portText(b)}`),
        ...(strangers.length === 0
          ? []
          : [`not followed, as no devices of the fabric (--role NAME=ROLE takes one in): ${shown}`]),
      ],
      ...(unreachable ? { unreachable } : {}),
    };
  }
}

function sourceDevice(
  { name, address, role, said }: CrawledDevice,
  controlPlanes: SourceDevice["controlPlanes"],
): SourceDevice {
  return {
    name,
    place: address,
    address,
    hints: role === undefined ? [] : [[role]],
    overlayRoles: [],
    labels: {},
    ...(said.model === "" ? {} : { model: said.model }),
    ...(controlPlanes === undefined ? {} : { controlPlanes }),
  };
}

/** The graph as the devices describe it; without the roles of all of them there is none. */
function topologyOf(devices: readonly CrawledDevice[], port: number): Topology | undefined {
  const described = devices.flatMap(({ name, family, address, role, said }) =>
    role === undefined
      ? []
      : [{ name, family, address, model: said.model === "" ? "unknown" : said.model, role }],
  );
  if (described.length < devices.length) return undefined;
  const discoveries = Object.fromEntries(devices.map(({ name, said }) => [name, said]));
  return buildTopology(fabricOf(described, port).spec, discoveries);
}

function fabricOf(devices: Fabric["spec"]["devices"], port: number): Fabric {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "Fabric",
    metadata: {
      namespace: DEFAULT_NAMESPACE,
      name: "crawl",
      uid: "crawl",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "",
    },
    spec: {
      devices,
      connection: {
        port,
        credentialsSecretRef: { name: LOGIN_NAME },
        knownHostsRef: { name: LOGIN_NAME },
      },
      multihoming: { discovery: "Preferred" },
      drain: { quietBitsPerSecond: 0, confirmTimeout: "10m" },
    },
  };
}

/** As a Fabric calls it: LLDP's system names often have a domain, and that of a routing engine or node its own ending. */
function shortName(systemName: string): string {
  const name = systemName.trim().toLowerCase();
  if (/^[\d.]+$/.test(name)) return name;
  return (name.split(".", 1)[0] ?? name).replace(/[-_](?:re|node)[01]$/, "");
}
