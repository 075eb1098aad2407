/**
 * Which chassis clusters can be upgraded in service, as data. From Juniper's "Chassis Cluster User Guide for Security
 * Devices" (chapters "Upgrading a Chassis Cluster Using In-Service Software Upgrade" and "ISSU System Requirements"), which
 * refers to KB17946 for each release. What is not listed here is refused: nobody should find out on a firewall.
 */
import { explain, type Explained } from "../../api/reasons.ts";
import type { ExplainedWarning } from "../../api/warnings.ts";
import { modelMatches } from "../../release/platform.ts";
import { atLeast, compareReleases, parseRelease, type Release } from "../../release/version.ts";

interface IssuPlatform {
  readonly models: readonly string[];
  /** The first release of each train that can be upgraded in service. */
  readonly since: readonly string[];
  /** No upgrade in service leads from before this release to it or beyond. */
  readonly barrier?: string;
  /** Its cards are listed as PICs of their own; models of fixed form have none that could be unsupported. */
  readonly modular?: true;
}

const ISSU_PLATFORMS: readonly IssuPlatform[] = [
  { models: ["srx1500"], since: ["15.1X49-D70", "17.3R1"], barrier: "17.4R1" },
  { models: ["srx4100", "srx4200"], since: ["15.1X49-D80", "17.3R1"], barrier: "17.4R1" },
  { models: ["srx1600", "srx2300"], since: ["23.4R1"] },
  { models: ["srx4300"], since: ["24.2R1"] },
  {
    models: ["srx5400", "srx5600", "srx5800"],
    since: ["10.4R4", "12.1X46-D10", "12.1X47-D10", "12.3X48-D10", "15.1X49-D10"],
    barrier: "17.3R1",
    modular: true,
  },
];

/**
 * Small models are upgraded "in band" (ICU): sessions are lost, and everything for about half a minute. That is no
 * in-service upgrade, whatever its command is called.
 */
const IN_BAND_ONLY: readonly RegExp[] = [/^srx3\d\d/, /^srx550/, /^vsrx/];

/** Models with clusters of which the guide names no release with an in-service upgrade: somebody has to ask the vendor. */
const NOT_LISTED = ["srx4600", "srx4120", "srx4700"];

/** Whether the model is upgraded in band only. */
export function isInBandOnly(model: string): boolean {
  return IN_BAND_ONLY.some((pattern) => pattern.test(model.trim().toLowerCase()));
}

/** Why the model has no upgrade in service; null when it has. Capitals do not matter. */
export function modelRefusal(model: string): Explained | null {
  const name = model.trim().toLowerCase();
  if (isInBandOnly(name)) {
    return explain(
      "InServiceUpgradeUnsupported",
      `${model} has an in-band cluster upgrade only (ICU): sessions are lost, and all traffic for about 30 s`,
    );
  }
  if (modelMatches(NOT_LISTED, name)) {
    return explain(
      "InServiceUpgradeUnsupported",
      `Juniper's guide names no release from which ${model} is upgraded in service`,
    );
  }
  return platformOf(name) === undefined
    ? explain("UnsupportedModel", `${model} is not known to be upgraded in service`)
    : null;
}

/**
 * Why this upgrade cannot be made in service; null when it can. With `acceptsLoss` an upgrade in band will do where the
 * model has nothing better.
 */
