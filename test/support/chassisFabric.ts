/**
 * The small fabric with large switches above its leaves: spine1 is a QFX10008 with line cards and two routing engines, spine2
 * a QFX10002-60C, which is a VM host. `chassisFabric` is what `startFabricRun` takes; its parts can be changed.
 */
import type { SimulationDescription } from "../../src/simulator/description.ts";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import type { Draft, Store } from "../../src/store/store.ts";
import type { FabricStage } from "./fabricRun.ts";
import {
  assigned,
  describePackages,
  LARGE_CHECKSUM,
  LARGE_SIZE_BYTES,
  routingEngines,
} from "./largeDevices.ts";
import {
  campaignDraft,
  fabricDraft,
  imageDraft,
  NAMESPACE,
  OLD_RELEASE,
  PACKAGE,
  TARGET_RELEASE,
  writeLogin,
} from "./smallFabric.ts";

export const CHASSIS_PACKAGE = `jinstall-host-qfx-10-m-x86-64-${TARGET_RELEASE}-secure-signed.tgz`;
export const HOST_PACKAGE = `junos-vmhost-install-qfx-x86-64-${TARGET_RELEASE}.tgz`;

export interface ChassisOptions {
  /** What spine1 is; by default a QFX10008. */
  readonly model?: string;
  /** The Fabric gives spine1 one routing engine. */
  readonly single?: boolean;
  /** How many engines are in spine1; as many as the Fabric says where nothing is said. */
  readonly engines?: 1 | 2;
  /** So many switches are leaf1. */
  readonly leaf1Members?: number;
}

function chassisFabricDraft(options: ChassisOptions, served: readonly ServedDevice[]): Draft<"Fabric"> {
  const { metadata, spec } = fabricDraft(served);
  return {
    metadata,
    spec: {
      ...spec,
      devices: spec.devices.map((device) => {
        if (device.name === "spine2") return { ...device, model: "qfx10002-60c" };
        if (device.name !== "spine1") return device;
        const chassis = { ...device, model: options.model ?? "qfx10008" };
        if (options.single === true) return chassis;
        return {
          ...chassis,
          controlPlanes: routingEngines(served, device.name),
        };
      }),
    },
  };
}

/** The links of spine1 are spread over two of its three line cards. */
function chassisSimulation(options: ChassisOptions): SimulationDescription {
  const { spec } = chassisFabricDraft(options, []);
  const isDouble = options.engines === undefined ? options.single !== true : options.engines === 2;
  const packages = describePackages([PACKAGE, CHASSIS_PACKAGE, HOST_PACKAGE]);
  const members = options.leaf1Members;
  const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: ${OLD_RELEASE}
  packages:
    - {name: ${PACKAGE}, sizeBytes: 1879048192, sha256: ${"ab".repeat(32)}, release: ${TARGET_RELEASE}}
devices:
  - name: spine1
    packages: [${packages}]
    lineCards: [{slot: 0, model: QFX10000-36Q}, {slot: 2, model: QFX10000-30C}, {slot: 5, model: QFX10000-30C}]
    ${isDouble ? "controlPlanes: [{name: re0}, {name: re1}]" : ""}
  - name: spine2
    packages: [${packages}]
  - name: leaf1
    ${members === undefined ? "" : `virtualChassisMembers: ${String(members)}`}
links:
  - {a: spine1/et-0/0/0, b: leaf1/et-0/0/48}
  - {a: spine1/et-0/0/1, b: leaf2/et-0/0/48}
  - {a: spine1/et-2/0/0, b: leaf3/et-0/0/48}
  - {a: spine1/et-2/0/1, b: leaf4/et-0/0/48}
  - {a: spine2/et-0/0/0, b: leaf1/et-0/0/49}
  - {a: spine2/et-0/0/1, b: leaf2/et-0/0/49}
  - {a: spine2/et-0/0/2, b: leaf3/et-0/0/49}
  - {a: spine2/et-0/0/3, b: leaf4/et-0/0/49}
servers:
  - {name: web1, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1], aggregate: ae1}
  - {name: web2, attachments: [leaf1/xe-0/0/2, leaf2/xe-0/0/2], aggregate: ae2}
  - {name: db1, attachments: [leaf3/xe-0/0/1, leaf4/xe-0/0/1], aggregate: ae1}
  - {name: db2, attachments: [leaf3/xe-0/0/2, leaf4/xe-0/0/2], aggregate: ae2}
`;
  return parseSimulation(text, {
    file: "simulation.yaml",
    fabric: { metadata: { name: "dc1" }, spec: { devices: spec.devices } },
  });
}

/** The image of that package for large switches; `spec` says what is different. */
export function largeImage(
  name: string,
  deviceImageName: string,
  spec: Partial<Draft<"DeviceImage">["spec"]> = {},
): Draft<"DeviceImage"> {
  const base = imageDraft({
    deviceImageName,
    supportedPlatforms: ["qfx10002", "qfx10008", "qfx10016", "qfx5120"],
    sizeBytes: LARGE_SIZE_BYTES,
    checksum: { sha256: LARGE_CHECKSUM },
    ...spec,
  });
  return { ...base, metadata: { namespace: NAMESPACE, name } };
}

/** The stage for runs on the fabric with large switches. */
export function chassisFabric(options: ChassisOptions = {}): FabricStage {
  return {
    simulation: () => chassisSimulation(options),
    async apply(store: Store, served: readonly ServedDevice[]) {
      await writeLogin(store, served);
      await store.create("Fabric", chassisFabricDraft(options, served));
      await store.create("DeviceImage", imageDraft());
      await store.create("DeviceImage", largeImage("qfx10", CHASSIS_PACKAGE));
      await store.create("DeviceImage", largeImage("qfx10-host", HOST_PACKAGE));
    },
    campaign: (spec = {}) =>
      campaignDraft({
        imageAssignments: [
          { imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } },
          ...assigned({ spine1: "qfx10", spine2: "qfx10-host" }).imageAssignments,
        ],
        ...spec,
      }),
  };
}
