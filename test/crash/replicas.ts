/** The replicas of the controller: always as many as there shall be, whatever becomes of each. */
import type { ControllerHandle } from "./controllerHandle.ts";
import type { Fate, Moment, Reached } from "./messages.ts";

export interface Hit {
  readonly controller: ControllerHandle;
  readonly reached: Reached;
}

interface Armed {
  readonly moment: Moment;
  readonly fate: Fate;
  readonly hit: (hit: Hit) => void;
}

export class Replicas {
  readonly #launch: () => ControllerHandle;
  readonly #count: number;
  readonly #all: ControllerHandle[] = [];
  /** Those whose end is meant. */
  readonly #doomed = new Set<ControllerHandle>();
  #armed: Armed | undefined;
  #break: (error: Error) => void = () => undefined;
  /** Rejects when one ends that should not. */
  readonly broken: Promise<never>;

  constructor({ launch, count }: { launch: () => ControllerHandle; count: number }) {
    this.#launch = launch;
    this.#count = count;
    this.broken = new Promise((_resolve, reject) => {
      this.#break = reject;
    });
    this.broken.catch(() => undefined);
    this.#fill();
  }

  /** All there ever were, oldest first. */
  get all(): readonly ControllerHandle[] {
    return this.#all;
  }

  /** The one that leads, by its own word; the newest where another one does not know yet that its time is over. */
  get leader(): ControllerHandle | undefined {
    return this.#running
      .filter((each) => each.leads())
      .toSorted((one, other) => other.epoch() - one.epoch())[0];
  }

  /** The next replica that comes to the moment meets its fate there. One that dies is replaced. */
  async reach(moment: Moment, fate: Fate): Promise<Hit> {
    const hit = await new Promise<Hit>((resolve) => {
      this.#armed = { moment, fate, hit: resolve };
      for (const each of this.#running) each.order({ order: "arm", moment, fate });
    });
    if (fate === "die") await this.#buried(hit.controller);
    return hit;
  }

  /** `kill -9`; another one takes its place. */
  async kill(controller: ControllerHandle): Promise<void> {
    this.#doomed.add(controller);
    controller.kill();
    await this.#buried(controller);
  }

  /** Asks all to end by themselves, and waits until they have. Throws when one of them does not end well. */
  async end(): Promise<void> {
    const running = this.#running;
    for (const each of running) {
      this.#doomed.add(each);
      each.end();
    }
    const exits = await Promise.all(running.map(({ exited }) => exited));
    const failed = running.find((_each, index) => exits[index]?.code !== 0);
    if (failed !== undefined) throw new Error(`a controller did not end well\n${failed.log()}`);
  }

  /** Kills whoever is left. */
  async close(): Promise<void> {
    for (const each of this.#running) {
      this.#doomed.add(each);
      each.kill();
    }
    await Promise.all(this.#all.map(({ exited }) => exited));
  }

  get #running(): readonly ControllerHandle[] {
    return this.#all.filter((each) => each.isRunning());
  }

  async #buried(controller: ControllerHandle): Promise<void> {
    await controller.exited;
    this.#fill();
  }

  #fill(): void {
    while (this.#running.length < this.#count) {
      const controller = this.#launch();
      this.#all.push(controller);
      controller.onReached((reached) => this.#hit({ controller, reached }));
      void controller.exited.then(({ code, signal }) => {
        if (this.#doomed.has(controller)) return;
        const how = signal ?? `code ${String(code)}`;
        this.#break(new Error(`a controller has ended by itself, ${how}\n${controller.log()}`));
      });
      if (this.#armed === undefined) continue;
      const { moment, fate } = this.#armed;
      controller.order({ order: "arm", moment, fate });
    }
  }

  #hit(hit: Hit): void {
    if (this.#armed === undefined) return;
    const { fate, hit: tell } = this.#armed;
    this.#armed = undefined;
    if (fate === "die") this.#doomed.add(hit.controller);
    for (const each of this.#running) if (each !== hit.controller) each.order({ order: "disarm" });
    tell(hit);
  }
}
