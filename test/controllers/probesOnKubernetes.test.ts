/** Probes by a Job on a real API server. There is no kubelet: the test ends the Jobs as it would. */
import { expect } from "chai";
import type { Job } from "../../src/api/coreKinds.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { Store } from "../../src/store/store.ts";
import { completeJob } from "../support/cluster/completeJob.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import { applyToyObjects, toyDevices } from "./toyFabric.ts";
import { startToyController, untilEnded, type ToyController, type ToyStage } from "./toyRun.ts";

const SPEED = 60;

describeWithCluster("controllers: probes by a Job on a Kubernetes API server", (cluster) => {
  let store: Store;
  let stage: ToyStage;
  let controller: ToyController | undefined;

  beforeEach(async () => {
    const namespace = await newNamespace(cluster());
    store = kubernetesStore({
      kubeConfig: kubeConfigOf(cluster()),
      clock: { monotonicMilliseconds: () => performance.now() },
    });
    const now = Date.now();
    const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: SPEED });
    stage = { clock, store, namespace, devices: toyDevices(clock), settled: (promise) => promise };
    const cronJob = ["create", "cronjob", "smoke", "--image=smoke:1", "--schedule=0 0 1 1 *"];
    await kubectl(cluster(), ["-n", namespace, ...cronJob]);
  });

  afterEach(async () => {
    await controller?.running.stop();
    await store.close();
  });

  async function begin(
    points: readonly ("BeforeBatch" | "BeforeDevice" | "AfterDevice")[],
    timeout = "1h",
  ): Promise<void> {
    const probe = { name: "smoke", points: [...points], job: { cronJobRef: { name: "smoke" }, timeout } };
    await applyToyObjects(store, stage.namespace, [probe]);
    controller = await startToyController(stage);
  }

  /** The Jobs that have not ended yet, at least one. */
  async function openJobs(): Promise<readonly Job[]> {
    return eventually(async () => {
      const jobs = await store.list("Job", stage.namespace);
      const open = jobs.filter(({ status }) => status?.conditions === undefined);
      if (open.length === 0) throw new Error("no Job runs");
      return open;
    });
  }

  async function phase(wanted: string): Promise<UpgradeCampaign> {
    return eventually(async () => {
      const campaign = await store.get("UpgradeCampaign", { namespace: stage.namespace, name: "toys" });
      if (campaign?.status?.phase !== wanted) throw new Error(JSON.stringify(campaign?.status));
      return campaign;
    });
  }

  it("HC-2 one Job for each occasion; the campaign goes on as they complete", async function () {
    this.timeout(90_000);
    await begin(["BeforeBatch", "BeforeDevice", "AfterDevice"]);
    const asked: string[] = [];
    for (let count = 0; count < 6; count += 1) {
      const [job] = await openJobs();
      if (job === undefined) throw new Error("no Job");
      const env = job.spec.template.spec?.containers?.[0]?.env ?? [];
      asked.push(
        env
          .filter(({ name }) => name !== "HITLESS_CAMPAIGN")
          .map(({ value }) => value)
          .join(" "),
      );
      await completeJob(cluster(), job.metadata);
    }
    expect((await untilEnded(stage, 3600)).status?.phase).to.equal("Completed");
    expect(asked).to.deep.equal([
      "BeforeBatch 1",
      "BeforeDevice leaf1",
      "AfterDevice leaf1",
      "BeforeBatch 2",
      "BeforeDevice leaf2",
      "AfterDevice leaf2",
    ]);
    const owners = await kubectl(cluster(), [
      "-n",
      stage.namespace,
      "get",
      "jobs",
      "-o",
      "jsonpath={.items[*].metadata.ownerReferences[0].kind}",
    ]);
    expect(owners).to.equal(Array(6).fill("UpgradeCampaign").join(" "));
  });

  it("HC-3 a Job that fails stops its device untouched; deleted, it runs again", async function () {
    this.timeout(90_000);
    await begin(["BeforeDevice"]);
    const [first] = await openJobs();
    if (first === undefined) throw new Error("no Job");
    await completeJob(cluster(), first.metadata, "Failed");
    const blocked = await phase("Blocked");
    const ready = blocked.status?.conditions?.find(({ type }) => type === "Ready");
    expect(ready?.message).to.contain(`Job ${first.metadata.name} has failed (BackoffLimitExceeded)`);
    expect(stage.devices.get("leaf1")).to.include({ drained: false, installs: 0 });
    await kubectl(cluster(), ["-n", stage.namespace, "delete", "job", first.metadata.name, "--wait=false"]);
    for (let count = 0; count < 2; count += 1) {
      const [job] = await openJobs();
      if (job !== undefined) await completeJob(cluster(), job.metadata);
    }
    expect((await untilEnded(stage, 7200)).status?.phase).to.equal("Completed");
  });
});
