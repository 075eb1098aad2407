/** The hold of a campaign or a Fabric: an annotation, so that a re-apply of Git does not undo it. */
import { ANNOTATIONS } from "../../api/names.ts";
import { update } from "../../store/retryOnConflict.ts";
import { findCampaign, findFabric } from "./campaigns.ts";
import type { Target } from "./target.ts";
import type { Cluster } from "./withCluster.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";

/** Finds a target. Throws `CliError` `BadInput` where there is none. */
export async function findTarget(
  cluster: Cluster,
  { kind, name }: Target,
): Promise<UpgradeCampaign | Fabric> {
  return kind === "Fabric" ? findFabric(cluster, name) : findCampaign(cluster, name);
}

/** The reason of a hold, which may be empty; undefined where nothing is held. */
export function holdOf({ metadata }: UpgradeCampaign | Fabric): string | undefined {
  return metadata.annotations?.[ANNOTATIONS.hold];
}

/** Holds with a reason, or lets go. Writes nothing where it is so already. */
export async function writeHold(
  { store, namespace, signal }: Cluster,
  { kind, name }: Target,
  reason: string | undefined,
): Promise<void> {
  await update(
    { store, kind, key: { namespace, name } },
    ({ metadata }) => {
      const { [ANNOTATIONS.hold]: before, ...others } = metadata.annotations ?? {};
      if (before === reason) return false;
      metadata.annotations = reason === undefined ? others : { ...others, [ANNOTATIONS.hold]: reason };
    },
    { signal },
  );
}
