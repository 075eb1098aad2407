/** The files of a team that keeps its fabric in Git; what they declare is the fabric of toys of test/controllers. */
import { stringify } from "yaml";
import { API_VERSION } from "../../src/api/names.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { TARGET } from "../controllers/toyFabric.ts";

const WAVE = "argocd.argoproj.io/sync-wave";

function manifest(kind: string, name: string, contents: object): string {
  return stringify({ apiVersion: API_VERSION, kind, metadata: { name }, ...contents });
}

export const FABRIC = manifest("Fabric", "dc1", {
  spec: {
    devices: ["leaf1", "leaf2", "spine1", "spine2"].map((name) => ({
      name,
      address: "192.0.2.1",
      model: "qfx5120-48y",
      family: "junos-qfx",
      role: name.startsWith("leaf") ? "Leaf" : "Spine",
    })),
    connection: { credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
    multihoming: { discovery: "Required" },
  },
});

export const IMAGE = manifest("DeviceImage", "junos", {
  spec: {
    deviceImageName: `jinstall-host-qfx-5e-x86-64-${TARGET}-secure-signed.tgz`,
    vendorName: "Juniper",
    deviceFamily: "junos-qfx",
    supportedPlatforms: ["qfx5120"],
    osVersion: TARGET,
    sizeBytes: 1000,
    checksum: { sha256: "a".repeat(64) },
  },
});

/** A campaign over the leaves, that is not pruned. */
export function campaignFile(
  options: {
    readonly name?: string;
    readonly approval?: Partial<UpgradeCampaign["spec"]["approval"]>;
    readonly wave?: number;
  } = {},
): string {
  const { name = "toys", approval, wave } = options;
  return manifest("UpgradeCampaign", name, {
    metadata: {
      name,
      annotations: {
        "argocd.argoproj.io/sync-options": "Prune=false",
        ...(wave === undefined ? {} : { [WAVE]: String(wave) }),
      },
    },
    spec: {
      fabricRef: { name: "dc1" },
      imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } }],
      strategy: { soak: "0s" },
      // The API server adds a default to the item: that must not read as a difference to Git.
      healthChecks: { abortOnFailure: true, checks: [{ name: "bgpFlapCount", max: 4 }] },
      ...(approval === undefined ? {} : { approval }),
    },
  });
}

/** What a team puts behind a campaign. */
export function followUp(wave: number): string {
  return stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "afterwards", annotations: { [WAVE]: String(wave) } },
    data: { upgraded: "true" },
  });
}
