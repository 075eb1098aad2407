/**
 * A test run of one device: all that an upgrade would look at before it touches the device, asked at once, and the drain
 * checked by the device itself. Nothing is changed. What cannot be read does not pass.
 */
import { withHint, type Explained } from "../api/reasons.ts";
import type { Proof, TestOutcome } from "../engine/deviceWorld.ts";
import type { DrainRecord, HealthRecord } from "../engine/step.ts";
import { checksOf, evaluateHealth } from "../health/evaluate.ts";
import { isJunosError } from "../junos/replyErrors.ts";
import { explainJunos } from "./changeConfiguration.ts";
import { rehearseDrain } from "./drainRehearsal.ts";
import type { Driver, RunContext } from "./driver.ts";
import { GUARDS, type GuardName } from "./guards.ts";
import { takeReadings } from "./readings.ts";
import { preflight } from "./steps/preflight.ts";

/** What is looked at besides the checks of the catalogue and the guards. Kept in a status: never renamed. */
type TestName = GuardName | "redundancy" | "driver" | "package" | "validation" | "drain";

/** One row of the table. */
interface Row {
  readonly check: string;
  readonly observed: string;
  readonly threshold: string;
  readonly passed: boolean;
  /** Of a row that has not passed; the observed value says enough otherwise. */
  readonly message: string;
}

export interface TestInput {
  readonly driver: Driver;
  readonly run: RunContext;
  /** Whether the rest of the fabric carries the traffic without the device, just now. */
  readonly proof: Proof;
}

/** Looks at everything. Throws `Unreachable` when the device does not answer. */
export async function testDevice({ driver, run, proof }: TestInput): Promise<TestOutcome> {
  const rows: Row[] = [];
  const connection = await run.connect(run.device.name);
  for (const guard of GUARDS) {
    rows.push(
      await asked(guard.name, guard.allowed, async () => {
        const answer = await guard.ask(run, connection);
        if (answer.is === "Blocked" || answer.is === "Failed") return { passed: false, because: answer };
        return { passed: true, observed: answer.is === "Free" ? answer.observed : answer.message };
      }),
    );
  }
  rows.push(redundancyRow(proof));
  const health = evaluateHealth({
    readings: await (driver.takeReadings ?? takeReadings)(run, checksOf(run.settings.health, "Before")),
    settings: run.settings.health,
    phase: "Before",
  });
  rows.push(...health);
  const { steps } = driver.procedure;
  const own = steps.find(({ name }) => name === "Preflight");
  if (own !== undefined && own !== preflight) rows.push(await stepRow("driver", own, run));
  const stage = steps.find(({ name }) => name === "Stage");
  if (stage !== undefined) rows.push(await stepRow("package", stage, run));
  const validation = steps.find(({ name }) => name === "ValidateConfiguration");
  if (validation !== undefined) rows.push(await stepRow("validation", validation, run));
  let drain: DrainRecord | undefined;
  if (steps.some(({ name }) => name === "DrainRoutes")) {
    rows.push(
      await asked("drain", "the device accepts it", async () => {
        const rehearsal = await rehearseDrain(run);
        if (rehearsal.is === "Refused") return { passed: false, because: rehearsal };
        ({ drain } = rehearsal);
        const by = (drain.techniques ?? []).map(({ name }) => name).join(", ");
        return {
          passed: true,
          observed: `${by}: ${String(rehearsal.commands)} commands, checked and discarded`,
        };
      }),
    );
  }
  return outcomeOf(rows, drain);
}

/** What has become of a test that could not be made. */
export function untestable(because: Explained): TestOutcome {
  const message = withHint(because);
  const row = { check: "reachable", observed: cut(because.message), threshold: "it answers", passed: false };
  return { passed: false, message, health: [{ ...row, phase: "Test" }] };
}

function outcomeOf(rows: readonly Row[], drain: DrainRecord | undefined): TestOutcome {
  const failed = rows.filter(({ passed }) => !passed);
  const total = String(rows.length);
  return {
    passed: failed.length === 0,
    message:
      failed.length === 0
        ? `${total} checks passed`
        : `${String(failed.length)} of ${total} checks failed: ${failed.map(({ message }) => message).join("; ")}`,
    health: rows.map(recordOf),
    ...(drain === undefined ? {} : { drain }),
  };
}

const MAX_TEXT_LENGTH = 256;

function recordOf({ check, observed, threshold, passed }: Row): HealthRecord {
  return { check, phase: "Test", observed: cut(observed), threshold: cut(threshold), passed };
}

function cut(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 1)}…`;
}

type Answer =
  | { readonly passed: true; readonly observed: string }
  | { readonly passed: false; readonly because: Explained };

/** A question that the device refuses to answer is not passed. */
async function asked(check: TestName, threshold: string, work: () => Promise<Answer>): Promise<Row> {
  const failed = (because: Explained): Row => ({
    check,
    threshold,
    observed: because.message,
    passed: false,
    message: withHint(because),
  });
  try {
    const answer = await work();
    return answer.passed
      ? { check, threshold, observed: answer.observed, passed: true, message: "" }
      : failed(answer.because);
  } catch (error) {
    if (isJunosError(error)) return failed(explainJunos(error));
    throw error;
  }
}

function redundancyRow(proof: Proof): Row {
  const threshold = "nobody is cut off without it";
  return proof.proven
    ? { check: "redundancy", threshold, observed: "proven", passed: true, message: "" }
    : {
        check: "redundancy",
        threshold,
        observed: proof.because.message,
        passed: false,
        message: withHint(proof.because),
      };
}

/** A step of the driver that only looks. */
function stepRow(check: TestName, step: Driver["procedure"]["steps"][number], run: RunContext): Promise<Row> {
  return asked(check, "ready", async () => {
    const seen = await step.observe(run);
    switch (seen.is) {
      case "Done":
        return { passed: true, observed: seen.evidence.message };
      case "Skipped":
        return { passed: true, observed: seen.message };
      case "Needed":
        return { passed: true, observed: "can be done" };
      case "Running":
        return { passed: true, observed: seen.message };
      case "Blocked":
      case "Unknown":
      case "Failed":
      case "TooLate":
      case "Unreachable":
        return { passed: false, because: seen };
    }
  });
}
