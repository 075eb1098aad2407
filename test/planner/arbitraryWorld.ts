/** Random fabrics: two or three layers, planes or full mesh, damaged in every way that a fabric is damaged. */
import fc from "fast-check";
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { Tier } from "../../src/api/plan.ts";
import { esi } from "./support.ts";
import type { World, WorldDevice, WorldServer } from "./support.ts";

interface Shape {
  readonly pods: number;
  readonly leaves: number;
  readonly spines: number;
  /** 0 for no layer above; with planes, each spine of a pod has its own. */
  readonly superSpines: number;
  readonly planes: boolean;
  readonly border: boolean;
  readonly firewall: boolean;
  readonly joinedTop: boolean;
  readonly servers: readonly {
    readonly on: readonly number[];
    readonly esi: boolean;
    readonly lldp: boolean;
  }[];
  /** Which cables, server ports and devices are broken, by place in their lists (taken modulo their length). */
  readonly cutCables: readonly number[];
  readonly cutPorts: readonly number[];
  readonly dead: readonly number[];
  readonly reflectors: "none" | "all" | "some";
  readonly out: readonly number[];
  readonly groups: readonly { readonly members: readonly number[]; readonly minAvailable: string }[];
  readonly roles: readonly number[];
}

const place = fc.nat({ max: 10_000 });

export const shape: fc.Arbitrary<Shape> = fc.record({
  pods: fc.integer({ min: 1, max: 3 }),
  leaves: fc.integer({ min: 2, max: 6 }),
  spines: fc.oneof(
    { weight: 1, arbitrary: fc.constantFrom(0, 1) },
    { weight: 5, arbitrary: fc.integer({ min: 2, max: 4 }) },
  ),
  superSpines: fc.integer({ min: 0, max: 4 }),
  planes: fc.boolean(),
  border: fc.boolean(),
  firewall: fc.boolean(),
  joinedTop: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  servers: fc.array(
    fc.record({
      on: fc.array(place, { minLength: 2, maxLength: 4 }),
      esi: fc.oneof(
        { weight: 9, arbitrary: fc.constant(true) },
        { weight: 1, arbitrary: fc.constant(false) },
      ),
      lldp: fc.boolean(),
    }),
    { maxLength: 14 },
  ),
  cutCables: fc.array(place, { maxLength: 4 }),
  cutPorts: fc.array(place, { maxLength: 2 }),
  dead: fc.array(place, { maxLength: 1 }),
  reflectors: fc.constantFrom("none", "all", "some"),
  out: fc.array(place, { maxLength: 1 }),
  groups: fc.array(
    fc.record({
      members: fc.array(place, { minLength: 3, maxLength: 6 }),
      minAvailable: fc.constantFrom("1", "50%", "67%"),
    }),
    { maxLength: 1 },
  ),
  roles: fc.array(place, { maxLength: 4 }),
});

/** Devices that something else has taken out of service. */
export function outOf(drawn: Shape, { devices }: World): string[] {
  return [...new Set(drawn.out.map((number) => devices[number % devices.length]?.name ?? ""))];
}

/** Declared redundancy groups over the world's devices. */
export function groupsOf(drawn: Shape, { devices }: World): NonNullable<Fabric["spec"]["redundancyGroups"]> {
  return drawn.groups
    .map(({ members, minAvailable }, index) => ({
      name: `group${String(index + 1)}`,
      members: [...new Set(members.map((number) => devices[number % devices.length]?.name ?? ""))],
      minAvailable,
    }))
    .filter(({ members }) => members.length > 1);
}

