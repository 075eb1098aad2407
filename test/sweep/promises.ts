/**
 * The promises of the product, asked of the simulated fabric at every effect and every moment of a run: what is broken is
 * kept with the moment at which it was.
 */
import type { StepName } from "../../src/api/steps.ts";
import type { FabricRun } from "../support/fabricRun.ts";
import type { StepMoment } from "./moments.ts";
import type { Subject } from "./subjects.ts";

/** Acts after which the device carries less, or nothing. */
const TAKES_OUT: ReadonlySet<StepName> = new Set([
  "DrainRoutes",
  "DrainAccess",
  "Reboot",
  "RebootBackupEngine",
  "SwitchMastership",
  "RebootFormerMaster",
  "RebootEngines",
  "InServiceUpgrade",
]);

export class Promises {
  readonly #run: FabricRun;
  readonly #subject: Subject;
  readonly #broken = new Map<string, string>();
  #checks = 0;

  constructor(run: FabricRun, subject: Subject) {
    this.#run = run;
    this.#subject = subject;
  }

  /** What was broken, in words; empty is what everybody hopes for. */
  get broken(): readonly string[] {
    return [...this.#broken.values()];
  }

  /** How often everything was asked. */
  get checks(): number {
    return this.#checks;
  }

  /** Right before a step is looked at or begun. */
  async atMoment(moment: StepMoment): Promise<void> {
    await this.everywhere(`${moment.kind} ${moment.step}`);
    if (moment.kind !== "act" || moment.device !== this.#subject.device) return;
    if (!TAKES_OUT.has(moment.step)) return;
    const lost = this.#whatDoesNotCarry();
    if (lost !== undefined) this.#note("1", `${moment.step} begins while ${lost} does not carry traffic`);
  }

  async everywhere(when: string): Promise<void> {
    this.#checks += 1;
    const { device: name, peer } = this.#subject;
    const ledger = ((await this.#run.fabric()).status?.outOfService ?? []).map((entry) => entry.device);
    if (peer !== undefined && ledger.includes(name) && ledger.includes(peer)) {
      this.#note("1 pair", `${name} and ${peer} are out of service together (${when})`);
    }
    for (const { name: plane, counters } of this.#run.device(name).truth().controlPlanes) {
      if (counters.reboots > 1) this.#note(`2 ${plane}`, `${plane} is rebooted twice (${when})`);
      if (counters.installsFinished > 1) this.#note(`2i ${plane}`, `${plane} is installed twice (${when})`);
    }
    if (this.#isDrained(name) && !ledger.includes(name)) {
      this.#note("3", `${name} carries a drain and the ledger does not know it (${when})`);
    }
  }

  #note(id: string, words: string): void {
    if (!this.#broken.has(id)) this.#broken.set(id, `promise ${words}`);
  }

  #isDrained(name: string): boolean {
    return /apply-macro hitless|HITLESS-DRAIN/.test(this.#run.configurationOf(name));
  }

  /** The first of those that the traffic is left to that cannot carry it. */
  #whatDoesNotCarry(): string | undefined {
    const { rest, controlPlanes, peer, device } = this.#subject;
    if (peer === undefined && controlPlanes !== undefined) {
      const { controlPlanes: nodes } = this.#run.device(device).truth();
      return nodes.find(({ power }) => power !== "Running")?.name;
    }
    return rest.find((name) => !this.#run.device(name).truth().forwarding);
  }
}
