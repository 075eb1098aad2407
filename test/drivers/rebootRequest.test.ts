/** How the request to reboot is sent: by whom it may be sent is asked at the last moment, with nothing in the queue before it. */
import { expect } from "chai";
import { FenceClosed, type RunContext } from "../../src/drivers/driver.ts";
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
      return element("rpc-reply", []);
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
    neighbours: unused,
    settings: {
      health: healthSettings(undefined),
      abortOnFailure: true,
      soakSeconds: 0,
      quietBitsPerSecond: 0,
      acceptsLoss: false,
      acceptedWarnings: new Set<never>(),
      confirmTimeoutMinutes: 10,
    },
    clock: manualClock(0),
    signal: new AbortController().signal,
    outOfService: new Set(),
    connect: async () => ({
      main: busy,
      longRunning: async () => {
        steps.push("session");
        return own;
      },
    }),
    fence: () => {
      steps.push("fence");
      fence();
    },
    stillInReach: unused,
    backups: { save: unused, find: unused, load: unused },
    inBackground: unused,
    lastFailure: unused,
    isBusy: unused,
  };
}

describe("drivers: the request to reboot", () => {
  it("N5 waits in nobody's queue: the fence is passed on a session of its own, right before it is sent", async () => {
    const steps: string[] = [];
    await reboot.start?.(contextOf(steps, () => undefined));
    expect(steps).to.deep.equal(["session", "fence", "request-reboot"]);
  });

  it("N5 is not sent when the fence is closed by the time there is a session", async () => {
    const steps: string[] = [];
    const closed = (): void => {
      throw new FenceClosed("leaf1: this process may not act any more");
    };
    const outcome = await reboot.start?.(contextOf(steps, closed)).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(FenceClosed);
    expect(steps).to.deep.equal(["session", "fence"]);
  });
});
