/** Our CustomResourceDefinitions on a real API server: their rules, and that the store in memory judges as they do. */
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import type { Kind, ObjectOf } from "../../src/api/kinds.ts";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import { StoreError } from "../../src/store/errors.ts";
import { readDefinitions } from "../../src/store/schema/definitions.ts";
import { contentsOf } from "../../src/store/schema/admission.ts";
import type { Json, JsonObject } from "../../src/store/schema/json.ts";
import { isJsonObject, toJson } from "../../src/store/schema/json.ts";
import { rulesOf } from "../../src/store/schema/rules.ts";
import type { Draft, Store } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { campaignDraft, deviceUpgradeDraft, fabricDraft } from "./objects.ts";

const clock = { monotonicMilliseconds: () => performance.now(), now: () => 0 };
const EXAMPLES = path.resolve(import.meta.dirname, "../../examples/quickstart");

interface InstalledDefinition {
  readonly metadata: { readonly name: string };
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
}

describeWithCluster("CustomResourceDefinitions on an API server", (cluster) => {
  let store: Store;
  let namespace: string;

  beforeEach(async () => {
    store = kubernetesStore({ kubeConfig: kubeConfigOf(cluster()), clock });
    namespace = await newNamespace(cluster());
  });
  afterEach(async () => store.close());

  const meta = (name: string) => ({ namespace, name });

  it("IM-1 are accepted without a complaint", async () => {
    const all = await kubectl(cluster(), ["get", "customresourcedefinitions", "--output", "json"]);
    const { items }: { items: InstalledDefinition[] } = JSON.parse(all);
    expect(items.map(({ metadata }) => metadata.name)).to.have.members(
      readDefinitions().map(({ metadata }) => metadata.name),
    );
    for (const { metadata, status } of items) {
      const conditions = status.conditions.map((condition) => `${condition.type}=${condition.status}`);
      expect(conditions, metadata.name).to.have.members(["NamesAccepted=True", "Established=True"]);
    }
  });

  it("keep their rules, each of them", async () => {
    const broken: Readonly<Record<string, () => Promise<unknown>>> = {
      "self.fabricRef.name == oldSelf.fabricRef.name": async () => {
        const created = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
        const spec = { ...created.spec, fabricRef: { name: "dc2" } };
        return store.replace("UpgradeCampaign", { ...created, spec });
      },
      "has(self.members) != has(self.selector)": async () => {
        const draft = fabricDraft(meta("f"));
        const group = {
          name: "g",
          minAvailable: 1,
          members: ["leaf1", "leaf2"],
          selector: { roles: ["Leaf" as const] },
        };
        return store.create("Fabric", { ...draft, spec: { ...draft.spec, redundancyGroups: [group] } });
      },
      "!has(self.members) || self.members.size() > 1 || has(self.elsewhere)": async () => {
        const draft = fabricDraft(meta("g"));
        const group = { name: "g", minAvailable: 1, members: ["leaf1"] };
        return store.create("Fabric", { ...draft, spec: { ...draft.spec, redundancyGroups: [group] } });
      },
      "has(self.http) != has(self.job)": async () => {
        const { metadata, spec } = campaignDraft(meta("h"));
        const probes = [{ name: "p", points: ["BeforeCampaign" as const] }];
        const healthChecks = { ...spec.healthChecks, probes };
        return store.create("UpgradeCampaign", { metadata, spec: { ...spec, healthChecks } });
      },
      "!has(self.path) || !self.path.exists(stop, stop.name == self.imageRef.name)": async () => {
        const { metadata, spec } = campaignDraft(meta("p"));
        const imageAssignments = spec.imageAssignments.map((assignment) => ({
          ...assignment,
          path: [{ name: "older" }, assignment.imageRef],
        }));
        return store.create("UpgradeCampaign", { metadata, spec: { ...spec, imageAssignments } });
      },
    };
    const rules = readDefinitions().flatMap(({ spec }) =>
      spec.versions.flatMap(({ schema }) => rulesOf(schema.openAPIV3Schema)),
    );
    expect(rules).not.to.have.length(0);
    for (const { rule, message } of rules) {
      const breakIt = broken[rule];
      if (breakIt === undefined) throw new Error(`no test breaks the rule ${rule}`);
      const error = await breakIt().catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(StoreError).with.property("code", "Invalid");
      expect(String(error)).to.include(message);
    }
  });

  it("do not stand in the way of a status write", async () => {
    const created = await store.create("UpgradeCampaign", campaignDraft(meta("c")));
    const told = await store.replaceStatus("UpgradeCampaign", {
      ...created,
      status: { observedGeneration: 1 },
    });
    expect(told.status).to.deep.equal({ observedGeneration: 1 });
  });

  it("IM-1 let the quickstart be applied by kubectl", async () => {
    const args = ["apply", "--server-side", "--dry-run=server", "--validate=strict"];
    const said = await kubectl(cluster(), [...args, "--filename", EXAMPLES]);
    for (const name of ["fabric.hitless.dev", "deviceimage.hitless.dev", "upgradecampaign.hitless.dev"]) {
      expect(said).to.include(name);
    }
  });

  describe("and the store in memory", () => {
    for (const [kind, sample] of samples()) {
      it(`judge every broken ${kind} alike`, async function () {
        this.timeout(60_000);
        const memory = memoryStore({ clock });
        const differences: string[] = [];
        const cases = mutations(sample);
        expect(cases.length).to.be.greaterThan(50);
        for (const [index, { title, contents }] of cases.entries()) {
          const draft = { ...contents, metadata: meta(`case-${index}`) };
          const [real, own] = await Promise.all([
            judgement(store, kind, draft),
            judgement(memory, kind, draft),
          ]);
          if (real !== own) differences.push(`${title}\n  API server: ${real}\n  memory:     ${own}`);
        }
        expect(differences.join("\n")).to.equal("");
      });
    }
  });
});

