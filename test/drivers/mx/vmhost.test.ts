/** VM hosts that boot from the wrong set: where the run stops, what people are told, and that nobody reboots them again. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import { restoreParts } from "../../../src/cli/story/restore.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { chassisFabric } from "../../support/chassisFabric.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { OLD_RELEASE, TARGET_RELEASE } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

describe("drivers: VM hosts", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});

  async function stranded(run: FabricRun, device: string): Promise<{ message: string; commands: string[] }> {
    const { status } = await run.untilPhase("Failed");
    const failed = status?.failed?.[0];
    expect(failed).to.include({ device, reason: "VersionUnexpected" });
    const { reboots } = run.device(device).counters;
    await run.pass(2 * 3600);
    expect(run.device(device).counters.reboots, "nobody reboots it again").to.equal(reboots);
    expect((await run.fabric()).status?.outOfService?.map((each) => each.device)).to.deep.equal([device]);
    expect(run.lost).to.equal(0);
    const upgrade = await run.upgrade(device);
    if (upgrade === undefined) throw new Error("no upgrade");
    const [part] = restoreParts(upgrade);
    return { message: failed?.message ?? "", commands: [part?.at ?? "", ...(part?.commands ?? [])] };
  }

  it("RE-6 HL-10 a backup that boots its old set: the set and what the other one holds are told, with the way back on that engine", async () => {
    const run = await start({
      stage: mixedFabric(),
      campaign: assigned({ spine2: "mx-vmhost" }),
      faults: [{ device: "spine2", controlPlane: "re1", fault: "bootsOldRelease" }],
    });
    const { message, commands } = await stranded(run, "spine2");
    expect(message).to.contain(
      `re1 booted with ${OLD_RELEASE} instead of ${TARGET_RELEASE} from set p of the Primary disk; set b holds ${TARGET_RELEASE}`,
    );
    expect(commands).to.deep.equal([
      "device, on re1",
      "request vmhost software rollback",
      "request vmhost reboot",
    ]);
    expect(run.device("spine2").counters).to.include({ reboots: 1, switchovers: 0 });
  });

  it("RE-6 HL-10 the only engine of a QFX10002-60C likewise", async () => {
    const run = await start({
      stage: chassisFabric(),
      campaign: assigned({ spine2: "qfx10-host" }),
      faults: [{ device: "spine2", fault: "bootsOldRelease" }],
    });
    const { message, commands } = await stranded(run, "spine2");
    expect(message).to.contain("from set p of the Primary disk; set b holds");
    expect(commands).to.deep.equal(["device", "request vmhost software rollback", "request vmhost reboot"]);
  });

  it("RE-6 which set an upgraded engine booted from stands in the evidence of its step", async () => {
    const run = await start({ stage: chassisFabric(), campaign: assigned({ spine2: "qfx10-host" }) });
    await run.untilPhase("Completed");
    const steps = (await run.upgrade("spine2"))?.status?.steps ?? [];
    expect(steps.find(({ name }) => name === "Reboot")?.message).to.match(
      new RegExp(`with ${TARGET_RELEASE} from set b of the Primary disk; set p holds ${OLD_RELEASE}`),
    );
  });
});
