/**
 * What to do next with one device. Pure: the same world gives the same decision. The order of the questions is
 * the promise of the product:
 *
 *  0. Has somebody taken the device over? Then it is nobody else's business any more.
 *  1. Has the run ended, or is it landing? Then only that.
 *  2. Is the device drained, but not yet rebooting? Then the rest of the fabric is proven again and again, and a
 *     lost peer brings the device back at once.
 *  3. What does the device say of the current step? Only then act (`decideStep.ts`), and once-only acts only
 *     with an intent.
 */
import { explain } from "../api/reasons.ts";
import { formatInstant, type Instant } from "../api/time.ts";
import { decideStep } from "./decideStep.ts";
import { show, stateWhileRunning } from "./deviceState.ts";
import { decideTest } from "./decideTest.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import { begin, currentRule, recordOf, restart } from "./journal.ts";
import { abandon, beginLanding, land, landingNow } from "./landing.ts";
import type { StepRule } from "./step.ts";
import { waiting } from "./waiting.ts";

/** The one act that comes next, and the status as it is with it; `now` is model time. */
export function decideDevice(world: DeviceWorld, now: Instant): DeviceDecision {
  const { status, procedure, desired, ledgerHeld, gathered } = world;
  if (world.abandoned !== undefined) return abandon(world, world.abandoned, now);
  if (status.finishedAt !== undefined) return { do: "Nothing", status };
  if (status.landing !== undefined) return land(world, now);

  if (desired === "Test" && !hasBegun(world)) return decideTest(world, now);

  const rule = currentRule(status, procedure);
  if (rule === undefined) return ledgerHeld ? { do: "ReturnToService" } : succeed(world, now);

  if (desired !== "Proceed") {
    const stop = stopAt(world, rule, now);
    if (stop !== undefined) return stop;
  }
  if (ledgerHeld && !rule.outOfService) return { do: "ReturnToService" };

  if (ledgerHeld && landingNow(rule, status) === "InService") {
    if (gathered.proof === undefined && !gathered.provenLately) return { do: "Prove", forAct: false };
    if (gathered.proof?.proven === false)
      return beginLanding(world, { to: "InService", because: gathered.proof.because, now });
  }

  if (gathered.observation?.step !== rule.name) {
    return isFirstLook(world, rule) ? firstLook(world, rule, now) : { do: "Observe", step: rule.name };
  }
  return decideStep(world, rule, { seen: gathered.observation.seen, now });
}

/** The run begins, or begins again: people see it before the device is looked at. */
function isFirstLook({ status, procedure }: DeviceWorld, rule: StepRule): boolean {
  return rule === procedure[0] && ["Pending", "Undone"].includes(recordOf(status, rule.name).state);
}

function firstLook(world: DeviceWorld, rule: StepRule, now: Instant): DeviceDecision {
  const status = begin(world.status, world.procedure, { rule, now, attempt: false });
  const shown = { state: stateWhileRunning(rule.name), message: `begins ${rule.name}` };
  return { do: "Record", status: show(status, world, shown) };
}

function hasBegun({ status, procedure }: DeviceWorld): boolean {
  return procedure.some((each) => ["Running", "Done", "Failed"].includes(recordOf(status, each.name).state));
}

/** The campaign does not want the device to go on: what that means depends on how far it is. */
function stopAt(world: DeviceWorld, rule: StepRule, now: Instant): DeviceDecision | undefined {
  const { status, desired, ledgerHeld } = world;
  if (!hasBegun(world)) {
    return desired === "Hold"
      ? waiting(world, { state: "Pending", message: "waits for its batch" })
      : waiting(world, { state: "Held", message: "held before its start" });
  }
  switch (landingNow(rule, status)) {
    case "Forward":
      return undefined;
    case "Drained":
      return waiting(world, { state: "Held", message: "held while out of service" });
    case "InService":
      return ledgerHeld
        ? beginLanding(world, { to: "InService", because: explain("CampaignStopped"), now })
        : {
            do: "Record",
            status: show(restart(status, world.procedure), world, {
              state: "Held",
              message: "held in service",
            }),
          };
  }
}

function succeed(world: DeviceWorld, now: Instant): DeviceDecision {
  const message = "runs the image and carries traffic";
  return {
    do: "Record",
    status: {
      ...show(world.status, world, { state: "HitlessImageUpgradeSuccessful", message }),
      finishedAt: formatInstant(now),
    },
  };
}
