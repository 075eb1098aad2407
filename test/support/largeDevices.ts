/** What fabrics with larger devices than the small fabric's switches have in common: their packages, engines and images. */
import type { Fabric } from "../../src/api/fabric.gen.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import { addressOf, TARGET_RELEASE, type CampaignSpec } from "./smallFabric.ts";

export const LARGE_CHECKSUM = "cd".repeat(32);
export const LARGE_SIZE_BYTES = 2_147_483_648;

/** Packages of the target release, as a simulation lists them. */
export function describePackages(names: readonly string[]): string {
  return names
    .map(
      (name) =>
        `{name: ${name}, sizeBytes: ${String(LARGE_SIZE_BYTES)}, sha256: ${LARGE_CHECKSUM}, release: ${TARGET_RELEASE}}`,
    )
    .join(", ");
}

/** Two routing engines as a Fabric names them: where they are served, or somewhere while nothing is. */
export function routingEngines(
  served: readonly ServedDevice[],
  device: string,
): NonNullable<Fabric["spec"]["devices"][number]["controlPlanes"]> {
  const planes = served.find(({ name }) => name === device)?.controlPlanes ?? [];
  return (["re0", "re1"] as const).map((name) => {
    return { name, address: addressOf(planes.find((each) => each.name === name)) };
  });
}

/** Each device with its image. */
export function assigned(images: Readonly<Record<string, string>>): Pick<CampaignSpec, "imageAssignments"> {
  return {
    imageAssignments: Object.entries(images).map(([device, name]) => ({
      imageRef: { name },
      selector: { devices: [device] },
    })),
  };
}
