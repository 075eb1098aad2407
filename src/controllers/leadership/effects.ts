/**
 * The one door through which effects leave: every write to the API and every request that changes a device is
 * numbered per device here, so that a test can stop the world before and after each of them, one by one.
 */

export interface Effect {
  /** The device it belongs to; for objects of no device `kind/name`. */
  readonly object: string;
  /** Counted from 1 per object. */
  readonly number: number;
  /** What is done: a step's name, or `WriteStatus`, `WriteIntent`, `TakeOutOfService`, … */
  readonly action: string;
}

export interface EffectHooks {
  /** Called before the effect; it happens only once this has returned. */
  before?(effect: Effect): void | Promise<void>;
  /** Called after the effect has happened, before anybody learns of it. */
  after?(effect: Effect): void | Promise<void>;
}

export interface EffectDoor {
  run<T>(object: string, action: string, work: () => Promise<T>): Promise<T>;
}

export function effectDoor(hooks: EffectHooks = {}): EffectDoor {
  const numbers = new Map<string, number>();
  return {
    async run(object, action, work) {
      const number = (numbers.get(object) ?? 0) + 1;
      numbers.set(object, number);
      const effect: Effect = { object, number, action };
      await hooks.before?.(effect);
      const result = await work();
      await hooks.after?.(effect);
      return result;
    },
  };
}
