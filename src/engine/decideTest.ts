/**
 * A test run of one device: everything is looked at that an upgrade would need, and nothing is changed, neither on the
 * device nor in the journal. Made once for each `testOf`; one that failed is made again after a while, since somebody
 * may have mended what was wrong.
 */
import { formatInstant, parseInstant, type Instant } from "../api/time.ts";
import { show } from "./deviceState.ts";
import type { DeviceDecision, DeviceWorld } from "./deviceWorld.ts";
import type { DeviceUpgradeStatus } from "./step.ts";

/** Model time after which a test that failed is made again. */
const RETEST_SECONDS = 300;

/** What to do next with a device that shall only be tested. */
export function decideTest(world: DeviceWorld, now: Instant): DeviceDecision {
  const { status, gathered, testOf = "" } = world;
  if (status.finishedAt !== undefined) return { do: "Nothing", status };
  const { tested } = gathered;
  if (tested !== undefined) {
    const { passed, message, health, drain } = tested;
    const state = passed ? "HealthCheckSuccessful" : "HealthCheckFailed";
    const others = (status.health ?? []).filter(({ phase }) => phase !== "Test");
    return {
      do: "Record",
      status: {
        ...show(status, world, { state, message }),
        health: [...others, ...health],
        ...(drain === undefined ? {} : { drain }),
        test: { of: testOf, at: formatInstant(now), passed },
      },
    };
  }
  const waits = secondsToWait(status, testOf, now);
  if (waits === undefined) return { do: "Nothing", status };
  if (waits > 0) return { do: "Wait", seconds: waits, status };
  return status.state === "Validating"
    ? { do: "Test" }
    : { do: "Record", status: show(status, world, { state: "Validating", message: "is being tested" }) };
}

/** Until the next test; undefined where none is needed. */
function secondsToWait(
  { test, state }: DeviceUpgradeStatus,
  testOf: string,
  now: Instant,
): number | undefined {
  if (test?.of !== testOf || state === "Validating") return 0;
  if (test.passed) return undefined;
  return Math.max(0, RETEST_SECONDS - (now - parseInstant(test.at)) / 1000);
}
