/**
 * Runs the upgrade of one device: gathers the world, asks the engine, does what it says, until there is
 * something to wait for. All judgement is the engine's; all knowledge of the device is the driver's.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import { ANNOTATIONS, LANDING_FINALIZER } from "../api/names.ts";
import { explain, withHint, type Explained } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { FenceClosed, Unreachable, type Driver, type RunContext } from "../drivers/driver.ts";
import { hasEnded, isUnderWay } from "../engine/campaignProgress.ts";
import { decideDevice } from "../engine/decideDevice.ts";
import { withConditions } from "../engine/deviceConditions.ts";
import { NOTHING_GATHERED, type Gathered } from "../engine/deviceWorld.ts";
import { StepRefused, type DeviceUpgradeStatus, type Observation, type Step } from "../engine/step.ts";
import { isStoreError } from "../store/errors.ts";
import { keyOf, type ObjectKey } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { leadPass, type LedPass } from "./fence.ts";
import { hasFinalizer, isBeingDeleted, releaseObject } from "./finalizers.ts";
import { isHeldBy, returnToService, takeOutOfService } from "./ledger.ts";
import { proveWithout } from "./proof.ts";
import { explainRpc, explainTransport } from "./reachability.ts";
import { runContext, type BackgroundWork } from "./runContext.ts";
import { tokenOf } from "./token.ts";

/** Model time after which a device is looked at again when its fabric is led by somebody else. */
const NOT_LEADING_SECONDS = 30;

/** Passes without a wait in between after which something is wrong with the engine, not with the device. */
const MAX_PASSES = 200;

export interface DeviceController {
  /** Returns the model time in seconds after which to be called again. */
  reconcile(key: ObjectKey, signal: AbortSignal): Promise<number | undefined>;
}

export function deviceController(context: ControllerContext): DeviceController {
  const background = new Map<string, BackgroundWork>();
  return {
    async reconcile(key, signal) {
      let led: LedPass | undefined;
      let gathered: Gathered = NOTHING_GATHERED;
      for (let pass = 0; pass < MAX_PASSES; pass += 1) {
        signal.throwIfAborted();
        const upgrade = await context.store.get("DeviceUpgrade", key);
        if (upgrade === undefined) return undefined;
        led ??= leadPass(context, fabricOf(upgrade));
        if (led === undefined) return NOT_LEADING_SECONDS;
        const world = await readWorld(led.context, upgrade);
        if (mayGo(upgrade, world.fabric)) return release(led.context, upgrade);
        if ("missing" in world) return tellMissing(led.context, { upgrade, missing: world.missing });
        const acting = { ...world, led, background: backgroundOf(background, upgrade) };
        const result = await act(acting, { gathered, signal });
        if ("waitSeconds" in result) return result.waitSeconds;
        gathered = result.gathered;
      }
      throw new Error(`${key.name}: the engine found no rest in ${String(MAX_PASSES)} passes`);
    },
  };
}

function backgroundOf(all: Map<string, BackgroundWork>, { metadata }: DeviceUpgrade): BackgroundWork {
  const known = all.get(metadata.uid);
  if (known !== undefined) return known;
  const fresh: BackgroundWork = {};
  all.set(metadata.uid, fresh);
  return fresh;
}

interface World {
  readonly upgrade: DeviceUpgrade;
  readonly fabric: Fabric;
  readonly driver: Driver;
}

/** What an upgrade cannot go on without is not there. */
interface IncompleteWorld {
  readonly fabric: Fabric | undefined;
  readonly missing: Explained;
}

async function readWorld(
  { store, drivers, leadership }: ControllerContext,
  upgrade: DeviceUpgrade,
): Promise<World | IncompleteWorld> {
  const key = fabricOf(upgrade);
  leadership.campaignFor(key);
  const fabric = await store.get("Fabric", key);
  if (fabric === undefined) {
    return { fabric, missing: explain("FabricNotFound", `Fabric ${key.name} does not exist`) };
  }
  const { procedure } = upgrade.spec;
  const driver = drivers.find((each) => each.procedure.name === procedure);
  return driver === undefined
    ? { fabric, missing: explain("ProcedureUnknown", `the procedure ${procedure} is not known here`) }
    : { upgrade, fabric, driver };
}

