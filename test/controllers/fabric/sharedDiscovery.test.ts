/** Readings shared by those who ask at the same time, and never older than the question. */
import { expect } from "chai";
import type { DeviceDiscovery } from "../../../src/api/discovery.ts";
import type { Fabric } from "../../../src/api/fabric.gen.ts";
import { sharedDiscovery, type Answer } from "../../../src/controllers/fabric/sharedDiscovery.ts";
import { memoryStore } from "../../../src/store/memory/memoryStore.ts";
import { applyToyObjects } from "../toyFabric.ts";

function discovery(device: string, number: number): DeviceDiscovery {
  return {
    device,
    readAt: `2026-11-22T00:00:0${String(number)}Z`,
    hostName: device,
    model: "qfx5120-48y",
    release: "21.4R3-S5.4",
    routerAddresses: [],
    lldpNeighbours: [],
    interfaces: [],
    segments: [],
    bgpPeers: [],
  };
}

/** A device whose readings end when the test says so. */
function slowDevice() {
  const readings: { resolve: (answer: Answer) => void; reject: (error: Error) => void }[] = [];
  return {
    readings,
    discover: (_fabric: Fabric, _device: string) =>
      new Promise<Answer>((resolve, reject) => readings.push({ resolve, reject })),
  };
}

describe("controllers: shared readings of devices", () => {
  let fabric: Fabric;
  let now = 0;
  const clock = { now: () => now };
  before(async () => {
    const store = memoryStore({
      clock: { now: () => 0 },
    });
    await applyToyObjects(store, "default");
    const found = await store.get("Fabric", { namespace: "default", name: "dc1" });
    if (found === undefined) throw new Error("no fabric");
    fabric = found;
  });

  it("N3 gives nobody a reading that began before he asked, and reads once for all who wait", async () => {
    const { readings, discover } = slowDevice();
    const shared = sharedDiscovery(discover, clock);
    const first = shared(fabric, "spine1", "Now");
    const second = shared(fabric, "spine1", "Now");
    const third = shared(fabric, "spine1", "Now");
    expect(readings, "begun").to.have.lengthOf(1);
    readings[0]?.resolve(discovery("spine1", 1));
    expect(await first).to.deep.equal(discovery("spine1", 1));
    expect(readings, "begun for those who came later").to.have.lengthOf(2);
    readings[1]?.resolve(discovery("spine1", 2));
    expect(await second).to.deep.equal(discovery("spine1", 2));
    expect(await third).to.deep.equal(discovery("spine1", 2));
    void shared(fabric, "spine1", "Now");
    expect(readings, "begun anew").to.have.lengthOf(3);
  });

  it("who asks while the second reading runs gets a third", async () => {
    const { readings, discover } = slowDevice();
    const shared = sharedDiscovery(discover, clock);
    const first = shared(fabric, "spine1", "Now");
    const second = shared(fabric, "spine1", "Now");
    readings[0]?.resolve(discovery("spine1", 1));
    await first;
    await Promise.resolve();
    const third = shared(fabric, "spine1", "Now");
    readings[1]?.resolve(discovery("spine1", 2));
    expect(await second).to.have.property("readAt", discovery("spine1", 2).readAt);
    await Promise.resolve();
    readings[2]?.resolve(discovery("spine1", 3));
    expect(await third).to.have.property("readAt", discovery("spine1", 3).readAt);
  });

  it("a reading that fails fails those who wait for it, and no others", async () => {
    const { readings, discover } = slowDevice();
    const shared = sharedDiscovery(discover, clock);
    const first = shared(fabric, "spine1", "Now").catch((error: unknown) => error);
    const second = shared(fabric, "spine1", "Now");
    readings[0]?.reject(new Error("broken"));
    expect(await first).to.have.property("message", "broken");
    await Promise.resolve();
    readings[1]?.resolve(discovery("spine1", 2));
    expect(await second).to.have.property("device", "spine1");
  });

  it("MO-4 who is content with an older one gets the last, as long as it is not older than he says", async () => {
    const { readings, discover } = slowDevice();
    const shared = sharedDiscovery(discover, clock);
    now = 1000;
    const first = shared(fabric, "spine1", "Now");
    const joining = shared(fabric, "spine1", 1000);
    expect(readings, "begun").to.have.lengthOf(1);
    readings[0]?.resolve(discovery("spine1", 1));
    expect(await joining).to.equal(await first);
    now = 5000;
    expect(await shared(fabric, "spine1", 1000)).to.equal(await first);
    expect(readings, "begun").to.have.lengthOf(1);
    void shared(fabric, "spine1", 1001);
    expect(readings, "begun since").to.have.lengthOf(2);
  });

  it("devices do not wait for one another", () => {
    const { readings, discover } = slowDevice();
    const shared = sharedDiscovery(discover, clock);
    void shared(fabric, "spine1", "Now");
    void shared(fabric, "spine2", "Now");
    expect(readings).to.have.lengthOf(2);
  });
});
