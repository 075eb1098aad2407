/**
 * Makes a Fabric of what a source says. Everything that is wrong is told at once, each with its place, and then
 * there is no Fabric: half an import would be mended by hand and never be looked at again.
 */
import type { Tier } from "../../api/plan.ts";
import { sortedNames } from "../../planner/naturalOrder.ts";
import { familyOfModel } from "../../release/family.ts";
import { knownNames } from "../knownNames.ts";
import { enumOf, refusals, textProblem } from "./fabricSchema.ts";
import { mapped, matchesPattern, usualRoles, type MappedRole, type Mapping } from "./mapping.ts";
import type { Source, SourceDevice, SourcePort } from "./source.ts";

export interface BuildOptions {
  /** Of the Fabric. */
  readonly name: string;
  readonly roles: Mapping<MappedRole>;
  readonly models: Mapping<string>;
  readonly overlayRoles: Mapping<string>;
  /** Only devices with one of these hints or names; all where it is empty. */
  readonly limit: readonly string[];
  /** Put after names that have no domain, to make an address where there is none. */
  readonly domain?: string;
  readonly port: number;
  /** Names of the Secret and of the ConfigMap with the host keys. */
  readonly credentials: string;
  readonly knownHosts: string;
}

export type BuiltFabric =
  | { readonly fabric: FabricManifest; readonly notes: readonly string[] }
  | { readonly problems: readonly string[] };

/** A Fabric as a user would write it. */
export interface FabricManifest {
  readonly apiVersion: "hitless.dev/v1alpha1";
  readonly kind: "Fabric";
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly devices: readonly ManifestDevice[];
    readonly connection: {
      readonly port?: number;
      readonly credentialsSecretRef: { readonly name: string };
      readonly knownHostsRef: { readonly name: string };
    };
    readonly links?: readonly { readonly a: string; readonly b: string }[];
    readonly multihoming?: {
      readonly segments: readonly {
        readonly name: string;
        readonly esi?: string;
        readonly members: readonly string[];
      }[];
    };
  };
}

export interface ManifestDevice {
  readonly name: string;
  readonly address: string;
  readonly model: string;
  readonly family: string;
  readonly role: Tier;
  readonly overlayRoles?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly controlPlanes?: SourceDevice["controlPlanes"];
}

/** The port of NETCONF over SSH (RFC 6242), and the default of a Fabric. */
export const NETCONF_PORT = 830;

/** Builds the manifest, or says all that is wrong. */
export function buildFabric(source: Source, options: BuildOptions): BuiltFabric {
  const building: Building = { options, problems: [...source.problems], notes: [...source.notes] };
  const chosen = source.devices.filter((device) => isChosen(device, options) && !isLeftOut(device, options));
  if (chosen.length === 0 && building.problems.length === 0) {
    building.problems.push(`${source.title}: there is no device in it${limitText(source, options)}`);
  }
  const names = nameDevices(chosen, building);
  const devices = chosen.flatMap((device) => buildDevice(device, names.get(device) ?? device.name, building));
  refuseSharedAddresses(chosen, devices, building);
  const known = new Map(chosen.map((device) => [device.name, names.get(device) ?? device.name]));
  const links = buildLinks(source, known, building);
  const segments = source.segments.flatMap(({ members, ...segment }) => {
    const ports = members.flatMap((port) => portText(port, known) ?? []);
    return ports.length === 0 ? [] : [{ ...segment, members: ports }];
  });
  if (building.problems.length > 0) return { problems: building.problems };
  const { name, port, credentials, knownHosts } = options;
  const fabric: FabricManifest = {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "Fabric",
    metadata: { name },
    spec: {
      devices,
      connection: {
        ...(port === NETCONF_PORT ? {} : { port }),
        credentialsSecretRef: { name: credentials },
        knownHostsRef: { name: knownHosts },
      },
      ...(links.length === 0 ? {} : { links }),
      ...(segments.length === 0
        ? {}
        : { multihoming: { segments: segments.map(({ place: _place, ...segment }) => segment) } }),
    },
  };
  const refused = refusals(fabric, (field) => {
    const index = /^spec\.devices\[(\d+)\]/.exec(field)?.[1];
    return chosen[Number(index ?? -1)]?.place ?? source.title;
  });
  return refused.length > 0 ? { problems: refused } : { fabric, notes: building.notes };
}

interface Building {
  readonly options: BuildOptions;
  readonly problems: string[];
  readonly notes: string[];
}

function isChosen({ name, hints }: SourceDevice, { limit }: BuildOptions): boolean {
  if (limit.length === 0) return true;
  const texts = [name, ...hints.flat()];
  return limit.some((pattern) => texts.some((text) => matchesPattern(pattern, text)));
}

function isLeftOut(device: SourceDevice, { roles }: BuildOptions): boolean {
  return mapped(roles, hintsOf(device)).includes("none");
}

function limitText({ devices }: Source, { limit }: BuildOptions): string {
  const [first] = limit;
  if (first === undefined) return "";
  const known = sortedNames(devices.flatMap(({ hints }) => hints.flat()));
  const others = known.length === 0 ? "" : `; it has groups, roles and the like: ${knownNames(first, known)}`;
  return ` that --limit ${limit.join(" ")} lets through${others}`;
}

/** The device's own name is the most telling of all. */
function hintsOf({ name, hints }: SourceDevice): readonly (readonly string[])[] {
  return [[name], ...hints];
}