function fabricOf({ metadata, spec }: DeviceUpgrade): ObjectKey {
  return { namespace: metadata.namespace, name: spec.fabricRef.name };
}

/** Model time after which an upgrade that cannot go on is looked at again. */
const MISSING_SECONDS = 60;

async function tellMissing(
  context: ControllerContext,
  { upgrade, missing }: { upgrade: DeviceUpgrade; missing: Explained },
): Promise<number | undefined> {
  if (hasEnded(upgrade)) return undefined;
  const status: DeviceUpgradeStatus = { ...upgrade.status, state: "Blocked", message: withHint(missing) };
  await writeStatus(context, { upgrade, status, ledgerHeld: false, action: "WriteStatus" });
  return MISSING_SECONDS;
}

/** Nothing of the run is left on the device: it has ended or not begun, and the ledger does not name it. */
function mayGo(upgrade: DeviceUpgrade, fabric: Fabric | undefined): boolean {
  if (!hasFinalizer(upgrade, LANDING_FINALIZER)) return false;
  if (fabric !== undefined && isHeldBy(fabric, tokenOf(upgrade))) return false;
  if (fabric === undefined) return hasEnded(upgrade) || isBeingDeleted(upgrade);
  return hasEnded(upgrade) || (isBeingDeleted(upgrade) && !isUnderWay(upgrade));
}

async function release({ store, door }: ControllerContext, upgrade: DeviceUpgrade): Promise<undefined> {
  await door.run(upgrade.spec.deviceName, "ReleaseDeviceUpgrade", () =>
    releaseObject({ store, kind: "DeviceUpgrade", key: keyOf(upgrade) }, LANDING_FINALIZER),
  );
}

type Result = { readonly waitSeconds: number | undefined } | { readonly gathered: Gathered };

/** One decision, and what follows from it. */
async function act(
  world: World & { readonly led: LedPass; readonly background: BackgroundWork },
  { gathered, signal }: { gathered: Gathered; signal: AbortSignal },
): Promise<Result> {
  const { upgrade, fabric, driver } = world;
  const { context, epoch, leads } = world.led;
  const { clock, leadership, intents, log } = context;
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
      gathered: { ...gathered, intentExpired: intents.hasExpired(upgrade) },
    },
    clock.now(),
  );
  const ledger = {
    store: context.store,
    door: context.door,
    clock,
    fabric: keyOf(fabric),
    device,
    token,
  };
  const write = (status: DeviceUpgradeStatus, action: string): Promise<boolean> =>
    writeStatus(context, { upgrade, status, ledgerHeld, action });

  switch (decision.do) {
    case "Observe": {
      const run = await runContext(context, { ...world, signal, mayAct: () => false });
      const seen = await observe(context, stepOf(driver, decision.step), run);
      return { gathered: { ...gathered, observation: { step: decision.step, seen } } };
    }
    case "Prove": {
      const proof = await proveWithout(context, { fabric, upgrade });
      return { gathered: { ...gathered, proof } };
    }
    case "TakeOutOfService": {
      const proof = await takeOutOfService(ledger, (fresh) =>
        proveWithout(context, { fabric: fresh, upgrade }),
      );
      if (proof.proven)
        log.info({
          object: device,
          action: "TakeOutOfService",
          code: "Running",
          message: "entered into the ledger",
        });
      return { gathered: { ...gathered, proof } };
    }
    case "ReturnToService":
      await returnToService(ledger);
      log.info({
        object: device,
        action: "ReturnToService",
        code: "Running",
        message: "struck from the ledger",
      });
      return { gathered: NOTHING_GATHERED };
    case "Record":
      await write(decision.status, "WriteStatus");
      return { gathered: NOTHING_GATHERED };
    case "WriteIntent": {
      const written = await write(decision.status, "WriteIntent");
      return { gathered: written ? { ...gathered, intentFresh: true } : NOTHING_GATHERED };
    }
    case "Start": {
      if (!(await write(decision.status, "WriteStatus"))) return { gathered: NOTHING_GATHERED };
      const step = stepOf(driver, decision.step);
      const mayAct = (): boolean => leads() && (!step.once || intents.maySend(upgrade, epoch));
      const run = await runContext(context, { ...world, signal, mayAct });
      const refused = await start(context, step, run);
      return {
        gathered: { ...NOTHING_GATHERED, started: true, ...(refused === undefined ? {} : { refused }) },
      };
    }
    case "Wait":
      await write(decision.status, "WriteStatus");
      return { waitSeconds: decision.seconds };
    case "Nothing":
      return { waitSeconds: undefined };
  }
}

