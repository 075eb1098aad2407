/** The same controller, the same toy devices, and a real API server in place of the memory store. */
import { expect } from "chai";
import type { Effect } from "../../src/controllers/leadership/effects.ts";
import type { Store } from "../../src/store/store.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { applyToyObjects, TARGET, toyDevices } from "./toyFabric.ts";
import { startToyController, untilEnded, type ToyController, type ToyStage } from "./toyRun.ts";

const SPEED = 60;

describeWithCluster("controllers: a campaign on a Kubernetes API server", (cluster) => {
  const stores: Store[] = [];
  const controllers: ToyController[] = [];

  const openStore = (): Store => {
    const store = kubernetesStore({
      kubeConfig: kubeConfigOf(cluster()),
      clock: { monotonicMilliseconds: () => performance.now() },
    });
    stores.push(store);
    return store;
  };

  async function stageOnCluster(): Promise<ToyStage> {
    const now = Date.now();
    const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: SPEED });
    const store = openStore();
    const namespace = await newNamespace(cluster());
    await applyToyObjects(store, namespace);
    return { clock, store, namespace, devices: toyDevices(clock), settled: (promise) => promise };
  }

  afterEach(async () => {
    const all = controllers.splice(0);
    // A killed one never comes to rest; it is only told to end its timers.
    for (const { gate, running } of all) if (gate.dead) void running.stop();
    await Promise.all(all.filter(({ gate }) => !gate.dead).map(({ running }) => running.stop()));
    await Promise.all(stores.splice(0).map((store) => store.close()));
  });

  it("EX-13 FX-12 runs to the end, and kubectl shows it as done", async function () {
    this.timeout(90_000);
    const stage = await stageOnCluster();
    controllers.push(await startToyController(stage));
    const campaign = await untilEnded(stage, 3600);
    expect(campaign.status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) {
      expect(stage.devices.get(name), name).to.include({
        release: TARGET,
        reboots: 1,
        installs: 1,
        drained: false,
      });
    }
    const fabric = await stage.store.get("Fabric", { namespace: stage.namespace, name: "dc1" });
    expect(fabric?.status?.outOfService).to.deep.equal([]);
    const waited = await kubectl(cluster(), [
      "-n",
      stage.namespace,
      "wait",
      "--for=condition=Succeeded",
      "--timeout=10s",
      "upgradecampaign/toys",
    ]);
    expect(waited).to.contain("condition met");
    const devices = await kubectl(cluster(), ["-n", stage.namespace, "get", "deviceupgrades"]);
    expect(devices.match(/HitlessImageUpgradeSuccessful/g)).to.have.lengthOf(2);
  });

  it("EX-9 N5 is taken over by a second controller each time the one that leads is killed", async function () {
    this.timeout(150_000);
    const stage = await stageOnCluster();
    const leases = { leaseDurationSeconds: 3, intentValidSeconds: 2 };
    const fatal = ["leaf1 WriteIntent", "leaf1 Reboot", "leaf2 DrainRoutes", "leaf2 UndrainRoutes"];
    const killed: string[] = [];

    const startOne = async (): Promise<void> => {
      const gate = { dead: false };
      const after = async ({ object, action }: Effect): Promise<void> => {
        const effect = `${object} ${action}`;
        if (effect !== fatal[killed.length]) return;
        killed.push(effect);
        gate.dead = true;
        void startOne();
        await new Promise<never>(() => undefined);
      };
      const own = { ...stage, store: openStore() };
      controllers.push(await startToyController(own, { gate, hooks: { after }, ...leases }));
    };
    await startOne();

    const campaign = await untilEnded(stage, 7200);
    expect(killed).to.deep.equal(fatal);
    expect(campaign.status?.phase).to.equal("Completed");
    for (const name of ["leaf1", "leaf2"]) {
      const expected = {
        release: TARGET,
        reboots: 1,
        installs: 1,
        rawReboots: 0,
        pairOut: 0,
        drained: false,
      };
      expect(stage.devices.get(name), name).to.include(expected);
    }
    const lease = await stage.store.get("Lease", { namespace: stage.namespace, name: "hitless-dc1" });
    expect(lease?.spec.leaseTransitions).to.equal(fatal.length + 1);
  });
});
