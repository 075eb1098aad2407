import { expect } from "chai";
import { decideDevice } from "../../src/engine/decideDevice.ts";
import { NOTHING_GATHERED, type DeviceDecision } from "../../src/engine/deviceWorld.ts";
import { recordOf } from "../../src/engine/journal.ts";
import type { StepName } from "../../src/api/steps.ts";
import { parseInstant } from "../../src/api/time.ts";
import type { DeviceUpgradeStatus } from "../../src/engine/step.ts";
import { BEFORE, done, intent, lost, NOW, PROCEDURE, PROVEN, seen, upTo, world } from "./worlds.ts";

const DONE = { is: "Done", evidence: { message: "seen" } } as const;
const NEEDED = { is: "Needed" } as const;
const NEEDED_ONCE = { is: "Needed", before: BEFORE } as const;

function statusOf(decision: DeviceDecision): DeviceUpgradeStatus {
  if (!("status" in decision)) throw new Error(`${decision.do} carries no status`);
  return decision.status;
}

describe("engine: one device", () => {
  describe("observe before act", () => {
    it("looks at a step before it does anything", () => {
      const status = statusOf(decideDevice(world(), NOW));
      expect(status.state).to.equal("Validating");
      expect(decideDevice(world({ status }), NOW)).to.deep.equal({ do: "Observe", step: "Preflight" });
    });

    it("records a step that is seen to be done, and never begins it", () => {
      const decision = decideDevice(world({ gathered: seen("Preflight", DONE) }), NOW);
      expect(decision.do).to.equal("Record");
      expect(recordOf(statusOf(decision), "Preflight")).to.include({ state: "Done", attempts: 0 });
      expect(statusOf(decision).state).to.equal("HealthCheckSuccessful");
    });

    it("ignores an observation of another step", () => {
      const gathered = seen("Preflight", DONE);
      expect(decideDevice(world({ status: done("Preflight"), gathered }), NOW)).to.deep.equal({
        do: "Observe",
        step: "DrainRoutes",
      });
    });

    it("TR-1 ends a device that runs the image already as Skipped", () => {
      const skipped = { is: "Skipped", reason: "SameVersion", message: "runs it" } as const;
      const status = statusOf(decideDevice(world({ gathered: seen("Preflight", skipped) }), NOW));
      expect(status).to.include({ state: "Skipped" });
      expect(status.finishedAt).to.be.a("string");
    });
  });

  describe("the ledger and the proof", () => {
    const checked = done("Preflight");

    it("N3 enters the ledger before the first drain", () => {
      expect(
        decideDevice(world({ status: checked, gathered: seen("DrainRoutes", NEEDED) }), NOW),
      ).to.deep.equal({
        do: "TakeOutOfService",
      });
    });

    it("TR-7 waits and touches nothing while the rest is not proven", () => {
      const gathered = seen("DrainRoutes", NEEDED, { proof: lost("leaf2 is dead") });
      const decision = decideDevice(world({ status: checked, gathered }), NOW);
      expect(decision.do).to.equal("Wait");
      expect(statusOf(decision).message).to.contain("leaf2 is dead");
      expect(recordOf(statusOf(decision), "DrainRoutes").attempts).to.equal(0);
    });

    it("proves the rest at every pass while it is drained", () => {
      const decision = decideDevice(world({ status: upTo("Install"), ledgerHeld: true }), NOW);
      expect(decision).to.deep.equal({ do: "Prove", forAct: false });
      const lately = decideDevice(
        world({
          status: upTo("Install"),
          ledgerHeld: true,
          gathered: { ...NOTHING_GATHERED, provenLately: true },
        }),
        NOW,
      );
      expect(lately, "proven a moment ago").to.deep.equal({ do: "Observe", step: "Install" });
    });

    it("HL-2 undrains at once when a peer is lost before the reboot", () => {
      const gathered = { ...seen("Install", NEEDED_ONCE), proof: lost("leaf2 is dead") };
      const decision = decideDevice(world({ status: upTo("Install"), ledgerHeld: true, gathered }), NOW);
      expect(statusOf(decision).landing).to.include({ to: "InService", reason: "PeerLost" });
      const next = decideDevice(world({ status: statusOf(decision), ledgerHeld: true }), NOW);
      expect(next).to.deep.equal({ do: "Observe", step: "UndrainRoutes" });
    });

    it("does not undrain any more once the reboot was announced", () => {
      const status = { ...upTo("Reboot"), intent: intent("Reboot") };
      const decision = decideDevice(world({ status, ledgerHeld: true }), NOW);
      expect(decision).to.deep.equal({ do: "Observe", step: "Reboot" });
    });

    it("HL-3 writes that a drain begins before it begins, since a landing has to know; nothing else has to be", () => {
      const gathered = seen("DrainRoutes", NEEDED, { proof: PROVEN });
      const drain = decideDevice(world({ status: checked, ledgerHeld: true, gathered }), NOW);
      expect(drain).to.include({ do: "Start", step: "DrainRoutes" }).and.not.have.property("defer");
      const undrain = decideDevice(
        world({ status: upTo("UndrainRoutes"), ledgerHeld: true, gathered: seen("UndrainRoutes", NEEDED) }),
        NOW,
      );
      expect(undrain).to.include({ do: "Start", step: "UndrainRoutes", defer: true });
    });

    it("HL-3 what is taken back with an earlier step is taken back though its own beginning was not written", () => {
      const procedure = PROCEDURE.flatMap((rule) =>
        rule.name === "DrainRoutes"
          ? [
              rule,
              {
                ...rule,
                name: "DrainAccess" as const,
                undo: "UndrainAccess" as const,
                takenBackWith: rule.name,
              },
            ]
          : rule.name === "UndrainRoutes"
            ? [{ ...rule, name: "UndrainAccess" as const }, rule]
            : [rule],
      );
      const routesDone = done("Preflight", "DrainRoutes");
      const gathered = seen("DrainAccess", NEEDED, { proof: PROVEN });
      const access = decideDevice(world({ procedure, status: routesDone, ledgerHeld: true, gathered }), NOW);
      expect(access).to.include({ do: "Start", step: "DrainAccess", defer: true });
      const held = decideDevice(
        world({ procedure, status: routesDone, ledgerHeld: true, desired: "Land" }),
        NOW,
      );
      const landing = { procedure, status: statusOf(held), ledgerHeld: true };
      expect(decideDevice(world(landing), NOW)).to.deep.equal({ do: "Observe", step: "UndrainAccess" });
      const untouched = decideDevice(world({ ...landing, status: { ...statusOf(held), steps: [] } }), NOW);
      expect(untouched).to.deep.equal({ do: "ReturnToService" });
    });

    it("leaves the ledger when the device is back in service", () => {
      const decision = decideDevice(world({ status: upTo("Compare"), ledgerHeld: true }), NOW);
      expect(decision).to.deep.equal({ do: "ReturnToService" });
    });
  });

  describe("EX-9 acts that happen once", () => {
    const status = upTo("Reboot");
    const ready = { ledgerHeld: true, status };

    it("proves, then writes an intent, then sends", () => {
      const gathered = seen("Reboot", NEEDED_ONCE);
      const first = decideDevice(world({ ...ready, gathered }), NOW);
      expect(first, "a proof to go on looking").to.deep.equal({ do: "Prove", forAct: false });
      const lately = { ...gathered, provenLately: true };
      const second = decideDevice(world({ ...ready, gathered: lately }), NOW);
      expect(second, "a proof for the act itself").to.deep.equal({ do: "Prove", forAct: true });
      const proven = decideDevice(world({ ...ready, gathered: { ...gathered, proof: PROVEN } }), NOW);
      expect(proven.do).to.equal("WriteIntent");
      expect(statusOf(proven).intent).to.deep.include({
        step: "Reboot",
        holder: "controller-a",
        epoch: 3,
        attempt: 1,
        before: BEFORE,
      });
      const sent = decideDevice(
        world({ ledgerHeld: true, status: statusOf(proven), gathered: { ...gathered, intentFresh: true } }),
        NOW,
      );
      expect(sent).to.include({ do: "Start", step: "Reboot" });
    });

    it("never sends on an intent it did not just write", () => {
      const open = { ...status, intent: intent("Reboot", { holder: "controller-b" }) };
      const decision = decideDevice(
        world({ ledgerHeld: true, status: open, gathered: seen("Reboot", NEEDED_ONCE) }),
        NOW,
      );
      expect(decision.do).to.equal("Wait");
    });

    it("sends again only when the old intent has run out and the device shows no trace", () => {
      const open = { ...status, intent: intent("Reboot", { holder: "controller-b" }) };
      const gathered = seen("Reboot", NEEDED_ONCE, { intentExpired: true, proof: PROVEN });
      const decision = decideDevice(world({ ledgerHeld: true, status: open, gathered }), NOW);
      expect(decision.do).to.equal("WriteIntent");
      expect(statusOf(decision).intent).to.include({ attempt: 2, holder: "controller-a" });
    });

    it("asks instead of sending for ever", () => {
      const open = { ...status, intent: intent("Reboot", { attempt: 4 }) };
      const gathered = seen("Reboot", NEEDED_ONCE, { intentExpired: true, proof: PROVEN });
      const decision = decideDevice(world({ ledgerHeld: true, status: open, gathered }), NOW);
      expect(statusOf(decision).state).to.equal("Unknown");
    });

    it("does not send without knowing boot time and release", () => {
      const gathered = seen("Reboot", NEEDED, { proof: PROVEN });
      const decision = decideDevice(world({ ...ready, gathered }), NOW);
      expect(statusOf(decision).state).to.equal("Unknown");
      expect(statusOf(decision).intent).to.equal(undefined);
    });

    it("takes silence during a reboot for what it is, and anywhere else for trouble", () => {
      const silent = { is: "Unreachable", reason: "Unreachable", message: "leaf1: no answer" } as const;
      const rebooting = { ...status, intent: intent("Reboot") };
      const expected = decideDevice(
        world({ ledgerHeld: true, status: rebooting, gathered: seen("Reboot", silent) }),
        NOW,
      );
      expect(statusOf(expected).state).to.equal("Rebooting");
      expect(statusOf(expected).message).to.contain("silent");
      const trouble = decideDevice(world({ gathered: seen("Preflight", silent) }), NOW);
      expect(statusOf(trouble).message).to.contain("no answer");
    });

    it("stops and asks when what the device did is unknown", () => {
      const unknown = {
        is: "Unknown",
        reason: "StateUnknown",
        message: "boot time and uptime disagree",
      } as const;
      const open = { ...status, intent: intent("Reboot") };
      const decision = decideDevice(
        world({ ledgerHeld: true, status: open, gathered: seen("Reboot", unknown) }),
        NOW,
      );
      expect(decision.do).to.equal("Wait");
      expect(statusOf(decision).state).to.equal("Unknown");
    });

    it("closes the intent when the act is proven", () => {
      const open = { ...status, intent: intent("Reboot") };
      const decision = decideDevice(
        world({ ledgerHeld: true, status: open, gathered: seen("Reboot", DONE) }),
        NOW,
      );
      expect(statusOf(decision).intent).to.equal(undefined);
      expect(statusOf(decision).state).to.equal("ImageUpgraded");
    });
  });

  describe("deadlines", () => {
    it("a device in service may be blocked for as long as it takes, and says so", () => {
      const blocked = { is: "Blocked", reason: "PeerLost", message: "leaf2 is dead" } as const;
      const steps = (upTo("Preflight").steps ?? []).map((record) => ({
        ...record,
        state: "Running" as const,
        startedAt: "2026-11-21T08:00:00Z",
        deadlineAt: "2026-11-21T09:00:00Z",
      }));
      const status = statusOf(
        decideDevice(world({ status: { steps }, gathered: seen("Preflight", blocked) }), NOW),
      );
      expect(status).to.include({ state: "Blocked" });
      expect(status.message).to.contain("leaf2 is dead");
      expect(recordOf(status, "Preflight").deadlineAt).to.equal(undefined);
    });

    it("a device that does not become as it was found fails, in service, at the deadline of the comparison", () => {
      const differs = { is: "Blocked", reason: "DifferentFromBaseline", message: "152 routes" } as const;
      const at = (deadlineAt: string): DeviceUpgradeStatus => ({
        steps: (upTo("Compare").steps ?? []).map((record) =>
          record.name === "Compare"
            ? { ...record, state: "Running" as const, startedAt: "2026-11-22T08:00:00Z", deadlineAt }
            : record,
        ),
      });
      const gathered = seen("Compare", differs);
      const waiting = statusOf(decideDevice(world({ status: at("2026-11-22T11:00:00Z"), gathered }), NOW));
      expect(waiting.state).to.equal("VerifyingService");
      const failed = statusOf(decideDevice(world({ status: at("2026-11-22T09:00:00Z"), gathered }), NOW));
      expect(failed).to.include({ state: "HitlessImageUpgradeFailed" });
      expect(failed.landing).to.include({ to: "InService", reason: "DifferentFromBaseline" });
    });

    it("N5 a device that only lacks what others out of service would bring waits for them, without a deadline", () => {
      const lacks = {
        is: "Blocked",
        reason: "OthersOutOfService",
        message: "152 routes",
        clock: "Stands",
      } as const;
      const steps = (upTo("Compare").steps ?? []).map((record) =>
        record.name === "Compare"
          ? {
              ...record,
              state: "Running" as const,
              startedAt: "2026-11-22T08:00:00Z",
              deadlineAt: "2026-11-22T09:00:00Z",
            }
          : record,
      );
      const decision = decideDevice(world({ status: { steps }, gathered: seen("Compare", lacks) }), NOW);
      expect(decision.do).to.equal("Wait");
      expect(statusOf(decision)).to.include({ state: "VerifyingService" });
      expect(statusOf(decision).message).to.contain("152 routes");
      expect(recordOf(statusOf(decision), "Compare").deadlineAt).to.equal(undefined);
    });

    it("PL-17 a reboot past its deadline is Hung, and goes on being looked at", () => {
      const late = {
        ...upTo("Reboot"),
        intent: intent("Reboot"),
      };
      const steps = (late.steps ?? []).map((record) =>
        record.name === "Reboot"
          ? {
              ...record,
              state: "Running" as const,
              startedAt: "2026-11-22T08:00:00Z",
              deadlineAt: "2026-11-22T09:00:00Z",
            }
          : record,
      );
      const running = { is: "Running", message: "booting" } as const;
      const decision = decideDevice(
        world({ ledgerHeld: true, status: { ...late, steps }, gathered: seen("Reboot", running) }),
        NOW,
      );
      expect(decision.do).to.equal("Wait");
      expect(statusOf(decision).state).to.equal("Hung");
    });

    const begunAt = (name: StepName, startedAt: string, deadlineAt: string): DeviceUpgradeStatus => ({
      steps: (upTo(name).steps ?? []).map((record) =>
        record.name === name ? { ...record, state: "Running" as const, startedAt, deadlineAt } : record,
      ),
    });
    const leafStillSends = seen(
      "DrainRoutes",
      { is: "Running", message: "leaf5 still sends" },
      { proof: PROVEN },
    );

    it("EX-9 time at which nobody led the fabric counts in no deadline, all other time does", () => {
      const status = begunAt("DrainRoutes", "2026-11-22T09:20:00Z", "2026-11-22T09:35:00Z");
      const judged = (from: string, until: string): DeviceUpgradeStatus => {
        const gaps = [{ from: parseInstant(from), until: parseInstant(until) }];
        return statusOf(
          decideDevice(world({ ledgerHeld: true, status, gaps, gathered: leafStillSends }), NOW),
        );
      };
      expect(judged("2026-11-22T09:25:00Z", "2026-11-22T09:59:50Z").landing, "it waited 5 minutes").to.equal(
        undefined,
      );
      expect(judged("2026-11-22T09:25:00Z", "2026-11-22T09:40:00Z").landing, "25 minutes").to.include({
        to: "InService",
      });
      expect(judged("2026-11-22T08:00:00Z", "2026-11-22T09:24:00Z").landing, "before it began").to.include({
        to: "InService",
      });
    });

    it("PL-17 a refused undrain past its deadline is Hung, and stays so while it is tried again", () => {
      const needed = seen("UndrainRoutes", NEEDED);
      const refused = { reason: "ConfigurationLocked", message: "kim has locked it" } as const;
      let status = begunAt("UndrainRoutes", "2026-11-22T08:00:00Z", "2026-11-22T09:00:00Z");
      const shown: (string | undefined)[] = [];
      for (let poll = 0; poll < 3; poll += 1) {
        const start = decideDevice(world({ ledgerHeld: true, status, gathered: needed }), NOW);
        expect(start).to.include({ do: "Start", step: "UndrainRoutes" });
        status = statusOf(start);
        shown.push(status.state);
        const gathered = { ...needed, started: true, refused };
        status = statusOf(decideDevice(world({ ledgerHeld: true, status, gathered }), NOW));
        shown.push(status.state);
      }
      expect(shown.slice(1)).to.deep.equal(["Hung", "Hung", "Hung", "Hung", "Hung"]);
      expect(status.message).to.contain("kim has locked it");
      const after = decideDevice(
        world({ ledgerHeld: true, status, gathered: seen("UndrainRoutes", DONE) }),
        NOW,
      );
      expect(statusOf(after).state).to.equal("MaintenanceModeDeactivated");
    });

    it("EX-9 a once-only act whose outcome is unknown stays so past its deadline", () => {
      const open = {
        ...begunAt("Reboot", "2026-11-22T08:00:00Z", "2026-11-22T08:40:00Z"),
        intent: intent("Reboot"),
      };
      const unknown = {
        is: "Unknown",
        reason: "StateUnknown",
        message: "boot time and uptime disagree",
      } as const;
      const decision = decideDevice(
        world({ ledgerHeld: true, status: open, gathered: seen("Reboot", unknown) }),
        NOW,
      );
      expect(statusOf(decision).state).to.equal("Unknown");
    });

    it("HL-4 a drain that proves nothing in time is taken back and fails", () => {
      const steps = (upTo("DrainRoutes").steps ?? []).map((record) =>
        record.name === "DrainRoutes"
          ? {
              ...record,
              state: "Running" as const,
              startedAt: "2026-11-22T08:00:00Z",
              deadlineAt: "2026-11-22T09:00:00Z",
            }
          : record,
      );
      const running = { is: "Running", message: "leaf5 still sends" } as const;
      let status: DeviceUpgradeStatus = statusOf(
        decideDevice(
          world({
            ledgerHeld: true,
            status: { steps },
            gathered: seen("DrainRoutes", running, { proof: PROVEN }),
          }),
          NOW,
        ),
      );
      expect(status.landing).to.include({ to: "InService" });
      status = statusOf(
        decideDevice(world({ ledgerHeld: true, status, gathered: seen("UndrainRoutes", DONE) }), NOW),
      );
      expect(decideDevice(world({ ledgerHeld: true, status }), NOW)).to.deep.equal({ do: "ReturnToService" });
      status = statusOf(decideDevice(world({ status }), NOW));
      expect(status.state).to.equal("MaintenanceModeFailure");
      expect(status.finishedAt).to.be.a("string");
    });
  });

  describe("failures and landings", () => {
    const failed = { is: "Failed", reason: "VersionUnexpected", message: "booted 21.4" } as const;

    it("HC-3 a device that fails its health check was not touched, and ends so", () => {
      const unhealthy = { is: "Failed", reason: "HealthCheckFailed", message: "BGP down" } as const;
      const status = statusOf(decideDevice(world({ gathered: seen("Preflight", unhealthy) }), NOW));
      expect(status.state).to.equal("HealthCheckFailed");
      expect(status.finishedAt).to.be.a("string");
      expect(status.landing).to.include({ to: "InService", reason: "HealthCheckFailed" });
    });

    it("a device that boots the wrong release stays out of service and says so", () => {
      const open = { ...upTo("Reboot"), intent: intent("Reboot") };
      const status = statusOf(
        decideDevice(world({ ledgerHeld: true, status: open, gathered: seen("Reboot", failed) }), NOW),
      );
      expect(status.landing).to.include({ to: "Drained", reason: "VersionUnexpected" });
      expect(status.message).to.contain("stays out of service");
      expect(decideDevice(world({ ledgerHeld: true, status }), NOW).do).to.equal("Nothing");
    });

    it("a step that is refused three times fails; twice it is tried again", () => {
      const refused = { reason: "CommitFailed", message: "syntax error" } as const;
      const attempts = (count: number): DeviceUpgradeStatus => ({
        steps: (upTo("DrainRoutes").steps ?? []).map((record) =>
          record.name === "DrainRoutes" ? { ...record, attempts: count } : record,
        ),
      });
      const gathered = seen("DrainRoutes", NEEDED, { started: true, refused, proof: PROVEN });
      expect(decideDevice(world({ ledgerHeld: true, status: attempts(2), gathered }), NOW).do).to.equal(
        "Wait",
      );
      const third = decideDevice(world({ ledgerHeld: true, status: attempts(3), gathered }), NOW);
      expect(statusOf(third).landing).to.include({ to: "InService", reason: "CommitFailed" });
    });

    it("EX-8 a hold undrains a drained device, which starts over when it may go on", () => {
      const held = decideDevice(world({ desired: "Land", ledgerHeld: true, status: upTo("Install") }), NOW);
      let status = statusOf(held);
      expect(status.landing).to.include({ to: "InService", reason: "CampaignStopped" });
      status = statusOf(
        decideDevice(
          world({ desired: "Land", ledgerHeld: true, status, gathered: seen("UndrainRoutes", DONE) }),
          NOW,
        ),
      );
      status = statusOf(decideDevice(world({ desired: "Land", status }), NOW));
      expect(status).to.include({ state: "Held" });
      expect(status.landing).to.equal(undefined);
      expect(status.finishedAt).to.equal(undefined);
      expect(statusOf(decideDevice(world({ status }), NOW)).state).to.equal("Validating");
    });

    it("a hold lets a device that has begun to reboot finish", () => {
      const status = { ...upTo("Reboot"), intent: intent("Reboot") };
      expect(decideDevice(world({ desired: "Land", ledgerHeld: true, status }), NOW)).to.deep.equal({
        do: "Observe",
        step: "Reboot",
      });
    });

    it("a held device that has not begun stays untouched", () => {
      for (const desired of ["Hold", "Land"] as const) {
        const decision = decideDevice(world({ desired }), NOW);
        expect(decision.do).to.equal("Wait");
      }
    });
  });

  describe("abandonment", () => {
    const installing = world({ status: upTo("Reboot"), ledgerHeld: true, abandoned: "ticket 42" });

    it("HL-9 ends the run where it is, before the ledger forgets the device, and looks at nothing", () => {
      const first = decideDevice(installing, NOW);
      if (first.do !== "Record") throw new Error(first.do);
      expect(first.status).to.include({ state: "Cancelled" });
      expect(first.status.message).to.contain("ticket 42");
      expect(first.status.landing).to.include({ to: "Drained", reason: "Abandoned" });
      expect(first.status.finishedAt).to.be.a("string");
      const second = decideDevice({ ...installing, status: first.status }, NOW);
      expect(second).to.deep.equal({ do: "ReturnToService" });
      const last = decideDevice({ ...installing, status: first.status, ledgerHeld: false }, NOW);
      expect(last.do).to.equal("Nothing");
    });

    it("HL-9 frees a device that had ended out of service, and keeps when that was", () => {
      const finishedAt = "2026-11-22T09:00:00Z";
      const status = { ...upTo("Reboot"), finishedAt };
      const decision = decideDevice({ ...installing, status }, NOW);
      if (decision.do !== "Record") throw new Error(decision.do);
      expect(decision.status).to.include({ state: "Cancelled", finishedAt });
    });

    it("changes nothing of a device that was upgraded and is in service", () => {
      const status = { ...upTo("Compare"), finishedAt: "2026-11-22T09:00:00Z" };
      expect(decideDevice({ ...installing, status, ledgerHeld: false }, NOW).do).to.equal("Nothing");
    });
  });

  it("EX-6 a whole run ends as Hitless Image Upgrade Successful", () => {
    const all = PROCEDURE.map(({ name }) => name);
    const status = statusOf(decideDevice(world({ status: done(...all) }), NOW));
    expect(status).to.include({ state: "HitlessImageUpgradeSuccessful", percent: 100 });
    expect(decideDevice(world({ status }), NOW).do).to.equal("Nothing");
  });
});
