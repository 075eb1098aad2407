/** Events of whole campaigns: in memory, and as `kubectl` shows them. */
import { expect } from "chai";
import type { Event } from "../../src/api/coreKinds.ts";
import type { Store } from "../../src/store/store.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { eventually } from "../support/eventually.ts";
import { applyToyObjects, toyDevices } from "./toyFabric.ts";
import { startToyController, toyStage, untilEnded, type ToyController, type ToyStage } from "./toyRun.ts";

/** All that a device may cost in events of one campaign. */
const EVENTS_PER_DEVICE = 10;

describe("controllers: the events of a run", () => {
  it("FX-12 tell the story of a campaign and of each device, in at most ten per device", async () => {
    const stage = await toyStage();
    const { running } = await startToyController(stage);
    await untilEnded(stage);
    await stage.settled(running.stop());
    const events = await stage.store.list("Event", stage.namespace);
    const told = (kind: string): string[] => [
      ...new Set(events.filter((each) => each.regarding?.kind === kind).map(({ reason }) => reason)),
    ];
    expect(told("UpgradeCampaign")).to.have.members(["Planned", "Approved", "Running", "Completed"]);
    expect(told("Fabric")).to.deep.equal(["Proven"]);
    expect(told("DeviceImage")).to.deep.equal(["Verified"]);
    for (const upgrade of await stage.store.list("DeviceUpgrade")) {
      const own = events.filter(({ regarding }) => regarding?.uid === upgrade.metadata.uid);
      expect(own.map(({ reason }) => reason)).to.include.members([
        "Validating",
        "Rebooting",
        "HitlessImageUpgradeSuccessful",
      ]);
      expect(own.length).to.be.at.most(EVENTS_PER_DEVICE);
      expect(own.map(({ related }) => related?.name)).to.include("toys");
      for (const { note } of own) expect(note).to.contain(upgrade.spec.deviceName);
    }
    expect(events.map(({ type }) => type)).not.to.include("Warning");
    await stage.store.close();
  });

  it("are only written once the status they tell of is saved", async () => {
    const stage = await toyStage();
    const early: string[] = [];
    const watched: Store = Object.assign(Object.create(stage.store), {
      ...methodsOf(stage.store),
      create: async (...[kind, draft, options]: Parameters<Store["create"]>) => {
        if (kind === "Event") {
          const event: Event = JSON.parse(JSON.stringify(draft));
          if (!(await isSaved(stage.store, event))) early.push(`${event.reason}: ${String(event.note)}`);
        }
        return stage.store.create(kind, draft, options);
      },
    });
    const { running } = await startToyController({ ...stage, store: watched });
    await untilEnded(stage);
    await stage.settled(running.stop());
    expect(early).to.deep.equal([]);
    expect(await stage.store.list("Event")).not.to.deep.equal([]);
  });

  it("that cannot be written hold up nobody", async () => {
    const stage = await toyStage();
    const refusing: Store = Object.assign(Object.create(stage.store), {
      ...methodsOf(stage.store),
      create: async (...[kind, draft, options]: Parameters<Store["create"]>) =>
        kind === "Event" ? new Promise<never>(() => undefined) : stage.store.create(kind, draft, options),
    });
    const { running } = await startToyController({ ...stage, store: refusing });
    const campaign = await untilEnded(stage);
    expect(campaign.status?.phase).to.equal("Completed");
    await stage.settled(running.stop());
  });

  describeWithCluster("on a Kubernetes API server", (cluster) => {
    let controller: ToyController | undefined;
    let store: Store | undefined;
    afterEach(async () => {
      await controller?.running.stop();
      await store?.close();
    });

    it("FX-12 MO-1 MO-4 are shown by kubectl events and kubectl describe, as old as they are", async function () {
      this.timeout(90_000);
      const namespace = await newNamespace(cluster());
      const now = Date.now();
      // Devices live an hour in a minute; people do not.
      const clock = scaledClock({ anchorModel: now + 86_400_000, anchorReal: now, speed: 60 });
      store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
      await applyToyObjects(store, namespace);
      const stage: ToyStage = {
        clock,
        store,
        namespace,
        devices: toyDevices(clock),
        settled: (promise) => promise,
      };
      controller = await startToyController(stage);
      await untilEnded(stage, 3600);

      const show = (...args: string[]): Promise<string> => kubectl(cluster(), ["-n", namespace, ...args]);
      const events = await eventually(async () => {
        const text = await show("events", "--for", "upgradecampaign/toys");
        expect(text).to.match(/Completed\s+UpgradeCampaign\/toys\s+2 devices run their image/);
        return text;
      });
      expect(events).to.match(/Normal\s+Planned\s+UpgradeCampaign\/toys\s+plan [0-9a-f]{12}: devices: 2/);
      expect(events, "ages by the clock on the wall").not.to.match(/<invalid>|unknown|-\d+s/);
      const described = await show("describe", "upgradecampaign", "toys");
      expect(described.split("Events:")[1]).to.match(/Normal\s+Approved\s.*hitless\.dev\/controller/);
      const [upgrade] = await store.list("DeviceUpgrade", namespace);
      const device = await show("describe", "deviceupgrade", upgrade?.metadata.name ?? "");
      expect(device.split("Events:")[1]).to.match(/Normal\s+Rebooting\s.*leaf1: begins Reboot/);
      const reasons = await show("get", "events", "--field-selector", "reason=Verified", "-o", "name");
      expect(reasons.trim().split("\n")).to.have.lengthOf(1);
    });
  });
});

function methodsOf(store: Store): Store {
  return {
    get: (...args) => store.get(...args),
    list: (...args) => store.list(...args),
    cached: (...args) => store.cached(...args),
    create: (...args) => store.create(...args),
    replace: (...args) => store.replace(...args),
    replaceStatus: (...args) => store.replaceStatus(...args),
    delete: (...args) => store.delete(...args),
    watch: (...args) => store.watch(...args),
    close: () => store.close(),
  };
}

/** Whether the state that an event tells of, or a later one, is in the store. */
async function isSaved(store: Store, { regarding, reason }: Event): Promise<boolean> {
  if (regarding?.kind === "DeviceUpgrade") {
    const found = await store.get("DeviceUpgrade", regarding);
    return found?.status?.startedAt !== undefined;
  }
  if (regarding?.kind === "UpgradeCampaign") {
    const found = await store.get("UpgradeCampaign", regarding);
    return reason === "Completed" ? found?.status?.phase === "Completed" : found?.status?.plan !== undefined;
  }
  return true;
}
