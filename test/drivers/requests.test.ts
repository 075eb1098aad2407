/** How requests that change a device are sent: whether they may be is asked at the last moment, with nothing in the queue before them. */
import { expect } from "chai";
import { changeConfiguration, confirmChange } from "../../src/drivers/changeConfiguration.ts";
import { FenceClosed, type RunContext } from "../../src/drivers/driver.ts";
import { StepRefused } from "../../src/engine/step.ts";
import { install } from "../../src/drivers/steps/install.ts";
import { reboot } from "../../src/drivers/steps/reboot.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { RpcError, rpcErrors } from "../../src/netconf/rpcError.ts";
import { renderXml } from "../../src/netconf/xml.ts";
import { element, find } from "../../src/netconf/xmlNode.ts";
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

/** A device that refuses the requests that fit; and what was loaded into its candidate. */
function refusing(refuses: (request: string) => boolean): { context: RunContext; loads: string[] } {
  const loads: string[] = [];
  const caller: RpcCaller = {
    call: async (rpc) => {
      const text = renderXml(rpc);
      if (rpc.name === "load-configuration") loads.push(find(rpc, "configuration-set")?.text ?? "rollback");
      if (!refuses(text)) return element("rpc-reply");
      const reply = element("rpc-reply", [
        element("load-configuration-results", [
          element("rpc-error", [
            element("error-severity", "error"),
            element("error-message", "syntax error"),
          ]),
        ]),
      ]);
      throw new RpcError(reply, rpcErrors(reply));
    },
  };
  const context = runContextOf({
    connect: async () => ({ main: caller, longRunning: async () => caller }),
    fence: () => undefined,
    stillInReach: async () => true,
  });
  return { context, loads };
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

  it("HL-2 what the device's check refuses is discarded, and the next technique is tried", async () => {
    const { context, loads } = refusing((request) => request.includes("maintenance-mode"));
    const change = {
      ...drain,
      commands: ["set protocols evpn maintenance-mode"],
      alternatives: [["set other"]],
    };
    await changeConfiguration(context, change);
    expect(loads).to.deep.equal(["set protocols evpn maintenance-mode", "rollback", "set other"]);
  });

  it("HL-4 a commit that went wrong is no reason for another technique: the check accepts it", async () => {
    const { context, loads } = refusing((request) => request.includes("<confirmed"));
    const change = { ...drain, alternatives: [["set other"]] };
    const outcome = await changeConfiguration(context, change).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(StepRefused);
    expect(loads).to.deep.equal(["set protocols bgp", "rollback"]);
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
