/** What a campaign is made of, as its objects show it, and what an upgrade means for a device. */
import { expect } from "chai";
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";
import { LABELS } from "../../src/api/names.ts";
import { loadPlan } from "../../src/controllers/campaign/planStore.ts";
import { DRIVERS, driverOf } from "../../src/drivers/registry.ts";
import { chassisFabric } from "../support/chassisFabric.ts";
import { startFabricRun, type FabricRun } from "../support/fabricRun.ts";
import { CAMPAIGN, DEVICES, NAMESPACE } from "../support/smallFabric.ts";

describe("drivers: a campaign from its plan to its steps", function () {
  this.timeout(60_000);

  let run: FabricRun;
  let upgrades: readonly DeviceUpgrade[];
  before(async () => {
    run = await startFabricRun({ stage: chassisFabric() });
    await run.untilPhase("Completed");
    upgrades = await run.store.list("DeviceUpgrade", NAMESPACE);
  });
  after(() => run.stop());

  it("PL-13 campaign, batches, devices, steps: each level names the one above, and each step of the procedure is there", async () => {
    const plan = (await loadPlan(run.store, await run.campaign()))?.plan;
    const { devices } = (await run.fabric()).spec;
    expect(plan?.batches.flatMap((batch) => batch.devices).toSorted()).to.deep.equal([...DEVICES].toSorted());
    for (const { metadata, spec, status } of upgrades) {
      const batch = plan?.batches.find(({ index }) => index === spec.batch);
      expect(batch?.devices, spec.deviceName).to.include(spec.deviceName);
      expect(metadata.labels).to.include({ [LABELS.campaign]: CAMPAIGN, [LABELS.batch]: String(spec.batch) });
      expect(metadata.ownerReferences?.map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal([
        `UpgradeCampaign ${CAMPAIGN}`,
      ]);
      const device = devices.find(({ name }) => name === spec.deviceName);
      const driver = device === undefined ? undefined : driverOf(DRIVERS, device);
      expect(spec.procedure).to.equal(driver?.procedure.name);
      expect(status?.steps?.map(({ name, state }) => `${name} ${state}`)).to.deep.equal(
        driver?.procedure.steps.map(({ name }) => `${name} Done`),
      );
    }
  });

  it("PL-13 batches begin in the order of the plan, and no device before the batch in front is done", async () => {
    const at = (upgrade: DeviceUpgrade, end: "startedAt" | "finishedAt"): number =>
      Date.parse(upgrade.status?.[end] ?? "");
    const batches = [...new Set(upgrades.map(({ spec }) => spec.batch))].toSorted((a, b) => a - b);
    expect(batches.length).to.be.greaterThan(2);
    for (const [index, batch] of batches.slice(1).entries()) {
      const ended = upgrades.filter(({ spec }) => spec.batch === batches[index]);
      const begun = upgrades.filter(({ spec }) => spec.batch === batch);
      const lastEnd = Math.max(...ended.map((upgrade) => at(upgrade, "finishedAt")));
      expect(Math.min(...begun.map((upgrade) => at(upgrade, "startedAt")))).to.be.at.least(lastEnd);
    }
  });

  it("FB-11 an upgrade is one of the operating system, and of the class that reboots: the plan says for how long each batch is out", async () => {
    const plan = (await loadPlan(run.store, await run.campaign()))?.plan;
    for (const { index, devices, impact } of plan?.batches ?? []) {
      expect(impact?.outSeconds ?? 0, `batch ${String(index)}`).to.be.greaterThan(600);
      for (const name of devices) expect(run.device(name).counters.reboots, name).to.be.greaterThan(0);
    }
    const steps = DRIVERS.map(({ procedure }) => procedure.steps.map(({ name }) => name));
    const reboots = /^Reboot|^InServiceUpgrade$/;
    expect(steps.every((names) => names.some((name) => reboots.test(name)))).to.equal(true);
  });
});
