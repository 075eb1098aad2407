/** `mode: TestRun` as people meet it: kubectl, a real API server, devices behind SSH, and not one write on any of them. */
import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { startController, type RunningController } from "../../src/controllers/controller.ts";
import { dialSsh } from "../../src/controllers/device/devicePool.ts";
import { DRIVERS } from "../../src/drivers/registry.ts";
import { createLogger } from "../../src/observability/logger.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Store } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { applyFabric, campaignDraft, imageDraft, only, simulation } from "../support/smallFabric.ts";

const SPEED = 30;
const KINDS = ["Secret", "ConfigMap", "Fabric", "DeviceImage", "UpgradeCampaign"] as const;

describeWithCluster("controllers: a test run on a Kubernetes API server", (cluster) => {
  let simulator: FabricSimulator;
  let store: Store;
  let controller: RunningController;
  let namespace: string;

  before(async function () {
    this.timeout(60_000);
    const now = Date.now();
    const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: SPEED });
    simulator = createFabricSimulator({ description: simulation(), clock });
    const served = await simulator.serve({ freePorts: true });
    namespace = await newNamespace(cluster());
    await kubectl(cluster(), ["apply", "--server-side", "-f", await manifests(served)]);
    store = kubernetesStore({
      kubeConfig: kubeConfigOf(cluster()),
      clock: { monotonicMilliseconds: () => performance.now() },
      namespaces: [namespace],
    });
    simulator.inject({
      device: "leaf1",
      fault: "alarm",
      class: "Minor",
      description: "Fan tray",
      source: "chassis",
    });
    controller = await startController({
      store,
      clock,
      drivers: DRIVERS,
      dial: dialSsh,
      log: createLogger({ level: "error", redact: [], stream: new PassThrough().resume() }),
      registerSecret: () => undefined,
    });
  });

  after(async () => {
    await controller.stop();
    await simulator.close();
    await store.close();
  });

  /** A file with what somebody applies: fabric, login, host keys, image and campaign. */
  async function manifests(served: Parameters<typeof applyFabric>[1]): Promise<string> {
    const drafts = memoryStore({ clock: { now: () => 0 } });
    await applyFabric(drafts, served, imageDraft());
    const approval = { policy: "Manual" as const };
    await drafts.create(
      "UpgradeCampaign",
      campaignDraft({ ...only("leaf1", "leaf3"), mode: "TestRun", approval }),
    );
    const items: object[] = [];
    for (const kind of KINDS) {
      for (const { status: _status, metadata, ...rest } of (await drafts.list(kind)).map(plain)) {
        items.push({ ...rest, metadata: { name: metadata.name, namespace } });
      }
    }
    const file = path.join(cluster().folder, `${namespace}.json`);
    await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    await drafts.close();
    return file;
  }

  async function inNamespace(...args: readonly string[]): Promise<string> {
    return kubectl(cluster(), ["-n", namespace, ...args]);
  }

  async function untilPhase(phase: string): Promise<void> {
    await inNamespace(
      "wait",
      "upgradecampaign",
      "--all",
      `--for=jsonpath={.status.phase}=${phase}`,
      "--timeout=60s",
    );
  }

  function expectNoWrites(): void {
    for (const [name, { counters }] of simulator.devices) {
      expect(counters, name).to.include({ writes: 0, commits: 0, installsStarted: 0, reboots: 0 });
    }
  }

  it("TR-2 TR-3 kubectl shows which device fails and why, and no device was written to", async function () {
    this.timeout(90_000);
    await untilPhase("Blocked");
    const campaigns = await inNamespace("get", "upgradecampaigns");
    expect(campaigns.split("\n")[1]).to.match(/^\S+ +Blocked +0\/2 /);
    const devices = await inNamespace("get", "deviceupgrades");
    expect(devices)
      .to.match(/leaf1.*HealthCheckFailed/)
      .and.to.match(/leaf3.*HealthCheckSuccessful/);
    const why = await inNamespace(
      "get",
      "upgradecampaigns",
      "-o",
      'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].message}',
    );
    expect(why)
      .to.contain("1 of 2 devices fail: leaf1")
      .and.to.contain("Chassis alarms: 1 (Minor: Fan tray)");
    expectNoWrites();
  });

  it("HC-4 a limit that is changed by kubectl patch makes it run again by itself, and it turns green", async function () {
    this.timeout(90_000);
    const checks = [{ name: "chassisAlarms", max: 1 }];
    await inNamespace(
      "patch",
      ...(await inNamespace("get", "upgradecampaigns", "-o", "name")).trim().split("\n"),
      "--type=merge",
      "-p",
      JSON.stringify({ spec: { healthChecks: { checks } } }),
    );
    await untilPhase("Tested");
    await inNamespace("wait", "upgradecampaign", "--all", "--for=condition=Ready", "--timeout=10s");
    const rows = await inNamespace(
      "get",
      "deviceupgrades",
      "-o",
      'jsonpath={range .items[*].status.health[?(@.check=="chassisAlarms")]}{.phase} {.observed} {.threshold} {.passed}{"\\n"}{end}',
    );
    expect(rows.trim().split("\n")).to.have.lengthOf(2);
    expect(rows).to.contain("Test 1 (Minor: Fan tray) at most 1 alarms true");
    expectNoWrites();
  });

  it("TR-3 holds nothing and leaves nothing: no device in the ledger, no backup", async () => {
    const ledger = await inNamespace("get", "fabrics", "-o", "jsonpath={.items[0].status.outOfService}");
    expect(["", "[]"]).to.include(ledger);
    const secrets = await inNamespace("get", "secrets", "-o", "jsonpath={.items[*].type}");
    expect(secrets).not.to.contain("hitless.dev/backup");
  });
});

/** An object without its type, to be taken apart. */
function plain<O extends { readonly metadata: { readonly name: string } }>(
  object: O,
): O & { readonly status?: unknown } {
  return object;
}
