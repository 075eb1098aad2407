/**
 * Device families: as a Fabric names them, as packages and older systems name them, and as a model's name tells them.
 */
import type { Fabric } from "../api/fabric.gen.ts";

export type Family = Fabric["spec"]["devices"][number]["family"];

/** Other names of the same families: those of Contrail, and of the packages themselves. */
const FAMILY_OF_NAME: Readonly<Record<string, Family>> = {
  "junos-qfx": "junos-qfx",
  "junos-mx": "junos-mx",
  junos: "junos-mx",
  "junos-srx": "junos-srx",
  "junos-es": "junos-srx",
};

/** The family that an image or a package means; undefined for one that no Fabric has. Capitals don't matter. */
export function familyNamed(name: string): Family | undefined {
  const known = name.trim().toLowerCase();
  return Object.hasOwn(FAMILY_OF_NAME, known) ? FAMILY_OF_NAME[known] : undefined;
}

/** The family of a model as Junos prints it: `qfx5120-48y-8c`, `vmx`, `SRX1500`. Undefined for one that is not known. */
export function familyOfModel(model: string): Family | undefined {
  const series = /^v?(?<series>qfx|mx|srx)(?![a-z])/i.exec(model.trim())?.groups?.["series"];
  return series === undefined ? undefined : familyNamed(`junos-${series}`);
}
