/** Picks from manifests what a campaign needs, out of a memory store that holds them as a cluster would. */
import type { DeviceImage } from "../../api/deviceImage.gen.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Kind, ObjectOf } from "../../api/kinds.ts";
import type { Clock } from "../../api/time.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { judgeImage } from "../../controllers/deviceImageController.ts";
import { REASONS } from "../../api/reasons.ts";
import { fabricsElsewhere } from "../../controllers/fabric/elsewhere.ts";
import { healthCheckProblems } from "../../health/settings.ts";
import { applyManifest } from "../../store/manifest.ts";
import { memoryStore } from "../../store/memory/memoryStore.ts";
import type { Store } from "../../store/store.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";
import type { LoadedManifest } from "./readManifests.ts";

/** A campaign with all that it names. */
export interface CampaignInput {
  readonly campaign: UpgradeCampaign;
  readonly fabric: Fabric;
  readonly images: readonly DeviceImage[];
  /** Other fabrics that its redundancy groups name, as far as the files have them. */
  readonly others?: readonly Fabric[];
}

/** A store that holds the objects of the manifests. */
export async function storeOf(
  manifests: readonly LoadedManifest[],
  clock: Pick<Clock, "now">,
): Promise<Store> {
  const store = memoryStore({ clock });
  for (const manifest of manifests) await applyManifest(store, manifest);
  return store;
}

/**
 * The campaign, by name where there are several, and what it names. Throws `CliError` `BadInput` where something
 * is missing or where an image contradicts itself.
 */
export async function campaignInput(store: Store, name?: string): Promise<CampaignInput> {
  const campaign = choose("UpgradeCampaign", await store.list("UpgradeCampaign"), {
    name,
    option: "--campaign",
  });
  const { namespace } = campaign.metadata;
  const subject = `UpgradeCampaign ${campaign.metadata.name}`;
  const fabricName = campaign.spec.fabricRef.name;
  const fabric = await store.get("Fabric", { namespace, name: fabricName });
  if (fabric === undefined) {
    const known = await store.list("Fabric", namespace);
    throw missing(`${subject}: spec.fabricRef.name`, { found: fabricName, known, reason: "FabricNotFound" });
  }
  const [wrong] = healthCheckProblems(campaign.spec.healthChecks);
  if (wrong !== undefined) {
    const line = `${subject}: ${wrong.field}: ${wrong.message} [HealthChecksInvalid]`;
    throw new CliError("BadInput", line, { hint: REASONS.HealthChecksInvalid.hint });
  }
  const images = new Map<string, DeviceImage>();
  for (const { image: wanted, field } of namedImages(campaign)) {
    const image = await store.get("DeviceImage", { namespace, name: wanted });
    if (image === undefined) {
      const known = await store.list("DeviceImage", namespace);
      throw missing(`${subject}: ${field}`, { found: wanted, known, reason: "ImageNotFound" });
    }
    const problem = judgeImage(image);
    if (problem !== undefined) {
      const line = `DeviceImage ${wanted}: ${problem.message} [${problem.reason}]`;
      throw new CliError("BadInput", line, { hint: REASONS[problem.reason].hint });
    }
    images.set(wanted, image);
  }
  const others = await fabricsElsewhere(store, fabric);
  return { campaign, fabric, images: [...images.values()], others };
}

/** The images of a campaign, with where they are named. */
function namedImages({ spec }: UpgradeCampaign): { readonly image: string; readonly field: string }[] {
  return spec.imageAssignments.flatMap(({ imageRef, path = [] }, index) => {
    const field = `spec.imageAssignments[${String(index)}]`;
    return [
      ...path.map(({ name: image }, place) => ({ image, field: `${field}.path[${String(place)}].name` })),
      { image: imageRef.name, field: `${field}.imageRef.name` },
    ];
  });
}

/** The only Fabric, or the one of the given name. */
export async function fabricInput(store: Store, name?: string): Promise<Fabric> {
  return choose("Fabric", await store.list("Fabric"), { name, option: "--fabric" });
}

function choose<K extends Kind>(
  kind: K,
  objects: readonly ObjectOf<K>[],
  { name, option }: { name: string | undefined; option: string },
): ObjectOf<K> {
  const names = objects.map(({ metadata }) => metadata.name);
  if (objects.length === 0) {
    throw new CliError("BadInput", `there is no ${kind} in the files`, { hint: "name its file with -f too" });
  }
  const chosen = name === undefined ? objects : objects.filter(({ metadata }) => metadata.name === name);
  const [first, second] = chosen;
  if (first === undefined) {
    throw new CliError(
      "BadInput",
      `${option}: found ${JSON.stringify(name)}; must be one of ${knownNames(name ?? "", names)}`,
    );
  }
  if (second !== undefined) {
    throw new CliError("BadInput", `there are several objects of kind ${kind}: ${names.join(", ")}`, {
      hint: `choose one with ${option}, or name its file with -f`,
    });
  }
  return first;
}

function missing(
  field: string,
  {
    found,
    known,
    reason,
  }: {
    found: string;
    known: readonly { readonly metadata: { readonly name: string } }[];
    reason: "FabricNotFound" | "ImageNotFound";
  },
): CliError {
  const names = known.map(({ metadata }) => metadata.name).join(", ");
  const allowed = known.length === 0 ? "the files have none in this namespace" : `the files have ${names}`;
  return new CliError("BadInput", `${field}: found ${JSON.stringify(found)}; ${allowed} [${reason}]`, {
    hint: REASONS[reason].hint,
  });
}
