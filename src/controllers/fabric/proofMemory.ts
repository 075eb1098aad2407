/**
 * The last proof for each device of a fabric. A proof follows from its question alone: what was known of the fabric, what
 * the devices around have just said, who is out. While a batch installs, they say the same every thirty seconds, and the
 * graph of a large fabric takes tens of milliseconds to build and walk.
 */
import { createHash } from "node:crypto";
import type { CutOff } from "../../planner/verify/verify.ts";
import type { FabricKnowledge } from "./storedReadings.ts";

interface Remembered {
  readonly question: string;
  readonly cutOff: readonly CutOff[];
}

/** Goes with what was known. */
const proofs = new WeakMap<FabricKnowledge, Map<string, Remembered>>();

/** The answer for a device: the one from before if it was asked the very same, otherwise a new one. */
export function provenBefore(
  known: FabricKnowledge,
  { device, question }: { readonly device: string; readonly question: unknown },
  prove: () => readonly CutOff[],
): readonly CutOff[] {
  const hash = createHash("sha256").update(JSON.stringify(question)).digest("base64");
  const ofFabric = proofs.get(known) ?? new Map<string, Remembered>();
  proofs.set(known, ofFabric);
  const before = ofFabric.get(device);
  if (before?.question === hash) return before.cutOff;
  const cutOff = prove();
  ofFabric.set(device, { question: hash, cutOff });
  return cutOff;
}
