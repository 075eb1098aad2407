/**
 * What all controllers have done, put side by side: that no two led in one epoch, and that nobody acted once a
 * successor had begun to.
 */
import type { Message } from "./messages.ts";

/** What one process has said, in order. */
export interface ProcessRecord {
  readonly name: string;
  readonly said: readonly Message[];
}

type Begun = Extract<Message, { event: "begins" }>;

/** The epochs in which anybody has led, and by which process. */
export function epochsOf(records: readonly ProcessRecord[]): ReadonlyMap<number, ReadonlySet<string>> {
  const epochs = new Map<number, Set<string>>();
  for (const { name, said } of records) {
    for (const message of said) {
      if (message.event !== "claimed") continue;
      const holder = `${name} (${message.holder})`;
      epochs.set(message.epoch, (epochs.get(message.epoch) ?? new Set()).add(holder));
    }
  }
  return epochs;
}

export function actsOf({ said }: ProcessRecord): readonly Begun[] {
  return said.filter((message) => message.event === "begins");
}

/** What must not be, in words; nothing when all is well. */
export function problemsOf(records: readonly ProcessRecord[]): readonly string[] {
  const shared = [...epochsOf(records)]
    .filter(([, holders]) => holders.size > 1)
    .map(([epoch, holders]) => `epoch ${String(epoch)} was led by ${[...holders].join(" and ")}`);
  const acts = records
    .flatMap((record) => actsOf(record).map((act) => ({ ...act, by: record.name })))
    .toSorted((one, other) => one.atMilliseconds - other.atMilliseconds);
  const misplaced: string[] = [];
  let newest = 0;
  for (const { what, by, epoch } of acts) {
    if (epoch === undefined) misplaced.push(`${by} began ${what} and has never led`);
    else if (epoch < newest)
      misplaced.push(`${by} began ${what} in epoch ${String(epoch)} after epoch ${String(newest)} had begun`);
    newest = Math.max(newest, epoch ?? 0);
  }
  return [...shared, ...misplaced];
}
