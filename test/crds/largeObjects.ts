/** The largest objects that people may want to write. */
import type { Draft, DraftMeta } from "../../src/store/store.ts";
import type { ObjectOf } from "../../src/api/kinds.ts";

/** What etcd takes at most in one request, with all that the API server adds. */
export const ETCD_LIMIT_BYTES = 1.5 * 1024 * 1024;

export interface FabricSize {
  readonly devices: number;
  readonly links?: number;
  readonly segments?: number;
}

/** Names as people give them: 16 characters, unique in the fabric. */
export function deviceName(index: number): string {
  return `pod${Math.floor(index / 50)}-leaf${index % 50}`;
}

/** A fabric of a size, with what people write of each device: an address with a domain, and labels for its place. */
export function largeFabric(
  metadata: DraftMeta,
  { devices, links = 0, segments = 0 }: FabricSize,
): Draft<"Fabric"> {
  const hexadecimal = (value: number) =>
    Math.floor(value % 256)
      .toString(16)
      .padStart(2, "0");
  return {
    metadata,
    spec: {
      devices: Array.from({ length: devices }, (_, index) => ({
        name: deviceName(index),
        address: `${deviceName(index)}.dc1.example.net`,
        model: "qfx5120-48y",
        family: "junos-qfx",
        role: "Leaf",
        labels: { pod: `pod${Math.floor(index / 50)}`, rack: `rack${index % 50}` },
      })),
      connection: {
        port: 830,
        credentialsSecretRef: { name: "credentials" },
        knownHostsRef: { name: "known-hosts" },
      },
      links: Array.from({ length: links }, (_, index) => ({
        a: `${deviceName(index % devices)}/et-0/0/${48 + Math.floor(index / devices)}`,
        b: `spine${index % 8}/et-0/0/${index % 64}`,
      })),
      multihoming: {
        discovery: "Required",
        segments: Array.from({ length: segments }, (_, index) => ({
          name: `server${index}`,
          esi: `00:01:00:00:00:00:00:00:${hexadecimal(index / 256)}:${hexadecimal(index)}`,
          members: [index, index + 1].map((member) => `${deviceName(member % devices)}/ae${index % 40}`),
          minAvailable: 1,
        })),
      },
      drain: { quietBitsPerSecond: 100_000, confirmTimeout: "10m" },
    },
  };
}

/** A status with 64 devices out of service and 20 problems, each as long as it may be. */
export function largeFabricStatus(): NonNullable<ObjectOf<"Fabric">["status"]> {
  const since = "2026-03-01T10:00:00Z";
  const text = (length: number) => "it does not answer ".repeat(60).slice(0, length);
  return {
    observedGeneration: 1,
    counts: { devices: 5000, reachable: 4980, outOfService: 64 },
    outOfService: Array.from({ length: 64 }, (_, index) => ({
      device: deviceName(index),
      holder: `campaign/${text(300)}`,
      reason: text(256),
      since,
    })),
    problems: Array.from({ length: 20 }, (_, index) => ({
      device: deviceName(100 + index),
      reason: "Unreachable",
      message: text(1024),
    })),
  };
}

/** The size of an object as JSON. */
export function sizeOf(object: unknown): number {
  return Buffer.byteLength(JSON.stringify(object));
}

/** A size for people. */
export function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1000)} KB`;
}
