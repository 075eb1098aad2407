/** Taking a step back that may turn out to be too late: an upgrade that reboots a node while it is being given up. */
import { expect } from "chai";
import { decideDevice } from "../../src/engine/decideDevice.ts";
import type { DeviceUpgradeStatus, Observation, StepRule } from "../../src/engine/step.ts";
import { NOW, PROCEDURE, intent, seen, world } from "./worlds.ts";

const [preflight] = PROCEDURE;
if (preflight === undefined) throw new Error("the procedure is empty");

const CLUSTER: readonly StepRule[] = [
  preflight,
  { ...preflight, name: "InServiceUpgrade", once: true, outOfService: true, undo: "EndInServiceUpgrade" },
  {
    ...preflight,
    name: "SecondaryUpgrade",
    outOfService: true,
    landing: "Forward",
    onDeadline: "Hang",
    silences: true,
  },
  { ...preflight, name: "EndInServiceUpgrade", outOfService: true, landing: "Forward", onDeadline: "Hang" },
  { ...preflight, name: "Compare", landing: "Forward" },
];

const running: DeviceUpgradeStatus = {
  steps: CLUSTER.map(({ name }) => ({
    name,
    state: name === "Preflight" ? "Done" : name === "InServiceUpgrade" ? "Running" : "Pending",
    attempts: name === "InServiceUpgrade" ? 1 : 0,
  })),
  intent: intent("InServiceUpgrade"),
};

const DONE: Observation = { is: "Done", evidence: { message: "given up" } };
const TOO_LATE: Observation = { is: "TooLate", reason: "TooLateToAbort", message: "node1 has rebooted" };

function stateOf(status: DeviceUpgradeStatus, name: string): string | undefined {
  return status.steps?.find((step) => step.name === name)?.state;
}

function decided(overrides: Parameters<typeof world>[0]): DeviceUpgradeStatus {
  const decision = decideDevice(world({ procedure: CLUSTER, ledgerHeld: true, ...overrides }), NOW);
  if (!("status" in decision)) throw new Error(`${decision.do} has no status`);
  return decision.status;
}

describe("engine: giving an upgrade up", () => {
  const landing = decided({ desired: "Land", status: running });

  it("a hold gives an upgrade up that has not rebooted a node", () => {
    expect(landing.landing).to.include({ to: "InService" });
    expect(
      decideDevice(world({ procedure: CLUSTER, ledgerHeld: true, desired: "Land", status: landing }), NOW),
    ).to.deep.equal({
      do: "Observe",
      step: "EndInServiceUpgrade",
    });
  });

  it("what was given up may be asked for again: its intent is void", () => {
    const undone = decided({ desired: "Land", status: landing, gathered: seen("EndInServiceUpgrade", DONE) });
    expect(stateOf(undone, "EndInServiceUpgrade")).to.equal("Done");
    expect(undone.intent).to.equal(undefined);
  });

  it("IS-14 too late to give up, it goes forward, whatever is wished, and lands no more", () => {
    const forward = decided({
      desired: "Land",
      status: landing,
      gathered: seen("EndInServiceUpgrade", TOO_LATE),
    });
    expect(forward.landing).to.equal(undefined);
    expect(stateOf(forward, "InServiceUpgrade")).to.equal("Done");
    expect(stateOf(forward, "EndInServiceUpgrade")).to.equal("Pending");
    const next = decideDevice(
      world({ procedure: CLUSTER, ledgerHeld: true, desired: "Land", status: forward }),
      NOW,
    );
    expect(next).to.deep.equal({ do: "Observe", step: "SecondaryUpgrade" });
  });

  it("a device that is silent while something it does by itself goes on is not stuck", () => {
    const { intent: _intent, ...begun } = running;
    const steps = begun.steps?.map((step) =>
      step.name === "InServiceUpgrade" ? { ...step, state: "Done" as const } : step,
    );
    const silent = decided({
      status: { ...begun, ...(steps === undefined ? {} : { steps }) },
      gathered: seen("SecondaryUpgrade", { is: "Unreachable", reason: "ConnectionLost", message: "gone" }),
    });
    expect(silent.message).to.contain("silent, as expected");
  });
});
