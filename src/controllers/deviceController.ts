/**
 * Runs the upgrade of one device: gathers the world, asks the engine, does what it says, until there is
 * something to wait for. All judgement is the engine's; all knowledge of the device is the driver's.
 */
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import { explain } from "../api/reasons.ts";
import type { StepName } from "../api/steps.ts";
import { FenceClosed, Unreachable, type Driver, type RunContext } from "../drivers/driver.ts";
import { decideDevice } from "../engine/decideDevice.ts";
import { withConditions } from "../engine/deviceConditions.ts";
import { NOTHING_GATHERED, type Gathered } from "../engine/deviceWorld.ts";
import { StepRefused, type DeviceUpgradeStatus, type Observation, type Step } from "../engine/step.ts";
import { isStoreError } from "../store/errors.ts";
import { keyOf, type ObjectKey } from "../store/store.ts";
import type { ControllerContext } from "./controllerContext.ts";
import { leadPass, type LedPass } from "./fence.ts";
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
        const world = await readWorld(context, key);
        if (world === undefined) return undefined;
        led ??= leadPass(context, keyOf(world.fabric));
        if (led === undefined) return NOT_LEADING_SECONDS;
        const acting = { ...world, led, background: backgroundOf(background, world.upgrade) };
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

async function readWorld({ store, drivers }: ControllerContext, key: ObjectKey): Promise<World | undefined> {
  const upgrade = await store.get("DeviceUpgrade", key);
  if (upgrade === undefined) return undefined;
  const fabric = await store.get("Fabric", {
    namespace: key.namespace,
    name: upgrade.spec.fabricRef.name,
  });
  const driver = drivers.find(({ procedure }) => procedure.name === upgrade.spec.procedure);
  return fabric === undefined || driver === undefined ? undefined : { upgrade, fabric, driver };
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
  const decision = decideDevice(
    {
      desired: upgrade.spec.desired,
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
  { store, door, clock, intents, log }: ControllerContext,
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
    await door.run(device, action, () =>
      store.replaceStatus("DeviceUpgrade", { ...upgrade, status: complete }),
    );
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
