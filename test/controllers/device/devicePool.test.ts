/** How often a login is read: not at every dial to a device that is silent, but anew once it was refused. */
import { expect } from "chai";
import type { Fabric } from "../../../src/api/fabric.gen.ts";
import { devicePool } from "../../../src/controllers/device/devicePool.ts";
import { NetconfError } from "../../../src/netconf/errors.ts";
import { manualClock } from "../../../src/simulator/modelClock.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import { update } from "../../../src/store/retryOnConflict.ts";
import { applyToyObjects } from "../toyFabric.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

describe("controllers: the logins of devices", () => {
  it("a login that is refused is read anew, one that meets silence is not", async () => {
    const store = memoryStore({ clock: manualClock(0) });
    await applyToyObjects(store, "default");
    const namespace = "default";
    await store.create("ConfigMap", { metadata: { namespace, name: "hosts" }, data: { known_hosts: "" } });
    await store.create("Secret", {
      metadata: { namespace, name: "login" },
      type: "Opaque",
      data: { username: base64("hitless"), password: base64("old") },
    });
    const fabric: Fabric | undefined = await store.get("Fabric", { namespace, name: "dc1" });
    if (fabric === undefined) throw new Error("no fabric");

    let answer: "ConnectionRefused" | "AuthenticationFailed" = "ConnectionRefused";
    const passwords: (string | undefined)[] = [];
    const pool = devicePool({
      store,
      signal: new AbortController().signal,
      registerSecret: () => undefined,
      dial: async ({ password }) => {
        passwords.push(password);
        throw new NetconfError(answer, "no");
      },
    });
    const dial = (): Promise<unknown> => pool.connect(fabric, "leaf1").catch((error: unknown) => error);

    await dial();
    await update({ store, kind: "Secret", key: { namespace, name: "login" } }, (copy) => {
      copy.data = { ...copy.data, password: base64("new") };
    });
    await dial();
    expect(passwords).to.deep.equal(["old", "old"]);
    answer = "AuthenticationFailed";
    await dial();
    await dial();
    expect(passwords.slice(2)).to.deep.equal(["old", "new"]);
  });
});
