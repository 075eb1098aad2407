/** Which models an image is for: `supportedPlatforms` of a DeviceImage names models or whole series. */

/**
 * Whether one of the supported platforms is the model or the series it belongs to: `qfx5120` covers
 * `qfx5120-48y-8c` but not `qfx51200`. Capitals don't matter.
 */
export function modelMatches(supportedPlatforms: readonly string[], model: string): boolean {
  const wanted = model.trim().toLowerCase();
  return supportedPlatforms.some((entry) => {
    const platform = entry.trim().toLowerCase();
    return platform !== "" && (wanted === platform || wanted.startsWith(`${platform}-`));
  });
}

/** Models whose routing engines are VM hosts, all of them; Juniper, "VM Host Support on Routing Engines". */
const VM_HOSTS = ["qfx10002-60c", "mx10003", "mx204", "mx10008", "mx10016"];

/** Chassis that take either kind of routing engine, and models of which it is not known here. */
const EITHER = /^(?:v?mx|srx)/i;

/** Whether the routing engines of a model are VM hosts; undefined where the model alone does not tell. */
export function hasVmhosts(model: string): boolean | undefined {
  if (modelMatches(VM_HOSTS, model)) return true;
  return EITHER.test(model.trim()) ? undefined : false;
}

/** The QFX10000 series: line cards or a large fixed switch, and never a member of a Virtual Chassis. */
const LARGE_SWITCHES = ["qfx10002", "qfx10008", "qfx10016"];

/** A switch of the QFX10000 series. */
export function isLargeSwitch(model: string): boolean {
  return modelMatches(LARGE_SWITCHES, model);
}

/** A chassis of the series, with line cards and room for a second routing engine. */
export function isSwitchChassis(model: string): boolean {
  return modelMatches(["qfx10008", "qfx10016"], model);
}

/** QFX that run Junos OS Evolved: another operating system, with requests of its own. */
export function isEvolvedSwitch(model: string): boolean {
  return modelMatches(["qfx5130", "qfx5220", "qfx5230", "qfx5240", "qfx5241", "qfx5700"], model);
}
