/**
 * Fabrics of any size for the benchmark on a cluster: pods of eight leaves in pairs and two spines, each pod with a
 * simulation of its own, so that what is simulated costs as much per device at any size.
 */
import type { Fabric } from "../../src/api/fabric.gen.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import type { Draft } from "../../src/store/store.ts";

export const NAMESPACE = "bench";
export const CAMPAIGN = "all";
const LEAVES = 8;
const SPINES = 2;
export const DEVICES_PER_POD = LEAVES + SPINES;
const MAX_BATCH_SIZE = 64;
const PACKAGE = "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz";
const SIZE_BYTES = 1_879_048_192;
const SHA256 = "ab".repeat(32);

export interface LargeFabric {
  readonly fabric: Draft<"Fabric">;
  readonly image: Draft<"DeviceImage">;
  readonly campaign: Draft<"UpgradeCampaign">;
  /** One for each pod. */
  readonly simulations: readonly SimulationDescription[];
}

/** `size` is rounded up to whole pods. */
export function largeFabric(size: number): LargeFabric {
  const pods = Array.from({ length: Math.ceil(size / DEVICES_PER_POD) }, (_, index) => podOf(index + 1));
  const fabric: Draft<"Fabric"> = {
    metadata: { namespace: NAMESPACE, name: "large" },
    spec: {
      devices: pods.flatMap(({ devices }) => devices),
      connection: { port: 830, credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
      // Learned by LLDP: pods are simulated apart, and a fabric that is declared in parts is refused.
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
    simulations: pods.map((pod, index) => simulationOf(pod, index)),
  };
}

interface Pod {
  readonly name: string;
  readonly leaves: readonly string[];
  readonly devices: Fabric["spec"]["devices"];
  readonly links: readonly { a: string; b: string }[];
}

function podOf(number: number): Pod {
  const name = `pod${String(number)}`;
  const names = (role: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `${name}-${role}${String(index + 1)}`);
  const leaves = names("leaf", LEAVES);
  const spines = names("spine", SPINES);
  const common = { address: "127.0.0.1", family: "junos-qfx" } as const;
  return {
    name,
    leaves,
    devices: [
      ...spines.map((each) => ({ ...common, name: each, model: "qfx5120-32c", role: "Spine" as const })),
      ...leaves.map((each) => ({ ...common, name: each, model: "qfx5120-48y", role: "Leaf" as const })),
    ],
    links: leaves.flatMap((leaf, index) =>
      spines.map((spine, port) => ({
        a: `${spine}/et-0/0/${String(index)}`,
        b: `${leaf}/et-0/0/${String(48 + port)}`,
      })),
    ),
  };
}

/** A server on each pair of leaves. Addresses and segments are those of this pod alone. */
function simulationOf({ name, leaves, devices, links }: Pod, place: number): SimulationDescription {
  const servers = Array.from({ length: LEAVES / 2 }, (_, index) => {
    const [one = "", other = ""] = leaves.slice(index * 2, index * 2 + 2);
    const attachments = `[${one}/xe-0/0/1, ${other}/xe-0/0/1]`;
    const esi = `00:11:11:11:11:11:11:00:${hexadecimal(place)}:${hexadecimal(index + 1)}`;
    const common = "lacp: fast, aggregate: ae1, vlan: 100";
    return `  - {name: ${name}-server${String(index + 1)}, ${common}, attachments: ${attachments}, esi: "${esi}"}`;
  });
  const text = [
    "apiVersion: simulation.hitless.dev/v1alpha1",
    "kind: Simulation",
    "defaults:",
    "  release: 21.4R3-S5.4",
    "  packages:",
    `    - {name: ${PACKAGE}, sizeBytes: ${String(SIZE_BYTES)}, sha256: ${SHA256}, release: 23.4R2-S3.9}`,
    // Half of what a switch takes: the looks at a device that waits are all alike.
    "timings: {installSeconds: 200, bootSeconds: 300}",
    "servers:",
    ...servers,
    "",
  ].join("\n");
  const description = parseSimulation(text, {
    file: name,
    fabric: { metadata: { name }, spec: { devices, links } },
  });
  return {
    ...description,
    devices: description.devices.map((device, index) => ({
      ...device,
      loopback: `10.255.${String(place)}.${String(index + 1)}`,
    })),
  };
}

function hexadecimal(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}
