/** One side of a comparison: a plan as `plan -o json` prints it, or manifests from which one is made. */
import { stat } from "node:fs/promises";
import { isMap, parseDocument } from "yaml";
import type { Plan } from "../../api/plan.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { campaignInput, storeOf } from "../manifests/campaignInput.ts";
import { parseManifests, readManifests } from "../manifests/readManifests.ts";
import { readText } from "../manifests/yamlFiles.ts";
import { parsePlan } from "../planFile.ts";
import { planFromFiles } from "../planning.ts";

export interface PlanSide {
  /** As the user named it. */
  readonly path: string;
  readonly plan: Plan;
  /** What keeps it from being approved; empty for a plan from a file, which does not say. */
  readonly blockers: readonly Blocker[];
}

/** Reads or makes the plan. Throws `CliError` and `PlanRefused`. */
export async function loadSide(path: string, campaign: string | undefined): Promise<PlanSide> {
  if (!(await isFolder(path))) {
    const text = await readText(path);
    if (isPlan(text)) return { path, plan: parsePlan(text, path), blockers: [] };
    return planOf(path, { manifests: parseManifests([{ name: path, text }]), campaign });
  }
  return planOf(path, { manifests: await readManifests([path]), campaign });
}

async function planOf(
  path: string,
  {
    manifests,
    campaign,
  }: { readonly manifests: ReturnType<typeof parseManifests>; readonly campaign: string | undefined },
): Promise<PlanSide> {
  const store = await storeOf(manifests, { now: Date.now });
  const { plan, blockers } = planFromFiles(await campaignInput(store, campaign));
  return { path, plan, blockers };
}

async function isFolder(path: string): Promise<boolean> {
  // What is wrong with the path is told when it is read.
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Manifests have a kind, plans have batches. */
function isPlan(text: string): boolean {
  const { contents } = parseDocument(text, { prettyErrors: false, logLevel: "silent" });
  return isMap(contents) && contents.has("batches") && !contents.has("kind");
}
