/**
 * A small fabric as a user would describe it: two spines, two pairs of leaves, five servers. Two servers hang on
 * each pair; `backup` hangs on leaf4 alone, and its loss is accepted by name.
 */
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import type { FabricInput } from "../../src/simulator/fabricInput.ts";
import type { Draft, DraftMeta, Store } from "../../src/store/store.ts";
import { knownHostsOf } from "../../src/cli/twin/twinObjects.ts";

export const OLD_RELEASE = "21.4R3-S5.4";
export const TARGET_RELEASE = "23.4R2-S3.9";
export const PACKAGE = `jinstall-host-qfx-5e-x86-64-${TARGET_RELEASE}-secure-signed.tgz`;
export const SPINES = ["spine1", "spine2"] as const;
export const LEAVES = ["leaf1", "leaf2", "leaf3", "leaf4"] as const;
export const DEVICES = [...SPINES, ...LEAVES] as const;
/** On one leaf only: it cannot but lose packets while leaf4 reboots. */
export const EXPOSED_SERVER = "backup";
export const CAMPAIGN = "autumn";
export const NAMESPACE = "default";

const SIZE_BYTES = 1_879_048_192;
const CHECKSUM = "ab".repeat(32);

export type CampaignSpec = UpgradeCampaign["spec"];

const named = (name: string): DraftMeta => ({ namespace: NAMESPACE, name });

/** Where something is served; an address at which nobody is while nothing is. */
export function addressOf(place: { readonly address: string; readonly port: number } | undefined): string {
  return place === undefined ? "192.0.2.1" : `${place.address}:${String(place.port)}`;
}

/** The Fabric, with the addresses of served devices where there are any. */
export function fabricDraft(served: readonly ServedDevice[] = []): Draft<"Fabric"> {
  return {
    metadata: named("dc1"),
    spec: {
      devices: DEVICES.map((name) => ({
        name,
        address: addressOf(served.find((each) => each.name === name)),
        model: name.startsWith("spine") ? "qfx5120-32c" : "qfx5120-48y",
        family: "junos-qfx" as const,
        role: name.startsWith("spine") ? ("Spine" as const) : ("Leaf" as const),
      })),
      connection: { port: 830, credentialsSecretRef: { name: "login" }, knownHostsRef: { name: "hosts" } },
      multihoming: { discovery: "Required" },
      drain: { quietBitsPerSecond: 100_000, confirmTimeout: "10m" },
    },
  };
}

export function imageDraft(spec: Partial<Draft<"DeviceImage">["spec"]> = {}): Draft<"DeviceImage"> {
  return {
    metadata: named("junos"),
    spec: {
      deviceImageName: PACKAGE,
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: TARGET_RELEASE,
      sizeBytes: SIZE_BYTES,
      checksum: { sha256: CHECKSUM },
      ...spec,
    },
  };
}

/** All leaves and spines, approved by itself, without a soak; `spec` says what is different. */
export function campaignDraft(
  spec: Partial<CampaignSpec> = {},
  name: string = CAMPAIGN,
): Draft<"UpgradeCampaign"> {
  return {
    metadata: named(name),
    spec: {
      fabricRef: { name: "dc1" },
      mode: "Upgrade",
      imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf", "Spine"] } }],
      strategy: {
        maxBatchSize: 4,
        canary: { devicesPerTier: 0 },
        soak: "0s",
        acceptNonHitless: [{ device: "leaf4", reason: "backup can be without the network for a while" }],
      },
      healthChecks: { abortOnFailure: true },
      approval: { policy: "Automatic" },
      paused: false,
      ...spec,
    },
  };
}

/** The image for these devices only. */
export function only(...devices: string[]): Pick<CampaignSpec, "imageAssignments"> {
  return { imageAssignments: [{ imageRef: { name: "junos" }, selector: { devices } }] };
}

/** `isStaged`: the package lies on the devices, not only where they can fetch it. */
export function simulation(isStaged = true): SimulationDescription {
  const { spec } = fabricDraft();
  const fabric: FabricInput = { metadata: { name: "dc1" }, spec: { devices: spec.devices } };
  const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: ${OLD_RELEASE}
${isStaged ? "  packages:" : "images:"}
    - {name: ${PACKAGE}, sizeBytes: ${String(SIZE_BYTES)}, sha256: ${CHECKSUM}, release: ${TARGET_RELEASE}}
servers:
  - {name: web1, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1], aggregate: ae1}
  - {name: web2, attachments: [leaf1/xe-0/0/2, leaf2/xe-0/0/2], aggregate: ae2}
  - {name: db1, attachments: [leaf3/xe-0/0/1, leaf4/xe-0/0/1], aggregate: ae1}
  - {name: db2, attachments: [leaf3/xe-0/0/2, leaf4/xe-0/0/2], aggregate: ae2}
  - {name: ${EXPOSED_SERVER}, attachments: [leaf4/xe-0/0/13], lacp: none}
`;
  return parseSimulation(text, { file: "simulation.yaml", fabric });
}

/** The login, the known hosts, the Fabric and the image, as a user would apply them. */
export async function applyFabric(
  store: Store,
  served: readonly ServedDevice[],
  image: Draft<"DeviceImage">,
): Promise<void> {
  await writeLogin(store, served);
  await store.create("Fabric", fabricDraft(served));
  await store.create("DeviceImage", image);
}

/** What the controller needs to reach the devices. */
export async function writeLogin(store: Store, served: readonly ServedDevice[]): Promise<void> {
  const { username, password } = simulation().credentials;
  const encode = (text: string): string => Buffer.from(text).toString("base64");
  await store.create("Secret", {
    metadata: named("login"),
    type: "Opaque",
    data: { username: encode(username), password: encode(password) },
  });
  await store.create("ConfigMap", {
    metadata: named("hosts"),
    data: { known_hosts: knownHostsOf(served) },
  });
}
