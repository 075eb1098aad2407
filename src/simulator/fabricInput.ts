/**
 * The part of a `Fabric` object that a simulation is derived from, and what is guessed where it says nothing:
 * a cable from every leaf to every spine, and a server for every Ethernet segment.
 */
import type { DescribedLink, DescribedPort, DescribedServer, DeviceRole } from "./description.ts";
import { CONTROL_PLANE_NAMES, DEVICE_ROLES } from "./description.ts";
import { FieldReader } from "./descriptionReader.ts";
import { SimulationError } from "./simulationError.ts";

/** What the simulator reads of a `Fabric`; any object of that shape will do. */
export interface FabricInput {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly devices: readonly {
      readonly name: string;
      readonly address: string;
      readonly model: string;
      readonly family?: string;
      readonly role: DeviceRole;
      readonly controlPlanes?: readonly {
        readonly name: (typeof CONTROL_PLANE_NAMES)[number];
        readonly address: string;
      }[];
    }[];
    readonly links?: readonly { readonly a: string; readonly b: string }[];
    readonly multihoming?: {
      readonly segments?: readonly {
        readonly name: string;
        readonly esi?: string;
        /** `leaf1/ae3` */
        readonly members: readonly string[];
      }[];
    };
  };
}

/**
 * Reads a `Fabric` as it stands in a manifest. Only the fields the simulator needs are looked at. Throws
 * `SimulationError` `DescriptionInvalid`, which names file and field.
 */
export function readFabricInput(value: unknown, file: string): FabricInput {
  const root = new FieldReader(value, file);
  const spec = root.reader("spec");
  const links = spec.readers("links").map((link) => ({ a: link.string("a"), b: link.string("b") }));
  const segments = spec
    .reader("multihoming")
    .readers("segments")
    .map((segment) => ({
      name: segment.string("name"),
      ...(segment.has("esi") ? { esi: segment.string("esi") } : {}),
      members: segment.strings("members"),
    }));
  return {
    metadata: { name: root.reader("metadata").string("name") },
    spec: {
      devices: spec.readers("devices").map((device) => ({
        name: device.string("name"),
        address: device.string("address"),
        model: device.string("model"),
        role: device.oneOf("role", DEVICE_ROLES),
        controlPlanes: device.readers("controlPlanes").map((plane) => ({
          name: plane.oneOf("name", CONTROL_PLANE_NAMES),
          address: plane.string("address"),
        })),
      })),
      links,
      multihoming: { segments },
    },
  };
}

/** Reads `leaf1/et-0/0/48`. Throws `SimulationError` when there is no device or no interface in it. */
export function parsePort(text: string, field: string): DescribedPort {
  const slash = text.indexOf("/");
  if (slash <= 0 || slash === text.length - 1) {
    const hint = "write device/interface, for example leaf1/et-0/0/48";
    throw new SimulationError(
      "DescriptionInvalid",
      `${field}: "${text}" does not name a device and an interface; ${hint}`,
      { hint },
    );
  }
  return { device: text.slice(0, slash), port: text.slice(slash + 1) };
}

/** The fabric's cables: as declared, else every leaf, border and firewall to every spine, every spine to every super spine. */
export function linksOfFabric(fabric: FabricInput): readonly DescribedLink[] {
  if (fabric.spec.links !== undefined && fabric.spec.links.length > 0) {
    return fabric.spec.links.map((link, index) => ({
      a: parsePort(link.a, `spec.links[${index}].a`),
      b: parsePort(link.b, `spec.links[${index}].b`),
    }));
  }
  const links: DescribedLink[] = [];
  const named = (roles: readonly DeviceRole[]): readonly string[] =>
    fabric.spec.devices.filter((device) => roles.includes(device.role)).map((device) => device.name);
  const connect = (uppers: readonly string[], lowers: readonly string[], firstUplink: number): void => {
    lowers.forEach((lower, lowerIndex) => {
      uppers.forEach((upper, upperIndex) => {
        links.push({
          a: { device: upper, port: `et-0/0/${lowerIndex}` },
          b: { device: lower, port: `et-0/0/${firstUplink + upperIndex}` },
        });
      });
    });
  };
  connect(named(["Spine"]), named(["Leaf", "Border", "Firewall"]), 48);
  connect(named(["SuperSpine"]), named(["Spine"]), 200);
  return links;
}

/** A server for every declared Ethernet segment: with fast LACP on an aggregate, without LACP on a plain port. */
export function serversOfFabric(fabric: FabricInput): readonly DescribedServer[] {
  return (fabric.spec.multihoming?.segments ?? []).map((segment, index) => {
    const members = segment.members.map((member) =>
      parsePort(member, `spec.multihoming.segments[${index}].members`),
    );
    const aggregate = members.find((member) => AGGREGATE.test(member.port))?.port;
    const esi = segment.esi ?? (members.length > 1 ? generatedEsi(index + 1) : undefined);
    return {
      name: segment.name,
      lacp: aggregate === undefined ? "none" : "fast",
      attachments: members.map((member) => ({ device: member.device, port: memberPort(member.port) })),
      ...(aggregate === undefined ? {} : { aggregate }),
      ...(esi === undefined ? {} : { esi }),
      vlan: 100,
    };
  });
}

/** An Ethernet segment identifier of type 0 (set by the operator), by number. */
export function generatedEsi(number: number): string {
  const high = (number >> 8).toString(16).padStart(2, "0");
  const low = (number & 0xff).toString(16).padStart(2, "0");
  return `00:11:11:11:11:11:11:00:${high}:${low}`;
}

const AGGREGATE = /^ae(\d+)$/;

/** The physical port that stands for an aggregate of which only the name is known. */
function memberPort(port: string): string {
  const number = AGGREGATE.exec(port)?.[1];
  return number === undefined ? port : `xe-0/0/${number}`;
}
