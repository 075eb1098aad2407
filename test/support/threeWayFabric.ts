/** Two spines, three leaves of one family, and servers that hang on all three of them. */
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import type { FabricStage } from "./fabricRun.ts";
import { MX_PACKAGE } from "./mixedFabric.ts";
import {
  campaignDraft,
  fabricDraft,
  NAMESPACE,
  OLD_RELEASE,
  PACKAGE,
  TARGET_RELEASE,
  writeLogin,
} from "./smallFabric.ts";

const SIZE_BYTES = 1_879_048_192;
const CHECKSUM = "ab".repeat(32);
const LEAVES = ["leaf1", "leaf2", "leaf3"] as const;

const FAMILIES = {
  "junos-qfx": { model: "qfx5120-48y", platforms: ["qfx5120"], file: PACKAGE },
  "junos-mx": { model: "mx480", platforms: ["mx480"], file: MX_PACKAGE },
} as const;

export function threeWayFabric(family: keyof typeof FAMILIES): FabricStage {
  const { model, platforms, file } = FAMILIES[family];
  const { metadata, spec } = fabricDraft();
  const devices = spec.devices
    .filter(({ name }) => name !== "leaf4")
    .map((device) => (device.role === "Leaf" ? { ...device, model, family } : device));
  return {
    simulation(): SimulationDescription {
      const attachments = (port: string): string => LEAVES.map((leaf) => `${leaf}/${port}`).join(", ");
      const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: ${OLD_RELEASE}
  packages: [{name: ${file}, sizeBytes: ${String(SIZE_BYTES)}, sha256: ${CHECKSUM}, release: ${TARGET_RELEASE}}]
servers:
  - {name: web1, attachments: [${attachments("xe-0/0/1")}], aggregate: ae1}
  - {name: web2, attachments: [${attachments("xe-0/0/2")}], aggregate: ae2}
`;
      return parseSimulation(text, {
        file: "simulation.yaml",
        fabric: { metadata: { name: "dc1" }, spec: { devices } },
      });
    },
    async apply(store, served) {
      await writeLogin(store, served);
      await store.create("Fabric", { metadata, spec: { ...spec, devices } });
      await store.create("DeviceImage", {
        metadata: { namespace: NAMESPACE, name: "junos" },
        spec: {
          deviceImageName: file,
          vendorName: "Juniper",
          deviceFamily: family,
          supportedPlatforms: [...platforms],
          osVersion: TARGET_RELEASE,
          sizeBytes: SIZE_BYTES,
          checksum: { sha256: CHECKSUM },
        },
      });
    },
    campaign(changes) {
      const draft = campaignDraft({
        imageAssignments: [{ imageRef: { name: "junos" }, selector: { roles: ["Leaf"] } }],
        ...changes,
      });
      const { acceptNonHitless: _none, ...strategy } = draft.spec.strategy;
      return { ...draft, spec: { ...draft.spec, strategy } };
    },
  };
}
