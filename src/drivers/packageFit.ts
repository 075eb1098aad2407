/**
 * Whether a package is for a device at all: by vendor, and by what the package's name says of family, platform,
 * operating system and host. The same for all drivers, in the plan and once more before a device is touched.
 */
import type { DeviceDiscovery } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import { explain, type Explained } from "../api/reasons.ts";
import { familyNamed, type Family } from "../release/family.ts";
import { readPackageName } from "../release/packageName.ts";
import { hasVmhosts, modelMatches } from "../release/platform.ts";

export interface FitSubject {
  /** For messages. */
  readonly name: string;
  readonly family: Family;
  /** As the device says it, or as somebody wrote it where it was not read. */
  readonly model: string;
}

/** What the device says it is counts for more than what somebody wrote. */
export function modelOf({ model }: Pick<FitSubject, "model">, said: DeviceDiscovery | null): string {
  return said === null || said.model === "" ? model : said.model;
}

/** Why a vendor's image has no driver here; null for Juniper's. */
export function againstVendor({ vendorName }: DeviceImage["spec"]): Explained | null {
  return vendorName.trim().toLowerCase() === "juniper"
    ? null
    : explain("UnsupportedVendor", `no driver for vendor ${vendorName}`);
}

/** Why a package is not for a device; null where its name says nothing against it. */
export function againstPackage(
  { name, family, model }: FitSubject,
  deviceImageName: string,
): Explained | null {
  const target = readPackageName(deviceImageName);
  if (target === null) {
    return explain("ImageNameUnreadable", `${deviceImageName} is not the name of a Junos package`);
  }
  // A stem that is not known here says nothing; one that is and means another family does.
  if (target.family !== undefined && familyNamed(target.family) !== family) {
    return explain(
      "ImageFamilyMismatch",
      `${deviceImageName} is a package of the family ${target.family}, ${name} is ${family}`,
    );
  }
  if (target.evo) {
    return explain(
      "ImagePlatformMismatch",
      `${deviceImageName} is Junos OS Evolved, ${model} is upgraded with Junos`,
    );
  }
  if (target.platforms.length > 0 && !modelMatches(target.platforms, model)) {
    return explain(
      "ImagePlatformMismatch",
      `${deviceImageName} is for ${target.platforms.join(", ")}, not for ${model}`,
    );
  }
  return againstKind(target.vmhost, hasVmhosts(model) ?? target.vmhost, model);
}

/** Why package and routing engine do not fit; null when they do. */
export function againstKind(
  packageIsVmhost: boolean,
  engineIsVmhost: boolean,
  whose: string,
): Explained | null {
  if (packageIsVmhost === engineIsVmhost) return null;
  return explain(
    "ImagePlatformMismatch",
    packageIsVmhost
      ? `the package is for VM hosts, ${whose} is none`
      : `${whose} is a VM host, and the package is not for VM hosts`,
  );
}
