/** Whole campaigns with the real QFX driver: what a user sees, and what the network feels. */
import { gunzipSync } from "node:zlib";
import { expect } from "chai";
import type { StepName } from "../../src/api/steps.ts";
import { loadPlan } from "../../src/controllers/campaign/planStore.ts";
import { qfx, withoutSteps } from "../../src/drivers/qfx.ts";
import { shown, startFabricRun, type FabricRun } from "../support/fabricRun.ts";
import { campaignDraft, DEVICES, NAMESPACE, only, TARGET_RELEASE } from "../support/smallFabric.ts";
import { WAY_OF_STATES } from "../support/wayOfStates.ts";

describe("drivers: a campaign on a small fabric", function () {
  this.timeout(60_000);

  describe("from the approval to the last undrain", () => {
    let run: FabricRun;
    before(async () => {
      run = await startFabricRun({ campaign: { approval: { policy: "Manual" } } });
      const waiting = await run.untilPhase("AwaitingApproval");
      expect(run.writes, "nothing is touched before the approval").to.equal(0);
      await run.change(({ approval }) => {
        approval.planHash = waiting.status?.plan?.hash ?? "";
      });
      await run.untilPhase("Completed");
      await run.pass(3600);
    });
    after(() => run.stop());

    it("EX-13 HL-1 loses no packet of anybody who has a second link", () => {
      const { sent, lost } = run.simulator.traffic.report();
      expect(run.lost).to.equal(0);
      expect(sent).to.be.greaterThan(1_000_000);
      expect(lost, "the exposed server loses some").to.be.greaterThan(0);
    });

    it("N5 installs and reboots each device exactly once, into the image's release", () => {
      for (const name of DEVICES) {
        expect(run.device(name).counters, name).to.include({
          reboots: 1,
          installsStarted: 1,
          installsFinished: 1,
        });
        expect(run.device(name).truth(), name).to.include({ release: TARGET_RELEASE, power: "Running" });
      }
    });

    it("HL-3 N10 leaves each configuration as found, byte for byte but for its version", () => {
      for (const name of DEVICES) {
        expect(run.configurationOf(name), name).to.equal(run.foundConfigurationOf(name));
      }
    });

    it("BK-1 keeps each configuration in a Secret that cannot be changed", async () => {
      for (const name of DEVICES) {
        const found = (await run.upgrade(name))?.status?.found?.configuration;
        const secret = await run.store.get("Secret", {
          namespace: NAMESPACE,
          name: found?.secretName ?? "",
        });
        const data = Buffer.from(secret?.data?.["configuration.set.gz"] ?? "", "base64");
        expect(secret?.immutable, name).to.equal(true);
        expect(gunzipSync(data).toString().trim(), name).to.equal(run.foundConfigurationOf(name).trim());
      }
    });

    it("EX-6 shows Juniper's states in order", () => {
      for (const name of DEVICES) {
        const states = run.statesOf(name);
        expect(withoutShort(states), name).to.deep.equal(withoutShort(WAY_OF_STATES));
      }
    });

    it("EX-3 PL-4 PL-5 takes the batches as planned: none begins before the one before has ended", async () => {
      const record = await loadPlan(run.store, await run.campaign());
      const batches = record?.plan.batches ?? [];
      expect(batches.map(({ devices }) => [...devices].toSorted())).to.have.lengthOf.at.least(4);
      const upgrades = await run.store.list("DeviceUpgrade", NAMESPACE);
      const times = batches.map(({ devices }) => {
        const mine = upgrades.filter(({ spec }) => devices.includes(spec.deviceName));
        expect(mine).to.have.lengthOf(devices.length);
        return {
          from: Math.min(...mine.map(({ status }) => Date.parse(status?.startedAt ?? ""))),
          to: Math.max(...mine.map(({ status }) => Date.parse(status?.finishedAt ?? ""))),
        };
      });
      for (const [index, { from }] of times.entries()) {
        expect(from).to.be.at.least(times[index - 1]?.to ?? 0);
      }
      const pairs = [
        ["leaf1", "leaf2"],
        ["leaf3", "leaf4"],
        ["spine1", "spine2"],
      ];
      for (const { devices } of batches) {
        for (const pair of pairs) expect(pair.filter((name) => devices.includes(name)).length).to.be.below(2);
      }
    });

    it("LG-1 LG-2 logs lines with timestamp, object, action and code", () => {
      expect(run.log.length).to.be.greaterThan(50);
      for (const line of run.log) {
        for (const key of ["timestamp", "object", "action", "code", "message"]) {
          expect(line[key], `${key} of ${JSON.stringify(line)}`)
            .to.be.a("string")
            .and.not.equal("");
        }
      }
    });

    it("EX-13 nothing goes wrong in between: no error, no warning, no phase but the plain ones", () => {
      expect(run.log.filter(({ level }) => level === "error" || level === "warn")).to.deep.equal([]);
      // Each batch soaks while its devices take their recovery snapshots.
      const phases = run.phases.filter((phase) => phase !== "Soaking");
      const changes = phases.filter((phase, index) => phase !== phases[index - 1]);
      expect(changes).to.deep.equal(["Planning", "AwaitingApproval", "Running", "Completed"]);
    });

    it("EX-4 tells the end: all conditions agree, the ledger is empty", async () => {
      const { status } = await run.campaign();
      expect(status?.progress).to.equal("6/6");
      expect(shown(status?.conditions, "Succeeded")).to.match(/^True Completed /);
      expect((await run.fabric()).status?.outOfService).to.deep.equal([]);
    });

    it("stays at rest once it has ended: nothing is written any more", async () => {
      const before = await versions(run);
      await run.pass(1500);
      expect(await versions(run)).to.deep.equal(before);
    });

    it("MO-4 asks no device more often than a person would find reasonable", () => {
      for (const name of DEVICES) {
        expect(run.device(name).rpcLog.length, name).to.be.below(1500);
      }
    });
  });

  it("HL-1 a control without drain loses packets", async () => {
    const lacking = new Set<StepName>([
      "DrainRoutes",
      "DrainAccess",
      "Quiet",
      "UndrainAccess",
      "UndrainRoutes",
    ]);
    const run = await startFabricRun({ campaign: only("leaf1"), driver: withoutSteps(qfx, lacking) });
    await run.untilPhase("Completed");
    expect(run.lost).to.be.greaterThan(0);
    await run.stop();
  });

  it("TR-1 a second campaign with the same image skips every device and writes nothing", async () => {
    const run = await startFabricRun({ campaign: only("leaf1") });
    await run.untilPhase("Completed");
    run.noteFound();
    await run.store.create("UpgradeCampaign", campaignDraft(only("leaf1"), "again"));
    const end = await run.untilPhase("Completed", "again");
    expect(end.status?.counts).to.include({ total: 0, skipped: 1 });
    expect(run.writes).to.equal(0);
    await run.stop();
  });
});

/** States that last for a moment only: whether somebody sees them hangs on the device. */
const SHORT = new Set(["Pending", "Validating", "Staging", "Draining", "VerifyingService"]);

function withoutShort(states: readonly string[]): readonly string[] {
  return states.filter((state) => !SHORT.has(state));
}

async function versions(run: FabricRun): Promise<readonly string[]> {
  const campaigns = await run.store.list("UpgradeCampaign", NAMESPACE);
  const upgrades = await run.store.list("DeviceUpgrade", NAMESPACE);
  return [...campaigns, ...upgrades].map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`);
}
