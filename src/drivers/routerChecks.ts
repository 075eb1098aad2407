/**
 * What a chassis must be for its routing engines to be upgraded one after the other: the number of engines that the Fabric
 * says, each answering for itself at its own address, hosts or none as the package is made, and a release that is
 * supported. Everything here is asked before anything is touched.
 */
import { explain, type Explained } from "../api/reasons.ts";
import type { Observation } from "../engine/step.ts";
import { commitConfiguration } from "../junos/configuration.ts";
import { readPendingInstall } from "../junos/install.ts";
import { readScheduledReboot } from "../junos/reboot.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import { compareReleases, nameSameRelease, parseRelease } from "../release/version.ts";
import { readConfiguration } from "./configurationText.ts";
import type { RunContext } from "./driver.ts";
import type { EngineRules } from "./engineRules.ts";
import { readEngines, readOwnRole, UNDECLARED } from "./engines.ts";
import { readMoment } from "./moment.ts";
import { againstKind } from "./packageFit.ts";
import { isForVmhost } from "./steps/install.ts";
import type { CheckSoftware } from "./steps/preflight.ts";
import { wasInstalled } from "./guards.ts";

/** Why a release is not supported; null when it is. X and F trains have no order with the minimum: somebody has to say. */
export function againstRelease(
  { minimumRelease }: EngineRules,
  release: string,
  whose: string,
): Explained | null {
  const running = parseRelease(release);
  if (running === null) {
    return explain("VersionUnknown", `${whose} runs ${release}, which is not a release that can be compared`);
  }
  const minimum = minimumRelease === undefined ? null : parseRelease(minimumRelease);
  if (minimum === null) return null;
  switch (compareReleases(running, minimum)) {
    case "Same":
    case "Newer":
      return null;
    case "Older":
      return explain(
        "ReleaseNotSupported",
        `${whose} runs ${release}; ${minimum.text} or later is supported`,
      );
    case "Incomparable":
      return explain(
        "VersionIncomparable",
        `${whose} runs ${release}, which has no order with ${minimum.text}`,
      );
  }
}

/** With two engines: both named in the Fabric, up, in their roles, with the same configuration, and fit for the package. */
export function checkTwoEngines(rules: EngineRules): CheckSoftware {
  return (context) => lookAtTwoEngines(rules, context);
}

async function lookAtTwoEngines(rules: EngineRules, context: RunContext): Promise<Observation | undefined> {
  const { device, image, status, clock, connect } = context;
  const { main } = await connect(device.name);
  const engines = await readEngines(main);
  const names = (device.controlPlanes ?? []).map(({ name }) => name).toSorted();
  if (
    engines
      .map(({ name }) => name)
      .toSorted()
      .join() !== names.join()
  ) {
    const message = `the chassis has ${engines.map(({ name }) => name).join(", ")}, the Fabric names ${names.join(", ")}`;
    return { is: "Failed", reason: "ControlPlanesUndeclared", message };
  }
  const away = engines.find(({ mastership }) => mastership !== "Master" && mastership !== "Backup");
  if (away !== undefined) {
    return {
      is: "Blocked",
      reason: "BackupNotReady",
      message: `${away.name} does not talk to the other engine`,
    };
  }
  const configuration = await readConfiguration(main);
  const releases: string[] = [];
  for (const engine of engines) {
    const { main: own } = await connect(device.name, engine.name);
    const role = await readOwnRole(own);
    if (role !== undefined && role !== engine.mastership) {
      const message = `${engine.name} is ${engine.mastership.toLowerCase()}, and at its address somebody answers who is ${role.toLowerCase()}`;
      return { is: "Failed", reason: "ControlPlanesUndeclared", message };
    }
    const { version } = await readMoment(own, clock.now());
    const against =
      againstRelease(rules, version, engine.name) ??
      againstKind(isForVmhost(image), await rules.isVmhost(own, engine), engine.name);
    if (against !== null) return { is: "Failed", ...against };
    const schedule = await readScheduledReboot(own);
    if (schedule.scheduled) {
      return { is: "Blocked", reason: "RebootScheduled", message: `${engine.name}: ${schedule.message}` };
    }
    const pending = await readPendingInstall(own);
    if (pending.is === "Pending" && !wasInstalled(status)) {
      return { is: "Blocked", reason: "InstallPending", message: `${engine.name}: ${pending.message}` };
    }
    if ((await readConfiguration(own)) !== configuration) {
      const message = `${engine.name} has another configuration than the master; commit synchronize`;
      return { is: "Blocked", reason: "BackupNotReady", message };
    }
    releases.push(version);
  }
  if (releases.every((release) => nameSameRelease(release, image.osVersion))) {
    return {
      is: "Skipped",
      reason: "SameVersion",
      message: `both routing engines run ${image.osVersion} already`,
    };
  }
  return releases.every((release) => release === releases[0])
    ? undefined
    : whetherCommitsReachBoth(main, releases);
}

/** Between two releases a commit may not reach the other engine; a drain that the next master lacks is none. */
async function whetherCommitsReachBoth(
  main: RpcCaller,
  releases: readonly string[],
): Promise<Observation | undefined> {
  try {
    await commitConfiguration(main, { check: true, synchronize: true });
    return undefined;
  } catch (error) {
    if (!isJunosError(error)) throw error;
    const message = `its routing engines run ${releases.join(" and ")}, and a commit does not reach both: ${error.message}`;
    return { is: "Blocked", reason: "EnginesDiffer", message };
  }
}

/** With one engine: none is in the other slot, and it fits the package. */
export function checkOneEngine(rules: EngineRules): CheckSoftware {
  return async ({ device, image, clock, connect }) => {
    const { main } = await connect(device.name);
    const engines = await readEngines(main);
    const [engine] = engines;
    if (engine === undefined || engines.length > 1) return { is: "Failed", ...UNDECLARED };
    const { version } = await readMoment(main, clock.now());
    const against =
      againstRelease(rules, version, device.name) ??
      againstKind(isForVmhost(image), await rules.isVmhost(main, engine), device.name);
    if (against !== null) return { is: "Failed", ...against };
    return nameSameRelease(version, image.osVersion)
      ? { is: "Skipped", reason: "SameVersion", message: `runs ${version} already` }
      : undefined;
  };
}
