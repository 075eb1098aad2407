/**
 * The way of a chassis with two routing engines: the backup first, then mastership moves to it, then the former master
 * follows. Both at once only where a campaign says so, of a chassis that is drained. In-service upgrade (ISSU, NSSU) is never used.
 */
import type { Step } from "../engine/step.ts";
import type { RunContext } from "./driver.ts";
import { engineToUpgrade, readEngines } from "./engines.ts";
import { readMoment } from "./moment.ts";
import { backupStep, type FoundControlPlanes } from "./steps/backup.ts";
import { installEngines, rebootEngines } from "./steps/bothEngines.ts";
import { compare } from "./steps/compare.ts";
import { controlPlane } from "./steps/controlPlane.ts";
import { drainAccess } from "./steps/drainAccess.ts";
import { drainRoutes } from "./steps/drainRoutes.ts";
import { installStep } from "./steps/install.ts";
import { quiet } from "./steps/quiet.ts";
import { rebootStep } from "./steps/reboot.ts";
import { restoreRedundancy, suspendRedundancy } from "./steps/redundancy.ts";
import { soakStep } from "./steps/soak.ts";
import { stageStep } from "./steps/stage.ts";
import { switchMastership } from "./steps/switchMastership.ts";
import { undrainAccess, undrainRoutes } from "./steps/undrain.ts";

/** The steps, after the family's own preflight. */
export function stepsOfTwoEngines(preflight: Step<RunContext>): readonly Step<RunContext>[] {
  return around(preflight, [
    installStep({ name: "InstallBackupEngine", landing: "InService", choose: engineToUpgrade("first") }),
    rebootStep({
      name: "RebootBackupEngine",
      after: "InstallBackupEngine",
      choose: engineToUpgrade("first"),
    }),
    switchMastership,
    installStep({
      name: "InstallFormerMaster",
      landing: "Forward",
      landingBefore: "Forward",
      choose: engineToUpgrade("second"),
    }),
    rebootStep({
      name: "RebootFormerMaster",
      after: "InstallFormerMaster",
      landingBefore: "Forward",
      choose: engineToUpgrade("second"),
    }),
  ]);
}

/** Both at the same time, for chassis that nobody misses for as long as a boot takes: drained, they route nothing. */
export function stepsOfBothEngines(preflight: Step<RunContext>): readonly Step<RunContext>[] {
  return around(preflight, [installEngines, rebootEngines]);
}

/** What comes before the engines and after them, whichever way they are upgraded. */
function around(
  preflight: Step<RunContext>,
  engines: readonly Step<RunContext>[],
): readonly Step<RunContext>[] {
  return [
    preflight,
    stageStep(({ device }) => (device.controlPlanes ?? []).map(({ name }) => name)),
    backupStep(findEngines),
    drainRoutes,
    drainAccess,
    quiet,
    suspendRedundancy,
    ...engines,
    restoreRedundancy,
    controlPlane,
    undrainAccess,
    undrainRoutes,
    compare,
    soakStep(({ device }) => (device.controlPlanes ?? []).map(({ name }) => name)),
  ];
}

/** Both engines with their roles, as they are found before anything is changed. */
async function findEngines({ device, clock, connect }: RunContext): Promise<FoundControlPlanes> {
  const { main } = await connect(device.name);
  const engines = await readEngines(main);
  const found: FoundControlPlanes = [];
  for (const { name, mastership } of engines) {
    if (mastership !== "Master" && mastership !== "Backup") continue;
    const { main: own } = await connect(device.name, name);
    const { version, bootedAt } = await readMoment(own, clock.now());
    found.push({ name, role: mastership, version, bootedAt });
  }
  return found;
}
