/**
 * Tells every act of a controller process at its outermost wall, past all fences: writes to the API and RPCs that
 * change a device, each with the epoch that the process has last claimed.
 */
import type { Lease } from "../../src/api/coreKinds.ts";
import type { Kind, ObjectOf } from "../../src/api/kinds.ts";
import type { DevicePool } from "../../src/controllers/device/devicePool.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { findRpc } from "../../src/simulator/rpc/registry.ts";
import type { Store } from "../../src/store/store.ts";
import { monotonicMilliseconds, type Message } from "./messages.ts";

export interface ActsOptions {
  readonly say: (message: Message) => void;
  /** Asked before an RPC is handed to the session, which then waits for the promise, if there is one. */
  readonly beforeSending: (device: string, rpc: string) => Promise<void> | undefined;
}

/** What a controller is given in place of its store and its pool. */
export interface ToldActs {
  store(store: Store): Store;
  pool(pool: DevicePool): DevicePool;
}

/** These belong to no fabric: any replica may write them. */
const UNLED: ReadonlySet<Kind> = new Set<Kind>(["Lease", "Event", "DeviceImage"]);

export function toldActs({ say, beforeSending }: ActsOptions): ToldActs {
  let epoch: number | undefined;
  let acts = 0;

  function noteClaim({ spec }: Lease): void {
    const { holderIdentity: holder = "", leaseTransitions = 0 } = spec;
    if (holder === "" || leaseTransitions === epoch) return;
    epoch = leaseTransitions;
    say({ event: "claimed", epoch, holder });
  }

  async function tell<T>(what: string, work: () => Promise<T>): Promise<T> {
    const act = ++acts;
    const end = (outcome: string): void =>
      say({ event: "ends", act, outcome, atMilliseconds: monotonicMilliseconds() });
    say({
      event: "begins",
      act,
      what,
      ...(epoch === undefined ? {} : { epoch }),
      atMilliseconds: monotonicMilliseconds(),
    });
    try {
      const result = await work();
      end("done");
      return result;
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  async function write<T extends ObjectOf<Kind> | undefined>(
    kind: Kind,
    what: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const written = UNLED.has(kind) ? await work() : await tell(what, work);
    if (written?.kind === "Lease") noteClaim(written);
    return written;
  }

  function told(caller: RpcCaller, device: string): RpcCaller {
    return {
      async call(rpc, options) {
        if (findRpc(rpc.name)?.write !== true) return await caller.call(rpc, options);
        const held = beforeSending(device, rpc.name);
        if (held !== undefined) await held;
        return await tell(`${rpc.name} ${device}`, () => caller.call(rpc, options));
      },
    };
  }

  return {
    store: (store) => ({
      get: (kind, key, options) => store.get(kind, key, options),
      list: (kind, namespace, options) => store.list(kind, namespace, options),
      cached: (kind) => store.cached(kind),
      watch: (kind, handler, signal) => store.watch(kind, handler, signal),
      close: () => store.close(),
      create: (kind, draft, options) =>
        write(kind, `create ${kind}/${draft.metadata.name}`, () => store.create(kind, draft, options)),
      replace: (kind, object, options) =>
        write(kind, `update ${kind}/${object.metadata.name}`, () => store.replace(kind, object, options)),
      replaceStatus: (kind, object, options) =>
        write(kind, `updateStatus ${kind}/${object.metadata.name}`, () =>
          store.replaceStatus(kind, object, options),
        ),
      async delete(kind, key, options) {
        await write(kind, `delete ${kind}/${key.name}`, async () => {
          await store.delete(kind, key, options);
          return undefined;
        });
      },
    }),
    pool: (pool) => ({
      async connect(fabric, device) {
        const connection = await pool.connect(fabric, device);
        return {
          main: told(connection.main, device),
          longRunning: async (signal) => told(await connection.longRunning(signal), device),
        };
      },
      probe: (fabric, device) => pool.probe(fabric, device),
      close: () => pool.close(),
    }),
  };
}
