/** Reads `simulation.yaml`: what a Fabric has no field for. Everything wrong in it is refused, with the place. */
import { parse, YAMLParseError } from "yaml";

import {
  CONTROL_PLANE_NAMES,
  DEFAULT_CREDENTIALS,
  DEFAULT_DISK_FREE_BYTES,
  DEFAULT_READ_ONLY_CREDENTIALS,
  DEFAULT_REDUNDANCY,
  DEFAULT_RELEASE,
  DEFAULT_TIMINGS,
  DEFAULT_TRAFFIC,
  DEVICE_FEATURES,
  DEVICE_ROLES,
  LACP_MODES,
  STATEMENT_STATES,
  UNDERLAY_PROTOCOLS,
} from "./description.ts";
import type {
  Credentials,
  DescribedCluster,
  DescribedControlPlane,
  DescribedDevice,
  DescribedLineCard,
  DescribedLink,
  DescribedPackage,
  DescribedRedundancy,
  DescribedServer,
  DeviceFeature,
  SimulationDescription,
  StatementState,
  Timings,
} from "./description.ts";
import { FieldReader } from "./descriptionReader.ts";
import { generatedEsi, linksOfFabric, parsePort, serversOfFabric } from "./fabricInput.ts";
import type { FabricInput } from "./fabricInput.ts";
import { readFault } from "./faultFile.ts";
import { SimulationError } from "./simulationError.ts";

export const SIMULATION_API_VERSION = "simulation.hitless.dev/v1alpha1";

const DEVICE_FIELDS = [
  "name",
  "address",
  "model",
  "role",
  "release",
  "diskFreeBytes",
  "packages",
  "controlPlanes",
  "redundancy",
  "cluster",
  "pics",
  "features",
  "lineCards",
  "virtualChassisMembers",
];
const TIMING_NAMES = [
  "installSeconds",
  "copySeconds",
  "shutdownSeconds",
  "bootSeconds",
  "fpcOnlineSeconds",
  "bgpUpSeconds",
  "bgpHoldSeconds",
  "bgpNotifySeconds",
  "underlayConvergeSeconds",
  "evpnConvergeSeconds",
  "lacpUpSeconds",
  "lacpFastTimeoutSeconds",
  "lacpSlowTimeoutSeconds",
  "linkLossSeconds",
  "replicationSeconds",
  "routingRestartSeconds",
  "switchoverHoldSeconds",
  "clusterFailoverSeconds",
  "clusterDetectSeconds",
  "upgradeValidateSeconds",
  "upgradeLineCardsSeconds",
] as const satisfies readonly (keyof Timings)[];

/**
 * Reads the text of a `simulation.yaml`. With a Fabric, devices, addresses, models and roles come from it and
 * the file only adds to them; without one the file must name role and model itself. Throws `SimulationError`
 * `DescriptionInvalid`, which names file and field.
 */
export function parseSimulation(
  text: string,
  options: { readonly file: string; readonly fabric?: FabricInput },
): SimulationDescription {
  const { file, fabric } = options;
  const root = new FieldReader(parseYaml(text, file), file);
  root.allow([
    "apiVersion",
    "kind",
    "metadata",
    "credentials",
    "readOnlyCredentials",
    "defaults",
    "devices",
    "links",
    "servers",
    "images",
    "timings",
    "traffic",
    "underlay",
    "faults",
  ]);
  root.oneOf("apiVersion", [SIMULATION_API_VERSION]);
  root.oneOf("kind", ["Simulation"]);
  const traffic = root.reader("traffic");
  traffic.allow(["packetsPerSecond", "packetSizeBytes"]);
  const links = root.readers("links").map(readLink);
  const servers = root.readers("servers").map(readServer);
  const description: SimulationDescription = {
    name: root.reader("metadata").string("name", fabric?.metadata.name ?? "simulation"),
    credentials: readCredentials(root.reader("credentials"), DEFAULT_CREDENTIALS),
    readOnlyCredentials: readCredentials(root.reader("readOnlyCredentials"), DEFAULT_READ_ONLY_CREDENTIALS),
    devices: readDevices(root, fabric),
    links: links.length > 0 || fabric === undefined ? links : linksOfFabric(fabric),
    servers: servers.length > 0 || fabric === undefined ? servers : serversOfFabric(fabric),
    images: root.readers("images").map(readPackage),
    timings: readTimings(root.reader("timings")),
    traffic: {
      packetsPerSecond: traffic.number("packetsPerSecond", DEFAULT_TRAFFIC.packetsPerSecond),
      packetSizeBytes: traffic.number("packetSizeBytes", DEFAULT_TRAFFIC.packetSizeBytes, 64),
    },
    ...(root.has("underlay") ? { underlay: root.oneOf("underlay", UNDERLAY_PROTOCOLS) } : {}),
    faults: root.readers("faults").map(readFault),
  };
  checkReferences(description, file);
  return description;
}