/** What a store makes of a draft: its contents with defaults, or the fields that it refuses. */
async function judgement(store: Store, kind: Kind, json: JsonObject & { metadata: Draft<Kind>["metadata"] }) {
  try {
    const created = await createUntyped(store, kind, json);
    return JSON.stringify(sorted(toJson(contentsOf(created))));
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const fields = new Set(error.causes.map(({ field }) => field));
    return `${error.code} ${[...fields].toSorted().join(" ")}`;
  }
}

/** A store takes what people write, whatever its type: here on purpose what the types forbid. */
async function createUntyped(store: Store, kind: Kind, draft: unknown): Promise<ObjectOf<Kind>> {
  const untyped: { create(kind: Kind, draft: unknown): Promise<ObjectOf<Kind>> } = {
    create: store.create.bind(store),
  };
  return untyped.create(kind, draft);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, part]): [string, Json] => [name, sorted(part)]);
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One valid object of each of our kinds. */
function samples(): readonly (readonly [Kind, JsonObject])[] {
  const documents = ["fabric.yaml", "image.yaml", "campaign.yaml"].flatMap((file) =>
    parseAllDocuments(readFileSync(path.join(EXAMPLES, file), "utf8")).map((document) =>
      toJson(document.toJS()),
    ),
  );
  const own = (["Fabric", "DeviceImage", "UpgradeCampaign"] as const).map((kind) => {
    const found = documents.find((document) => isJsonObject(document) && document["kind"] === kind);
    return [kind, contentsOf(found)] as const;
  });
  const upgrade = contentsOf(deviceUpgradeDraft({ namespace: "", name: "" }));
  return [...own, ["DeviceUpgrade", upgrade] as const];
}

const WRONG_VALUES: readonly Json[] = [
  "",
  "Nope!",
  "x".repeat(5000),
  -1,
  0,
  1.5,
  1e15,
  true,
  null,
  [],
  ["", ""],
  {},
  { unknown: 1 },
];

/** The sample with one place of it changed, each in every way. */
function mutations(sample: JsonObject): { readonly title: string; readonly contents: JsonObject }[] {
  const found: { title: string; contents: JsonObject }[] = [];
  for (const place of places(sample)) {
    const change = (title: string, edit: (parent: JsonObject | Json[], last: string | number) => void) => {
      const contents = structuredClone(sample);
      const parent = place.slice(0, -1).reduce<Json>((value, part) => childOf(value, part), contents);
      const last = place.at(-1);
      if (last === undefined || typeof parent !== "object" || parent === null) return;
      edit(parent, last);
      found.push({ title: `${place.join(".")} ${title}`, contents });
    };
    change("is missing", (parent, last) => {
      if (!Array.isArray(parent)) delete parent[last];
    });
    for (const wrong of WRONG_VALUES) {
      change(`is ${JSON.stringify(wrong).slice(0, 20)}`, (parent, last) => {
        Reflect.set(parent, last, wrong);
      });
    }
  }
  return found;
}

/** The paths of everything in a value; of a list, those of the first entry. */
function places(value: Json, at: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  const own = at.length === 0 ? [] : [at];
  if (Array.isArray(value)) return [...own, ...value.slice(0, 1).flatMap((item) => places(item, [...at, 0]))];
  if (!isJsonObject(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([name, part]) => places(part, [...at, name]))];
}

function childOf(value: Json, part: string | number): Json {
  const child: Json | undefined =
    Array.isArray(value) && typeof part === "number"
      ? value[part]
      : isJsonObject(value)
        ? value[part]
        : undefined;
  return child ?? null;
}
