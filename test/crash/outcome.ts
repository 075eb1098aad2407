/** What must be true at the end of a run on the crash stage, whoever was killed or stopped meanwhile. */
import { expect } from "chai";
import type { TwinReport } from "../../src/cli/twin/twinReport.ts";
import { eventually } from "../support/eventually.ts";
import type { CrashStage } from "./crashStage.ts";
import { actsOf, epochsOf, type ProcessRecord } from "./record.ts";

/**
 * Waits for the end. Each of the devices was installed and rebooted once by its own count, the others never; nothing
 * that the plan keeps connected lost a packet; nothing is left behind on a device or at an object.
 */
export async function expectHitless(stage: CrashStage, devices: readonly string[]): Promise<TwinReport> {
  const { replicas, simulator, store, found, campaignKey, fabricKey } = stage;
  const campaign = await Promise.race([stage.over, replicas.broken]);
  expect(campaign.status?.phase, JSON.stringify(campaign.status)).to.equal("Completed");

  const report = await stage.report();
  expect(report.devices.map(({ name }) => name)).to.have.members(devices);
  expect(report.packets.losing, "flows that lost packets").to.deep.equal([]);
  expect(report.packets.others.lost, "packets lost").to.equal(0);
  for (const device of await simulator.ask({ ask: "facts" })) {
    const { name, counters, received } = device;
    const times = devices.includes(name) ? 1 : 0;
    expect(counters, name).to.include({ installsStarted: times, installsFinished: times, reboots: times });
    for (const rpc of ["request-package-add", "request-reboot"]) {
      expect(received.get(rpc) ?? 0, `${rpc} sent to ${name}`).to.equal(times);
    }
    const before = found.find((each) => each.name === name);
    const release = times === 1 ? "23.4R2-S3.9" : before?.release;
    expect(device, name).to.include({ power: "Running", release });
    const configuration = statementsOf(before?.configuration ?? "");
    expect(statementsOf(device.configuration), `the configuration of ${name}`).to.equal(configuration);
  }

  const fabric = await store.get("Fabric", fabricKey);
  expect(fabric?.status?.outOfService, "the ledger").to.deep.equal([]);
  const { credentialsSecretRef, knownHostsRef } = fabric?.spec.connection ?? {};
  await eventually(async () => {
    const held = [
      await store.get("UpgradeCampaign", campaignKey),
      await store.get("Fabric", fabricKey),
      await store.get("Secret", { ...fabricKey, name: credentialsSecretRef?.name ?? "" }),
      await store.get("ConfigMap", { ...fabricKey, name: knownHostsRef?.name ?? "" }),
      ...(await store.list("DeviceUpgrade", fabricKey.namespace)),
    ].filter((object) => object === undefined || (object.metadata.finalizers ?? []).length > 0);
    expect(held, "held by finalizers, or gone").to.deep.equal([]);
  });
  return report;
}

/** Without the release that every commit writes into it. */
function statementsOf(configuration: string): string {
  return configuration.replace(/^version .*;$/m, "");
}

export interface Leading {
  readonly records: readonly ProcessRecord[];
  /** How often the lead was taken. */
  readonly epochs: number;
  /** What the controllers have written and sent. */
  readonly acts: number;
}

/** Ends the controllers. The Lease has counted every epoch, and each of them was led by some process that says so. */
export async function expectCountedEpochs({ replicas, store, fabricKey }: CrashStage): Promise<Leading> {
  await replicas.end();
  const records = replicas.all.map(({ said }, index) => ({ name: `controller ${String(index + 1)}`, said }));
  const lease = await store.get("Lease", { ...fabricKey, name: `hitless-${fabricKey.name}` });
  const epochs = lease?.spec.leaseTransitions ?? 0;
  expect([...epochsOf(records).keys()].toSorted((one, other) => one - other)).to.deep.equal(
    Array.from({ length: epochs }, (_each, index) => index + 1),
  );
  const acts = records.reduce((sum, record) => sum + actsOf(record).length, 0);
  return { records, epochs, acts };
}
