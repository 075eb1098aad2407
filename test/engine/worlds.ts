/** Worlds for the engine's tests: a short procedure with one step of each sort, and statuses part of the way. */
import type { StepName } from "../../src/api/steps.ts";
import { parseInstant, type Instant } from "../../src/api/time.ts";
import { NOTHING_GATHERED, type DeviceWorld, type Gathered } from "../../src/engine/deviceWorld.ts";
import type { DeviceUpgradeStatus, Observation, StepRule } from "../../src/engine/step.ts";

export const NOW: Instant = parseInstant("2026-11-22T10:00:00Z");

const PLAIN: Omit<StepRule, "name"> = {
  once: false,
  landing: "InService",
  deadlineSeconds: 600,
  onDeadline: "Fail",
  outOfService: false,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 10,
};

export const PROCEDURE: readonly StepRule[] = [
  { ...PLAIN, name: "Preflight" },
  { ...PLAIN, name: "DrainRoutes", outOfService: true, needsFreshProof: true, undo: "UndrainRoutes" },
  { ...PLAIN, name: "Install", once: true, outOfService: true, onDeadline: "Hang" },
  {
    ...PLAIN,
    name: "Reboot",
    once: true,
    landing: "Forward",
    outOfService: true,
    needsFreshProof: true,
    silences: true,
    onDeadline: "Hang",
  },
  { ...PLAIN, name: "UndrainRoutes", landing: "Forward", outOfService: true, onDeadline: "Hang" },
  { ...PLAIN, name: "Compare", landing: "Forward" },
];

export const BEFORE = { version: "21.4R3-S5.4", bootedAt: "2026-11-01T00:00:00Z", uptimeSeconds: 1_800_000 };

/** A status in which the named steps are done. */
export function done(...names: readonly StepName[]): DeviceUpgradeStatus {
  return {
    steps: PROCEDURE.map(({ name }) => ({
      name,
      state: names.includes(name) ? "Done" : "Pending",
      attempts: names.includes(name) ? 1 : 0,
    })),
  };
}

/** What is done when a step is the current one. */
export function upTo(name: StepName): DeviceUpgradeStatus {
  const index = PROCEDURE.findIndex((rule) => rule.name === name);
  return done(...PROCEDURE.slice(0, index).map((rule) => rule.name));
}

export function world(overrides: Partial<DeviceWorld> = {}): DeviceWorld {
  return {
    desired: "Proceed",
    status: {},
    procedure: PROCEDURE,
    leadership: { holder: "controller-a", epoch: 3, intentValidSeconds: 10 },
    ledgerHeld: false,
    gathered: NOTHING_GATHERED,
    ...overrides,
  };
}

export function seen(step: StepName, observation: Observation, more: Partial<Gathered> = {}): Gathered {
  return { ...NOTHING_GATHERED, observation: { step, seen: observation }, ...more };
}

export const PROVEN = { proven: true } as const;

export function lost(message: string): NonNullable<Gathered["proof"]> {
  return { proven: false, because: { reason: "PeerLost", message } };
}

export function intent(
  step: StepName,
  more: { holder?: string; attempt?: number } = {},
): NonNullable<DeviceUpgradeStatus["intent"]> {
  return {
    step,
    holder: "controller-a",
    epoch: 3,
    validSeconds: 10,
    writtenAt: "2026-11-22T09:59:00Z",
    attempt: 1,
    before: BEFORE,
    ...more,
  };
}
