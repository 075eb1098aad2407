/** Each check of the catalogue on simulated devices: what is read, and something that makes it fail. */
import { expect } from "chai";
import type { DeviceConnection, RunContext } from "../../src/drivers/driver.ts";
import { takeReadings } from "../../src/drivers/readings.ts";
import { CHECK_NAMES, CHECKS, type CheckName, type HealthPhase } from "../../src/health/catalogue.ts";
import { checksOf, evaluateHealth } from "../../src/health/evaluate.ts";
import { healthSettings } from "../../src/health/settings.ts";
import { openSession } from "../../src/netconf/session.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import type { FaultKind } from "../../src/simulator/fault.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import { DEVICES, LEAVES, simulation } from "../support/smallFabric.ts";

const START = Date.parse("2026-11-22T00:00:00Z");

const RE = "get-route-engine-information";
const FPC = "get-fpc-information";
const BGP = "get-bgp-summary-information";
const EVPN = "get-evpn-instance-information";
const PORTS = "get-interface-information";

const says = (rpc: string, name: string, text: string, into?: string): FaultKind => ({
  fault: "reading",
  rpc,
  element: name,
  text,
  ...(into === undefined ? {} : { into }),
});

interface Case {
  readonly fault: FaultKind;
  /** Where it strikes; leaf1, which is read, where nothing is said. */
  readonly device?: string;
  readonly phase: HealthPhase;
}

const alarm = (source: "chassis" | "system"): FaultKind => ({
  fault: "alarm",
  class: "Minor",
  description: "Fan tray",
  source,
});

/** What makes each check fail. */
const CASES: Readonly<Record<CheckName, Case>> = {
  bgpPeerState: { fault: { fault: "bgpDown", peer: "spine1" }, phase: "Before" },
  bgpDownPeerCount: { fault: { fault: "bgpDown", peer: "spine1" }, phase: "Before" },
  bgpFlapCount: { fault: says(BGP, "flap-count", "5"), phase: "Before" },
  systemAlarms: { fault: alarm("system"), phase: "Before" },
  chassisAlarms: { fault: alarm("chassis"), phase: "After" },
  routingEngineCpuIdle: { fault: says(RE, "cpu-idle", "12"), phase: "Before" },
  routingEngineMemory: { fault: says(RE, "memory-buffer-utilization", "93"), phase: "Before" },
  fpcState: { fault: says(FPC, "state", "Offline"), phase: "After" },
  fpcsOnline: { fault: says(FPC, "state", "Empty"), phase: "After" },
  picState: { fault: says("get-pic-information", "pic-state", "Offline"), phase: "After" },
  fpcCpu: { fault: says(FPC, "cpu-5min-avg", "77", "fpc"), phase: "Before" },
  fpcMemoryHeap: { fault: says(FPC, "memory-heap-utilization", "60", "fpc"), phase: "Before" },
  lacpLocal: { fault: { fault: "lacpDown", interface: "ae1" }, phase: "Before" },
  lacpPeers: { fault: { fault: "lacpDown", interface: "ae1" }, device: "leaf2", phase: "Before" },
  bfdSessions: {
    fault: says("get-bfd-session-information", "session-state", "Down", "bfd-session-information"),
    phase: "Before",
  },
  interfacesUp: { fault: { fault: "linkDown", interface: "xe-0/0/1" }, phase: "After" },
  interfaceErrors: { fault: says(PORTS, "input-errors", "200"), phase: "After" },
  interfaceOutputErrors: { fault: says(PORTS, "output-errors", "200"), phase: "After" },
  interfaceDrops: { fault: says(PORTS, "input-drops", "2000"), phase: "After" },
  carrierTransitions: { fault: says(PORTS, "carrier-transitions", "99"), phase: "After" },
  evpnInstances: { fault: says(EVPN, "evpn-instance", ""), phase: "After" },
  evpnPeers: { fault: { fault: "evpnMissing" }, phase: "After" },
  segmentsForwarding: { fault: { fault: "lacpDown", interface: "ae1" }, phase: "After" },
  segmentsShared: { fault: { fault: "lacpDown", interface: "ae1" }, device: "leaf2", phase: "After" },
  segmentsWithoutForwarder: {
    fault: says(EVPN, "esi-designated-forwarder", "DF not elected yet"),
    phase: "After",
  },
  evpnDatabase: { fault: says(EVPN, "remote-macs", "0"), phase: "After" },
  activeRoutes: {
    fault: says("get-route-summary-information", "active-route-count", "1"),
    phase: "After",
  },
  macCount: {
    fault: says("get-ethernet-switching-table-information", "l2ng-l2-total-mac-count", "1"),
    phase: "After",
  },
  coreDumps: {
    fault: says("get-system-core-dumps", "file-name", "/var/crash/vmcore.0", "directory-list"),
    phase: "After",
  },
  clockUnsynchronised: {
    fault: says("command", "statusinfo", "c016 leap_alarm, sync_unspec, 1 event"),
    phase: "Before",
  },
  opticsAlarms: {
    fault: says("get-interface-optics-diagnostics-information", "laser-rx-power-low-alarm", "on"),
    phase: "After",
  },
  storageFreeBytes: { fault: { fault: "diskFull" }, phase: "Before" },
};