/** Names as a Fabric may have them. Two devices that come to the same name are refused, both with their place. */
function nameDevices(
  devices: readonly SourceDevice[],
  { problems, notes }: Building,
): Map<SourceDevice, string> {
  const names = new Map<SourceDevice, string>();
  const holders = new Map<string, SourceDevice>();
  for (const device of devices) {
    const name = device.name
      .trim()
      .toLowerCase()
      .replaceAll(/[_\s]+/g, "-");
    const holder = holders.get(name);
    if (holder !== undefined) {
      const same = holder.name === device.name ? "" : ` (as ${holder.name})`;
      problems.push(`${device.place}: name: ${device.name} stands in ${holder.place} already${same}`);
      continue;
    }
    holders.set(name, device);
    names.set(device, name);
    if (name !== device.name) notes.push(`${device.name} is called ${name}`);
  }
  return names;
}

function buildDevice(device: SourceDevice, name: string, building: Building): ManifestDevice[] {
  const { problems, options } = building;
  const complain = (field: string, message: string): undefined => {
    problems.push(`${device.place}: ${device.name}: ${field}: ${message}`);
    return undefined;
  };
  const nameProblem = textProblem(name, "name");
  if (nameProblem !== undefined) complain("name", `found ${JSON.stringify(name)}; ${nameProblem}`);
  const address = addressOf(device, options) ?? complain("address", missingAddress(options));
  const model = modelOf(device, options, complain);
  const family = model === undefined ? undefined : familyOf(model, complain);
  const role = roleOf(device, options, complain);
  if (address === undefined || model === undefined || family === undefined || role === undefined) return [];
  const overlayRoles = [
    ...new Set([...device.overlayRoles, ...mapped(options.overlayRoles, [hintsOf(device).flat()])]),
  ];
  return [
    {
      name,
      address,
      model,
      family,
      role,
      ...(overlayRoles.length === 0 ? {} : { overlayRoles }),
      ...(Object.keys(device.labels).length === 0 ? {} : { labels: device.labels }),
      ...(device.controlPlanes === undefined ? {} : { controlPlanes: device.controlPlanes }),
    },
  ];
}

type Complain = (field: string, message: string) => undefined;

function missingAddress({ domain }: BuildOptions): string {
  const way = domain === undefined ? " (or make one of the name with --domain)" : "";
  return `found nothing; the management address is needed${way}`;
}

/** The address with its port, where that is not the connection's. */
function addressOf(device: SourceDevice, { domain, port: usual }: BuildOptions): string | undefined {
  const host = device.address ?? (domain === undefined ? undefined : `${device.name}.${domain}`);
  if (host === undefined) return undefined;
  const { port = usual } = device;
  if (port === usual) return host;
  return host.includes(":") ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

function modelOf(device: SourceDevice, { models }: BuildOptions, complain: Complain): string | undefined {
  const own = device.model === undefined ? [] : [[device.model]];
  const found = mapped(models, [...own, ...hintsOf(device)]);
  if (found.length > 1) {
    return complain("model", `--model gives it ${found.join(" and ")}; give it one`);
  }
  const model = found[0] ?? device.model;
  if (model === undefined || model.trim() === "") {
    return complain("model", "found nothing; name it in the source, or with --model GROUP=MODEL");
  }
  return model.trim().toLowerCase().replaceAll(/\s+/g, "-");
}

function familyOf(model: string, complain: Complain): string | undefined {
  const families = enumOf("family");
  return (
    familyOfModel(model) ??
    complain(
      "model",
      `found ${JSON.stringify(model)}; this version knows the families ${families.join(", ")}: leave the device out with --role NAME=none, or correct the model with --model`,
    )
  );
}

function roleOf(device: SourceDevice, { roles }: BuildOptions, complain: Complain): Tier | undefined {
  const given = mapped(roles, hintsOf(device)).filter((role) => role !== "none");
  const found = given.length > 0 ? given : usualRoles(device.hints);
  const [role, second] = found;
  if (second !== undefined) {
    return complain("role", `found ${found.join(" and ")}; say which one with --role NAME=ROLE`);
  }
  if (role !== undefined) return role;
  // The most telling of what the source says.
  const hints = device.hints[0] ?? [];
  const shown = hints.length === 0 ? "nothing" : hints.map((hint) => JSON.stringify(hint)).join(", ");
  const key = hints[0] ?? device.name;
  return complain(
    "role",
    `found ${shown}; say what it means with --role ${key}=ROLE, one of ${enumOf("role").join(", ")}, none`,
  );
}

function refuseSharedAddresses(
  chosen: readonly SourceDevice[],
  devices: readonly ManifestDevice[],
  { problems }: Building,
): void {
  if (devices.length !== chosen.length) return;
  const holders = new Map<string, SourceDevice>();
  for (const [index, { address }] of devices.entries()) {
    const device = chosen[index];
    if (device === undefined) continue;
    const holder = holders.get(address);
    if (holder === undefined) holders.set(address, device);
    else {
      problems.push(`${device.place}: ${device.name}: address: ${address} is that of ${holder.name}, too`);
    }
  }
}

function buildLinks(
  { links }: Source,
  known: ReadonlyMap<string, string>,
  { problems }: Building,
): { a: string; b: string }[] {
  const users = new Map<string, string>();
  const pairs = new Set<string>();
  return links.flatMap((link) => {
    const [a, b] = [portText(link.a, known), portText(link.b, known)];
    // A cable to a server or to another site says nothing of this fabric.
    if (a === undefined || b === undefined) return [];
    const pair = [a, b].toSorted().join(" ");
    if (pairs.has(pair)) return [];
    pairs.add(pair);
    for (const port of [a, b]) {
      const user = users.get(port);
      if (user === undefined) users.set(port, link.place);
      else problems.push(`${link.place}: ${port} is an end of ${user}, too`);
    }
    return [{ a, b }];
  });
}

function portText(port: SourcePort, known: ReadonlyMap<string, string>): string | undefined {
  const device = known.get(port.device);
  return device === undefined ? undefined : `${device}/${port.interface}`;
}
