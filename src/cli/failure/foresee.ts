/**
 * What would follow if a step failed: not looked up in a list, but played through. The engine that decides for real
 * devices decides here for one that does what is asked of it, up to the step in question, and then fails in a certain
 * way; what the engine does from there on is the recovery (CA-2).
 */
import type { DeviceState } from "../../api/deviceState.ts";
import { explain } from "../../api/reasons.ts";
import type { StepName } from "../../api/steps.ts";
import { decideDevice } from "../../engine/decideDevice.ts";
import { NOTHING_GATHERED, type DeviceWorld, type Gathered, type Proof } from "../../engine/deviceWorld.ts";
import { currentRule, recordOf } from "../../engine/journal.ts";
import type { DeviceUpgradeStatus, Observation, Procedure, StepRule } from "../../engine/step.ts";
import type { Failure, Foreseen, RecoveryAct } from "./recovery.ts";

/** An act that must not happen twice tells the moment before; which one does not matter here. */
const BEFORE = { version: "before", bootedAt: "2000-01-01T00:00:00Z", uptimeSeconds: 86_400 };

/** No procedure takes as many decisions; a defect must not loop for ever. */
const MAX_DECISIONS = 50_000;

/** A state that stays for so long beyond the deadline of its step stays. */
const REST_SECONDS = 3600;

/** A failure that has not shown after so many looks at the running step does not show. */
const MAX_LOOKS = 10;

export interface ForeseeOptions {
  readonly failure: Failure;
  readonly step: StepName;
  /** How long a step takes when nothing is wrong; null for unknown. */
  readonly expectedSeconds: (step: StepName) => number | null;
}

/** Plays the failure through; undefined where the step cannot fail in that way. */
export function foresee<C>(procedure: Procedure<C>, options: ForeseeOptions): Foreseen | undefined {
  const { failure, step } = options;
  const rule = procedure.steps.find(({ name }) => name === step);
  if (rule === undefined) return undefined;
  if (failure === "Refused" && rule.start === undefined) return undefined;
  if (failure === "Unclear" && !rule.once) return undefined;
  return new Stage(procedure.steps, rule, options).play();
}

type Rules = readonly (StepRule & { readonly start?: unknown })[];

/** One device on a stage, for one failure. */
class Stage {
  readonly #procedure: Rules;
  readonly #failure: Failure;
  readonly #rule: Rules[number];
  readonly #expectedSeconds: ForeseeOptions["expectedSeconds"];
  #status: DeviceUpgradeStatus = {};
  #ledgerHeld = false;
  #gathered: Gathered = NOTHING_GATHERED;
  #nowSeconds = 0;
  /** How often the running step was looked at before the failure showed. */
  #looks = 0;
  #hasFailed = false;
  /** The states since the last act. Between them it may go to and fro as long as nothing else happens. */
  readonly #states = new Set<DeviceState>();
  /** When the state last became another one. */
  #changedAt = 0;
  /** Since the last act. */
  #waitedSeconds = 0;
  readonly #begun = new Set<StepName>();
  readonly #acts: RecoveryAct[] = [];
  #expected: number | null = 0;
  #atMost: number | null = 0;

  constructor(procedure: Rules, rule: Rules[number], options: ForeseeOptions) {
    this.#procedure = procedure;
    this.#rule = rule;
    this.#failure = options.failure;
    this.#expectedSeconds = options.expectedSeconds;
  }