function stepOf(driver: Driver, name: StepName): Step<RunContext> {
  const step = driver.procedure.steps.find((each) => each.name === name);
  if (step === undefined) throw new Error(`${driver.procedure.name} has no step ${name}`);
  return step;
}

/** A look at the device; a device that cannot be looked at is an observation, too. */
async function observe(
  { log }: ControllerContext,
  step: Step<RunContext>,
  run: RunContext,
): Promise<Observation> {
  try {
    return await step.observe(run);
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof Unreachable) return { is: "Unreachable", ...error.explained };
    const transport = explainTransport(error);
    if (transport !== undefined) return { is: "Unreachable", ...transport };
    const refused = explainRpc(error);
    if (refused !== undefined) return { is: "Blocked", ...refused };
    log.error({
      object: run.device.name,
      action: `Observe${step.name}`,
      code: "InternalError",
      message: "a look at the device failed",
      error,
    });
    return { is: "Unknown", ...explain("InternalError", error instanceof Error ? error.message : undefined) };
  }
}

/** Begins a step. Whether it took effect is for the next look to say; a refusal is kept for people. */
async function start(
  { door, log }: ControllerContext,
  step: Step<RunContext>,
  run: RunContext,
): Promise<Gathered["refused"]> {
  const about = { object: run.device.name, action: step.name };
  log.info({ ...about, code: "Running", message: `begins ${step.name}` });
  try {
    await door.run(run.device.name, step.name, async () => {
      await step.start?.(run);
    });
    return undefined;
  } catch (error) {
    run.signal.throwIfAborted();
    if (error instanceof FenceClosed) {
      log.warn({ ...about, code: "LeaseLost", message: "not begun: this process may not act any more" });
      return undefined;
    }
    const explained =
      error instanceof StepRefused
        ? error.explained
        : error instanceof Unreachable
          ? error.explained
          : (explainTransport(error) ?? explainRpc(error));
    if (explained === undefined) {
      log.error({ ...about, code: "InternalError", message: "the step could not be begun", error });
      return explain("InternalError", error instanceof Error ? error.message : undefined);
    }
    log.warn({ ...about, code: explained.reason, message: explained.message });
    return error instanceof StepRefused || explainRpc(error) !== undefined ? explained : undefined;
  }
}

/** Writes the status unless it says what is there already. False when somebody else wrote in between. */
async function writeStatus(
  { store, door, clock, intents, news, log }: ControllerContext,
  {
    upgrade,
    status,
    ledgerHeld,
    action,
  }: { upgrade: DeviceUpgrade; status: DeviceUpgradeStatus; ledgerHeld: boolean; action: string },
): Promise<boolean> {
  const complete = withConditions(status, { upgrade, ledgerHeld, now: clock.now() });
  if (JSON.stringify(complete) === JSON.stringify(upgrade.status)) return true;
  const device = upgrade.spec.deviceName;
  if (complete.intent !== undefined) intents.seen(upgrade, complete.intent);
  try {
    const saved = await door.run(device, action, () =>
      store.replaceStatus("DeviceUpgrade", { ...upgrade, status: complete }),
    );
    news.device(upgrade, saved);
  } catch (error) {
    if (isStoreError(error, "Conflict")) return false;
    throw error;
  }
  if (complete.state !== upgrade.status?.state) {
    log.info({
      object: device,
      action: "State",
      code: complete.landing?.reason ?? complete.state ?? "Pending",
      message: complete.message ?? "",
    });
  }
  return true;
}