/** The simulation of a Fabric that has no `simulation.yaml`: everything that can be guessed is. */
export function simulationFromFabric(fabric: FabricInput): SimulationDescription {
  const text = `{apiVersion: ${SIMULATION_API_VERSION}, kind: Simulation}`;
  return parseSimulation(text, { file: `Fabric ${fabric.metadata.name}`, fabric });
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text, { prettyErrors: false });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = text.slice(0, error.pos[0]).split("\n").length;
    throw new SimulationError("DescriptionInvalid", `${file}:${line}: this is not YAML: ${error.message}`, {
      hint: "mend it there",
      cause: error,
    });
  }
}

function readDevices(root: FieldReader, fabric: FabricInput | undefined): readonly DescribedDevice[] {
  const defaults = root.reader("defaults");
  defaults.allow(["release", "diskFreeBytes", "packages"]);
  const own = new Map(
    root.readers("devices").map((device) => {
      device.allow(DEVICE_FIELDS);
      return [device.string("name"), device];
    }),
  );
  const fromFabric = new Map((fabric?.spec.devices ?? []).map((device) => [device.name, device]));
  const names = new Set([...fromFabric.keys(), ...own.keys()]);
  if (names.size === 0)
    throw root.invalid("devices", "there is no device", "name at least one, or give a Fabric");
  return [...names].map((name) => {
    const overrides = own.get(name) ?? new FieldReader({ name }, "");
    const known = fromFabric.get(name);
    const address = overrides.optionalString("address") ?? known?.address;
    const packages = overrides.has("packages") ? overrides.readers("packages") : defaults.readers("packages");
    const controlPlanes = readControlPlanes(overrides, known?.controlPlanes ?? []);
    return {
      name,
      ...(address === undefined ? {} : { address }),
      model: overrides.string("model", known?.model).toLowerCase(),
      role: overrides.oneOf("role", DEVICE_ROLES, known?.role),
      release: overrides.string("release", defaults.string("release", DEFAULT_RELEASE)),
      diskFreeBytes: overrides.number(
        "diskFreeBytes",
        defaults.number("diskFreeBytes", DEFAULT_DISK_FREE_BYTES),
      ),
      packages: packages.map(readPackage),
      ...(controlPlanes.length === 0 ? {} : { controlPlanes }),
      ...(overrides.has("redundancy") ? { redundancy: readRedundancy(overrides.reader("redundancy")) } : {}),
      ...(overrides.has("features") ? { features: readFeatures(overrides) } : {}),
      ...(overrides.has("pics") ? { pics: overrides.strings("pics") } : {}),
      ...(overrides.has("lineCards") ? { lineCards: overrides.readers("lineCards").map(readLineCard) } : {}),
      ...(overrides.has("virtualChassisMembers")
        ? { virtualChassisMembers: overrides.number("virtualChassisMembers", undefined, 1) }
        : {}),
      ...(overrides.has("cluster") ? { cluster: readCluster(overrides.reader("cluster")) } : {}),
    };
  });
}

function readLineCard(card: FieldReader): DescribedLineCard {
  card.allow(["slot", "model"]);
  return { slot: card.number("slot"), model: card.string("model", "LC") };
}