  play(): Foreseen | undefined {
    for (let count = 0; count < MAX_DECISIONS && this.#decide(); count += 1);
    if (!this.#hasFailed) return undefined;
    const { state = "Pending", finishedAt } = this.#status;
    const ended = finishedAt !== undefined;
    if (ended && this.#ledgerHeld) this.#act({ do: "StayOut" });
    if (ended && state !== "HitlessImageUpgradeSuccessful") this.#act({ do: "Escalate", state });
    if (!ended && !this.#ledgerHeld) this.#act({ do: "GoOn" });
    return {
      failure: this.#failure,
      acts: this.#acts,
      expectedSeconds: this.#expected,
      atMostSeconds: this.#atMost,
      state,
      inService: !this.#ledgerHeld,
      ended,
      release: this.#release(),
      notTakenBack: this.#notTakenBack(),
      status: this.#status,
    };
  }

  /** One decision of the engine and what follows from it; false when nothing more will come. */
  #decide(): boolean {
    if (this.#failure === "Stopped" && this.#isAtStep()) this.#hasFailed = true;
    const decision = decideDevice(this.#world(), this.#nowSeconds * 1000);
    switch (decision.do) {
      case "Observe": {
        const seen = this.#see(decision.step);
        this.#gathered = { ...this.#gathered, observation: { step: decision.step, seen } };
        return true;
      }
      case "Test":
        throw new Error("nothing is tested in a forecast");
      case "Prove":
        this.#gathered = { ...this.#gathered, proof: this.#prove() };
        return true;
      case "TakeOutOfService": {
        const proof = this.#prove();
        this.#ledgerHeld = proof.proven;
        this.#gathered = { ...this.#gathered, proof };
        return true;
      }
      case "ReturnToService":
        this.#ledgerHeld = false;
        this.#gathered = NOTHING_GATHERED;
        if (this.#hasFailed) this.#act({ do: "ReturnToService" });
        return true;
      case "Record":
        this.#write(decision.status);
        this.#gathered = NOTHING_GATHERED;
        return true;
      case "WriteIntent":
        this.#write(decision.status);
        this.#gathered = { ...this.#gathered, intentFresh: true };
        return true;
      case "Start":
        this.#write(decision.status);
        this.#start(decision.step);
        return true;
      case "Wait":
        this.#write(decision.status);
        this.#gathered = NOTHING_GATHERED;
        return this.#wait(decision.seconds);
      case "Nothing":
        this.#write(decision.status);
        return false;
    }
  }

  #world(): DeviceWorld {
    return {
      desired: this.#failure === "Stopped" && this.#hasFailed ? "Land" : "Proceed",
      status: this.#status,
      procedure: this.#procedure,
      leadership: { holder: "forecast", epoch: 1, intentValidSeconds: 1 },
      ledgerHeld: this.#ledgerHeld,
      // Whoever asks again does so when the first request can no longer arrive.
      gathered: { ...this.#gathered, intentExpired: true },
    };
  }

  #isCurrent(): boolean {
    const isLanding = this.#status.landing !== undefined;
    return !isLanding && currentRule(this.#status, this.#procedure)?.name === this.#rule.name;
  }

  /** The step runs: it was begun, where there is something to begin. */
  #isAtStep(): boolean {
    const { name, start } = this.#rule;
    const isRunning = recordOf(this.#status, name).state === "Running";
    return this.#isCurrent() && isRunning && (start === undefined || this.#begun.has(name));
  }

  #see(name: StepName): Observation {
    if (this.#hasFailed && this.#failure === "Silent") return SILENCE;
    const step = this.#procedure.find((each) => each.name === name);
    const isBegun = step?.start === undefined || this.#begun.has(name);
    const isHere = name === this.#rule.name && this.#isCurrent();
    // Whatever can be asked for goes wrong once it is; what has to be waited for is waited for before.
    if (!isBegun && !(isHere && this.#failure === "Waits")) return { is: "Needed", before: BEFORE };
    if (!isHere) return { is: "Done", evidence: { message: "done" } };
    this.#hasFailed ||= !["Refused", "PeerLost", "Stopped"].includes(this.#failure);
    switch (this.#failure) {
      case "Fails":
        return { is: "Failed", reason: "RpcFailed", message: "it did not work" };
      case "Waits":
        return { is: "Blocked", reason: "Blocked", message: "something has to change first" };
      case "Silent":
        return SILENCE;
      case "Unclear":
        return { is: "Unknown", reason: "StateUnknown", message: "what it did cannot be told" };
      case "Refused":
        return { is: "Needed", before: BEFORE };
      case "Late":
      case "PeerLost":
        return { is: "Running", message: "it goes on" };
      case "Stopped":
        // Only finishing is safe from there: then it does finish.
        return this.#hasFailed
          ? { is: "Done", evidence: { message: "done" } }
          : { is: "Running", message: "it goes on" };
    }
  }

  #prove(): Proof {
    if (this.#failure !== "PeerLost") return { proven: true };
    this.#hasFailed ||= this.#isCurrent();
    return this.#hasFailed ? { proven: false, because: explain("PeerLost") } : { proven: true };
  }

  #start(name: StepName): void {
    const isAgain = this.#begun.has(name);
    const { undo } = this.#procedure.find((each) => each.name === name) ?? {};
    // Who drains again must undrain again, and the other way round.
    for (const other of this.#procedure) {
      if (other.undo === name || other.name === undo) this.#begun.delete(other.name);
    }
    this.#begun.add(name);
    const isRefused = this.#failure === "Refused" && name === this.#rule.name && this.#isCurrent();
    this.#gathered = {
      ...NOTHING_GATHERED,
      started: true,
      ...(isRefused ? { refused: explain("RpcFailed", "the device refuses") } : {}),
    };
    if (isAgain && this.#hasFailed && name === this.#rule.name) this.#retry(name);
    else if (this.#hasFailed && this.#status.landing !== undefined) this.#act({ do: "UndoStep", step: name });
    this.#hasFailed ||= isRefused;
  }

  #retry(step: StepName): void {
    const last = this.#acts.at(-1);
    this.#spend(this.#waitedSeconds, this.#waitedSeconds);
    this.#waitedSeconds = 0;
    if (last?.do === "Retry" && last.step === step) {
      this.#acts[this.#acts.length - 1] = { ...last, times: last.times + 1 };
    } else this.#acts.push({ do: "Retry", step, times: 1 });
  }

  #act(act: RecoveryAct): void {
    // It is looked at every now and then; the deadline is what counts.
    const seconds = this.#waitedSeconds - (this.#waitedSeconds % 60);
    this.#waitedSeconds = 0;
    if (seconds > 0) {
      this.#acts.push({ do: "Wait", seconds });
      this.#spend(seconds, seconds);
    }
    if (act.do !== "Escalate") this.#states.clear();
    this.#acts.push(act);
    if (act.do !== "UndoStep" && act.do !== "FinishStep") return;
    const expected = this.#expectedSeconds(act.step);
    const rule = this.#procedure.find(({ name }) => name === act.step);
    // How long a soak takes is what the campaign says; its deadline only catches slips of the pen.
    this.#spend(expected, act.step === "Soak" ? expected : (rule?.deadlineSeconds ?? null));
  }

  #spend(expected: number | null, atMost: number | null): void {
    this.#expected = this.#expected === null || expected === null ? null : this.#expected + expected;
    this.#atMost = this.#atMost === null || atMost === null ? null : this.#atMost + atMost;
  }

  #write(status: DeviceUpgradeStatus): void {
    const { state } = status;
    if (this.#failure === "Stopped" && this.#hasFailed) this.#noteFinished(status);
    this.#status = status;
    if (state === undefined || (this.#hasFailed && this.#states.has(state))) return;
    this.#states.add(state);
    this.#changedAt = this.#nowSeconds;
    if (this.#hasFailed && FOR_PEOPLE.has(state)) this.#act({ do: "Escalate", state });
  }

  /** Who must not stop goes on: what is done from there on belongs to the recovery. */
  #noteFinished(status: DeviceUpgradeStatus): void {
    if (status.landing !== undefined) return;
    for (const { name } of this.#procedure) {
      const isNew = recordOf(this.#status, name).state !== "Done" && recordOf(status, name).state === "Done";
      if (isNew) this.#act({ do: "FinishStep", step: name });
    }
  }

  /** Time passes; false when nothing will come of it. */
  #wait(seconds: number): boolean {
    const { deadlineSeconds } = this.#rule;
    if (!this.#hasFailed) {
      this.#looks += 1;
      this.#nowSeconds += seconds;
      return this.#looks < MAX_LOOKS;
    }
    // A soak may take a week: nobody needs to look at every minute of it.
    const elapsed = Math.max(seconds, Math.ceil(deadlineSeconds / 1000));
    this.#nowSeconds += elapsed;
    if (this.#nowSeconds - this.#changedAt <= deadlineSeconds + REST_SECONDS) {
      this.#waitedSeconds += elapsed;
      return true;
    }
    this.#acts.push({ do: "Wait", seconds: null });
    this.#waitedSeconds = 0;
    return false;
  }

  /** By the acts that happen once and silence the device: these are its reboots. */
  #release(): Foreseen["release"] {
    const reboots = this.#procedure.filter(({ once, silences }) => once && silences);
    const isDone = ({ name }: StepRule): boolean => recordOf(this.#status, name).state === "Done";
    if (reboots.length > 0 && reboots.every(isDone)) return "New";
    const isAsked = reboots.some((rule) => isDone(rule) || recordOf(this.#status, rule.name).attempts > 0);
    return isAsked ? "Unknown" : "Old";
  }

  #notTakenBack(): readonly StepName[] {
    const state = (name: StepName): string => recordOf(this.#status, name).state;
    const isUndo = (name: StepName): boolean => this.#procedure.some(({ undo }) => undo === name);
    return this.#procedure
      .filter(({ name, start, undo }) => {
        const isTakenBack = undo !== undefined && state(undo) === "Done";
        return start !== undefined && state(name) === "Done" && !isUndo(name) && !isTakenBack;
      })
      .map(({ name }) => name);
  }
}

const SILENCE: Observation = {
  is: "Unreachable",
  reason: "Unreachable",
  message: "the device does not answer",
};

/** States that say: somebody has to look at this. */
const FOR_PEOPLE: ReadonlySet<DeviceState> = new Set<DeviceState>(["Hung", "Unknown", "Blocked"]);