export function upgradeRefusal(
  model: string,
  {
    from,
    to,
    acceptsLoss = false,
  }: { readonly from: string; readonly to: string; readonly acceptsLoss?: boolean },
): Explained | null {
  const inBand = acceptsLoss && isInBandOnly(model);
  const platform = platformOf(model.trim().toLowerCase());
  if (platform === undefined && !inBand) return modelRefusal(model);
  const [running, target] = [parseRelease(from), parseRelease(to)];
  if (running === null || target === null) {
    return explain("VersionUnknown", `${from} and ${to} cannot be compared`);
  }
  switch (compareReleases(target, running)) {
    case "Newer":
      break;
    case "Same":
      return explain("SameVersion", `it runs ${from} already`);
    case "Older":
      return explain("DowngradeRefused", `it runs ${from}; no upgrade in service leads back to ${to}`);
    case "Incomparable":
      return explain("VersionIncomparable", `${from} and ${to} have no order`);
  }
  if (platform === undefined) return null;
  if (!reaches(running, platform.since)) {
    return explain(
      "InServiceUpgradeUnsupported",
      `${model} is upgraded in service from ${platform.since.join(" or ")} on, it runs ${from}`,
    );
  }
  const { barrier } = platform;
  if (barrier !== undefined && !reaches(running, [barrier]) && reaches(target, [barrier])) {
    return explain(
      "InServiceUpgradeUnsupported",
      `no upgrade in service leads ${model} from before ${barrier} to ${to}`,
    );
  }
  return null;
}

function platformOf(model: string): IssuPlatform | undefined {
  return ISSU_PLATFORMS.find(({ models }) =>
    models.some((each) => model === each || model.startsWith(`${each}-`)),
  );
}

function reaches(release: Release, minima: readonly string[]): boolean {
  return minima.some((text) => {
    const minimum = parseRelease(text);
    return minimum !== null && atLeast(release, minimum);
  });
}

/** Cards that keep their state; all others restart. Services cards run the sessions, and are synchronised. */
const PICS_THAT_STAY: readonly RegExp[] = [/^SPU\b/i, /\bSPC\b/i, /GE\b|XGE|CGE|SFP|QSFP|CFP/i];

interface UnsupportedStatement {
  readonly pattern: RegExp;
  readonly what: string;
}

/** Configuration whose state is not carried over. It stops no upgrade, it costs packets. */
const UNSUPPORTED_STATEMENTS: readonly UnsupportedStatement[] = [
  { pattern: /^set (?:routing-instances \S+ )?protocols (?:pim|igmp)\b/, what: "multicast routing" },
  { pattern: /^set forwarding-options sampling\b|^set services flow-monitoring\b/, what: "flow monitoring" },
  { pattern: /^set logical-systems\b/, what: "logical systems" },
  { pattern: /^set security gprs\b/, what: "GTP and SCTP inspection" },
  { pattern: /^set interfaces \S+ unit \d+ family inet dhcp\b/, what: "a DHCP client" },
];

const ROUTING = /^set (?:routing-instances \S+ )?protocols (?:bgp|ospf|ospf3|isis)\b/;
const GRACEFUL_RESTART = /^set (?:routing-instances \S+ )?routing-options graceful-restart\b/;

export interface IssuFacts {
  readonly model: string;
  /** The types of all PICs, as the device names them. */
  readonly picTypes: readonly string[];
  /** The committed configuration as `set` commands, without what is deactivated. */
  readonly configuration: readonly string[];
}

/** What an upgrade in service of this cluster costs, although it succeeds. */
export function upgradeWarnings({ model, picTypes, configuration }: IssuFacts): readonly ExplainedWarning[] {
  const isModular = platformOf(model.trim().toLowerCase())?.modular === true;
  const restarting = isModular
    ? picTypes.filter((type) => !PICS_THAT_STAY.some((pattern) => pattern.test(type)))
    : [];
  const unsupported = UNSUPPORTED_STATEMENTS.filter(({ pattern }) =>
    configuration.some((line) => pattern.test(line)),
  ).map(({ what }) => what);
  const routes = configuration.some((line) => ROUTING.test(line));
  if (routes && !configuration.some((line) => GRACEFUL_RESTART.test(line))) {
    unsupported.push("routing protocols without graceful restart");
  }
  return [
    ...[...new Set(restarting)].map((type): ExplainedWarning => ({
      warning: "UnsupportedPic",
      message: `PIC ${type} restarts during the upgrade`,
    })),
    ...unsupported.map((what): ExplainedWarning => ({
      warning: "UnsupportedProtocol",
      message: `${what}: not carried over by the upgrade, packets may be lost`,
    })),
  ];
}