/** The request whose reply a check is read from. */
const RPC_OF = (name: CheckName): string =>
  name === "clockUnsynchronised" ? "command" : (/^get-[a-z-]+/.exec(CHECKS[name].source)?.[0] ?? "");

describe("drivers: readings", function () {
  this.timeout(30_000);

  /** What is read of leaf1, or of it as if it were of another family. */
  async function reader(simulator: FabricSimulator, clock = manualClock(START)) {
    const connections = new Map<string, Promise<DeviceConnection>>();
    const open = async (name: string): Promise<DeviceConnection> => {
      const stream = simulator.devices.get(name)?.openStream();
      if (stream === undefined) throw new Error(`no device ${name}`);
      const main = await openSession(stream);
      return { main, longRunning: async () => main };
    };
    const unused = (): never => {
      throw new Error("not needed to read");
    };
    const context = (family: RunContext["device"]["family"]): RunContext => ({
      device: { name: "leaf1", address: "192.0.2.1", model: "qfx5120-48y", family, role: "Leaf" },
      image: {
        name: "junos",
        uid: "uid",
        generation: 1,
        deviceImageName: "junos.tgz",
        osVersion: "23.4R2-S3.9",
        sizeBytes: 1,
        checksum: {},
      },
      status: {},
      token: "default/leaf1/uid",
      fabricDevices: new Set(DEVICES),
      peers: async () => LEAVES.filter((name) => name !== "leaf1"),
      neighbours: unused,
      isBusy: unused,
      stopBackground: unused,
      routerAddresses: unused,
      settings: {
        health: healthSettings(),
        abortOnFailure: true,
        soakSeconds: 0,
        quietBitsPerSecond: 0,
        confirmTimeoutMinutes: 10,
        acceptsLoss: false,
        acceptedWarnings: new Set(),
      },
      clock,
      signal: new AbortController().signal,
      outOfService: new Set(),
      connect: (name) => {
        const known = connections.get(name) ?? open(name);
        connections.set(name, known);
        return known;
      },
      fence: unused,
      stillInReach: unused,
      backups: { save: unused, find: unused, load: unused },
      inBackground: unused,
      lastFailure: unused,
    });
    return {
      pass: (seconds: number) => clock.runUntilSettled(clock.sleepUntil(clock.now() + seconds * 1000)),
      read: (family: RunContext["device"]["family"] = "junos-qfx", asked?: ReadonlySet<CheckName>) =>
        clock.runUntilSettled(takeReadings(context(family), asked)),
    };
  }

  async function started() {
    const clock = manualClock(START, { settlingTurns: 40 });
    const simulator = createFabricSimulator({ description: simulation(), clock });
    const device = await reader(simulator, clock);
    return { simulator, ...device };
  }

  const simulators: FabricSimulator[] = [];
  afterEach(async () => {
    for (const simulator of simulators.splice(0)) await simulator.close();
  });

  async function healthy() {
    const stage = await started();
    simulators.push(stage.simulator);
    await stage.pass(600);
    return stage;
  }

  it("HC-1 every check passes on a healthy device, before and after", async () => {
    const { read } = await healthy();
    const readings = await read();
    for (const phase of ["Before", "After"] as const) {
      const results = evaluateHealth({ readings, baseline: readings, settings: healthSettings(), phase });
      expect(results.filter(({ passed }) => !passed)).to.deep.equal([]);
    }
  });

  for (const name of CHECK_NAMES) {
    const { fault, device = "leaf1", phase } = CASES[name];
    it(`HC-1 ${name} fails ${phase.toLowerCase()}: ${fault.fault}`, async () => {
      const { simulator, read, pass } = await healthy();
      const baseline = await read();
      simulator.inject({ device, ...fault });
      await pass(300);
      const readings = await read();
      const [result] = evaluateHealth({ readings, baseline, settings: healthSettings(), phase }).filter(
        ({ check }) => check === name,
      );
      expect(result, JSON.stringify(readings[name])).to.include({ passed: false });
      // The very fault, and not that nothing was read.
      expect(result?.observed).not.to.equal("not read");
    });
  }

  it("HC-1 a reply of unknown shape is no reading, and no check passes by it", async () => {
    for (const rpc of new Set(CHECK_NAMES.map(RPC_OF))) {
      const { simulator, read } = await healthy();
      simulator.inject({ device: "leaf1", fault: "oddReply", rpc });
      const readings = await read();
      const results = evaluateHealth({
        readings,
        baseline: readings,
        settings: healthSettings(),
        phase: "Before",
      });
      const concerned = results.filter(({ check }) => RPC_OF(check) === rpc && check !== "lacpPeers");
      expect(
        concerned.map(({ observed }) => observed),
        rpc,
      ).to.deep.equal(concerned.map(() => "not read"));
      expect(
        concerned.some(({ passed }) => passed),
        rpc,
      ).to.equal(false);
      await simulator.close();
      simulators.pop();
    }
  });

  it("HC-2 the peers of a segment with three members are all looked at", async () => {
    const clock = manualClock(START, { settlingTurns: 40 });
    const described = simulation();
    const [web1, ...servers] = described.servers;
    if (web1 === undefined) throw new Error("no server");
    const third = { device: "leaf3", port: "xe-0/0/9" };
    const attachments = [...web1.attachments, third];
    const simulator = createFabricSimulator({
      description: { ...described, servers: [{ ...web1, attachments }, ...servers.slice(0, 1)] },
      clock,
    });
    simulators.push(simulator);
    const { read, pass } = await reader(simulator, clock);
    await pass(600);
    expect((await read()).lacpPeers).to.deep.equal({ value: 0, detail: [] });
    simulator.inject({ device: "leaf3", fault: "lacpDown", interface: "ae1" });
    await pass(300);
    const { lacpPeers } = await read();
    expect(lacpPeers?.value).to.equal(1);
    expect(lacpPeers?.detail[0]).to.match(/^leaf3\/xe-0\/0\/9 /);
  });

  it("HC-4 a check that is switched off is not even asked for", async () => {
    const { simulator, read } = await healthy();
    const off = [{ name: "opticsAlarms", enabled: false }];
    await read("junos-qfx", checksOf(healthSettings(off), "Before"));
    const asked = new Set(simulator.devices.get("leaf1")?.rpcLog.map(({ rpc }) => rpc));
    expect(asked).not.to.include("get-interface-optics-diagnostics-information");
    expect(asked).to.include("get-system-core-dumps");
  });

  it("HC-5 asks a router for its bridge table and a switch for its own; a firewall for neither", async () => {
    const asked = async (family: RunContext["device"]["family"]): Promise<ReadonlySet<string>> => {
      const { simulator, read } = await healthy();
      await read(family);
      return new Set(simulator.devices.get("leaf1")?.rpcLog.map(({ rpc }) => rpc));
    };
    const [qfx, mx, srx] = [await asked("junos-qfx"), await asked("junos-mx"), await asked("junos-srx")];
    expect(qfx).to.include("get-ethernet-switching-table-information");
    expect(qfx).not.to.include("get-bridge-mac-table");
    expect(mx).to.include("get-bridge-mac-table");
    expect(mx).not.to.include("get-ethernet-switching-table-information");
    for (const rpc of ["get-bridge-mac-table", "get-ethernet-switching-table-information", EVPN]) {
      expect(srx, rpc).not.to.include(rpc);
    }
  });

  it("what a family does not have is not judged", async () => {
    const { read } = await healthy();
    const readings = await read("junos-srx");
    const results = evaluateHealth({ readings, settings: healthSettings(), phase: "Before" });
    expect(results.map(({ check }) => check)).not.to.include.members([
      "macCount",
      "evpnInstances",
      "lacpPeers",
    ]);
    expect(results.every(({ passed }) => passed)).to.equal(true);
  });
});
