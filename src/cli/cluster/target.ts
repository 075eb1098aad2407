/** What `hold` and `release` are about: a campaign or a whole fabric, named as kubectl names objects. */
import { InvalidArgumentError } from "commander";

export interface Target {
  readonly kind: "UpgradeCampaign" | "Fabric";
  readonly name: string;
}

const KIND_OF: Readonly<Record<string, Target["kind"]>> = {
  upgradecampaign: "UpgradeCampaign",
  upgradecampaigns: "UpgradeCampaign",
  campaign: "UpgradeCampaign",
  upc: "UpgradeCampaign",
  fabric: "Fabric",
  fabrics: "Fabric",
  hfab: "Fabric",
};

/** Reads `NAME`, `fabric/NAME` or `upgradecampaign/NAME`; undefined where the text is none of them. */
export function readTarget(text: string): Target | undefined {
  const [first = "", second, ...rest] = text.split("/");
  // With the group, as `kubectl get -o name` prints it.
  const kind =
    second === undefined ? "UpgradeCampaign" : KIND_OF[first.toLowerCase().replace(/\.hitless\.dev$/, "")];
  const name = second ?? first;
  return kind === undefined || name === "" || rest.length > 0 ? undefined : { kind, name };
}

/** As `readTarget`, for commander. */
export function parseTarget(text: string): Target {
  const target = readTarget(text);
  if (target === undefined)
    throw new InvalidArgumentError("It must be the name of a campaign, or fabric/NAME.");
  return target;
}

/** Reads `NAME` or `upgradecampaign/NAME`, for commander. */
export function parseCampaignName(text: string): string {
  const target = readTarget(text);
  if (target?.kind !== "UpgradeCampaign")
    throw new InvalidArgumentError("It must be the name of a campaign.");
  return target.name;
}

/** How a target is written as an argument. */
export function targetText({ kind, name }: Target): string {
  return kind === "Fabric" ? `fabric/${name}` : name;
}
