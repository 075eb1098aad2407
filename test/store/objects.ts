/** Small valid objects for tests of stores. */
import type { ObjectOf } from "../../src/api/kinds.ts";
import type { Draft, DraftMeta } from "../../src/store/store.ts";

export function fabricDraft(metadata: DraftMeta): Draft<"Fabric"> {
  return {
    metadata,
    spec: {
      devices: [
        { name: "leaf1", address: "192.0.2.1", model: "qfx5120-48y", family: "junos-qfx", role: "Leaf" },
      ],
      connection: {
        port: 830,
        credentialsSecretRef: { name: "credentials" },
        knownHostsRef: { name: "known-hosts" },
      },
      multihoming: { discovery: "Required" },
      drain: { quietBitsPerSecond: 100_000, confirmTimeout: "10m" },
    },
  };
}

export function campaignDraft(metadata: DraftMeta): Draft<"UpgradeCampaign"> {
  return {
    metadata,
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [{ imageRef: { name: "image" }, selector: { roles: ["Leaf"] } }],
      strategy: { maxBatchSize: 4, canary: { devicesPerTier: 0 }, soak: "2m" },
      healthChecks: { abortOnFailure: true },
      approval: { policy: "Manual" },
      paused: false,
    },
  };
}

export function deviceUpgradeDraft(metadata: DraftMeta, deviceName = "leaf1"): Draft<"DeviceUpgrade"> {
  return {
    metadata,
    spec: {
      campaignRef: { name: "campaign", uid: "c-1" },
      fabricRef: { name: "dc1" },
      deviceName,
      image: {
        name: "image",
        uid: "i-1",
        generation: 1,
        deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
        osVersion: "23.4R2-S3.9",
        sizeBytes: 1_000_000,
        checksum: { md5: "d41d8cd98f00b204e9800998ecf8427e" },
      },
      batch: 1,
      procedure: "qfx/v1",
      desired: "Proceed",
      planHash: "4f2a",
    },
  };
}

export function configMapDraft(
  metadata: DraftMeta,
  contents: Pick<ObjectOf<"ConfigMap">, "data" | "immutable"> = { data: { a: "1" } },
): Draft<"ConfigMap"> {
  return { metadata, ...contents };
}