/** Those of the Fabric and those of the file, by name; the file adds what a Fabric has no field for. */
function readControlPlanes(
  device: FieldReader,
  known: NonNullable<FabricInput["spec"]["devices"][number]["controlPlanes"]>,
): readonly DescribedControlPlane[] {
  const own = new Map(
    device.readers("controlPlanes").map((plane) => {
      plane.allow(["name", "address", "release", "engineModel", "diskFreeBytes", "packages"]);
      return [plane.oneOf("name", CONTROL_PLANE_NAMES), plane];
    }),
  );
  const addresses = new Map(known.map(({ name, address }) => [name, address]));
  const names = new Set([...addresses.keys(), ...own.keys()]);
  return [...names]
    .toSorted((left, right) => left.localeCompare(right))
    .map((name): DescribedControlPlane => {
      const plane = own.get(name) ?? new FieldReader({ name }, "");
      const address = plane.optionalString("address") ?? addresses.get(name);
      return {
        name,
        ...(address === undefined ? {} : { address }),
        ...(plane.has("release") ? { release: plane.string("release") } : {}),
        ...(plane.has("engineModel") ? { engineModel: plane.string("engineModel") } : {}),
        ...(plane.has("diskFreeBytes") ? { diskFreeBytes: plane.number("diskFreeBytes") } : {}),
        ...(plane.has("packages") ? { packages: plane.readers("packages").map(readPackage) } : {}),
      };
    });
}

function readRedundancy(reader: FieldReader): DescribedRedundancy {
  reader.allow(["gracefulSwitchover", "nonstopRouting", "commitSynchronize"]);
  const read = (name: keyof DescribedRedundancy): StatementState =>
    reader.oneOf(name, STATEMENT_STATES, DEFAULT_REDUNDANCY[name]);
  return {
    gracefulSwitchover: read("gracefulSwitchover"),
    nonstopRouting: read("nonstopRouting"),
    commitSynchronize: read("commitSynchronize"),
  };
}

function readFeatures(device: FieldReader): readonly DeviceFeature[] {
  return device.strings("features").map((text) => {
    const feature = DEVICE_FEATURES.find((known) => known === text);
    if (feature !== undefined) return feature;
    throw device.invalid("features", `"${text}" is none`, `known are ${DEVICE_FEATURES.join(", ")}`);
  });
}

function readCluster(reader: FieldReader): DescribedCluster {
  reader.allow(["groups"]);
  return {
    groups: reader.readers("groups").map((group) => {
      group.allow(["id", "priorities", "preempt", "primary"]);
      const priorities = group.reader("priorities");
      priorities.allow(["node0", "node1"]);
      return {
        id: group.number("id"),
        priorities: [priorities.number("node0"), priorities.number("node1")],
        preempt: group.boolean("preempt", false),
        primary: group.oneOf("primary", ["node0", "node1"], "node0"),
      };
    }),
  };
}

function readCredentials(reader: FieldReader, fallback: Credentials): Credentials {
  reader.allow(["username", "password"]);
  return {
    username: reader.string("username", fallback.username),
    password: reader.string("password", fallback.password),
  };
}

function readPackage(reader: FieldReader): DescribedPackage {
  reader.allow(["name", "sizeBytes", "sha256", "md5", "release"]);
  return {
    name: reader.string("name"),
    sizeBytes: reader.number("sizeBytes", undefined, 1),
    sha256: reader.pattern("sha256", /^[0-9a-f]{64}$/, "64 hexadecimal digits"),
    ...(reader.has("md5") ? { md5: reader.pattern("md5", /^[0-9a-f]{32}$/, "32 hexadecimal digits") } : {}),
    release: reader.string("release"),
  };
}

function readLink(reader: FieldReader): DescribedLink {
  reader.allow(["a", "b"]);
  return { a: parsePort(reader.string("a"), "links.a"), b: parsePort(reader.string("b"), "links.b") };
}

