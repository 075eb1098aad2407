/** How requests that change a device are sent: whether they may be is asked at the last moment, with nothing in the queue before them. */
import { expect } from "chai";
import { changeConfiguration, confirmChange } from "../../src/drivers/changeConfiguration.ts";
import { FenceClosed, type RunContext } from "../../src/drivers/driver.ts";
import { install } from "../../src/drivers/steps/install.ts";
import { reboot } from "../../src/drivers/steps/reboot.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { runContextOf } from "./runContextOf.ts";

/** A device whose usual session has a request in its queue that is not answered. */
function contextOf(steps: string[], fence: () => void): RunContext {
  const busy: RpcCaller = { call: () => new Promise(() => undefined) };
  const own: RpcCaller = {
    call: async (rpc) => {
      steps.push(rpc.name);
      return element("rpc-reply");
    },
  };
  return runContextOf({
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
  });
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
