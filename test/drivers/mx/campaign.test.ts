/** Routers with two routing engines, upgraded by the real driver: one engine at a time, in order, and as found. */
import { expect } from "chai";
import type { FabricRun } from "../../support/fabricRun.ts";
import { startFabricRun } from "../../support/fabricRun.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { DEVICES, TARGET_RELEASE } from "../../support/smallFabric.ts";

const ROUTERS = ["spine1", "spine2"] as const;

describe("drivers: a campaign over switches and routers with two routing engines", function () {
  this.timeout(120_000);

  let run: FabricRun;
  before(async () => {
    run = await startFabricRun({ stage: mixedFabric() });
    await run.untilPhase("Completed");
    await run.pass(3600);
  });
  after(() => run.stop());

  const worldLog = (device: string, ...kinds: readonly string[]): readonly string[] =>
    run.simulator
      .log()
      .filter((entry) => entry.device === device && kinds.includes(entry.kind))
      .map(({ kind, message }) => `${kind} ${message}`);

  it("FB-4 HL-1 a fabric with MX spines runs to completion, and loses no packet", () => {
    expect(run.lost).to.equal(0);
    for (const name of DEVICES) expect(run.device(name).truth().release, name).to.equal(TARGET_RELEASE);
  });

  it("RE-4 N5 both routing engines run the release, each installed and rebooted exactly once", () => {
    for (const name of ROUTERS) {
      for (const plane of run.device(name).truth().controlPlanes) {
        expect(plane, `${name} ${plane.name}`).to.deep.include({
          release: TARGET_RELEASE,
          pendingRelease: undefined,
          counters: { reboots: 1, installsStarted: 1, installsFinished: 1 },
        });
      }
    }
  });

  it("BK-2 both keep it as their recovery snapshot, in the end", async () => {
    for (const name of ROUTERS) {
      const steps = (await run.upgrade(name))?.status?.steps ?? [];
      expect(steps.find((step) => step.name === "Soak")?.message, name).to.contain("recovery snapshot taken");
      const asked = run.device(name).rpcLog.filter(({ rpc }) => rpc.endsWith("-snapshot"));
      expect(
        asked.map(({ rpc }) => rpc),
        name,
      ).to.have.lengthOf(2);
    }
  });

  it("RE-1 RE-2 RE-3 RE-4 RE-5 in the order of the specification, with the backup first", () => {
    expect(
      worldLog("spine1", "InstallFinished", "RebootRequested", "MastershipMoved", "ManagementUp").map(
        (line) => line.replace(/\/var\/tmp\/.*|by .*/, "").trim(),
      ),
    ).to.deep.equal([
      "InstallFinished re1:",
      "RebootRequested re1:",
      `ManagementUp re1: runs ${TARGET_RELEASE}`,
      "MastershipMoved to re1: line cards restart",
      "InstallFinished re0:",
      "RebootRequested re0:",
      `ManagementUp re0: runs ${TARGET_RELEASE}`,
    ]);
    const commits = worldLog("spine1", "Committed").map((line) => /: ([a-z ]+)$/.exec(line)?.[1]);
    expect(commits).to.deep.equal([
      "drain routes to be confirmed",
      "drain routes done",
      "suspend redundancy done",
      "restore redundancy done",
      "undrain routes done",
    ]);
  });

  it("RE-6 VM hosts are installed and rebooted by the requests for VM hosts, the others by the usual ones", () => {
    const asked = (name: string): readonly string[] => [
      ...new Set(
        run
          .device(name)
          .rpcLog.map(({ rpc }) => rpc)
          .filter((rpc) => /package-add|reboot$/.test(rpc)),
      ),
    ];
    expect(asked("spine1")).to.deep.equal(["request-package-add", "request-reboot"]);
    expect(asked("spine2")).to.deep.equal(["request-vmhost-package-add", "request-vmhost-reboot"]);
  });

  it("defect 4 each engine is asked for itself: never both at once, never `other`", () => {
    for (const name of ROUTERS) {
      const acts = run.device(name).rpcLog.filter(({ rpc }) => /package-add|reboot$|engine-switch/.test(rpc));
      expect(
        acts.map(({ controlPlane }) => controlPlane),
        name,
      ).to.deep.equal(["re1", "re1", "re0", "re0", "re0"]);
    }
  });

  it("BK-2 RE-5 the configuration is as found on both engines, and replication is complete again", () => {
    for (const name of ROUTERS) {
      expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
      const without = (text: string): string => text.replace(/^set version .*\n/m, "");
      const device = run.device(name);
      expect(without(device.committedConfiguration("set", "re0"))).to.equal(
        without(device.committedConfiguration("set", "re1")),
      );
    }
  });

  it("EX-6 people see the switchover by its name", () => {
    expect(run.statesOf("spine1")).to.include("SwitchingOver").and.include("ImageUpgraded");
  });

  it("each intent named its routing engine, and what was found names both", async () => {
    const upgrade = await run.upgrade("spine1");
    expect(upgrade?.status?.found?.controlPlanes?.map(({ name, role }) => `${name} ${role}`)).to.deep.equal([
      "re0 Master",
      "re1 Backup",
    ]);
  });
});
