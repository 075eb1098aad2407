/** Interior routing: who is reached by whom, what an overload does, and when a dead device is missed. */
import { expect } from "chai";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import { simulation } from "../support/smallFabric.ts";
import { RawClient } from "./support/rawClient.ts";

const LEAF3 = "10.255.0.5";

for (const underlay of ["isis", "ospf"] as const) {
  describe(`simulator: an underlay by ${underlay}`, () => {
    let clock: ReturnType<typeof manualClock>;
    let simulator: FabricSimulator;

    beforeEach(() => {
      clock = manualClock(Date.parse("2026-11-22T00:00:00Z"));
      simulator = createFabricSimulator({ description: { ...simulation(), underlay }, clock });
    });
    afterEach(() => simulator.close());

    async function configure(name: string, ...lines: readonly string[]): Promise<void> {
      const client = new RawClient(deviceOf(name).openStream("hitless"));
      await client.succeed(
        `<load-configuration action="set" format="text"><configuration-set>${lines.join("\n")}</configuration-set></load-configuration>`,
      );
      await client.succeed("<commit-configuration/>");
      client.destroy();
      await clock.runUntilSettled(clock.sleepUntil(clock.now() + 60_000));
    }

    function deviceOf(name: string): NonNullable<ReturnType<FabricSimulator["devices"]["get"]>> {
      const device = simulator.devices.get(name);
      if (device === undefined) throw new Error(`no device ${name}`);
      return device;
    }

    /** The neighbours by which leaf1 reaches leaf3. */
    async function waysOfLeaf1(): Promise<readonly string[]> {
      const client = new RawClient(deviceOf("leaf1").openStream("hitless"));
      const reply = await client.call(
        `<get-route-information><destination>${LEAF3}</destination><active-path/></get-route-information>`,
      );
      client.destroy();
      return [...JSON.stringify(reply).matchAll(/et-0\/0\/\d+\.0/g)].map(([port]) => port);
    }

    it("every leaf reaches the others over both spines, and an overloaded spine is not passed", async () => {
      expect(await waysOfLeaf1()).to.have.lengthOf(2);
      await configure("spine1", `set protocols ${underlay} overload`);
      expect(await waysOfLeaf1()).to.have.lengthOf(1);
      expect(simulator.traffic.report().lost).to.equal(0);
      await configure("spine1", `delete protocols ${underlay} overload`);
      expect(await waysOfLeaf1()).to.have.lengthOf(2);
    });

    it("an overload for some time after a start is over", async () => {
      await configure("spine1", `set protocols ${underlay} overload timeout 300`);
      expect(await waysOfLeaf1()).to.have.lengthOf(2);
    });

    it("where both spines are overloaded, highest metrics keep the way and the overload bit does not", async () => {
      await configure("spine1", `set protocols ${underlay} overload`);
      const high = underlay === "isis" ? " advertise-high-metrics" : "";
      await configure("spine2", `set protocols ${underlay} overload${high}`);
      expect(simulator.traffic.report().lost).to.equal(0);
      if (underlay === "isis") {
        await configure("spine2", "delete protocols isis overload advertise-high-metrics");
        await configure("spine2", "set protocols isis overload");
        expect(simulator.traffic.report().lost).to.be.greaterThan(0);
      }
    });

    it("a spine that dies undrained is missed after BFD, and loses packets until then", async () => {
      simulator.inject({ device: "spine1", fault: "deviceDead" });
      await clock.runUntilSettled(clock.sleepUntil(clock.now() + 60_000));
      const { lost } = simulator.traffic.report();
      expect(lost).to.be.greaterThan(0);
      await clock.runUntilSettled(clock.sleepUntil(clock.now() + 60_000));
      expect(simulator.traffic.report().lost, "later").to.equal(lost);
    });
  });
}
