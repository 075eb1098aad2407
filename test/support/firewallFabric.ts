/**
 * A fabric with a firewall: two spines, two leaves with a server, and a chassis cluster behind which the world is. What
 * server and world say to each other goes through the cluster.
 */
import type { SimulationDescription } from "../../src/simulator/description.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import type { Draft, Store } from "../../src/store/store.ts";
import type { FabricStage } from "./fabricRun.ts";
import { addressOf, campaignDraft, NAMESPACE, writeLogin, type CampaignSpec } from "./smallFabric.ts";

export const FIREWALL = "fw1";
export const FIREWALL_RELEASE = "21.4R3-S5.4";
export const FIREWALL_TARGET = "23.4R2-S3.9";
export const FIREWALL_PACKAGE = `junos-srxentedge-x86-64-${FIREWALL_TARGET}.tgz`;

const SIZE_BYTES = 1_073_741_824;
const CHECKSUM = "ef".repeat(32);

const STEMS = [
  ["SRX5", "junos-srx5000"],
  ["SRX3", "junos-srxsme"],
  ["SRX4600", "junos-srxhe-x86-64"],
  ["vSRX", "junos-vsrx3-x86-64"],
] as const;

export interface FirewallOptions {
  readonly model?: string;
  readonly release?: string;
  readonly target?: string;
  /** The `cluster` of the device in the simulation. */
  readonly cluster?: string;
  /** The cards of each node. */
  readonly pics?: string;
}

type Device = Draft<"Fabric">["spec"]["devices"][number];

function devices({ model = "SRX1500" }: FirewallOptions, served: readonly ServedDevice[]): Device[] {
  const place = (name: string): ServedDevice | undefined => served.find((each) => each.name === name);
  const switches = ["spine1", "spine2", "leaf1", "leaf2"].map((name): Device => ({
    name,
    address: addressOf(place(name)),
    model: name.startsWith("spine") ? "qfx5120-32c" : "qfx5120-48y",
    family: "junos-qfx",
    role: name.startsWith("spine") ? "Spine" : "Leaf",
  }));
  const planes = place(FIREWALL)?.controlPlanes ?? [];
  return [
    ...switches,
    {
      name: FIREWALL,
      address: addressOf(place(FIREWALL)),
      model,
      family: "junos-srx",
      role: "Firewall",
      controlPlanes: (["node0", "node1"] as const).map((name) => ({
        name,
        address: addressOf(planes.find((each) => each.name === name)),
      })),
    },
  ];
}

/** The fabric with its firewall, as a place to run campaigns on. */
export function firewallStage(options: FirewallOptions = {}): FabricStage {
  const { release = FIREWALL_RELEASE, target = FIREWALL_TARGET, cluster, pics, model = "SRX1500" } = options;
  const stem = STEMS.find(([series]) => model.startsWith(series))?.[1] ?? "junos-srxentedge-x86-64";
  const packageName = `${stem}-${target}.tgz`;
  const named = (name: string): { namespace: string; name: string } => ({ namespace: NAMESPACE, name });
  return {
    simulation(): SimulationDescription {
      const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults: {release: ${FIREWALL_RELEASE}}
devices:
  - name: ${FIREWALL}
    release: ${release}
    packages:
      - {name: ${packageName}, sizeBytes: ${String(SIZE_BYTES)}, sha256: ${CHECKSUM}, release: ${target}}
    controlPlanes: [{name: node0}, {name: node1}]
    ${cluster === undefined ? "" : `cluster: ${cluster}`}
    ${pics === undefined ? "" : `pics: ${pics}`}
links:
  - {a: spine1/et-0/0/1, b: leaf1/et-0/0/48}
  - {a: spine1/et-0/0/2, b: leaf2/et-0/0/48}
  - {a: spine1/et-0/0/3, b: ${FIREWALL}/reth2}
  - {a: spine2/et-0/0/1, b: leaf1/et-0/0/49}
  - {a: spine2/et-0/0/2, b: leaf2/et-0/0/49}
  - {a: spine2/et-0/0/3, b: ${FIREWALL}/reth3}
servers:
  - {name: web1, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1], aggregate: ae1}
  - {name: world, attachments: [${FIREWALL}/reth1], lacp: none}
`;
      const fabric = { metadata: { name: "dc1" }, spec: { devices: devices(options, []) } };
      return parseSimulation(text, { file: "simulation.yaml", fabric });
    },
    async apply(store: Store, served): Promise<void> {
      await writeLogin(store, served);
      await store.create("Fabric", {
        metadata: named("dc1"),
        spec: {
          devices: devices(options, served),
          connection: {
            port: 830,
            credentialsSecretRef: { name: "login" },
            knownHostsRef: { name: "hosts" },
          },
          multihoming: { discovery: "Required" },
          drain: { quietBitsPerSecond: 100_000, confirmTimeout: "10m" },
        },
      });
      await store.create("DeviceImage", {
        metadata: named("junos"),
        spec: {
          deviceImageName: packageName,
          vendorName: "Juniper",
          deviceFamily: "junos-srx",
          supportedPlatforms: [model.toLowerCase()],
          osVersion: target,
          sizeBytes: SIZE_BYTES,
          checksum: { sha256: CHECKSUM },
        },
      });
    },
    campaign: (spec: Partial<CampaignSpec> = {}) => {
      const draft = campaignDraft({
        imageAssignments: [{ imageRef: { name: "junos" }, selector: { devices: [FIREWALL] } }],
        ...spec,
      });
      const { acceptNonHitless: _none, ...strategy } = draft.spec.strategy;
      return { ...draft, spec: { ...draft.spec, strategy: spec.strategy ?? strategy } };
    },
  };
}
