import { expect } from "chai";
import fc from "fast-check";
import type { CheckName, HealthPhase } from "../../src/health/catalogue.ts";
import { CHECK_NAMES, CHECKS } from "../../src/health/catalogue.ts";
import { evaluateHealth, unreadBaseline, verdict } from "../../src/health/evaluate.ts";
import type { HealthReadings, Reading } from "../../src/health/reading.ts";
import type { CheckOverrides } from "../../src/health/settings.ts";
import { healthSettings, HealthSettingsError, settingProblems } from "../../src/health/settings.ts";

const reading = (value: number, ...detail: string[]): Reading => ({ value, detail });

/** The result of one check. */
function result(
  name: CheckName,
  phase: HealthPhase,
  {
    now,
    before,
    override,
  }: { now?: Reading | null; before?: Reading | null; override?: Partial<CheckOverrides[number]> } = {},
) {
  const settings = healthSettings(override === undefined ? [] : [{ name, enabled: true, ...override }]);
  const readings: HealthReadings = now === undefined ? {} : { [name]: now };
  const baseline: HealthReadings = before === undefined ? {} : { [name]: before };
  return evaluateHealth({ readings, baseline, settings, phase }).find(({ check }) => check === name);
}

const passes = (...args: Parameters<typeof result>) => result(...args)?.passed;

/** Readings with which every check passes, before and after. */
const HEALTHY: HealthReadings = Object.fromEntries(
  CHECK_NAMES.map((name) => {
    const { rules, limit = 0 } = CHECKS[name];
    return [name, reading(rules.Before === undefined ? 100 : limit)];
  }),
);

