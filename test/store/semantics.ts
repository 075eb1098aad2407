/**
 * What every store has to do, whatever is behind it: the meaning of the Kubernetes API as this product relies on
 * it. Each adapter's test runs this suite. Every test works in a namespace of its own.
 */
import { expect } from "chai";
import type { Kind, ObjectOf } from "../../src/api/kinds.ts";
import { ownerReference } from "../../src/api/kinds.ts";
import type { StoreErrorCode } from "../../src/store/errors.ts";
import { StoreError } from "../../src/store/errors.ts";
import { update, updateStatus } from "../../src/store/retryOnConflict.ts";
import type { DraftMeta, Store, WatchEvent } from "../../src/store/store.ts";
import { keyOf } from "../../src/store/store.ts";
import { campaignDraft, configMapDraft, deviceUpgradeDraft, fabricDraft } from "./objects.ts";

export interface StoreUnderTest {
  readonly store: Store;
  /** An existing namespace that nobody else uses. */
  readonly namespace: string;
}

export interface SemanticsOptions {
  /** Whether something collects what a deleted object owned: a cluster has a controller for it, an API server alone has not. */
  readonly garbageCollection: boolean;
}

const FINALIZER = "hitless.dev/landing";

/** Declares the suite. `open` is called before each test; it must register its own clean-up. */
export function storeSemantics(
  open: () => Promise<StoreUnderTest>,
  { garbageCollection }: SemanticsOptions,
): void {
  let store: Store;
  let namespace: string;
  const meta = (name: string, more: Partial<DraftMeta> = {}): DraftMeta => ({ namespace, name, ...more });

  beforeEach(async () => {
    ({ store, namespace } = await open());
  });

  describe("create", () => {
    it("fills uid, resourceVersion, generation and creationTimestamp", async () => {
      const { metadata } = await store.create(
        "Fabric",
        fabricDraft(meta("dc1", { labels: { site: "north" } })),
      );
      expect(metadata.uid).to.match(/./);
      expect(metadata.resourceVersion).to.match(/./);
      expect(metadata.generation).to.equal(1);
      expect(metadata.creationTimestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(metadata.labels).to.deep.equal({ site: "north" });
    });

    it("gives Kubernetes' own kinds no generation", async () => {
      const created = await store.create("ConfigMap", configMapDraft(meta("a")));
      expect(created.metadata.generation).to.equal(0);
    });

    it("gives two objects two uids and two resourceVersions", async () => {
      const first = await store.create("ConfigMap", configMapDraft(meta("a")));
      const second = await store.create("ConfigMap", configMapDraft(meta("b")));
      expect(first.metadata.uid).not.to.equal(second.metadata.uid);
      expect(first.metadata.resourceVersion).not.to.equal(second.metadata.resourceVersion);
    });

    it("refuses a name that is taken, in the same namespace and kind only", async () => {
      await store.create("ConfigMap", configMapDraft(meta("same")));
      await store.create("Fabric", fabricDraft(meta("same")));
      await fails("AlreadyExists", store.create("ConfigMap", configMapDraft(meta("same"))));
    });

    it("ignores a status", async () => {
      const draft = { ...fabricDraft(meta("dc1")), status: { observedGeneration: 7 } };
      expect((await store.create("Fabric", draft)).status?.observedGeneration).to.equal(undefined);
    });

    it("sets the defaults of the schema", async () => {
      const draft = fabricDraft(meta("dc1"));
      draft.spec.redundancyGroups = [JSON.parse('{"name":"spines","members":["s1","s2"]}')];
      const created = await store.create("Fabric", draft);
      expect(created.spec.redundancyGroups?.[0]?.minAvailable).to.equal(1);
    });

    it("drops fields the schema does not know", async () => {
      const draft = fabricDraft(meta("dc1"));
      const unknownField = { colour: "red" };
      const created = await store.create("Fabric", {
        ...draft,
        spec: { ...draft.spec, ...unknownField },
      });
      expect(created.spec).not.to.have.property("colour");
    });

    it("names every field that breaks the schema", async () => {
      const draft = fabricDraft(meta("dc1"));
      const device = draft.spec.devices[0];
      if (device !== undefined) device.address = "";
      draft.spec.connection.port = 70_000;
      const error = await fails("Invalid", store.create("Fabric", draft));
      expect(error.causes.map(({ field }) => field)).to.have.members([
        "spec.devices[0].address",
        "spec.connection.port",
      ]);
    });

    it("refuses two entries of a map list with the same key", async () => {
      const draft = fabricDraft(meta("dc1"));
      const group = { name: "spines", members: ["s1", "s2"], minAvailable: 1 };
      draft.spec.redundancyGroups = [group, group];
      const error = await fails("Invalid", store.create("Fabric", draft));
      expect(error.causes[0]?.field).to.equal("spec.redundancyGroups[1]");
    });

    it("takes numbers and percentages where the schema says int-or-string, and nothing else", async () => {
      const draft = fabricDraft(meta("dc1"));
      draft.spec.redundancyGroups = [
        { name: "a", members: ["s1", "s2"], minAvailable: "50%" },
        { name: "b", members: ["s1", "s2"], minAvailable: 2 },
      ];
      await store.create("Fabric", draft);
      const wrong = fabricDraft(meta("dc2"));
      wrong.spec.redundancyGroups = [{ name: "a", members: ["s1", "s2"], minAvailable: 1.5 }];
      await fails("Invalid", store.create("Fabric", wrong));
    });

    for (const name of ["Upper", "under_score", "-dash", "a".repeat(254), ""]) {
      it(`refuses the name "${name.slice(0, 12)}"`, async () => {
        await fails("Invalid", store.create("ConfigMap", configMapDraft(meta(name))));
      });
    }

    it("refuses label values and finalizers that are none", async () => {
      const label = configMapDraft(meta("a", { labels: { device: "a/b" } }));
      await fails("Invalid", store.create("ConfigMap", label));
      const finalizer = configMapDraft(meta("b", { finalizers: ["landing"] }));
      await fails("Invalid", store.create("ConfigMap", finalizer));
    });

    it("refuses more than 1 MiB in a ConfigMap", async () => {
      const draft = configMapDraft(meta("a"), { data: { a: "x".repeat(1024 * 1024 + 1) } });
      await fails("Invalid", store.create("ConfigMap", draft));
    });

    it("refuses a time of a Lease without six decimals", async () => {
      const renewTime = "2026-03-01T10:00:00.000Z";
      await fails("Invalid", store.create("Lease", { metadata: meta("a"), spec: { renewTime } }));
    });
  });

  describe("get and list", () => {
    it("says undefined of what is not there", async () => {
      expect(await store.get("Fabric", { namespace, name: "dc1" })).to.equal(undefined);
    });

    it("reads what was written last", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      expect(await store.get("Fabric", keyOf(created))).to.deep.equal(created);
    });

    it("lists by name, and by labels that must all match", async () => {
      await store.create("ConfigMap", configMapDraft(meta("b", { labels: { x: "1", y: "1" } })));
      await store.create("ConfigMap", configMapDraft(meta("c", { labels: { x: "1" } })));
      await store.create("ConfigMap", configMapDraft(meta("a")));
      expect(names(await store.list("ConfigMap", namespace))).to.deep.equal(["a", "b", "c"]);
      const labelled = await store.list("ConfigMap", namespace, { labels: { x: "1", y: "1" } });
      expect(names(labelled)).to.deep.equal(["b"]);
    });

    it("lists one namespace, or all", async () => {
      const created = await store.create("ConfigMap", configMapDraft(meta("a")));
      expect(await store.list("ConfigMap", "elsewhere")).to.deep.equal([]);
      const uids = (await store.list("ConfigMap")).map(({ metadata }) => metadata.uid);
      expect(uids).to.include(created.metadata.uid);
    });

    it("hands out objects that nobody can change", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      expect(() => {
        created.spec.devices.length = 0;
      }).to.throw(TypeError);
      expect(() => {
        created.metadata.name = "other";
      }).to.throw(TypeError);
    });

    it("keeps nothing of what it was handed", async () => {
      const draft = fabricDraft(meta("dc1"));
      const created = await store.create("Fabric", draft);
      draft.spec.devices.length = 0;
      expect((await store.get("Fabric", keyOf(created)))?.spec.devices).to.have.length(1);
    });

    it("does nothing once the signal is aborted", async () => {
      const signal = AbortSignal.abort(new Error("stop"));
      const outcome = await store.create("ConfigMap", configMapDraft(meta("a")), { signal }).catch(String);
      expect(outcome).to.equal("Error: stop");
      expect(await store.get("ConfigMap", { namespace, name: "a" })).to.equal(undefined);
    });
  });

  describe("replace", () => {
    it("raises the generation when the spec changes, and only then", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const labelled = await changed("Fabric", created, (copy) => {
        copy.metadata.labels = { a: "b" };
      });
      expect(labelled.metadata.generation).to.equal(1);
      expect(labelled.metadata.resourceVersion).not.to.equal(created.metadata.resourceVersion);
      const moved = await changed("Fabric", labelled, (copy) => {
        copy.spec.drain.confirmTimeout = "5m";
      });
      expect(moved.metadata.generation).to.equal(2);
      expect(moved.metadata.labels).to.deep.equal({ a: "b" });
    });

    it("changes nothing when nothing changed", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      expect((await store.replace("Fabric", created)).metadata).to.deep.equal(created.metadata);
    });

    it("keeps the status, whatever it is handed", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const told = await store.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      const replaced = await store.replace("Fabric", { ...told, status: { observedGeneration: 99 } });
      expect(replaced.status).to.deep.equal({ observedGeneration: 1 });
      expect(replaced.metadata.resourceVersion).to.equal(told.metadata.resourceVersion);
    });

    it("refuses an object that was changed since it was read", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      await changed("Fabric", created, (copy) => {
        copy.spec.drain.quietBitsPerSecond = 1;
      });
      await fails("Conflict", store.replace("Fabric", created));
      await fails("Conflict", store.replaceStatus("Fabric", created));
    });

    it("refuses an object that was deleted and made anew", async () => {
      const old = await store.create("ConfigMap", configMapDraft(meta("a")));
      await store.delete("ConfigMap", keyOf(old));
      const { metadata } = await store.create("ConfigMap", configMapDraft(meta("a")));
      const { resourceVersion } = metadata;
      await fails(
        "Conflict",
        store.replace("ConfigMap", { ...old, metadata: { ...old.metadata, resourceVersion } }),
      );
    });

    it("refuses an object without resourceVersion, and one that is not there", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const blind = { ...created, metadata: { ...created.metadata, resourceVersion: "" } };
      await fails("Invalid", store.replace("Fabric", blind));
      await store.delete("Fabric", keyOf(created));
      await fails("NotFound", store.replace("Fabric", created));
      await fails("NotFound", store.replaceStatus("Fabric", created));
    });

    it("lets one of two writers win", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const writers = ["1m", "2m"].map((confirmTimeout) =>
        store.replace("Fabric", {
          ...created,
          spec: { ...created.spec, drain: { ...created.spec.drain, confirmTimeout } },
        }),
      );
      const outcomes = await Promise.allSettled(writers);
      expect(outcomes.map(({ status }) => status)).to.have.members(["fulfilled", "rejected"]);
    });

    it("keeps what the server keeps", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const forged = await changed("Fabric", created, (copy) => {
        copy.metadata.creationTimestamp = "2001-01-01T00:00:00Z";
        copy.metadata.deletionTimestamp = "2001-01-01T00:00:00Z";
        copy.metadata.generation = 9;
        copy.spec.drain.confirmTimeout = "5m";
      });
      expect(forged.metadata.creationTimestamp).to.equal(created.metadata.creationTimestamp);
      expect(forged.metadata).not.to.have.property("deletionTimestamp");
      expect(forged.metadata.generation).to.equal(2);
    });

    it("refuses another fabric for a campaign, by the schema's transition rule", async () => {
      const created = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
      const moved = structuredClone(created);
      moved.spec.fabricRef.name = "dc2";
      const error = await fails("Invalid", store.replace("UpgradeCampaign", moved));
      expect(error.causes).to.deep.equal([
        { field: "spec.fabricRef", message: "fabricRef cannot be changed; make a new campaign" },
      ]);
    });

    it("refuses to change what is immutable", async () => {
      const contents = { data: { plan: "a" }, immutable: true };
      const plan = await store.create("ConfigMap", configMapDraft(meta("plan"), contents));
      await fails("Immutable", store.replace("ConfigMap", { ...plan, data: { plan: "b" } }));
      await fails("Immutable", store.replace("ConfigMap", { ...plan, immutable: false }));
      const labelled = { ...plan, metadata: { ...plan.metadata, labels: { a: "b" } } };
      expect((await store.replace("ConfigMap", labelled)).data).to.deep.equal({ plan: "a" });
    });
  });

  describe("replaceStatus", () => {
    it("leaves nothing of the status before that the new one does not have", async () => {
      const created = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("a")));
      const step = { name: "Stage", state: "Running", attempts: 1 } as const;
      const told = await store.replaceStatus("DeviceUpgrade", {
        ...created,
        status: {
          state: "Staging",
          message: "fetches",
          found: { version: "21.4R3.5", bootedAt: "2026-01-01T00:00:00Z" },
          steps: [{ ...step, message: "half of it" }],
        },
      });
      const after = { ...told.status, steps: [step, { ...step, name: "Install" }] };
      delete after.message;
      delete after.found;
      const next = await store.replaceStatus("DeviceUpgrade", { ...told, status: after });
      expect(next.status).to.deep.equal(after);
      expect((await store.get("DeviceUpgrade", keyOf(next)))?.status).to.deep.equal(after);
    });

    it("writes the status and nothing else", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const copy = structuredClone(created);
      copy.spec.drain.confirmTimeout = "5m";
      copy.metadata.labels = { a: "b" };
      copy.status = { observedGeneration: 1 };
      const told = await store.replaceStatus("Fabric", copy);
      expect(told.status).to.deep.equal({ observedGeneration: 1 });
      expect(told.spec).to.deep.equal(created.spec);
      expect(told.metadata).not.to.have.property("labels");
      expect(told.metadata.generation).to.equal(1);
      expect(told.metadata.resourceVersion).not.to.equal(created.metadata.resourceVersion);
    });

    it("changes nothing when nothing changed", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const told = await store.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      const again = await store.replaceStatus("Fabric", told);
      expect(again.metadata.resourceVersion).to.equal(told.metadata.resourceVersion);
    });

    it("refuses a status that breaks the schema", async () => {
      const created = await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("a")));
      const error = await fails(
        "Invalid",
        store.replaceStatus("DeviceUpgrade", { ...created, status: { percent: 101 } }),
      );
      expect(error.causes[0]?.field).to.equal("status.percent");
    });

    it("refuses two entries for one device in the ledger", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const entry = { device: "leaf1", holder: "a", reason: "upgrade", since: "2026-03-01T10:00:00Z" };
      await fails(
        "Invalid",
        store.replaceStatus("Fabric", { ...created, status: { outOfService: [entry, entry] } }),
      );
    });
  });

  describe("update and updateStatus", () => {
    it("lets no writer undo another's write", async () => {
      const { metadata } = await store.create("Fabric", fabricDraft(meta("dc1")));
      const target = { store, kind: "Fabric" as const, key: metadata };
      const devices = Array.from({ length: 16 }, (_, index) => `leaf${index}`);
      await Promise.all(
        devices.map((device) =>
          updateStatus(target, (copy) => {
            const since = "2026-03-01T10:00:00Z";
            const entry = { device, holder: "a", reason: "upgrade", since };
            copy.status = { ...copy.status, outOfService: [...(copy.status?.outOfService ?? []), entry] };
          }),
        ),
      );
      const ledger = (await store.get("Fabric", metadata))?.status?.outOfService ?? [];
      expect(ledger.map(({ device }) => device)).to.have.members(devices);
    });

    it("writes nothing when the change says no", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const target = { store, kind: "Fabric" as const, key: created.metadata };
      expect(await update(target, () => false)).to.deep.equal(created);
    });

    it("says NotFound of what is not there", async () => {
      const target = { store, kind: "Fabric" as const, key: { namespace, name: "dc1" } };
      await fails(
        "NotFound",
        update(target, () => undefined),
      );
    });
  });

  describe("delete", () => {
    it("removes an object", async () => {
      const created = await store.create("ConfigMap", configMapDraft(meta("a")));
      await store.delete("ConfigMap", keyOf(created));
      expect(await store.get("ConfigMap", keyOf(created))).to.equal(undefined);
      await fails("NotFound", store.delete("ConfigMap", keyOf(created)));
    });

    it("refuses another uid and another resourceVersion than the object's", async () => {
      const created = await store.create("ConfigMap", configMapDraft(meta("a")));
      await fails("Conflict", store.delete("ConfigMap", keyOf(created), { uid: "other" }));
      await fails("Conflict", store.delete("ConfigMap", keyOf(created), { resourceVersion: "999999999" }));
      const { uid, resourceVersion } = created.metadata;
      await store.delete("ConfigMap", keyOf(created), { uid, resourceVersion });
    });

    it("only marks an object with finalizers, which goes with the last of them", async () => {
      const draft = fabricDraft(meta("dc1", { finalizers: [FINALIZER, "example.org/other"] }));
      const created = await store.create("Fabric", draft);
      await store.delete("Fabric", keyOf(created));
      const marked = await existing("Fabric", "dc1");
      expect(marked.metadata.deletionTimestamp).to.match(/Z$/);
      expect(marked.metadata.generation).to.equal(2);

      await store.delete("Fabric", keyOf(created));
      expect(await existing("Fabric", "dc1")).to.deep.equal(marked);

      const one = await changed("Fabric", marked, (copy) => {
        copy.metadata.finalizers = [FINALIZER];
      });
      expect(one.metadata.deletionTimestamp).to.equal(marked.metadata.deletionTimestamp);
      await changed("Fabric", one, (copy) => {
        copy.metadata.finalizers = [];
      });
      expect(await store.get("Fabric", keyOf(created))).to.equal(undefined);
    });

    it("takes status writes, but no new finalizers, while an object is being deleted", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1", { finalizers: [FINALIZER] })));
      await store.delete("Fabric", keyOf(created));
      const marked = await existing("Fabric", "dc1");
      const told = await store.replaceStatus("Fabric", { ...marked, status: { observedGeneration: 2 } });
      const finalizers = [FINALIZER, "example.org/other"];
      const error = await fails(
        "Invalid",
        store.replace("Fabric", { ...told, metadata: { ...told.metadata, finalizers } }),
      );
      expect(error.causes[0]?.field).to.equal("metadata.finalizers");
    });
  });

  // On a cluster this is the work of the controller manager, not of the API server.
  if (garbageCollection) {
    describe("owners", () => {
      it("deletes what a deleted object owned, and what that owned", async () => {
        const owner = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
        const child = await store.create(
          "DeviceUpgrade",
          deviceUpgradeDraft(meta("c-leaf1", { ownerReferences: [ownerReference(owner)] })),
        );
        const ownerReferences = [ownerReference(child)];
        await store.create("ConfigMap", configMapDraft(meta("grandchild", { ownerReferences })));
        await store.create("ConfigMap", configMapDraft(meta("stranger")));
        await store.delete("UpgradeCampaign", keyOf(owner));
        await until(
          store,
          "ConfigMap",
          () => store.list("ConfigMap", namespace),
          (list) => list.length === 1,
        );
        expect(await store.list("DeviceUpgrade", namespace)).to.deep.equal([]);
        expect(names(await store.list("ConfigMap", namespace))).to.deep.equal(["stranger"]);
      });

      it("keeps a child that has another owner", async () => {
        const first = await store.create("ConfigMap", configMapDraft(meta("first")));
        const second = await store.create("ConfigMap", configMapDraft(meta("second")));
        const ownerReferences = [first, second].map((owner) => ({
          ...ownerReference(owner),
          controller: false,
        }));
        await store.create("Fabric", fabricDraft(meta("child", { ownerReferences })));
        await store.delete("ConfigMap", keyOf(first));
        const owners = await until(
          store,
          "Fabric",
          async () => (await existing("Fabric", "child")).metadata.ownerReferences ?? [],
          (references) => references.length === 1,
        );
        expect(owners[0]?.uid).to.equal(second.metadata.uid);
      });

      it("waits for a child's finalizers", async () => {
        const owner = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
        const ownerReferences = [ownerReference(owner)];
        const draft = deviceUpgradeDraft(meta("c-leaf1", { ownerReferences, finalizers: [FINALIZER] }));
        await store.create("DeviceUpgrade", draft);
        await store.delete("UpgradeCampaign", keyOf(owner));
        const child = await until(
          store,
          "DeviceUpgrade",
          async () => existing("DeviceUpgrade", "c-leaf1"),
          ({ metadata }) => metadata.deletionTimestamp !== undefined,
        );
        await changed("DeviceUpgrade", child, (copy) => {
          copy.metadata.finalizers = [];
        });
        expect(await store.list("DeviceUpgrade", namespace)).to.deep.equal([]);
      });

      it("deletes a child that is made after its owner went", async () => {
        const owner = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
        await store.delete("UpgradeCampaign", keyOf(owner));
        await store.create("UpgradeCampaign", campaignDraft(meta("c")));
        const ownerReferences = [ownerReference(owner)];
        await store.create("DeviceUpgrade", deviceUpgradeDraft(meta("c-leaf1", { ownerReferences })));
        await until(
          store,
          "DeviceUpgrade",
          () => store.list("DeviceUpgrade", namespace),
          (list) => list.length === 0,
        );
      });
    });
  }

  describe("watch", () => {
    let controller: AbortController;

    beforeEach(() => {
      controller = new AbortController();
    });
    afterEach(() => controller.abort());

    it("tells of all there is, then of every change, in order", async () => {
      const before = await store.create("Fabric", fabricDraft(meta("dc1")));
      const seen = record("Fabric");
      await store.watch("Fabric", seen.handler, controller.signal);
      expect(seen.told()).to.deep.equal(["Added dc1"]);
      const after = await changed("Fabric", before, (copy) => {
        copy.spec.drain.confirmTimeout = "5m";
      });
      await store.create("Fabric", fabricDraft(meta("dc2")));
      await store.delete("Fabric", keyOf(after));
      await seen.count(4);
      expect(seen.told()).to.deep.equal(["Added dc1", "Modified dc1", "Added dc2", "Deleted dc1"]);
      expect(seen.events[1]?.object).to.deep.equal(after);
    });

    it("tells nothing of a write that changed nothing", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1")));
      const seen = record("Fabric");
      await store.watch("Fabric", seen.handler, controller.signal);
      await store.replace("Fabric", created);
      await store.create("Fabric", fabricDraft(meta("dc2")));
      await seen.count(2);
      expect(seen.told()).to.deep.equal(["Added dc1", "Added dc2"]);
    });

    it("tells of the deletion mark before the deletion", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1", { finalizers: [FINALIZER] })));
      const seen = record("Fabric");
      await store.watch("Fabric", seen.handler, controller.signal);
      await store.delete("Fabric", keyOf(created));
      await changed("Fabric", await existing("Fabric", "dc1"), (copy) => {
        copy.metadata.finalizers = [];
      });
      await seen.count(3);
      expect(seen.told()).to.deep.equal(["Added dc1", "Modified dc1", "Deleted dc1"]);
    });

    it("goes on when a handler throws, also for others", async () => {
      let calls = 0;
      await store.watch(
        "Fabric",
        ({ object }) => {
          if (object.metadata.namespace === namespace) calls += 1;
          throw new Error("a defect of a handler");
        },
        controller.signal,
      );
      const seen = record("Fabric");
      await store.watch("Fabric", seen.handler, controller.signal);
      await store.create("Fabric", fabricDraft(meta("dc1")));
      await store.create("Fabric", fabricDraft(meta("dc2")));
      await seen.count(2);
      await until(
        store,
        "Fabric",
        async () => calls,
        (count) => count === 2,
      );
    });

    it("tells nothing once its signal is aborted", async () => {
      const seen = record("Fabric");
      await store.watch("Fabric", seen.handler, controller.signal);
      controller.abort();
      await store.create("Fabric", fabricDraft(meta("dc1")));
      const other = new AbortController();
      const later = record("Fabric");
      await store.watch("Fabric", later.handler, other.signal);
      await later.count(1);
      other.abort();
      expect(later.told()).to.deep.equal(["Added dc1"]);
      expect(seen.told()).to.deep.equal([]);
    });

    it("tells whoever joins later of all there is, and everybody of what comes", async () => {
      await store.create("Fabric", fabricDraft(meta("dc1")));
      const earlier = record("Fabric");
      await store.watch("Fabric", earlier.handler, controller.signal);
      const passing = new AbortController();
      const guest = record("Fabric");
      await store.watch("Fabric", guest.handler, passing.signal);
      const later = record("Fabric");
      await store.watch("Fabric", later.handler, controller.signal);
      await store.create("Fabric", fabricDraft(meta("dc2")));
      for (const seen of [earlier, guest, later]) await seen.count(2);
      passing.abort();
      await store.delete("Fabric", { namespace, name: "dc1" });
      for (const seen of [earlier, later]) await seen.count(3);
      for (const seen of [earlier, later]) {
        expect(seen.told()).to.deep.equal(["Added dc1", "Added dc2", "Deleted dc1"]);
      }
      expect(guest.told()).to.deep.equal(["Added dc1", "Added dc2"]);
    });

    it("tells a watch that a handler begins of every object once", async () => {
      for (const name of ["dc1", "dc2", "dc3"]) await store.create("Fabric", fabricDraft(meta(name)));
      const inner = record("Fabric");
      let begun: Promise<void> | undefined;
      await store.watch(
        "Fabric",
        ({ object }) => {
          if (object.metadata.name === "dc2") {
            begun ??= store.watch("Fabric", inner.handler, controller.signal);
          }
        },
        controller.signal,
      );
      await begun;
      await inner.count(3);
      await store.create("Fabric", fabricDraft(meta("dc4")));
      await inner.count(4);
      expect(inner.told().toSorted()).to.deep.equal(["Added dc1", "Added dc2", "Added dc3", "Added dc4"]);
    });

    it("has a change in the cache before it tells of it, where the cache was there first", async () => {
      const cache = store.cached("Fabric");
      await cache.whenSynced();
      const missing: string[] = [];
      const seen = record("Fabric");
      await store.watch(
        "Fabric",
        (event) => {
          if (cache.get(keyOf(event.object)) !== event.object) missing.push(event.object.metadata.name);
          seen.handler(event);
        },
        controller.signal,
      );
      await store.create("Fabric", fabricDraft(meta("dc1")));
      await seen.count(1);
      expect(missing).to.deep.equal([]);
    });

    it("feeds the cache", async () => {
      const created = await store.create("Fabric", fabricDraft(meta("dc1", { labels: { a: "b" } })));
      const cache = store.cached("Fabric");
      await cache.whenSynced();
      expect(cache.get(keyOf(created))).to.deep.equal(created);
      expect(names(cache.list(namespace, { labels: { a: "b" } }))).to.deep.equal(["dc1"]);
      expect(cache.list(namespace, { labels: { a: "c" } })).to.deep.equal([]);
      await store.delete("Fabric", keyOf(created));
      await until(
        store,
        "Fabric",
        async () => cache.get(keyOf(created)),
        (object) => object === undefined,
      );
      expect(store.cached("Fabric")).to.equal(cache);
    });
  });

  /** Writes a changed copy of an object. */
  async function changed<K extends Kind>(
    kind: K,
    object: ObjectOf<K>,
    change: (copy: ObjectOf<K>) => void,
  ): Promise<ObjectOf<K>> {
    const copy = structuredClone(object);
    change(copy);
    return store.replace(kind, copy);
  }

  async function existing<K extends Kind>(kind: K, name: string): Promise<ObjectOf<K>> {
    const object = await store.get(kind, { namespace, name });
    if (object === undefined) throw new Error(`${kind} ${name} is not there`);
    return object;
  }

  /** What a watch tells of this test's namespace. */
  function record<K extends Kind>(_kind: K) {
    const events: WatchEvent<K>[] = [];
    let wake = () => {};
    return {
      events,
      told: () => events.map(({ type, object }) => `${type} ${object.metadata.name}`),
      handler: (event: WatchEvent<K>) => {
        if (event.object.metadata.namespace !== namespace) return;
        events.push(event);
        wake();
      },
      async count(expected: number) {
        while (events.length < expected) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
    };
  }
}

/** Reads until the reading is as wanted: once, and again after every change of the kind. */
async function until<T>(
  store: Store,
  kind: Kind,
  read: () => Promise<T>,
  wanted: (value: T) => boolean,
): Promise<T> {
  const controller = new AbortController();
  let wake = () => {};
  await store.watch(kind, () => wake(), controller.signal);
  try {
    for (;;) {
      const changes = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const value = await read();
      if (wanted(value)) return value;
      await changes;
    }
  } finally {
    controller.abort();
  }
}

async function fails(code: StoreErrorCode, outcome: Promise<unknown>): Promise<StoreError> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof StoreError)) throw new Error(`expected ${code}, got ${String(error)}`);
  expect(error.code, error.message).to.equal(code);
  expect(error.hint).not.to.equal("");
  return error;
}

function names(objects: readonly { readonly metadata: { readonly name: string } }[]): string[] {
  return objects.map(({ metadata }) => metadata.name);
}