export function worldOf(drawn: Shape): World {
  const devices: WorldDevice[] = [];
  const cables: { a: string; b: string; up: boolean }[] = [];
  const ports = new Map<string, number>();
  function add(name: string, role: Tier): string {
    devices.push({ name, role });
    return name;
  }
  function port(device: string): string {
    const next = ports.get(device) ?? 0;
    ports.set(device, next + 1);
    return `${device}/et-0/0/${String(next)}`;
  }
  function cable(a: string, b: string): void {
    cables.push({ a: port(a), b: port(b), up: true });
  }
  const supers: string[] = [];
  for (let number = 1; number <= (drawn.spines > 0 ? drawn.superSpines : 0); number += 1) {
    supers.push(add(`super${String(number)}`, "SuperSpine"));
  }
  const leaves: string[] = [];
  let lastSpines: string[] = [];
  for (let pod = 1; pod <= drawn.pods; pod += 1) {
    const spines: string[] = [];
    for (let number = 1; number <= drawn.spines; number += 1) {
      const spine = add(`p${String(pod)}-spine${String(number)}`, "Spine");
      spines.push(spine);
      for (const [index, above] of supers.entries()) {
        if (!drawn.planes || index % drawn.spines === number - 1) cable(spine, above);
      }
    }
    for (let number = 1; number <= drawn.leaves; number += 1) {
      const leaf = add(`p${String(pod)}-leaf${String(number)}`, "Leaf");
      leaves.push(leaf);
      for (const spine of spines) cable(leaf, spine);
    }
    lastSpines = spines;
  }
  if (drawn.border) {
    const border = add("border1", "Border");
    for (const spine of lastSpines) cable(border, spine);
    leaves.push(border);
  }
  if (drawn.firewall) {
    const firewall = add("fw1", "Firewall");
    for (const leaf of leaves.slice(-2)) cable(firewall, leaf);
  }
  const top = supers.length > 0 ? supers : lastSpines.length > 0 ? lastSpines : leaves;
  if (drawn.joinedTop)
    for (const [index, device] of top.slice(1).entries()) cable(top[index] ?? device, device);
  const servers = drawn.servers.map(({ on, esi: isEsi, lldp }, index): WorldServer => {
    const all = [...new Set(on.map((number) => leaves[number % leaves.length] ?? ""))];
    const carriers = isEsi ? all : all.slice(0, 1);
    const name = lldp ? `server${String(index + 1)}` : null;
    const attached = carriers.map((leaf) => `${leaf}/ae${String(index + 1)}`);
    return isEsi ? { name, esi: esi(index + 1), ports: attached } : { name, ports: attached };
  });
  for (const cut of drawn.cutCables) {
    const broken = cables[cut % Math.max(cables.length, 1)];
    if (broken !== undefined) broken.up = false;
  }
  const serverPorts = servers.flatMap((server) => server.ports);
  const down = new Set(drawn.cutPorts.map((cut) => serverPorts[cut % Math.max(serverPorts.length, 1)]));
  const gateways = new Set(drawn.roles.map((number) => devices[number % devices.length]?.name));
  return {
    devices: devices.map((device) =>
      gateways.has(device.name) ? { ...device, overlayRoles: ["DC-Gateway"] } : device,
    ),
    cables,
    servers: servers.map((server) => ({ ...server, down: server.ports.filter((each) => down.has(each)) })),
    sessions: sessionsOf(drawn.reflectors, leaves, devices),
    dead: [...new Set(drawn.dead.map((cut) => devices[cut % devices.length]?.name ?? ""))],
  };
}

/** Which leaves have a link to another leaf, by place among the leaves. */
export const peerLinks = fc.array(fc.tuple(place, place), { maxLength: 3 });

/** The world with links between leaves, as those of pairs that are joined for what is behind one of them only. */
export function withPeerLinks(world: World, drawn: readonly (readonly [number, number])[]): World {
  const leaves = world.devices.filter(({ role }) => role === "Leaf").map(({ name }) => name);
  const nameAt = (number: number): string => leaves[number % leaves.length] ?? "";
  const links = drawn
    .map(([a, b], index) => ({ a: nameAt(a), b: nameAt(b), port: `et-0/1/${String(index)}` }))
    .filter(({ a, b }) => a !== b)
    .map(({ a, b, port }) => ({ a: `${a}/${port}`, b: `${b}/${port}`, up: true }));
  return { ...world, cables: [...world.cables, ...links] };
}

function sessionsOf(
  reflectors: Shape["reflectors"],
  leaves: readonly string[],
  devices: readonly WorldDevice[],
): [string, string][] {
  const spines = devices.filter(({ role }) => role === "Spine").map(({ name }) => name);
  if (reflectors === "none") return [];
  return leaves.flatMap((leaf, index) =>
    spines
      .filter((_, number) => reflectors === "all" || (index + number) % 3 !== 0)
      .map((spine): [string, string] => [leaf, spine]),
  );
}

/** To which of ten spines each of some dozens of leaves has links. */
export const irregularUplinks = fc.array(fc.uniqueArray(fc.nat({ max: 9 }), { minLength: 1, maxLength: 4 }), {
  minLength: 30,
  maxLength: 75,
});

/** A leaf with a server for each list, which has links to just those of ten spines. */
export function irregularWorld(leaves: readonly (readonly number[])[]): World {
  return {
    devices: [
      ...leaves.map((_, leaf) => ({ name: `leaf${String(leaf)}`, role: "Leaf" as const })),
      ...Array.from({ length: 10 }, (_, spine) => ({
        name: `spine${String(spine)}`,
        role: "Spine" as const,
      })),
    ],
    cables: leaves.flatMap((spines, leaf) =>
      spines.map((spine) => ({
        a: `leaf${String(leaf)}/et-0/0/${String(spine)}`,
        b: `spine${String(spine)}/et-0/0/${String(leaf)}`,
      })),
    ),
    servers: leaves.map((_, leaf) => ({
      name: `server${String(leaf)}`,
      ports: [`leaf${String(leaf)}/xe-0/0/1`],
    })),
  };
}