describe("health checks", () => {
  describe("baselines", () => {
    it("TR-7 name what could not be compared with, and nothing that has a limit of its own", () => {
      const { evpnInstances: _unread, fpcState: _limited, ...rest } = HEALTHY;
      expect(unreadBaseline(HEALTHY, healthSettings())).to.deep.equal([]);
      expect(unreadBaseline(rest, healthSettings())).to.deep.equal([
        { check: "evpnInstances", title: "EVPN instances" },
      ]);
      expect(unreadBaseline({ ...rest, evpnInstances: null }, healthSettings())).to.deep.equal([]);
      expect(
        unreadBaseline({ ...rest, evpnInstances: reading(Number.NaN) }, healthSettings()),
      ).to.have.lengthOf(1);
      const without = healthSettings([{ name: "evpnInstances", enabled: false }]);
      expect(unreadBaseline(rest, without)).to.deep.equal([]);
    });

    it("what the release before had no request for is held against its limit", () => {
      expect(result("opticsAlarms", "After", { now: reading(3), before: null })?.threshold).to.equal(
        "at most 0 ports",
      );
      expect(passes("opticsAlarms", "After", { now: reading(0), before: null })).to.equal(true);
      expect(passes("opticsAlarms", "After", { now: reading(3), before: reading(0) })).to.equal(false);
      expect(passes("opticsAlarms", "After", { now: reading(0) })).to.equal(false);
    });
  });

  describe("limits", () => {
    it("HC-1 are Contrail's by default", () => {
      const limits = Object.fromEntries(CHECK_NAMES.map((name) => [name, CHECKS[name].limit]));
      expect(limits).to.deep.include({
        bgpPeerState: 0,
        bgpFlapCount: 4,
        bgpDownPeerCount: 0,
        systemAlarms: 0,
        chassisAlarms: 0,
        routingEngineCpuIdle: 60,
        fpcCpu: 50,
        fpcMemoryHeap: 45,
        lacpLocal: 0,
        lacpPeers: 0,
      });
    });

    it("allow their own value, and nothing beyond it", () => {
      expect(passes("bgpFlapCount", "Before", { now: reading(4) })).to.equal(true);
      expect(passes("bgpFlapCount", "Before", { now: reading(5) })).to.equal(false);
      expect(passes("routingEngineCpuIdle", "After", { now: reading(60) })).to.equal(true);
      expect(passes("routingEngineCpuIdle", "After", { now: reading(59) })).to.equal(false);
    });

    it("take an idle CPU of 100 percent for healthy", () => {
      expect(passes("routingEngineCpuIdle", "Before", { now: reading(100) })).to.equal(true);
    });

    it("HC-1 HC-4 are the campaign's where it says so", () => {
      const override = { max: 10 };
      expect(passes("bgpFlapCount", "Before", { now: reading(10), override })).to.equal(true);
      expect(passes("bgpFlapCount", "Before", { now: reading(11), override })).to.equal(false);
      expect(passes("routingEngineCpuIdle", "Before", { now: reading(9), override })).to.equal(false);
    });

    it("HC-4 are not looked at when the check is switched off", () => {
      const override = { enabled: false };
      expect(result("bgpFlapCount", "Before", { now: reading(99), override })).to.equal(undefined);
    });
  });

  describe("alarms", () => {
    it("are counted before", () => {
      expect(passes("systemAlarms", "Before", { now: reading(1) })).to.equal(false);
    });

    it("must not be more afterwards than they were", () => {
      const before = reading(2);
      expect(passes("chassisAlarms", "After", { now: reading(2), before })).to.equal(true);
      expect(passes("chassisAlarms", "After", { now: reading(3), before })).to.equal(false);
    });

    it("may be as many as the campaign allows, also where there were none", () => {
      const further = { before: reading(0), override: { max: 1 } };
      expect(passes("systemAlarms", "After", { now: reading(1), ...further })).to.equal(true);
      expect(passes("systemAlarms", "After", { now: reading(2), ...further })).to.equal(false);
    });
  });

  describe("comparison with the baseline", () => {
    it("is made after; before, there must be something to compare with", () => {
      expect(passes("macCount", "Before")).to.equal(false);

      const before = result("macCount", "Before", { now: reading(10) });
      expect(before).to.include({ observed: "10", threshold: "to be compared with", passed: true });
      expect(result("storageFreeBytes", "After", { now: reading(10) })).to.equal(undefined);
    });

    it("allows the tolerance for what is gone; what has come is no fault", () => {
      for (const [value, passed] of [
        [79, false],
        [80, true],
        [200, true],
      ] as const) {
        expect(passes("macCount", "After", { now: reading(value), before: reading(100) })).to.equal(passed);
      }
    });

    it("allows the tolerance the campaign sets", () => {
      const further = { before: reading(100), override: { tolerancePercent: 0 } };
      expect(passes("activeRoutes", "After", { now: reading(100), ...further })).to.equal(true);
      expect(passes("activeRoutes", "After", { now: reading(99), ...further })).to.equal(false);
    });

    it("sees one of few addresses missing", () => {
      expect(passes("macCount", "After", { now: reading(3), before: reading(4) })).to.equal(false);
    });

    it("needs no percentage of nothing", () => {
      expect(passes("macCount", "After", { now: reading(0), before: reading(0) })).to.equal(true);
      expect(passes("macCount", "After", { now: reading(7), before: reading(0) })).to.equal(true);
    });

    it("misses no segment", () => {
      expect(passes("segmentsForwarding", "After", { now: reading(11), before: reading(12) })).to.equal(
        false,
      );
      expect(passes("segmentsForwarding", "After", { now: reading(13), before: reading(12) })).to.equal(true);
    });

    it("fails without a baseline", () => {
      const told = result("macCount", "After", { now: reading(100) });
      expect(told).to.include({ passed: false, observed: "100" });
      expect(told?.threshold).to.include("was not read");
      expect(passes("macCount", "After", { now: reading(100), before: null })).to.equal(false);
    });
  });

  describe("counters", () => {
    it("are judged by how far they have risen", () => {
      const before = reading(5000);
      expect(passes("interfaceErrors", "After", { now: reading(5100), before })).to.equal(true);
      const told = result("interfaceErrors", "After", { now: reading(5101), before });
      expect(told).to.include({ passed: false, observed: "101 more", threshold: "at most 100 more errors" });
    });

    it("that have restarted with the device are judged from zero", () => {
      const before = reading(5000);
      expect(passes("interfaceErrors", "After", { now: reading(100), before })).to.equal(true);
      expect(passes("interfaceErrors", "After", { now: reading(4999), before })).to.equal(false);
    });

    it("may rise by a share of what stood there, where the campaign allows it", () => {
      const further = { before: reading(5000), override: { tolerancePercent: 10 } };
      expect(passes("interfaceDrops", "After", { now: reading(6000), ...further })).to.equal(true);
      expect(passes("interfaceErrors", "After", { now: reading(5500), ...further })).to.equal(true);
      expect(passes("interfaceErrors", "After", { now: reading(5501), ...further })).to.equal(false);
    });
  });

  describe("readings that are none", () => {
    it("do not pass", () => {
      for (const now of [undefined, reading(Number.NaN), reading(Infinity)]) {
        const told = result("lacpPeers", "Before", now === undefined ? {} : { now });
        expect(told).to.include({ observed: "not read", passed: false });
      }
      expect(result("macCount", "After", { before: reading(1) })).to.include({ passed: false });
    });

    it("HC-5 are no matter where the family has no such thing", () => {
      expect(result("macCount", "After", { now: null, before: null })).to.equal(undefined);
    });
  });

  it("say what was seen, with the particulars, within the lengths of the schema", () => {
    const peers = Array.from({ length: 40 }, (_, index) => `192.0.2.${index} Active`);
    const told = result("bgpPeerState", "Before", { now: reading(40, ...peers) });
    expect(told?.observed)
      .to.match(/^40 \(192\.0\.2\.0 Active, /)
      .and.have.length(256);
    const few = result("bgpPeerState", "Before", { now: reading(1, "192.0.2.1 Active") });
    expect(few).to.deep.equal({
      check: "bgpPeerState",
      phase: "Before",
      observed: "1 (192.0.2.1 Active)",
      threshold: "at most 0 peers",
      passed: false,
      message: "BGP peers established: 1 (192.0.2.1 Active), allowed: at most 0 peers",
    });
  });

  it("all have a rule, and what their rules need", () => {
    for (const name of CHECK_NAMES) {
      const { rules, limit, tolerancePercent } = CHECKS[name];
      const all = Object.values(rules);
      expect(all, name).not.to.have.length(0);
      const limited = ["AtMost", "AtLeast", "NoMoreThanBefore", "IncreaseAtMost"];
      const tolerant = ["NoLessThanBefore", "IncreaseAtMost"];
      expect(limit !== undefined, name).to.equal(all.some((rule) => limited.includes(rule)));
      expect(tolerancePercent !== undefined, name).to.equal(all.some((rule) => tolerant.includes(rule)));
    }
  });

  it("are made in the order of the catalogue, all of a phase", () => {
    const results = evaluateHealth({ readings: {}, settings: healthSettings(), phase: "After" });
    const expected = CHECK_NAMES.filter((name) => CHECKS[name].rules.After !== undefined);
    expect(results.map(({ check }) => check)).to.deep.equal(expected);
  });

  it("pass on a device that is as it was, and on none of which nothing is known", () => {
    const settings = healthSettings();
    for (const phase of ["Before", "After"] as const) {
      const healthy = evaluateHealth({ readings: HEALTHY, baseline: HEALTHY, settings, phase });
      expect(healthy.filter(({ passed }) => !passed)).to.deep.equal([]);
      const unread = evaluateHealth({ readings: {}, settings, phase });
      expect(unread.filter(({ passed }) => passed)).to.deep.equal([]);
    }
  });

  it("never say NaN, nor pass what they could not read", () => {
    const value = fc.option(fc.oneof(fc.nat(), fc.double(), fc.constant(0)), { nil: undefined });
    const property = fc.property(
      fc.constantFrom(...CHECK_NAMES),
      fc.constantFrom<HealthPhase>("Before", "After"),
      value,
      value,
      (name, phase, now, before) => {
        const told = result(name, phase, {
          ...(now === undefined ? {} : { now: reading(now) }),
          ...(before === undefined ? {} : { before: reading(before) }),
        });
        if (told === undefined) return;
        expect(JSON.stringify(told)).not.to.match(/NaN|Infinity|null/);
        if (now === undefined || !Number.isFinite(now)) expect(told.passed).to.equal(false);
      },
    );
    fc.assert(property, { seed: 17, numRuns: 500 });
  });
});

describe("health settings", () => {
  it("refuse a check that does not exist, and name those that do", () => {
    const attempt = () => healthSettings([{ name: "bgpFlaps", enabled: true }]);
    expect(attempt).to.throw(HealthSettingsError, /checks\[0\]\.name.*bgpFlapCount, bgpDownPeerCount/);
  });

  it("refuse a limit or a tolerance for a check that has none", () => {
    const problems = settingProblems([
      { name: "macCount", enabled: true, max: 3 },
      { name: "bgpFlapCount", enabled: true, tolerancePercent: 3 },
      { name: "interfaceErrors", enabled: true, max: 3, tolerancePercent: 3 },
    ]);
    expect(problems.map(({ field }) => field)).to.deep.equal([
      "spec.healthChecks.checks[0].max",
      "spec.healthChecks.checks[1].tolerancePercent",
    ]);
  });
});

describe("health verdict", () => {
  const settings = healthSettings();
  const sick = {
    ...HEALTHY,
    bgpDownPeerCount: reading(2, "192.0.2.1"),
    fpcState: reading(1, "FPC 0 Offline"),
  };
  const results = evaluateHealth({ readings: sick, settings, phase: "Before" });

  it("HC-3 stops the upgrade by default, and names what failed", () => {
    const { proceed, explained, failed } = verdict(results, true);
    expect(proceed).to.equal(false);
    expect(explained.reason).to.equal("HealthCheckFailed");
    expect(explained.message).to.include("192.0.2.1").and.include("FPC 0 Offline");
    expect(failed.map(({ check }) => check)).to.deep.equal(["bgpDownPeerCount", "fpcState"]);
  });

  it("HC-3 lets it go on where the campaign says so, and says that too", () => {
    const { proceed, explained } = verdict(results, false);
    expect(proceed).to.equal(true);
    expect(explained.reason).to.equal("HealthCheckOverridden");
  });

  it("lets it go on when all is well", () => {
    const healthy = evaluateHealth({ readings: HEALTHY, settings, phase: "Before" });
    expect(verdict(healthy, true)).to.deep.include({ proceed: true, failed: [] });
    expect(verdict(healthy, true).explained.message).to.equal(`${healthy.length} health checks passed`);
  });
});
