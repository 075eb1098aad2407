/** One run of the sweep: one fault at one place of one upgrade, and what became of it. */
import type { StepName } from "../../src/api/steps.ts";
import type { Driver } from "../../src/drivers/driver.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import type { StepRule } from "../../src/engine/step.ts";
import type { Fault } from "../../src/simulator/fault.ts";
import type { SimulatedDevice } from "../../src/simulator/simulatedDevice.ts";
import { startFabricRun, type FabricRun } from "../support/fabricRun.ts";
import { DEVICE_FAULTS, NEIGHBOUR_FAULTS } from "./deviceFaults.ts";
import { telling, type StepMoment } from "./moments.ts";
import { Promises } from "./promises.ts";
import { QUICK, subjectOf, type Subject, type SubjectName } from "./subjects.ts";
import type { End, SweptFault, Where } from "./sweptFault.ts";
import { TRANSPORT_FAULTS } from "./transportFaults.ts";

export const SWEPT_FAULTS: readonly SweptFault[] = [
  ...TRANSPORT_FAULTS,
  ...DEVICE_FAULTS,
  ...NEIGHBOUR_FAULTS,
];

/** Data, so that it can be handed to another thread. */
export interface SweepCase {
  readonly subject: SubjectName;
  readonly step: StepName;
  /** The name of a fault. */
  readonly fault: string;
  readonly where: Where;
}

export interface SweepResult {
  readonly of: SweepCase;
  readonly end: End;
  readonly reason: string;
  readonly message: string;
  /** Of a run that waited: its end once what was broken is whole. */
  readonly onceMended?: End;
  /** Promises that were broken, and expectations that were not met. */
  readonly broken: readonly string[];
  /** How often the promises were asked. */
  readonly checks: number;
  readonly modelSeconds: number;
  readonly milliseconds: number;
}

/** Longer than any fault lasts, and any deadline after it. */
const PATIENCE_SECONDS = 2 * 3600;
/** For what was broken to be noticed as whole, and the rest of the upgrade. */
const PATIENCE_ONCE_MENDED_SECONDS = 3600;
/** For what must not begin after a failure. */
const AFTERMATH_SECONDS = 900;

interface Seen {
  readonly end: End;
  readonly reason: string;
  readonly message: string;
}

/** Never throws: what goes wrong with the run itself is a broken expectation. `drivers`: others than the usual ones. */
export async function runCase(
  of: SweepCase,
  { drivers = DRIVERS }: { readonly drivers?: readonly Driver[] } = {},
): Promise<SweepResult> {
  const started = performance.now();
  const subject = subjectOf(of.subject);
  const fault = faultOf(of.fault);
  const rule = ruleOf(subject, of.step);
  const injected: { clear(): void }[] = [];
  const box: { run?: FabricRun; promises?: Promises } = {};
  const onMoment = async (moment: StepMoment): Promise<void> => {
    await box.promises?.atMoment(moment);
    if (box.run === undefined || !isPlace(moment, of, subject)) return;
    for (const each of fault.make({ subject, rule, where: of.where })) {
      injected.push(box.run.inject(at(each, of.where, box.run.device(subject.device))));
    }
  };
  const check = async ({ action }: { readonly action: string }): Promise<void> => {
    await box.promises?.everywhere(action);
  };
  const run = await startFabricRun({
    stage: subject.stage,
    campaign: subject.campaign,
    timings: QUICK,
    drivers: drivers.map((driver) => telling(driver, onMoment)),
    hooks: { before: check, after: check },
    prepare: async (prepared) => {
      box.run = prepared;
      box.promises = new Promises(prepared, subject);
    },
  });
  const startedAt = run.clock.now();
  const broken: string[] = [];
  let seen: Seen = { end: "Waiting", reason: "", message: "" };
  let onceMended: End | undefined;
  try {
    seen = await endOf(run, subject);
    if (injected.length === 0) broken.push("the place of the fault was not reached");
    broken.push(...(await against(run, { subject, fault, seen })));
    if (seen.end === "Waiting") {
      for (const each of injected) each.clear();
      onceMended = (await endOf(run, subject, PATIENCE_ONCE_MENDED_SECONDS)).end;
    }
    if ((onceMended ?? seen.end) !== "Completed" && subject.peer !== undefined) {
      await run.pass(AFTERMATH_SECONDS);
      if (run.device(subject.peer).counters.writes > 0)
        broken.push(`${subject.peer} was begun after the failure`);
    }
    broken.push(...(box.promises?.broken ?? []));
  } catch (error) {
    broken.push(error instanceof Error ? `${error.message}; ${await run.describe()}` : String(error));
  } finally {
    await run.stop();
  }
  return {
    of,
    ...seen,
    ...(onceMended === undefined ? {} : { onceMended }),
    broken,
    checks: box.promises?.checks ?? 0,
    modelSeconds: Math.round((run.clock.now() - startedAt) / 1000),
    milliseconds: Math.round(performance.now() - started),
  };
}

