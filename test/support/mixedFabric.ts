/**
 * The small fabric with routers above its switches: spine1 is an MX480 with two routing engines, spine2 an MX10003 whose
 * two are VM hosts. `mixedFabric` is what `startFabricRun` takes; its parts can be changed.
 */
import type { DescribedRedundancy, SimulationDescription } from "../../src/simulator/description.ts";
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

export const MX_PACKAGE = `junos-install-mx-x86-64-${TARGET_RELEASE}.tgz`;
export const VMHOST_PACKAGE = `junos-vmhost-install-mx-x86-64-${TARGET_RELEASE}.tgz`;

export interface MixedOptions {
  /** How the redundancy of spine1 is configured at the start. */
  readonly redundancy?: Partial<DescribedRedundancy>;
  /** Releases of spine1's engines, where they are not the usual one. */
  readonly releases?: { readonly re0?: string; readonly re1?: string };
  /** spine1's routing engines are of this model. */
  readonly engineModel?: string;
  /** spine1 has one routing engine only. */
  readonly single?: boolean;
  /** What spine1 is. */
  readonly model?: string;
  /** The packages of routers lie on a server there, and not yet on spine1. */
  readonly server?: string;
}

type FabricDraft = Draft<"Fabric">;

function mixedFabricDraft(options: MixedOptions, served: readonly ServedDevice[]): FabricDraft {
  const { metadata, spec } = fabricDraft(served);
  return {
    metadata,
    spec: {
      ...spec,
      devices: spec.devices.map((device) => {
        if (device.role !== "Spine") return device;
        const router = {
          ...device,
          model: device.name === "spine1" ? (options.model ?? "mx480") : "mx10003",
          family: "junos-mx" as const,
        };
        if (options.single === true && device.name === "spine1") return router;
        return {
          ...router,
          controlPlanes: routingEngines(served, device.name),
        };
      }),
    },
  };
}

function mixedSimulation(options: MixedOptions): SimulationDescription {
  const { spec } = mixedFabricDraft(options, []);
  const engine = (name: "re0" | "re1"): string => {
    const release = options.releases?.[name];
    const model = options.engineModel;
    return `{name: ${name}${release === undefined ? "" : `, release: ${release}`}${model === undefined ? "" : `, engineModel: ${model}`}}`;
  };
  const packages = describePackages([MX_PACKAGE, VMHOST_PACKAGE]);
  const redundancy = Object.entries(options.redundancy ?? {}).map(([name, state]) => `${name}: ${state}`);
  const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: ${OLD_RELEASE}
  packages:
    - {name: ${PACKAGE}, sizeBytes: 1879048192, sha256: ${"ab".repeat(32)}, release: ${TARGET_RELEASE}}
devices:
  - name: spine1
    packages: [${options.server === undefined ? packages : ""}]
    ${options.single === true ? "" : `controlPlanes: [${engine("re0")}, ${engine("re1")}]`}
    redundancy: {${redundancy.join(", ")}}
  - name: spine2
    packages: [${packages}]
images: [${packages}]
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

function routerImage(name: string, deviceImageName: string, server?: string): Draft<"DeviceImage"> {
  return {
    metadata: { namespace: NAMESPACE, name },
    spec: {
      deviceImageName,
      vendorName: "Juniper",
      deviceFamily: "junos-mx",
      supportedPlatforms: ["mx240", "mx480", "mx960", "mx10003", "mx204"],
      osVersion: TARGET_RELEASE,
      sizeBytes: LARGE_SIZE_BYTES,
      checksum: { sha256: LARGE_CHECKSUM },
      ...(server === undefined ? {} : { source: { url: `${server}/${deviceImageName}` } }),
    },
  };
}

/** The stage for runs on the mixed fabric. */
export function mixedFabric(options: MixedOptions = {}): FabricStage {
  return {
    simulation: () => mixedSimulation(options),
    async apply(store: Store, served: readonly ServedDevice[]) {
      await writeLogin(store, served);
      await store.create("Fabric", mixedFabricDraft(options, served));
      await store.create("DeviceImage", imageDraft());
      await store.create("DeviceImage", routerImage("mx", MX_PACKAGE, options.server));
      await store.create("DeviceImage", routerImage("mx-vmhost", VMHOST_PACKAGE));
    },
    campaign: (spec = {}) =>
      campaignDraft({
        imageAssignments: [
          { imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } },
          ...assigned({ spine1: "mx", spine2: "mx-vmhost" }).imageAssignments,
        ],
        ...spec,
      }),
  };
}
