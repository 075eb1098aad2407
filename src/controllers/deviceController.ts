/**
 * Runs the upgrade of one device: gathers the world, asks the engine, does what it says, until there is
 * something to wait for. All judgement is the engine's; all knowledge of the device is the driver's.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import { ANNOTATIONS } from "../api/names.ts";
import { withHint, type Explained } from "../api/reasons.ts";
import type { Instant } from "../api/time.ts";
import { hasEnded } from "../engine/campaignProgress.ts";
import { decideDevice } from "../engine/decideDevice.ts";
import { NOTHING_GATHERED, type Gathered } from "../engine/deviceWorld.ts";
import { keyOf, type ObjectKey } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { leadPass, type LedPass } from "./fence.ts";
import { isBeingDeleted } from "./finalizers.ts";
import { isHeldBy, returnToService, takeOutOfService } from "./ledger.ts";
import { ledgerTurns, type LedgerTurns } from "./ledgerTurns.ts";
import { proveWithout } from "./proof.ts";
import { runContext, type BackgroundWork } from "./runContext.ts";
import { observe, start, stepOf } from "./stepRunner.ts";
import { tokenOf } from "./token.ts";
import { UpgradeJournal, type LastWritten } from "./upgradeJournal.ts";
import { fabricOf, mayGo, readWorld, releaseUpgrade, type UpgradeWorld } from "./upgradeWorld.ts";

/** Model time after which a device is looked at again when its fabric is led by somebody else. */
const NOT_LEADING_SECONDS = 30;

/** Model time after which an upgrade is looked at again that lacks something to go on. */
const MISSING_SECONDS = 60;

/**
 * Model time for which a proof, and the readings it rests on, are good enough to go on looking at a drained device.
 * Before an act both are made anew.
 */
const PROVEN_SECONDS = 30;

/** Passes without a wait in between after which something is wrong with the engine, not with the device. */
const MAX_PASSES = 200;

export interface DeviceController {
  /** Returns the model time in seconds after which to be called again. */
  reconcile(key: ObjectKey, signal: AbortSignal): Promise<number | undefined>;
}

export function deviceController(context: ControllerContext): DeviceController {
  const background = new Map<string, BackgroundWork>();
  const lastWritten: LastWritten = new Map();
  const lastProven = new Map<string, Instant>();
  const turns = ledgerTurns();

  function backgroundOf({ metadata }: DeviceUpgrade): BackgroundWork {
    const known = background.get(metadata.uid) ?? {};
    background.set(metadata.uid, known);
    return known;
  }

  return {
    async reconcile(key, signal) {
      let led: LedPass | undefined;
      let pass: Pass | undefined;
      let gathered: Gathered = NOTHING_GATHERED;
      let fresh = false;
      for (let count = 0; count < MAX_PASSES; count += 1) {
        signal.throwIfAborted();
        // Read once: whoever changes something meanwhile makes the next write fail, and then all is read anew.
        if (pass === undefined) {
          const upgrade = await context.store.get("DeviceUpgrade", key);
          if (upgrade === undefined) return undefined;
          led ??= leadPass(context, fabricOf(upgrade));
          if (led === undefined) return NOT_LEADING_SECONDS;
          const world = await readWorld(led.context, upgrade, { fresh });
          const journal = new UpgradeJournal(upgrade, lastWritten);
          if ("missing" in world) {
            return mayGo(upgrade, world.fabric)
              ? releaseUpgrade(led.context, upgrade)
              : tellMissing(led.context, journal, world.missing);
          }
          pass = { led, journal, world, background: backgroundOf(upgrade), lastProven, turns, signal };
        }
        const { upgrade } = pass.journal;
        if (mayGo(upgrade, pass.world.fabric)) {
          if (fresh) return releaseUpgrade(pass.led.context, upgrade);
          // What holds nothing by what the watch has told is let go by what is true now.
          pass = undefined;
          fresh = true;
          continue;
        }
        const result = await act(pass, gathered);
        if ("waitSeconds" in result) return result.waitSeconds;
        gathered = result.gathered;
        if (result.readAnew === true) {
          pass = undefined;
          fresh = true;
        }
      }
      throw new Error(`${key.name}: the engine found no rest in ${String(MAX_PASSES)} passes`);
    },
  };
}

async function tellMissing(
  context: ControllerContext,
  journal: UpgradeJournal,
  missing: Explained,
): Promise<number | undefined> {
  if (hasEnded(journal.upgrade)) return undefined;
  const status = { ...journal.upgrade.status, state: "Blocked" as const, message: withHint(missing) };
  await journal.write(context, { status, ledgerHeld: false, action: "WriteStatus" });
  return MISSING_SECONDS;
}

interface Pass {
  readonly led: LedPass;
  readonly journal: UpgradeJournal;
  readonly world: UpgradeWorld;
  readonly background: BackgroundWork;
  /** When the rest of the fabric was last proven without each device, by uid of its upgrade; by this process. */
  readonly lastProven: Map<string, Instant>;
  readonly turns: LedgerTurns;
  readonly signal: AbortSignal;
}