export function faultOf(name: string): SweptFault {
  const fault = SWEPT_FAULTS.find((each) => each.name === name);
  if (fault === undefined) throw new RangeError(`no fault ${name}`);
  return fault;
}

export function ruleOf({ driver }: Subject, step: StepName): StepRule {
  const rule = driver.procedure.steps.find(({ name }) => name === step);
  if (rule === undefined) throw new RangeError(`${driver.name} has no step ${step}`);
  return rule;
}

function isPlace(moment: StepMoment, { step, where }: SweepCase, { device }: Subject): boolean {
  const kind = where.at === "request" ? "act" : where.at;
  return moment.device === device && moment.step === step && moment.kind === kind;
}

/** The fault, waiting for its request where it is about one. */
function at(fault: Fault, where: Where, device: SimulatedDevice): Fault {
  if (where.at !== "request") return fault;
  const before = device.rpcLog.filter(({ rpc }) => rpc === where.rpc).length;
  return { ...fault, when: { onRpc: where.rpc, occurrence: before + where.nth } };
}

/** Waits until the device has ended, or so long that it waits for somebody. */
async function endOf(
  run: FabricRun,
  subject: Subject,
  patienceSeconds: number = PATIENCE_SECONDS,
): Promise<Seen> {
  const limit = run.clock.now() + patienceSeconds * 1000;
  await run.until(
    "an end",
    async () => {
      const upgrade = await run.upgrade(subject.device);
      return upgrade?.status?.finishedAt !== undefined || run.clock.now() >= limit ? true : undefined;
    },
    patienceSeconds * 2,
  );
  const { status } = (await run.upgrade(subject.device)) ?? {};
  const message = status?.message ?? "";
  const conditions = status?.conditions ?? [];
  const reason = status?.landing?.reason ?? conditions.find(({ type }) => type === "Ready")?.reason ?? "";
  if (status?.finishedAt === undefined)
    return { end: "Waiting", reason, message: `${status?.state ?? ""}: ${message}` };
  if (status.state === "HitlessImageUpgradeSuccessful") return { end: "Completed", reason, message };
  const isOut = ((await run.fabric()).status?.outOfService ?? []).some(
    ({ device }) => device === subject.device,
  );
  return { end: isOut ? "Drained" : "Landed", reason, message };
}

/** What the end is not as it should be. */
async function against(
  run: FabricRun,
  { subject, fault, seen }: { subject: Subject; fault: SweptFault; seen: Seen },
): Promise<readonly string[]> {
  const said: string[] = [];
  const { end, reason, message } = seen;
  if (!fault.ends.includes(end)) said.push(`the run ends ${end}; it may end ${fault.ends.join(" or ")}`);
  if (end !== "Completed") {
    const reasons: readonly string[] = fault.reasons;
    if (reason !== "" && end !== "Waiting" && !reasons.includes(reason))
      said.push(`the reason ${reason} is not the cause`);
    if (fault.words?.test(message) === false) said.push(`the message does not name the cause: ${message}`);
    if (!/\S/.test(message)) said.push("nobody is told");
  }
  if (fault.loses !== true && run.lost > 0) said.push(`${String(run.lost)} packets are lost`);
  const status = (await run.upgrade(subject.device))?.status;
  const { controlPlanes } = run.device(subject.device).truth();
  const ledger = ((await run.fabric()).status?.outOfService ?? []).map(({ device }) => device);
  const asFound = run.configurationOf(subject.device) === run.foundConfigurationOf(subject.device);
  switch (end) {
    case "Completed": {
      const target = (await run.upgrade(subject.device))?.spec.image.osVersion;
      const others = controlPlanes.filter(({ release }) => release !== target);
      for (const { name, release } of others) said.push(`completed, and ${name} runs ${release}`);
      if (!asFound) said.push("promise 4 completed, and the configuration is not as found");
      if (ledger.includes(subject.device)) said.push("completed, and still in the ledger");
      break;
    }
    case "Landed": {
      // A routing engine that is away cannot be made redundant: what is left is told to the letter.
      const byHand = status?.steps?.some((step) => step.message?.includes("by hand: ") === true) === true;
      if (!asFound && !byHand)
        said.push("promise 4 landed in service, and the configuration is not as found");
      break;
    }
    case "Drained":
      if (!message.includes("stays out of service")) said.push("promise 3 drained, and nobody is told");
      break;
    case "Waiting":
      if (!asFound && !ledger.includes(subject.device))
        said.push("promise 3 waits in service, and not as found");
      break;
  }
  const failed = status?.steps?.find(({ state }) => state === "Failed");
  if (failed !== undefined && end === "Drained") {
    const landing = subject.driver.procedure.steps.find(({ name }) => name === failed.name)?.landing;
    if (landing === "InService") said.push(`drained, although ${failed.name} lands in service`);
  }
  return said;
}