function readServer(reader: FieldReader, index: number): DescribedServer {
  reader.allow(["name", "lacp", "attachments", "aggregate", "esi", "vlan"]);
  const attachments = reader
    .strings("attachments")
    .map((text) => parsePort(text, `servers[${index}].attachments`));
  if (attachments.length === 0)
    throw reader.invalid("attachments", "there is none", "name at least one port");
  const lacp = reader.oneOf("lacp", LACP_MODES, "fast");
  const aggregate =
    reader.optionalString("aggregate") ??
    (attachments.length > 1 || lacp !== "none" ? `ae${index + 1}` : undefined);
  const multihomed = attachments.length > 1;
  const esi = reader.has("esi")
    ? reader.pattern("esi", /^([0-9a-f]{2}:){9}[0-9a-f]{2}$/, "00:11:11:11:11:11:11:00:00:01")
    : multihomed
      ? generatedEsi(index + 1)
      : undefined;
  return {
    name: reader.string("name"),
    lacp,
    attachments,
    ...(aggregate === undefined ? {} : { aggregate }),
    ...(esi === undefined ? {} : { esi }),
    vlan: reader.number("vlan", 100, 1),
  };
}

function readTimings(reader: FieldReader): Timings {
  reader.allow(TIMING_NAMES);
  const read = (name: keyof Timings): number => reader.number(name, DEFAULT_TIMINGS[name]);
  return {
    installSeconds: read("installSeconds"),
    copySeconds: read("copySeconds"),
    shutdownSeconds: read("shutdownSeconds"),
    bootSeconds: read("bootSeconds"),
    fpcOnlineSeconds: read("fpcOnlineSeconds"),
    bgpUpSeconds: read("bgpUpSeconds"),
    bgpHoldSeconds: read("bgpHoldSeconds"),
    bgpNotifySeconds: read("bgpNotifySeconds"),
    underlayConvergeSeconds: read("underlayConvergeSeconds"),
    evpnConvergeSeconds: read("evpnConvergeSeconds"),
    lacpUpSeconds: read("lacpUpSeconds"),
    lacpFastTimeoutSeconds: read("lacpFastTimeoutSeconds"),
    lacpSlowTimeoutSeconds: read("lacpSlowTimeoutSeconds"),
    linkLossSeconds: read("linkLossSeconds"),
    replicationSeconds: read("replicationSeconds"),
    routingRestartSeconds: read("routingRestartSeconds"),
    switchoverHoldSeconds: read("switchoverHoldSeconds"),
    clusterFailoverSeconds: read("clusterFailoverSeconds"),
    clusterDetectSeconds: read("clusterDetectSeconds"),
    upgradeValidateSeconds: read("upgradeValidateSeconds"),
    upgradeLineCardsSeconds: read("upgradeLineCardsSeconds"),
  };
}

/** Names must be known and used once: two cables in one port are a typing error, not a topology. */
function checkReferences(description: SimulationDescription, file: string): void {
  const names = new Set(description.devices.map((device) => device.name));
  const used = new Set<string>();
  const use = (port: { device: string; port: string }, field: string): void => {
    const text = `${port.device}/${port.port}`;
    if (!names.has(port.device))
      throw invalid(file, field, `"${port.device}" is no device`, `known are ${[...names].join(", ")}`);
    if (used.has(text)) throw invalid(file, field, `${text} is used twice`, "every port holds one cable");
    used.add(text);
  };
  description.links.forEach((link, index) => {
    use(link.a, `links[${index}].a`);
    use(link.b, `links[${index}].b`);
  });
  const servers = new Set<string>();
  description.servers.forEach((server, index) => {
    if (servers.has(server.name))
      throw invalid(
        file,
        `servers[${index}].name`,
        `"${server.name}" is used twice`,
        "name every server once",
      );
    servers.add(server.name);
    for (const port of server.attachments) use(port, `servers[${index}].attachments`);
  });
  description.faults.forEach((fault, index) => {
    if (!names.has(fault.device))
      throw invalid(
        file,
        `faults[${index}].device`,
        `"${fault.device}" is no device`,
        `known are ${[...names].join(", ")}`,
      );
  });
}

function invalid(file: string, field: string, found: string, hint: string): SimulationError {
  return new SimulationError("DescriptionInvalid", `${file}: ${field}: ${found}; ${hint}`, { hint });
}
