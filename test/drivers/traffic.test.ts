/** Who is asked whether traffic goes through a device: those who can know, and everybody where that is not sure. */
import { expect } from "chai";
import { explain } from "../../src/api/reasons.ts";
import { Unreachable } from "../../src/drivers/driver.ts";
import { whoDoesNotSendYet, whoStillSends, type TrafficContext } from "../../src/drivers/traffic.ts";
import { openSession, type NetconfSession } from "../../src/netconf/session.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { manualClock, type ManualClock } from "../../src/simulator/modelClock.ts";
import { DEVICES, simulation } from "../support/smallFabric.ts";

/** In the fabric, but not in the same overlay: it has nothing to do with leaf1. */
const FAR = "far1";

describe("drivers: who is asked about the traffic of a device", () => {
  let clock: ManualClock;
  let simulator: FabricSimulator;
  let sessions: NetconfSession[];

  beforeEach(() => {
    clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
    simulator = createFabricSimulator({ description: simulation(), clock });
    sessions = [];
  });

  afterEach(async () => {
    for (const session of sessions) await session.close();
    await simulator.close();
  });

  function around(device: string, options: Partial<TrafficContext> & { readonly silent?: string } = {}) {
    const asked = new Set<string>();
    const { silent, ...others } = options;
    const context: TrafficContext = {
      device: { name: device, address: "192.0.2.1", model: "qfx5120-48y", family: "junos-qfx", role: "Leaf" },
      fabricDevices: new Set([...DEVICES, FAR]),
      outOfService: new Set(),
      async connect(name) {
        asked.add(name);
        const stream = name === silent ? undefined : simulator.devices.get(name)?.openStream();
        if (stream === undefined) throw new Unreachable(explain("Unreachable", `${name} is silent`));
        const main = await openSession(stream);
        sessions.push(main);
        return { main, longRunning: () => Promise.reject(new Error("nobody asks for it")) };
      },
      peers: () => Promise.resolve(["leaf2"]),
      routerAddresses: () => Promise.resolve(addresses()),
      ...others,
    };
    return { context, asked };
  }

  /** As a reading of the fabric has them. */
  function addresses(without?: string): ReadonlyMap<string, readonly string[]> {
    const known = new Map<string, readonly string[]>([[FAR, ["10.255.9.9"]]]);
    DEVICES.forEach((name, index) => known.set(name, [`10.255.0.${String(index + 1)}`]));
    if (without !== undefined) known.delete(without);
    return known;
  }

  for (const [title, question] of [
    ["still sends", whoStillSends],
    ["does not send yet", whoDoesNotSendYet],
  ] as const) {
    describe(`who ${title}`, () => {
      it("its neighbours in EVPN are asked, and nobody else", async () => {
        const { context, asked } = around("leaf1");
        await question(context);
        expect([...asked]).to.include.members(["leaf1", "leaf2", "leaf3", "leaf4"]);
        expect([...asked]).not.to.include(FAR);
      });

      it("so is a device whose addresses were never read, and then everybody: a neighbour may be anybody", async () => {
        const { context, asked } = around("leaf1", {
          routerAddresses: () => Promise.resolve(addresses("leaf3")),
        });
        await question(context);
        expect([...asked]).to.include.members(["leaf3", FAR]);
      });

      it("everybody is while a BGP session of the device is down", async () => {
        simulator.inject({ device: "spine1", fault: "deviceDead" });
        await clock.advanceTo(clock.now() + 600_000);
        const { context, asked } = around("leaf1", { silent: "spine1" });
        await question(context);
        expect([...asked]).to.include(FAR);
      });

      it("everybody is when who shares its servers does not answer, or is not there", async () => {
        for (const options of [
          { silent: "leaf2" },
          { peers: () => Promise.resolve([]) },
          { outOfService: new Set(["leaf2"]) },
        ]) {
          const { context, asked } = around("leaf1", options);
          await question(context);
          expect([...asked], JSON.stringify(options)).to.include(FAR);
        }
      });
    });
  }
});
