/**
 * Devices on their way into a ledger and out of it: those of a batch that come at about the same time are written
 * together. At hundreds of devices each write of its own would carry the entries of all the others, and most would find
 * that another one had just been made.
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import { explain } from "../../api/reasons.ts";
import type { Clock } from "../../api/time.ts";
import type { Proof } from "../../engine/deviceWorld.ts";
import { StoreError } from "../../store/errors.ts";
import { gathered } from "../work/gathered.ts";
import { enterAll, strikeAll, type Entered, type Entering, type LedgerContext } from "./ledger.ts";

/** Model time for which the first device waits for others. */
const GATHER_SECONDS = 3;

/** How often the one that goes first looks whether the other has struck what it had entered. */
const ELSEWHERE_TRIES = 5;

/** How often a proof is made again because somebody wrote to the Fabric meanwhile. */
const ATTEMPTS = 10;

export interface Ledgers {
  /**
   * Proves the rest of the fabric and enters the device. Without proof nothing is written. `elsewhere`: the fabrics whose
   * devices it counts on. They have ledgers of their own, so that what was written is proven again: of two that entered at
   * the same moment the one of the fabric that comes first in the alphabet stays.
   */
  enter(
    ledger: LedgerContext,
    fabric: Fabric,
    options: { readonly prove: Entering["prove"]; readonly elsewhere?: readonly string[] },
  ): Promise<Proof>;
  /** Strikes the device. */
  strike(ledger: LedgerContext): Promise<void>;
}

export function ledgers({ clock, signal }: { clock: Clock; signal: AbortSignal }): Ledgers {
  const common = { clock, seconds: GATHER_SECONDS, signal };
  const entering = gathered<Entering, Entered>({ ...common, work: enterAll });
  // On a lane of their own: who is back waits for nobody's proof.
  const striking = gathered<LedgerContext, true>({
    ...common,
    work: async (group) => {
      await strikeAll(group);
      return group.map(() => true);
    },
  });
  const idOf = ({ fabric }: LedgerContext): string => `${fabric.namespace}/${fabric.name}`;
  return {
    async enter(ledger, fabric, { prove, elsewhere = [] }) {
      const proof = await enterOne(ledger, fabric, prove);
      if (!proof.proven || elsewhere.length === 0) return proof;
      const goesFirst = elsewhere.every((other) => ledger.fabric.name < other);
      const tries = goesFirst ? ELSEWHERE_TRIES : 1;
      for (let attempt = 1; ; attempt += 1) {
        const entered = await ledger.store.get("Fabric", ledger.fabric);
        if (entered === undefined) return { proven: false, because: explain("FabricNotFound") };
        const again = await prove(entered, clock.now());
        if (again.proven) return again;
        if (attempt === tries) {
          await striking(idOf(ledger), ledger);
          return again;
        }
        await clock.sleepUntil(clock.now() + GATHER_SECONDS * 2000, signal);
      }
    },
    async strike(ledger) {
      await striking(idOf(ledger), ledger);
    },
  };

  async function enterOne(ledger: LedgerContext, fabric: Fabric, prove: Entering["prove"]): Promise<Proof> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      // The devices around it are read before it takes its turn: nobody waits for those of another one.
      const since = clock.now();
      const early = await prove(fabric, since);
      if (!early.proven) return early;
      const entered = await entering(idOf(ledger), { ledger, prove, since });
      if (entered === "Conflict") continue;
      if ("failed" in entered) throw entered.failed;
      return entered.proof;
    }
    throw new StoreError("Conflict", `Fabric ${ledger.fabric.name} was written to by others all the time`);
  }
}
