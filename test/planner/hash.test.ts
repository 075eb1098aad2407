import { expect } from "chai";
import type { DeviceDiscovery } from "../../src/api/discovery.ts";
import { canonicalJson, type Sha256 } from "../../src/planner/hash.ts";
import { campaignOf, discover, esi, fabricOf, imageOf, plan, quickstart, sha256 } from "./support.ts";

const world = quickstart();
const fabric = fabricOf(world);
const discovery = discover(world);

function hashWith(input: Partial<Parameters<typeof plan>[0]>): string {
  const { hash } = plan({ fabric, discovery, ...input }).plan;
  if (hash === null) throw new Error("no hash");
  return hash;
}

const base = hashWith({});

/** A copy of what one device said, changed. */
function saidBy(
  device: string,
  change: (said: DeviceDiscovery) => Partial<DeviceDiscovery>,
): typeof discovery {
  const said = discovery[device];
  if (said === undefined) throw new Error(`no ${device}`);
  return { ...discovery, [device]: { ...said, ...change(said) } };
}

describe("plan hash", () => {
  it("is 32 hexadecimal digits", () => {
    expect(base).to.match(/^[0-9a-f]{32}$/);
  });

  it("writes JSON with sorted keys", () => {
    expect(canonicalJson({ b: [1, { d: null, c: "x" }], a: undefined, A: true })).to.equal(
      '{"A":true,"b":[1,{"c":"x","d":null}]}',
    );
  });

  it("EX-2 is of JSON that says what was read, whatever characters names have and however many there are", () => {
    const names = ["plain", 'a","leaf2/a', "back\\slash", "two\nlines", "caf\u00e9", "~ \u007f"];
    const odd = [
      ...names.map((name, index) => [`leaf1/${name}`, `leaf2/${String(index)}`]),
      ...names.map((name, index) => [`leaf1/${String(index + 10)}`, `leaf2/${name}`]),
      ['leaf1/b"', 'leaf2/b"', "leaf3/b"],
      // In the order of texts, not in that of people.
      ["leaf2/ae1", "leaf10/ae1"],
      ["leaf2/ae9", "leaf2/ae10"],
    ];
    // They are written run by run.
    const many = Array.from({ length: 1000 }, (_, port) =>
      ["leaf1", "leaf2"].map((leaf) => `${leaf}/ae${String(port)}`),
    );
    const more = ["leaf9", "leaf10"].map((name) => ({ name, role: "Leaf" as const }));
    const twelve = { ...world, devices: [...world.devices, ...more] };
    for (const members of [odd, many]) {
      const segments = members.map((ports, index) => {
        return { name: `server${String(index)}`, esi: esi(index + 1), members: ports, minAvailable: 1 };
      });
      const { spec } = fabricOf(twelve, { multihoming: { discovery: "Preferred", segments } });
      const texts: string[] = [];
      const remember: Sha256 = (pieces) => {
        const text = [...pieces].join("");
        texts.push(text);
        return sha256([text]);
      };
      const { spine1 } = discovery;
      if (spine1 === undefined) throw new Error("no spine1");
      plan({ fabric: { ...fabric, spec }, discovery: { spine1 }, sha256: remember });
      const { topology }: { topology: { segments: { ports: string[] }[] } } = JSON.parse(texts[0] ?? "");
      expect(topology.segments.map(({ ports }) => ports)).to.deep.equal(
        members.map((each) => each.toSorted()),
      );
    }
  });

  it("EX-2 stays when only approval, pause, mode, soak or metadata change", () => {
    const approval = { policy: "Manual" as const, planHash: base };
    expect(hashWith({ campaign: campaignOf({}, { approval }) })).to.equal(base);
    expect(hashWith({ campaign: campaignOf({}, { paused: true, mode: "Plan" }) })).to.equal(base);
    expect(hashWith({ campaign: campaignOf({ soak: "1h" }) })).to.equal(base);
    const metadata = { ...fabric.metadata, generation: 9, resourceVersion: "77", annotations: { x: "y" } };
    expect(hashWith({ fabric: { ...fabric, metadata } })).to.equal(base);
  });

  it("stays whatever the order of devices, records and lists", () => {
    const shuffled = Object.fromEntries(
      Object.entries(discovery)
        .toReversed()
        .map(([name, said]) => [
          name,
          {
            ...said,
            interfaces: said.interfaces.toReversed(),
            lldpNeighbours: said.lldpNeighbours.toReversed(),
            segments: said.segments.toReversed(),
            bgpPeers: said.bgpPeers.toReversed(),
          },
        ]),
    );
    const devices = fabric.spec.devices.toReversed();
    expect(
      hashWith({ discovery: shuffled, fabric: { ...fabric, spec: { ...fabric.spec, devices } } }),
    ).to.equal(base);
  });

  it("stays when a device is read again and a counter of state moves that changes nothing", () => {
    expect(hashWith({ discovery: saidBy("leaf1", () => ({ readAt: "2026-02-02T00:00:00Z" })) })).to.equal(
      base,
    );
  });

  it("EX-2 stays when servers behind one segment change their names", () => {
    const leaves = ["leaf1", "leaf2", "leaf3", "leaf4"];
    const ports = leaves.map((leaf) => `${leaf}/ae1`);
    const twoBehindOne = (one: string, other: string): typeof discovery => {
      const said = discover({ ...world, servers: [{ name: "x", esi: esi(1), ports }] });
      return Object.fromEntries(
        Object.entries(said).map(([name, each]) => {
          const lldpNeighbours = each.lldpNeighbours.map((seen) =>
            seen.remoteSystem === "x" ? { ...seen, remoteSystem: /[12]$/.test(name) ? one : other } : seen,
          );
          return [name, { ...each, lldpNeighbours }];
        }),
      );
    };
    expect(hashWith({ discovery: twoBehindOne("a", "b") })).to.equal(
      hashWith({ discovery: twoBehindOne("b", "a") }),
    );
  });

  it("IM-10 changes with the image", () => {
    expect(hashWith({ images: [imageOf({ checksum: { sha256: "b".repeat(64) } })] })).to.not.equal(base);
    expect(hashWith({ images: [imageOf({ osVersion: "23.4R2-S4.1" })] })).to.not.equal(base);
  });

  it("does not look at images that are not assigned", () => {
    expect(hashWith({ images: [imageOf(), imageOf({ osVersion: "1.1R1" }, "unused")] })).to.equal(base);
  });

  it("changes with the rules, the batches, a version, the topology and what is exposed", () => {
    const accepted = [{ device: "leaf8", reason: "a test host" }];
    const others = [
      hashWith({ campaign: campaignOf({ maxBatchSize: 3 }) }),
      hashWith({ campaign: campaignOf({ acceptNonHitless: accepted }) }),
      hashWith({ outOfService: ["leaf1"] }),
      hashWith({ discovery: saidBy("leaf1", () => ({ release: "22.2R1.9" })) }),
      hashWith({ discovery: saidBy("leaf1", () => ({ segments: [] })) }),
      hashWith({
        discovery: saidBy("leaf2", ({ interfaces }) => ({
          interfaces: [...interfaces, { name: "xe-0/0/40", adminUp: true, operUp: true }],
        })),
      }),
    ];
    expect(new Set([base, ...others]).size).to.equal(others.length + 1);
  });
});
