/**
 * Runs the upgrade of one device: gathers the world, asks the engine, does what it says, until there is
 * something to wait for. All judgement is the engine's; all knowledge of the device is the driver's.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { CustomKind, ObjectOf } from "../../api/kinds.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import { withHint, type Explained } from "../../api/reasons.ts";
import type { Instant } from "../../api/time.ts";
import { hasEnded } from "../../engine/campaignProgress.ts";
import { decideDevice } from "../../engine/decideDevice.ts";
import { NOTHING_GATHERED, type DeviceDecision, type Gathered } from "../../engine/deviceWorld.ts";
import { keyOf, type ObjectKey } from "../../store/store.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { leadPass, type LedPass } from "../leadership/fence.ts";
import { isBeingDeleted } from "../finalizers.ts";
import { knownVersions, type KnownVersions } from "./knownVersions.ts";
import { isHeldBy } from "../fabric/ledger.ts";
import { patience, type Patience } from "./patience.ts";
import { askAfterDevice, askBeforeDevice } from "../probes/deviceProbes.ts";
import { elsewhereDevice } from "../../planner/topology/elsewhere.ts";
import { elsewhereBeside, proveWithout } from "../fabric/proof.ts";
import { runContext, type BackgroundWork } from "./runContext.ts";
import { observe, start, stepOf } from "./stepRunner.ts";
import { tokenOf } from "./token.ts";
import { journalMemory, UpgradeJournal } from "./upgradeJournal.ts";
import { fabricOf, mayGo, readWorld, releaseUpgrade, type UpgradeWorld } from "./upgradeWorld.ts";
import { supportInformation } from "./supportInformation.ts";
import { testUpgrade } from "./testUpgrade.ts";

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
  const memory = journalMemory();
  const patient = patience();
  const support = supportInformation();
  const versions = knownVersions(context.store);
  const lastProven = new Map<string, Instant>();

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
      let anew = false;
      for (let count = 0; count < MAX_PASSES; count += 1) {
        signal.throwIfAborted();
        // Read once: whoever changes something meanwhile makes the next write fail, and then all is read anew.
        if (pass === undefined) {
          const told = context.store.cached("DeviceUpgrade").get(key);
          if (told === undefined) return undefined;
          context.leadership.campaignFor(fabricOf(told));
          led ??= leadPass(context, fabricOf(told));
          // Those that stand by ask the API for nothing.
          if (led === undefined) return NOT_LEADING_SECONDS;
          const { epoch } = led;
          const read = anew ? versions.readAnew : versions.read;
          const upgrade = await read("DeviceUpgrade", key, epoch);
          if (upgrade === undefined) return undefined;
          const world = await readWorld(led.context, upgrade, (fabric) => read("Fabric", fabric, epoch));
          const journal = new UpgradeJournal(upgrade, memory, epoch);
          if ("missing" in world) {
            return mayGo(upgrade, world.fabric)
              ? releaseUpgrade(led.context, upgrade)
              : tellMissing(led.context, journal, world.missing);
          }
          const isFresh = anew;
          pass = {
            led,
            journal,
            versions,
            isFresh,
            world,
            background: backgroundOf(upgrade),
            lastProven,
            patient,
            signal,
          };
        }
        const { upgrade } = pass.journal;
        if (mayGo(upgrade, pass.world.fabric)) return releaseUpgrade(pass.led.context, upgrade);
        const result = await act(pass, gathered);
        versions.note(pass.journal.saved, pass.led.epoch);
        const { saved } = pass.journal;
        support.note(pass.led.context, { upgrade: saved, fabric: pass.world.fabric }, signal);
        if ("waitSeconds" in result) {
          // What is done with is forgotten.
          if (result.waitSeconds === undefined) {
            background.delete(upgrade.metadata.uid);
            lastProven.delete(upgrade.metadata.uid);
          }
          return result.waitSeconds;
        }
        gathered = result.gathered;
        if (result.readAnew === true) {
          pass = undefined;
          anew = true;
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
  readonly versions: KnownVersions;
  /** The objects were read from the server in this pass, not only told by a watch. */
  isFresh: boolean;
  readonly background: BackgroundWork;
  /** When the rest of the fabric was last proven without each device, by uid of its upgrade; by this process. */
  readonly lastProven: Map<string, Instant>;
  readonly patient: Patience;
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
  const { led, journal, world, background, lastProven, patient, signal } = pass;
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
      ...(upgrade.spec.testOf === undefined ? {} : { testOf: upgrade.spec.testOf }),
      status: upgrade.status ?? {},
      procedure: driver.procedure.steps,
      leadership: { holder: leadership.holder, epoch, intentValidSeconds: context.intentValidSeconds },
      ledgerHeld,
      gaps: leadership.gapsOf(keyOf(fabric)),
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
  if (!pass.isFresh && isAct(decision)) {
    if (!(await isStillSo(pass))) return READ_ANEW;
    pass.isFresh = true;
  }
  const { store, door } = context;
  const ledger = { store, door, clock, fabric: keyOf(fabric), device, token };

  switch (decision.do) {
    case "Observe": {
      const run = runContext(context, { upgrade, fabric, background, signal, mayAct: () => false });
      const looked = await observe(context, stepOf(driver, decision.step), run);
      const seen = await askAfterDevice(
        context,
        { upgrade, driver, step: decision.step, seen: looked },
        signal,
      );
      return { gathered: { ...gathered, observation: { step: decision.step, seen } } };
    }
    case "Test": {
      const tested = await testUpgrade(context, {
        upgrade,
        fabric,
        driver,
        background,
        signal,
        mayAct: leads,
      });
      return { gathered: { ...gathered, tested } };
    }
    case "Prove": {
      const { forAct } = decision;
      const askedAt = clock.now();
      const since = forAct ? "Now" : askedAt - PROVEN_SECONDS * 1000;
      const proof = await proveWithout(context, { fabric, upgrade, since });
      if (proof.proven) lastProven.set(upgrade.metadata.uid, askedAt);
      // What is good enough to go on looking is not good enough to begin something.
      if (proof.proven && !forAct) return { gathered: { ...gathered, provenLately: true } };
      return { gathered: { ...gathered, proof } };
    }
    case "TakeOutOfService": {
      const against = await askBeforeDevice(context, { upgrade, driver }, signal);
      if (against !== undefined)
        return { gathered: { ...gathered, proof: { proven: false, because: against } } };
      const { topology } = await context.readings.topologyOf(fabric);
      const proof = await context.ledgers.enter(ledger, fabric, {
        prove: (fresh, since) => proveWithout(context, { fabric: fresh, upgrade, since }),
        elsewhere: elsewhereBeside(device, topology).map((name) => elsewhereDevice(name).fabric),
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
      await context.ledgers.strike(ledger);
      log.info({ object: device, action: decision.do, code: "Running", message: "struck from the ledger" });
      return READ_ANEW;
    case "Record": {
      const { status, defer = false } = decision;
      const written = defer
        ? await journal.defer(context, { status, ledgerHeld })
        : await journal.write(context, { status, ledgerHeld, action: "WriteStatus" });
      return written ? { gathered: NOTHING_GATHERED } : READ_ANEW;
    }
    case "WriteIntent": {
      const { status } = decision;
      const written = await journal.write(context, { status, ledgerHeld, action: "WriteIntent" });
      return written ? { gathered: { ...gathered, intentFresh: true } } : READ_ANEW;
    }
    case "Start": {
      const { status, defer = false } = decision;
      const written = defer
        ? await journal.writeBeginning(context, { status, ledgerHeld })
        : await journal.write(context, { status, ledgerHeld, action: "WriteStatus" });
      if (!written) return READ_ANEW;
      const step = stepOf(driver, decision.step);
      delete background.lastFailure;
      delete background.lastResult;
      const current = journal.upgrade;
      const mayAct = (): boolean => leads() && (!step.once || intents.maySend(current, epoch));
      const run = runContext(context, { upgrade: current, fabric, background, signal, mayAct });
      const refused = await start(context, step, run);
      const begun = { ...NOTHING_GATHERED, started: true };
      return { gathered: refused === undefined ? begun : { ...begun, refused } };
    }
    case "Wait": {
      const { status, seconds, progress = false, backsOff = false } = decision;
      if (progress) await journal.writeProgress(context, { status, ledgerHeld });
      else await journal.write(context, { status, ledgerHeld, action: "WriteStatus" });
      if (backsOff) return { waitSeconds: patient.next(upgrade, { status, seconds }) };
      patient.reset(upgrade);
      return { waitSeconds: seconds };
    }
    case "Nothing":
      return { waitSeconds: undefined };
  }
}

/** Whether something is done, to the device or its fabric's ledger, that rests on more than a look at the device. */
function isAct(decision: DeviceDecision): boolean {
  switch (decision.do) {
    case "TakeOutOfService":
    case "ReturnToService":
    case "WriteIntent":
    case "Start":
      return true;
    case "Prove":
      return decision.forAct;
    case "Observe":
    case "Test":
    case "Record":
    case "Wait":
    case "Nothing":
      return false;
  }
}

/** Whether upgrade and Fabric are, on the server, what the decision was made from. */
async function isStillSo({ led, journal, world, versions }: Pass): Promise<boolean> {
  const { epoch } = led;
  const [upgrade, fabric] = await Promise.all([
    versions.readAnew("DeviceUpgrade", keyOf(journal.saved), epoch),
    versions.readAnew("Fabric", keyOf(world.fabric), epoch),
  ]);
  return isSameVersion(upgrade, journal.saved) && isSameVersion(fabric, world.fabric);
}

function isSameVersion(one: ObjectOf<CustomKind> | undefined, other: ObjectOf<CustomKind>): boolean {
  const { uid, resourceVersion } = other.metadata;
  return one?.metadata.uid === uid && one.metadata.resourceVersion === resourceVersion;
}