type Result =
  | { readonly waitSeconds: number | undefined }
  | {
      readonly gathered: Gathered;
      /** The objects have changed, or may have. */
      readonly readAnew?: boolean;
    };

const READ_ANEW: Result = { gathered: NOTHING_GATHERED, readAnew: true };

/** One decision, and what follows from it. */
async function act(pass: Pass, gathered: Gathered): Promise<Result> {
  const { led, journal, world, background, lastProven, turns, signal } = pass;
  const { context, epoch, leads } = led;
  const { clock, leadership, intents, log } = context;
  const { fabric, driver } = world;
  const { upgrade } = journal;
  const token = tokenOf(upgrade);
  const device = upgrade.spec.deviceName;
  const ledgerHeld = isHeldBy(fabric, token);
  const abandoned = upgrade.metadata.annotations?.[ANNOTATIONS.abandon];
  const decision = decideDevice(
    {
      desired: isBeingDeleted(upgrade) ? "Land" : upgrade.spec.desired,
      ...(abandoned === undefined ? {} : { abandoned }),
      status: upgrade.status ?? {},
      procedure: driver.procedure.steps,
      leadership: { holder: leadership.holder, epoch, intentValidSeconds: context.intentValidSeconds },
      ledgerHeld,
      gathered: {
        ...gathered,
        provenLately:
          gathered.provenLately ||
          clock.now() - (lastProven.get(upgrade.metadata.uid) ?? 0) < PROVEN_SECONDS * 1000,
        intentExpired: intents.hasExpired(upgrade),
      },
    },
    clock.now(),
  );
  const { store, door } = context;
  const ledger = { store, door, clock, fabric: keyOf(fabric), device, token };

  switch (decision.do) {
    case "Observe": {
      const run = runContext(context, { upgrade, fabric, background, signal, mayAct: () => false });
      const seen = await observe(context, stepOf(driver, decision.step), run);
      return { gathered: { ...gathered, observation: { step: decision.step, seen } } };
    }
    case "Prove": {
      const { forAct } = decision;
      const askedAt = clock.now();
      const since = forAct ? "Now" : askedAt - PROVEN_SECONDS * 1000;
      // The ledger may say more than the watch has told so far.
      const current = forAct ? ((await store.get("Fabric", keyOf(fabric))) ?? fabric) : fabric;
      const proof = await proveWithout(context, { fabric: current, upgrade, since });
      if (proof.proven) lastProven.set(upgrade.metadata.uid, askedAt);
      // What is good enough to go on looking is not good enough to begin something.
      if (proof.proven && !forAct) return { gathered: { ...gathered, provenLately: true } };
      return { gathered: { ...gathered, proof } };
    }
    case "TakeOutOfService": {
      if (!(await journal.flush(context, ledgerHeld))) return READ_ANEW;
      const proof = await turns.take(keyOf(fabric), {
        returns: false,
        signal,
        work: () =>
          takeOutOfService(ledger, (fresh) =>
            proveWithout(context, { fabric: fresh, upgrade, since: "Now" }),
          ),
      });
      if (proof.proven) {
        log.info({
          object: device,
          action: decision.do,
          code: "Running",
          message: "entered into the ledger",
        });
      }
      return { gathered: { ...gathered, proof }, readAnew: true };
    }
    case "ReturnToService":
      if (!(await journal.flush(context, ledgerHeld))) return READ_ANEW;
      await turns.take(keyOf(fabric), { returns: true, signal, work: () => returnToService(ledger) });
      log.info({ object: device, action: decision.do, code: "Running", message: "struck from the ledger" });
      return READ_ANEW;
    case "Record": {
      const { status, defer = false } = decision;
      if (defer) journal.defer(status);
      else if (!(await journal.write(context, { status, ledgerHeld, action: "WriteStatus" })))
        return READ_ANEW;
      return { gathered: NOTHING_GATHERED };
    }
    case "WriteIntent": {
      const { status } = decision;
      const written = await journal.write(context, { status, ledgerHeld, action: "WriteIntent" });
      return written ? { gathered: { ...gathered, intentFresh: true } } : READ_ANEW;
    }
    case "Start": {
      const { status } = decision;
      if (!(await journal.write(context, { status, ledgerHeld, action: "WriteStatus" }))) return READ_ANEW;
      const step = stepOf(driver, decision.step);
      const current = journal.upgrade;
      const mayAct = (): boolean => leads() && (!step.once || intents.maySend(current, epoch));
      const run = runContext(context, { upgrade: current, fabric, background, signal, mayAct });
      const refused = await start(context, step, run);
      const begun = { ...NOTHING_GATHERED, started: true };
      return { gathered: refused === undefined ? begun : { ...begun, refused } };
    }
    case "Wait": {
      const { status, seconds, progress = false } = decision;
      if (progress) await journal.writeProgress(context, { status, ledgerHeld });
      else await journal.write(context, { status, ledgerHeld, action: "WriteStatus" });
      return { waitSeconds: seconds };
    }
    case "Nothing":
      return { waitSeconds: undefined };
  }
}
