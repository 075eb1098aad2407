/** `hitless plan --failure`: what follows if a step fails, played through the engine's own rules. */
import { expect } from "chai";
import type { StepName } from "../../src/api/steps.ts";
import { estimateUpgrade, expectedSeconds } from "../../src/drivers/estimate.ts";
import type { Forecast } from "../../src/cli/failure/forecast.ts";
import { foresee } from "../../src/cli/failure/foresee.ts";
import { FAILURES, type Failure, type Foreseen } from "../../src/cli/failure/recovery.ts";
import { qfx } from "../../src/drivers/qfx.ts";
import { Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();

/** Nothing was learned yet; a soak of two minutes. */
const EXPERIENCE = { model: "qfx5120", soakSeconds: 120, stepTimes: [] };

function foreseen(step: StepName, failure: Failure, steps = qfx.procedure.steps): Foreseen {
  const found = foresee(
    { name: "test/v1", steps },
    {
      step,
      failure,
      expectedSeconds: (name) => {
        const rule = steps.find((each) => each.name === name);
        return rule === undefined ? null : expectedSeconds(rule, EXPERIENCE);
      },
    },
  );
  if (found === undefined) throw new Error(`${step} cannot fail by ${failure}`);
  return found;
}

/** `Retry Install 2`. */
function actsOf({ acts }: Foreseen): string[] {
  return acts.map((act) => Object.values(act).join(" "));
}

describe("a failure, foreseen", () => {
  it("CA-2 RB-2 a failed install is undone step by step, in the order of the way back", () => {
    const install = foreseen("Install", "Fails");
    expect(actsOf(install)).to.deep.equal([
      "UndoStep UndrainAccess",
      "UndoStep UndrainRoutes",
      "ReturnToService",
      "Escalate HitlessImageUpgradeFailed",
    ]);
    expect(install).to.include({ inService: true, ended: true, release: "Old", expectedSeconds: 60 });
  });

  it("CA-2 a device that boots with the wrong release stays out of service", () => {
    const reboot = foreseen("Reboot", "Fails");
    expect(actsOf(reboot)).to.deep.equal(["StayOut", "Escalate HitlessImageUpgradeFailed"]);
    expect(reboot).to.include({ inService: false, ended: true, release: "Unknown" });
  });

  it("PL-17 a reboot that takes too long is called hung at its deadline, and never sent again", () => {
    for (const failure of ["Late", "Silent"] as const) {
      const reboot = foreseen("Reboot", failure);
      expect(actsOf(reboot), failure).to.deep.equal(["Wait 2400", "Escalate Hung", "Wait "]);
      expect(reboot.acts.some((act) => act.do === "Retry")).to.equal(false);
    }
  });

  it("TR-7 a peer that is lost before the reboot brings the device back, and the run goes on by itself", () => {
    const reboot = foreseen("Reboot", "PeerLost");
    expect(actsOf(reboot).slice(0, 3)).to.deep.equal([
      "UndoStep UndrainAccess",
      "UndoStep UndrainRoutes",
      "ReturnToService",
    ]);
    expect(reboot.acts.at(-1)).to.deep.equal({ do: "GoOn" });
    expect(reboot).to.include({ inService: true, ended: false, release: "Old" });
  });

  it("RB-6 after the reboot a stop means to finish: that is the point of no return", () => {
    const stopped = foreseen("Reboot", "Stopped");
    expect(actsOf(stopped)).to.deep.equal([
      "FinishStep Reboot",
      "FinishStep ControlPlane",
      "FinishStep UndrainAccess",
      "FinishStep UndrainRoutes",
      "ReturnToService",
      "FinishStep Compare",
      "FinishStep Soak",
    ]);
    expect(stopped).to.include({ state: "HitlessImageUpgradeSuccessful", release: "New" });
    expect(foreseen("Install", "Stopped")).to.include({ state: "Held", inService: true, release: "Old" });
  });

  it("before the drain a device waits for as long as it takes, in service", () => {
    for (const failure of ["Waits", "Silent"] as const) {
      const stage = foreseen("Stage", failure);
      expect(actsOf(stage), failure).to.deep.equal(["Escalate Blocked", "Wait ", "GoOn"]);
      expect(stage.inService).to.equal(true);
    }
  });

  it("a refused drain is tried again, then taken back", () => {
    expect(actsOf(foreseen("DrainAccess", "Refused"))).to.deep.equal([
      "Retry DrainAccess 2",
      "UndoStep UndrainAccess",
      "UndoStep UndrainRoutes",
      "ReturnToService",
      "Escalate MaintenanceModeFailure",
    ]);
  });

  it("comes to an end for every step and every way to fail, and says where the device is", () => {
    for (const step of qfx.procedure.steps) {
      const { name, once, landing, needsFreshProof } = step;
      for (const failure of FAILURES) {
        const found = foresee(qfx.procedure, { step: name, failure, expectedSeconds: () => 1 });
        const cannot =
          (failure === "Refused" && !("start" in step)) ||
          (failure === "Unclear" && !once) ||
          (failure === "PeerLost" && !needsFreshProof && found === undefined);
        expect(found === undefined, `${name} ${failure}`).to.equal(cannot);
        if (found === undefined) continue;
        // Whoever is left out of service is told about.
        const isTold = found.acts.some((act) => act.do === "Escalate");
        expect(found.inService || isTold, `${name} ${failure}`).to.equal(true);
        // A failure that can be taken back never leaves the device out, unless the device is silent or hangs.
        const mayStay = landing !== "InService" || ["Hung", "Unknown"].includes(found.state);
        expect(found.inService || mayStay, `${name} ${failure}`).to.equal(true);
        expect(found.acts.length, `${name} ${failure}`).to.be.lessThan(12);
      }
    }
  });

  it("follows the driver's rules and no list: another landing is another recovery", () => {
    const steps = qfx.procedure.steps.map((step) =>
      step.name === "Install" ? { ...step, landing: "Drained" as const } : step,
    );
    expect(actsOf(foreseen("Install", "Fails"))).to.include("ReturnToService");
    expect(actsOf(foreseen("Install", "Fails", steps))).to.deep.equal([
      "StayOut",
      "Escalate HitlessImageUpgradeFailed",
    ]);
    const failing = qfx.procedure.steps.map((step) =>
      step.name === "Install" ? { ...step, onDeadline: "Fail" as const } : step,
    );
    expect(actsOf(foreseen("Install", "Late", failing))).to.include.members(["Wait 3600", "ReturnToService"]);
  });

  it("PL-8 expects of the steps together what a plan reckons for a device", () => {
    const seconds = qfx.procedure.steps.map((step) => expectedSeconds(step, EXPERIENCE));
    expect(seconds).not.to.include(null);
    const device = {
      name: "leaf1",
      address: "",
      model: "qfx5120",
      family: "junos-qfx",
      role: "Leaf",
    } as const;
    const sum = seconds.reduce((total: number, each) => total + (each ?? 0), 0);
    expect(sum).to.equal(26 * 60 + 120);
    expect(estimateUpgrade(qfx, device, EXPERIENCE)).to.deep.equal({ seconds: sum, source: "Defaults" });
  });
});

describe("hitless plan --failure", () => {
  after(() => {
    folders.removeAll();
  });

  async function forecast(step: string): Promise<Forecast> {
    const { exitCode, stdout, stderr } = await run([
      "plan",
      "-f",
      QUICKSTART,
      "--failure",
      step,
      "-o",
      "json",
    ]);
    expect(exitCode, stderr).to.equal(0);
    const answer: Forecast = JSON.parse(stdout);
    return answer;
  }

  it("CA-2 N12 shows the recovery in order, with its time and what it loses", async () => {
    const { exitCode, stdout } = await run(["plan", "-f", QUICKSTART, "--failure", "Install"]);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^If Install fails on a device\n +procedure +qfx\/v1, of 10 devices/);
    expect(stdout).to.match(
      /the device says that +1\. UndrainAccess takes back what was done +1 min +30 min/,
    );
    expect(stdout).to.match(
      /What is lost while a device stays out\n.*\n +leaf8 +server13 +server10 server11 server12/,
    );
  });

  it("RB-4 says for each batch how long it takes to go back, and to go on", async () => {
    const { batches } = await forecast("Reboot");
    expect(batches.map(({ goBackSeconds }) => goBackSeconds / 60)).to.deep.equal([0, 28, 56, 84]);
    expect(batches.map(({ goOnSeconds }) => goOnSeconds / 60)).to.deep.equal([112, 84, 56, 28]);
    expect(batches.map(({ doneDevices, notBegunDevices }) => [doneDevices, notBegunDevices])).to.deep.equal([
      [0, 6],
      [4, 2],
      [8, 1],
      [9, 0],
    ]);
  });

  it("EX-10 says what the campaign does: nothing new starts, the others of the batch land", async () => {
    const [procedure] = (await forecast("Install")).procedures;
    const failed = procedure?.failures.find(({ failure }) => failure === "Fails");
    expect(failed?.campaign).to.include({ phase: "Landing", others: "Land", later: "Hold" });
    const hung = procedure?.failures.find(({ failure }) => failure === "Late");
    expect(hung?.campaign).to.include({ phase: "Hung", others: "Proceed", later: "Hold" });
    const stopped = procedure?.failures.find(({ failure }) => failure === "Stopped");
    expect(stopped?.campaign.later).to.equal("Hold");
  });

  it("knows the steps of the plan by name, however they are written, and no others", async () => {
    expect((await forecast("reboot")).step).to.equal("Reboot");
    const { exitCode, stdout, stderr } = await run(["plan", "-f", QUICKSTART, "--failure", "Explode"]);
    expect(exitCode).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.match(
      /--failure: found "Explode", .*must be one of Preflight, Stage, Backup, DrainRoutes/,
    );
  });

  it("answers in Markdown, too", async () => {
    const { stdout } = await run(["plan", "-f", QUICKSTART, "--failure", "Install", "-o", "markdown"]);
    expect(stdout).to.match(/^## If Install fails on a device\n/);
    expect(stdout).to.include("1. UndrainAccess takes back what was done<br>2. UndrainRoutes");
  });
});
