/** Devices that come to the ledger together: one write, and each proven with those before it out as well. */
import { expect } from "chai";
import type { Fabric } from "../../../src/api/fabric.gen.ts";
import { explain } from "../../../src/api/reasons.ts";
import type { Instant } from "../../../src/api/time.ts";
import { effectDoor, type Effect } from "../../../src/controllers/leadership/effects.ts";
import { ledgerOf, type LedgerContext } from "../../../src/controllers/fabric/ledger.ts";
import { ledgers, type Ledgers } from "../../../src/controllers/fabric/ledgers.ts";
import type { Proof } from "../../../src/engine/deviceWorld.ts";
import { manualClock, type ManualClock } from "../../../src/simulator/modelClock.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import { updateStatus } from "../../../src/store/retryOnConflict.ts";
import type { Store } from "../../../src/store/store.ts";
import { applyToyObjects } from "../toyFabric.ts";

const KEY = { namespace: "default", name: "dc1" };

describe("controllers: devices that enter the ledger together", () => {
  let clock: ManualClock;
  let store: Store;
  let effects: Effect[];
  let all: Ledgers;
  const end = new AbortController();

  beforeEach(async () => {
    clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
    store = memoryStore({ clock });
    await applyToyObjects(store, "default");
    effects = [];
    all = ledgers({ clock, signal: end.signal });
  });

  const contextOf = (device: string): LedgerContext => ({
    store,
    door: effectDoor({ before: (effect) => void effects.push(effect) }),
    clock,
    fabric: KEY,
    device,
    token: `default/${device}/uid`,
  });

  async function fabric(): Promise<Fabric> {
    const found = await store.get("Fabric", KEY);
    if (found === undefined) throw new Error("no fabric");
    return found;
  }

  const out = async (): Promise<readonly string[]> => ledgerOf(await fabric()).map(({ device }) => device);

  /** leaf1 and leaf2 carry each other's servers. */
  const pairProof =
    (device: string) =>
    async (seen: Fabric): Promise<Proof> => {
      const peer = device === "leaf1" ? "leaf2" : "leaf1";
      return ledgerOf(seen).some((entry) => entry.device === peer)
        ? { proven: false, because: explain("PeerLost", `${peer} is out`) }
        : { proven: true };
    };

  it("N3 of a pair that asks at the same moment one gets in; the others of the group get in with it, by one write", async () => {
    const found = await fabric();
    const devices = ["leaf1", "leaf2", "spine1", "spine2"];
    const proofs = await clock.runUntilSettled(
      Promise.all(
        devices.map((device) =>
          all.enter(contextOf(device), found, {
            prove: device.startsWith("leaf") ? pairProof(device) : async () => ({ proven: true }),
          }),
        ),
      ),
    );
    expect(proofs.map(({ proven }) => proven)).to.deep.equal([true, false, true, true]);
    expect(await out()).to.deep.equal(["leaf1", "spine1", "spine2"]);
    const before = Number((await fabric()).metadata.resourceVersion);
    await clock.runUntilSettled(
      Promise.all(["leaf1", "spine1", "spine2"].map((device) => all.strike(contextOf(device)))),
    );
    expect(await out()).to.deep.equal([]);
    expect(Number((await fabric()).metadata.resourceVersion), "one write for three").to.equal(before + 1);
    const written = effects.filter(({ action }) => action === "TakeOutOfService");
    expect(written.map(({ object }) => object)).to.deep.equal(["leaf1", "spine1", "spine2"]);
  });

  it("N3 proves anew, by readings from then on, when somebody else wrote to the Fabric meanwhile", async () => {
    const asked: { since: Instant; entries: number }[] = [];
    let intruded = false;
    const proof = await clock.runUntilSettled(
      all.enter(contextOf("leaf1"), await fabric(), {
        prove: async (seen, since) => {
          asked.push({ since, entries: ledgerOf(seen).length });
          if (asked.length === 2 && !intruded) {
            intruded = true;
            await updateStatus({ store, kind: "Fabric", key: KEY }, (copy) => {
              const entry = {
                device: "leaf2",
                holder: "another",
                reason: "by hand",
                since: "2026-11-22T00:00:00Z",
              };
              copy.status = { ...copy.status, outOfService: [entry] };
            });
          }
          return pairProof("leaf1")(seen);
        },
      }),
    );
    expect(proof.proven).to.equal(false);
    expect(await out()).to.deep.equal(["leaf2"]);
    expect(asked.at(-1)).to.deep.include({ entries: 1 });
    expect(asked.at(-1)?.since).to.be.greaterThan(asked[0]?.since ?? Infinity);
  });

  it("a proof that fails by a defect is its own device's alone", async () => {
    const found = await fabric();
    let asked = 0;
    const results = await clock.runUntilSettled(
      Promise.allSettled([
        all.enter(contextOf("leaf1"), found, {
          prove: async () => {
            asked += 1;
            if (asked > 1) throw new Error("a defect");
            return { proven: true };
          },
        }),
        all.enter(contextOf("spine1"), found, { prove: async () => ({ proven: true }) }),
      ]),
    );
    expect(results.map(({ status }) => status)).to.deep.equal(["rejected", "fulfilled"]);
    expect(await out()).to.deep.equal(["spine1"]);
  });
});
