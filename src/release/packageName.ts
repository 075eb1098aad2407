/**
 * What the file name of a Junos package tells: the release, and hints about the platform. A name is never
 * proof of what is inside; a name that contradicts what was declared is reason enough to stop.
 */

/** Families as images and fabrics name them. */
export type PackageFamily = "junos" | "junos-qfx" | "junos-ex" | "junos-es" | "junos-ptx" | "junos-acx";

/** A package's file name, read. */
export interface PackageName {
  /** The file name without a directory. */
  readonly file: string;
  /** The family the stem points to; undefined when it is not one that is known here. */
  readonly family: PackageFamily | undefined;
  /** Platforms the stem points to, as `modelMatches` takes them; empty when it says nothing. */
  readonly platforms: readonly string[];
  /** The release as the name states it: `23.4R2-S3.9`, `23.2R2-S4.1-EVO`. */
  readonly release: string;
  /** For routing engines that are VM hosts: other requests install it. */
  readonly vmhost: boolean;
  /** For Junos OS Evolved. */
  readonly evo: boolean;
}

interface Stem {
  readonly pattern: RegExp;
  readonly family: PackageFamily;
  readonly platforms: readonly string[];
}

/** The stems Juniper publishes; the more particular one first. */
const STEMS: readonly Stem[] = [
  {
    pattern: /^jinstall(?:-host)?-qfx-5e?\b/,
    family: "junos-qfx",
    platforms: ["qfx5100", "qfx5110", "qfx5120", "qfx5200", "qfx5210", "ex4650"],
  },
  // The letter behind the series (`-f`, `-m`) does not tell the models apart in each release.
  {
    pattern: /^jinstall(?:-host)?-qfx-10\b/,
    family: "junos-qfx",
    platforms: ["qfx10002", "qfx10008", "qfx10016"],
  },
  { pattern: /^jinstall(?:-host)?-qfx\b/, family: "junos-qfx", platforms: [] },
  { pattern: /^jinstall(?:-host)?-ex-4300mp\b/, family: "junos-ex", platforms: ["ex4300"] },
  { pattern: /^jinstall(?:-host)?-ex\b/, family: "junos-ex", platforms: [] },
  { pattern: /^junos-arm-32\b/, family: "junos-ex", platforms: ["ex2300", "ex3400"] },
  { pattern: /^junos-vmhost-install-qfx\b/, family: "junos-qfx", platforms: ["qfx10002-60c"] },
  { pattern: /^junos-vmhost-install-ptx\b/, family: "junos-ptx", platforms: [] },
  { pattern: /^junos-vmhost-install-srx\b/, family: "junos-es", platforms: [] },
  { pattern: /^junos-vmhost-install-mx\b/, family: "junos", platforms: [] },
  { pattern: /^junos-evo-install-qfx\b/, family: "junos-qfx", platforms: ["qfx5130", "qfx5220", "qfx5700"] },
  { pattern: /^junos-evo-install-ptx\b/, family: "junos-ptx", platforms: [] },
  { pattern: /^junos-evo-install-acx\b/, family: "junos-acx", platforms: [] },
  { pattern: /^junos-install-vmx\b/, family: "junos", platforms: ["vmx"] },
  { pattern: /^junos-vrr\b/, family: "junos", platforms: ["vrr"] },
  { pattern: /^junos-install-mx\b/, family: "junos", platforms: [] },
  { pattern: /^jinstall(?:64|-ppc)?$/, family: "junos", platforms: [] },
  {
    pattern: /^junos-srxsme\b/,
    family: "junos-es",
    platforms: ["srx300", "srx320", "srx340", "srx345", "srx380"],
  },
  { pattern: /^junos-srxentedge\b/, family: "junos-es", platforms: ["srx1500"] },
  { pattern: /^junos-srxmr\b/, family: "junos-es", platforms: ["srx4100", "srx4200"] },
  { pattern: /^junos-srxhe\b/, family: "junos-es", platforms: ["srx4600"] },
  { pattern: /^junos-srx5000\b/, family: "junos-es", platforms: ["srx5400", "srx5600", "srx5800"] },
  { pattern: /^junos-vsrx3?\b/, family: "junos-es", platforms: ["vsrx"] },
  { pattern: /^junos-install(?:-media)?-srx\b/, family: "junos-es", platforms: [] },
];

const STEM_AND_RELEASE =
  /^(?<stem>(?:jinstall|junos|jbundle|vmx-bundle)[a-z0-9-]*?)-(?<release>\d{1,4}\.\d.*)$/;
const EXTENSION = /\.(?:tgz|iso|img|tar|tar\.gz)$/i;
const EDITION = /(?:-(?:secure|signed|domestic|export|limited|volatile|linux))+$/i;

/**
 * Reads the file name of a package (a path or URL in front is dropped). Null when it is not the name of a
 * package with a release in it. The stems are listed in Juniper's installation guides; those that are unknown
 * still yield their release.
 */
export function readPackageName(file: string): PackageName | null {
  const name = file.trim().split("/").at(-1) ?? "";
  if (!EXTENSION.test(name)) return null;
  const groups = STEM_AND_RELEASE.exec(name.replace(EXTENSION, "").replace(EDITION, ""))?.groups;
  const { stem, release } = groups ?? {};
  if (stem === undefined || release === undefined) return null;
  const known = STEMS.find(({ pattern }) => pattern.test(stem));
  return {
    file: name,
    family: known?.family,
    platforms: known?.platforms ?? [],
    release,
    vmhost: name.includes("vmhost"),
    evo: stem.startsWith("junos-evo-") || /-EVO$/i.test(release),
  };
}

/** Whether the package is for host and guest together; other requests install and reboot them. */
export function isForVmhosts(file: string): boolean {
  return readPackageName(file)?.vmhost === true;
}

/**
 * Whether the declared version is the release in the package's name, to the letter. `18.1R1` for a package
 * of `18.1R1.10` does not agree: the device reports the exact release after the upgrade, and a comparison with
 * an inexact one leaves it drained for ever.
 */
export function declaredVersionAgrees(osVersion: string, packageRelease: string): boolean {
  return osVersion.trim() === packageRelease.trim();
}
