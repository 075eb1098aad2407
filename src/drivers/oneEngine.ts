/** The way of a device with one routing engine: everything around its one installation and one reboot. */
import type { Step } from "../engine/step.ts";
import type { RunContext } from "./driver.ts";
import { backup } from "./steps/backup.ts";
import { compare } from "./steps/compare.ts";
import { controlPlane } from "./steps/controlPlane.ts";
import { drainAccess } from "./steps/drainAccess.ts";
import { drainRoutes } from "./steps/drainRoutes.ts";
import { install } from "./steps/install.ts";
import { quiet } from "./steps/quiet.ts";
import { reboot } from "./steps/reboot.ts";
import { soakStep } from "./steps/soak.ts";
import { stage } from "./steps/stage.ts";
import { undrainAccess, undrainRoutes } from "./steps/undrain.ts";

/** The steps, after the family's own preflight. */
export function stepsOfOneEngine(preflight: Step<RunContext>): readonly Step<RunContext>[] {
  return [
    preflight,
    stage,
    backup,
    drainRoutes,
    drainAccess,
    quiet,
    install,
    reboot,
    controlPlane,
    undrainAccess,
    undrainRoutes,
    compare,
    soakStep(() => [undefined]),
  ];
}
