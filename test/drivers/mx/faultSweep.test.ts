/**
 * Each fault at each act on a router with two routing engines. Whatever happens, no engine is installed or rebooted twice,
 * nobody loses a packet while the other router lives, and the run ends in service as found, upgraded, or drained and told.
 * `HITLESS_SWEEP=all` makes every run; without it some of each kind.
 */
import { expect } from "chai";
import type { FaultKind } from "../../../src/simulator/fault.ts";
import { startFabricRun, type FabricRun } from "../../support/fabricRun.ts";
import { mixedFabric, routers } from "../../support/mixedFabric.ts";
import { TARGET_RELEASE } from "../../support/smallFabric.ts";

const WHOLE_SWEEP = process.env["HITLESS_SWEEP"] === "all";
/** Without the whole sweep every so many runs one is made. */
const SAMPLE = 17;

/** An act of the procedure, by the request that makes it. */
const MOMENTS: readonly { readonly act: string; readonly onRpc: string; readonly occurrence: number }[] = [
  { act: "DrainRoutes", onRpc: "load-configuration", occurrence: 1 },
  { act: "SuspendRedundancy", onRpc: "load-configuration", occurrence: 2 },
  { act: "InstallBackupEngine", onRpc: "request-package-add", occurrence: 1 },
  { act: "RebootBackupEngine", onRpc: "request-reboot", occurrence: 1 },
  { act: "SwitchMastership", onRpc: "request-chassis-routing-engine-switch", occurrence: 1 },
  { act: "InstallFormerMaster", onRpc: "request-package-add", occurrence: 2 },
  { act: "RebootFormerMaster", onRpc: "request-reboot", occurrence: 2 },
  { act: "RestoreRedundancy", onRpc: "load-configuration", occurrence: 3 },
];

type RouterFault = FaultKind & { readonly controlPlane?: string; readonly forSeconds?: number };

const FAULTS: readonly RouterFault[] = [
  { fault: "dropSession", executed: true },
  { fault: "dropSession", executed: false },
  { fault: "slowReply", seconds: 200, forSeconds: 900 },
  { fault: "commitFails", message: "configuration check-out failed" },
  { fault: "commitSynchronizeFails" },
  { fault: "installFails" },
  { fault: "diskFull", forSeconds: 3600 },
  { fault: "bootsOldRelease" },
  { fault: "bootsSlowly", seconds: 3000 },
  { fault: "bootsNever" },
  { fault: "engineHalted", controlPlane: "re1", forSeconds: 1800 },
  { fault: "engineHalted", controlPlane: "re0", forSeconds: 1800 },
  { fault: "mastershipMoves" },
  { fault: "lineCardsStuck", forSeconds: 2400 },
  { fault: "alarm", class: "Major", description: "Fan failed", source: "chassis" },
];

/** How a run may end, and what must be so then. */
async function endOf(run: FabricRun): Promise<string> {
  const ended = new Set(["Completed", "Failed", "Hung", "Unknown"]);
  const campaign = await run.until(
    "an end",
    async () => {
      const found = await run.campaign();
      return ended.has(found.status?.phase ?? "") ? found : undefined;
    },
    12 * 3600,
  );
  const phase = campaign.status?.phase ?? "";
  // What hangs because something outside is broken goes on once that is whole again.
  if (phase === "Hung" || phase === "Unknown") await run.pass(2 * 3600);
  return (await run.campaign()).status?.phase ?? phase;
}

async function check(run: FabricRun): Promise<string> {
  const end = await endOf(run);
  const device = run.device("spine1");
  const ledger = ((await run.fabric()).status?.outOfService ?? []).map((entry) => entry.device);
  const asFound = run.configurationOf("spine1") === run.foundConfigurationOf("spine1");
  const { controlPlanes } = device.truth();
  for (const { name, counters } of controlPlanes) {
    // An installation that was cut off or failed may be made again, a boot never.
    expect(counters.installsFinished, `${name} installs`).to.be.at.most(1);
    // The engine that is halted boots once more when it is whole again, without anybody having asked.
    expect(counters.reboots, `${name} reboots`).to.be.at.most(1);
  }
  expect(run.lost, "lost packets").to.equal(0);
  switch (end) {
    case "Completed":
      expect(controlPlanes.map(({ release }) => release)).to.deep.equal([TARGET_RELEASE, TARGET_RELEASE]);
      expect(asFound, "configuration as found").to.equal(true);
      expect(ledger).to.deep.equal([]);
      return "Completed";
    default: {
      const upgrade = await run.upgrade("spine1");
      expect(upgrade?.status?.message, "people are told").to.match(/\S/);
      if (ledger.length === 0 && !asFound) {
        // An engine that is gone cannot be made redundant: traffic goes first, and what is left is told to the letter.
        const restored = upgrade?.status?.steps?.find(({ name }) => name === "RestoreRedundancy");
        expect(restored?.message, "in service, not as found").to.contain("by hand: activate");
      }
      return ledger.length === 0 ? `${end}, in service` : `${end}, drained`;
    }
  }
}

describe("drivers: faults at each act on a router", function () {
  this.timeout(WHOLE_SWEEP ? 3_600_000 : 240_000);

  it("RE-8 N5 HL-1 hold in every run: nothing twice, nothing lost, in service or told", async () => {
    const runs = FAULTS.flatMap((fault) => MOMENTS.map((moment) => ({ fault, moment })));
    const outcomes = new Map<string, number>();
    for (const [index, { fault, moment }] of runs.entries()) {
      if (!WHOLE_SWEEP && index % SAMPLE !== 0) continue;
      const { act, ...when } = moment;
      const run = await startFabricRun({
        stage: mixedFabric(),
        campaign: routers({ spine1: "mx" }),
        faults: [{ device: "spine1", ...fault, when }],
      });
      try {
        const outcome = await check(run);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        if (WHOLE_SWEEP) process.stdout.write(`      ${act} × ${JSON.stringify(fault)}: ${outcome}\n`);
      } catch (error) {
        throw new Error(`${act} × ${JSON.stringify(fault)}: ${await run.describe()}`, { cause: error });
      } finally {
        await run.stop();
      }
    }
    const told = [...outcomes].map(([outcome, count]) => `${String(count)} ${outcome}`).join("; ");
    process.stdout.write(`      ${told}\n`);
  });
});
