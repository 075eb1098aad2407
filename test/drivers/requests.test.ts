/** How requests that change a device are sent: whether they may be is asked at the last moment, with nothing in the queue before them. */
import { expect } from "chai";
import { changeConfiguration, confirmChange } from "../../src/drivers/changeConfiguration.ts";
import { FenceClosed, type RunContext } from "../../src/drivers/driver.ts";
import { install } from "../../src/drivers/steps/install.ts";
import { reboot } from "../../src/drivers/steps/reboot.ts";
import { healthSettings } from "../../src/health/settings.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";

const unused = (): never => {
  throw new Error("not needed to send the request");
};

/** A device whose usual session has a request in its queue that is not answered. */
function contextOf(steps: string[], fence: () => void): RunContext {
  const busy: RpcCaller = { call: () => new Promise(() => undefined) };
  const own: RpcCaller = {
    call: async (rpc) => {
      steps.push(rpc.name);
      return element("rpc-reply");
    },
  };
  return {
    device: { name: "leaf1", address: "127.0.0.1", model: "qfx5120-48y", family: "junos-qfx", role: "Leaf" },
    image: {
      name: "junos",
      uid: "uid",
      generation: 1,
      deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1,
      checksum: {},
    },
    status: {},
    token: "default/leaf1/uid",
    fabricDevices: new Set(),
    peers: unused,
    neighbours: unused,
    routerAddresses: unused,
    settings: {
      health: healthSettings(undefined),
      abortOnFailure: true,
      soakSeconds: 0,
      quietBitsPerSecond: 0,
      confirmTimeoutMinutes: 10,
      acceptsLoss: false,
      acceptedWarnings: new Set(),
    },
    clock: manualClock(0),
    signal: new AbortController().signal,
    outOfService: new Set(),
    connect: async () => ({
      main: busy,
      longRunning: async (signal) => {
        steps.push("session");
        signal.addEventListener("abort", () => steps.push("closed"));
        return own;
      },
    }),
    fence: () => {
      steps.push("fence");
      fence();
    },
    stillInReach: async () => {
      steps.push("reach");
      return true;
    },
    backups: { save: unused, find: unused, load: unused },
    inBackground: () => undefined,
    lastFailure: unused,
    isBusy: unused,
  };
}

function closed(): void {
  throw new FenceClosed("leaf1: this process may not act any more");
}

describe("drivers: requests that change a device", () => {
  it("N5 the request to reboot waits in nobody's queue: the fence is passed on a session of its own, right before", async () => {
    const steps: string[] = [];
    await reboot.start?.(contextOf(steps, () => undefined));
    expect(steps).to.deep.equal(["session", "fence", "request-reboot"]);
  });

  it("N5 the request to reboot is not sent when the fence is closed by the time there is a session", async () => {
    const steps: string[] = [];
    const outcome = await reboot.start?.(contextOf(steps, closed)).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(FenceClosed);
    expect(steps).to.deep.equal(["session", "fence"]);
  });

  it("N5 the request to install waits in nobody's queue either", async () => {
    const steps: string[] = [];
    await install.start?.(contextOf(steps, () => undefined));
    expect(steps).to.deep.equal(["session", "fence", "request-package-add"]);
  });

  const drain = { purpose: "drain routes", commands: ["set protocols bgp"], confirmed: true };

  it("N5 both commits of a drain leave on a session of its own, each right after the fence; then it is closed", async () => {
    const steps: string[] = [];
    await changeConfiguration(
      contextOf(steps, () => undefined),
      drain,
    );
    expect(steps).to.deep.equal([
      "session",
      "lock-configuration",
      "load-configuration",
      "fence",
      "commit-configuration",
      "reach",
      "fence",
      "commit-configuration",
      "unlock-configuration",
      "closed",
    ]);
  });

  it("N5 a change is not committed when the fence is closed by then, and nothing of it stays", async () => {
    const steps: string[] = [];
    const outcome = await changeConfiguration(contextOf(steps, closed), drain).catch(
      (error: unknown) => error,
    );
    expect(outcome).to.be.instanceOf(FenceClosed);
    expect(steps.slice(3)).to.deep.equal(["fence", "load-configuration", "unlock-configuration", "closed"]);
  });

  it("N5 what another leader committed is confirmed on a session of its own", async () => {
    const steps: string[] = [];
    await confirmChange(
      contextOf(steps, () => undefined),
      "drain routes",
    );
    expect(steps.slice(2)).to.deep.equal([
      "reach",
      "fence",
      "commit-configuration",
      "unlock-configuration",
      "closed",
    ]);
  });
});
