import { expect } from "chai";
import fc from "fast-check";
import { formatInstant, parseInstant } from "../../src/api/time.ts";
import { judgeReboot, type ReadMoment } from "../../src/drivers/moment.ts";
import type { DeviceMoment } from "../../src/engine/step.ts";

const BEFORE: DeviceMoment = {
  version: "21.4R3-S5.4",
  bootedAt: "2026-11-01T00:00:00Z",
  uptimeSeconds: 1_000_000,
};

function after(change: { bootMovedSeconds: number; uptimeSeconds: number }): ReadMoment {
  return {
    version: "23.4R2-S3.9",
    bootedAt: formatInstant(parseInstant(BEFORE.bootedAt) + change.bootMovedSeconds * 1000),
    uptimeSeconds: change.uptimeSeconds,
    inconsistencySeconds: 0,
  };
}

describe("drivers: the proof of a reboot", () => {
  it("EX-9 boot time and uptime agree on a reboot", () => {
    expect(judgeReboot(BEFORE, after({ bootMovedSeconds: 1_000_600, uptimeSeconds: 100 }), 700)).to.equal(
      "Rebooted",
    );
  });

  it("EX-9 boot time and uptime agree that there was none", () => {
    expect(judgeReboot(BEFORE, after({ bootMovedSeconds: 0, uptimeSeconds: 1_000_700 }), 700)).to.equal(
      "NotRebooted",
    );
  });

  it("a clock that NTP set moves the boot time, not the uptime: a contradiction, no reboot", () => {
    expect(judgeReboot(BEFORE, after({ bootMovedSeconds: 7200, uptimeSeconds: 1_000_700 }), 700)).to.equal(
      "Contradiction",
    );
  });

  it("an uptime that fell under an unmoved boot time is a contradiction", () => {
    expect(judgeReboot(BEFORE, after({ bootMovedSeconds: 0, uptimeSeconds: 30 }), 700)).to.equal(
      "Contradiction",
    );
  });

  it("a device whose clock, boot time and uptime disagree among themselves proves nothing", () => {
    const lying = {
      ...after({ bootMovedSeconds: 1_000_600, uptimeSeconds: 100 }),
      inconsistencySeconds: 3600,
    };
    expect(judgeReboot(BEFORE, lying, 700)).to.equal("Contradiction");
  });

  it("a second reboot soon after a first is seen, although the uptime did not fall below what it was", () => {
    const young: DeviceMoment = { ...BEFORE, uptimeSeconds: 200 };
    const later: ReadMoment = {
      ...after({ bootMovedSeconds: 900, uptimeSeconds: 300 }),
      bootedAt: formatInstant(parseInstant(BEFORE.bootedAt) + 900_000),
    };
    expect(judgeReboot(young, later, 1000)).to.equal("Rebooted");
  });

  it("no reboot is ever seen where none was, whatever NTP does within its tolerance", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -59, max: 59 }),
        fc.integer({ min: 0, max: 100_000 }),
        (driftSeconds, elapsedSeconds) => {
          const reading = after({
            bootMovedSeconds: driftSeconds,
            uptimeSeconds: BEFORE.uptimeSeconds + elapsedSeconds,
          });
          expect(judgeReboot(BEFORE, reading, elapsedSeconds)).to.equal("NotRebooted");
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});
