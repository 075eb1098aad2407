/** Fabrics of any size for the benchmark on a cluster: pairs of leaves on four spines, a server on some of the pairs. */
import type { Fabric } from "../../src/api/fabric.gen.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import type { Draft } from "../../src/store/store.ts";

export const NAMESPACE = "bench";
export const CAMPAIGN = "all";
const SPINES = 4;
const MAX_BATCH_SIZE = 64;
/** Every server sends to every other, so few are enough. */
const MOST_SERVERS = 12;
const PACKAGE = "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz";
const SIZE_BYTES = 1_879_048_192;
const SHA256 = "ab".repeat(32);

export interface LargeFabric {
  readonly fabric: Draft<"Fabric">;
  readonly image: Draft<"DeviceImage">;
  readonly campaign: Draft<"UpgradeCampaign">;
  readonly description: SimulationDescription;
}

export function largeFabric(size: number): LargeFabric {
  const leaves = Array.from({ length: size - SPINES }, (_, index) => `leaf${String(index + 1)}`);
  const spines = Array.from({ length: SPINES }, (_, index) => `spine${String(index + 1)}`);
  const device = (name: string, role: "Leaf" | "Spine"): Fabric["spec"]["devices"][number] => ({
    name,
    address: "127.0.0.1",
    model: role === "Leaf" ? "qfx5120-48y" : "qfx5120-32c",
    family: "junos-qfx",
    role,
  });
  const links = leaves.flatMap((leaf, index) =>
    spines.map((spine, port) => ({
      a: `${spine}/et-0/0/${String(index)}`,
      b: `${leaf}/et-0/0/${String(48 + port)}`,
    })),
  );
  const fabric: Draft<"Fabric"> = {
    metadata: { namespace: NAMESPACE, name: "large" },
    spec: {
      devices: [
        ...spines.map((name) => device(name, "Spine")),
        ...leaves.map((name) => device(name, "Leaf")),
      ],
      connection: { port: 830, credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
      links,
      multihoming: { discovery: "Required" },
      drain: { quietBitsPerSecond: 100_000, confirmTimeout: "10m" },
    },
  };
  return {
    fabric,
    image: {
      metadata: { namespace: NAMESPACE, name: "junos" },
      spec: {
        deviceImageName: PACKAGE,
        vendorName: "Juniper",
        deviceFamily: "junos-qfx",
        supportedPlatforms: ["qfx5120"],
        osVersion: "23.4R2-S3.9",
        sizeBytes: SIZE_BYTES,
        checksum: { sha256: SHA256 },
      },
    },
    campaign: {
      metadata: { namespace: NAMESPACE, name: CAMPAIGN },
      spec: {
        fabricRef: { name: "large" },
        mode: "Upgrade",
        imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf", "Spine"] } }],
        strategy: { maxBatchSize: MAX_BATCH_SIZE, canary: { devicesPerTier: 0 }, soak: "2m" },
        healthChecks: { abortOnFailure: true },
        approval: { policy: "Automatic" },
        paused: false,
      },
    },
    description: describe(fabric, leaves),
  };
}

function describe(fabric: Draft<"Fabric">, leaves: readonly string[]): SimulationDescription {
  const pairs = Math.min(MOST_SERVERS, Math.floor(leaves.length / 2));
  const servers = Array.from({ length: pairs }, (_, index) => {
    const [one = "", other = ""] = leaves.slice(index * 2, index * 2 + 2);
    const attachments = `[${one}/xe-0/0/1, ${other}/xe-0/0/1]`;
    return `  - {name: server${String(index + 1)}, lacp: fast, attachments: ${attachments}, aggregate: ae1, vlan: 100}`;
  });
  const text = [
    "apiVersion: simulation.hitless.dev/v1alpha1",
    "kind: Simulation",
    "defaults:",
    "  release: 21.4R3-S5.4",
    "  packages:",
    `    - {name: ${PACKAGE}, sizeBytes: ${String(SIZE_BYTES)}, sha256: ${SHA256}, release: 23.4R2-S3.9}`,
    "servers:",
    ...servers,
    "",
  ].join("\n");
  const { name } = fabric.metadata;
  return parseSimulation(text, { file: "bench", fabric: { metadata: { name }, spec: fabric.spec } });
}
