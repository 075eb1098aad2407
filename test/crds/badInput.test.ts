/**
 * What people get who apply something wrong: every file in `bad/`, by real kubectl in both its ways, is refused with
 * the field named, and nothing has changed. The store in memory, which a plan without a cluster uses, says the same.
 *
 * A file begins with what is wrong and which field has to be named. Its last document is the wrong one; those before
 * it are there already.
 */
import { expect } from "chai";
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { isStoreError } from "../../src/store/errors.ts";
import { applyManifest, readManifest } from "../../src/store/manifest.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { JsonObject } from "../../src/store/schema/json.ts";
import { isJsonObject, toJsonObject } from "../../src/store/schema/json.ts";
import type { Store } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, newNamespace } from "../support/cluster/sharedCluster.ts";

const FOLDER = path.resolve(import.meta.dirname, "bad");
const BAD_FILES = readdirSync(FOLDER).map((file) => readBadFile(path.join(FOLDER, file)));
const EXISTING = BAD_FILES.flatMap(({ existing }) => existing);

interface BadFile {
  readonly title: string;
  /** The field that has to be named. */
  readonly field: string;
  /** The same for a server-side apply, whose types know no places in a map list. */
  readonly fieldOnServerSide: string;
  readonly name: string;
  readonly existing: readonly JsonObject[];
  readonly wrong: JsonObject;
}

describe("wrong input to the store in memory", () => {
  let store: Store;

  beforeEach(async () => {
    store = memoryStore({ clock: { now: () => 0 } });
    for (const document of EXISTING) await applyManifest(store, readManifest(document, { namespace: "n" }));
  });

  for (const { title, field, wrong } of BAD_FILES) {
    it(`${title}: names ${field}`, async () => {
      const before = await everything();
      expect(await fieldsNamed(wrong)).to.include(field);
      expect(await everything()).to.deep.equal(before);
    });
  }

  /** The fields that are named when a document is refused, or that are dropped and told. */
  async function fieldsNamed(document: JsonObject): Promise<readonly string[]> {
    try {
      const manifest = readManifest(document, { namespace: "n" });
      if (manifest.unknownFields.length > 0) return manifest.unknownFields;
      await applyManifest(store, manifest);
      return [];
    } catch (error) {
      if (!isStoreError(error, "Invalid")) throw error;
      return error.causes.map(({ field }) => field);
    }
  }

  async function everything() {
    const kinds = ["Fabric", "DeviceImage", "UpgradeCampaign"] as const;
    return Promise.all(kinds.map(async (kind) => store.list(kind)));
  }
});

describeWithCluster("wrong input to kubectl", (cluster) => {
  for (const [way, flags] of [
    ["apply --server-side", ["--server-side"]],
    ["apply", []],
  ] as const) {
    const isServerSide = way === "apply --server-side";
    const fieldIn = (bad: BadFile) => (isServerSide ? bad.fieldOnServerSide : bad.field);

    describe(way, () => {
      let refusals: readonly string[];
      let versions: { readonly before: string; readonly after: string };

      before(async () => {
        const namespace = await newNamespace(cluster());
        const apply = ["apply", ...flags, "--namespace", namespace, "--filename"];
        const file = path.join(cluster().folder, `${namespace}.json`);
        await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: EXISTING }));
        // The first write after the creation keeps the status that the definition gives by default.
        for (let times = 0; times < 2; times += 1) await kubectl(cluster(), [...apply, file]);
        const before = await versionsIn(namespace);
        // All of them in one go, as somebody applies a folder; each is judged on its own.
        refusals = await refusalsOf(kubectl(cluster(), [...apply, FOLDER]));
        versions = { before, after: await versionsIn(namespace) };
      });

      for (const bad of BAD_FILES) {
        it(`${bad.title}: names ${fieldIn(bad)}`, () => {
          const about = refusals.filter((refusal) => isAbout(refusal, bad.name));
          expect(about, refusals.join("\n")).to.have.length(1);
          expect(about[0]).to.match(fieldPattern(fieldIn(bad)));
        });
      }

      it("leaves everything as it was", () => {
        expect(versions.before.trim().split("\n")).to.have.length(EXISTING.length);
        expect(versions.after).to.equal(versions.before);
      });
    });
  }

  /** Every object of a namespace with the version it has. */
  async function versionsIn(namespace: string): Promise<string> {
    const template = "{range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{'\\n'}{end}";
    return kubectl(cluster(), [
      "get",
      "hitless",
      "--namespace",
      namespace,
      "--output",
      `jsonpath=${template}`,
    ]);
  }
});

function readBadFile(file: string): BadFile {
  const text = readFileSync(file, "utf8");
  const { title, field, serverSide } =
    /^# (?<title>.+)\n# refused: (?<field>.+)\n(# refused by server-side apply: (?<serverSide>.+)\n)?/.exec(
      text,
    )?.groups ?? {};
  const documents = parseAllDocuments(text).map((document) => toJsonObject(document.toJS()) ?? {});
  const wrong = documents.at(-1);
  const metadata = wrong?.["metadata"];
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  if (title === undefined || field === undefined || wrong === undefined || typeof name !== "string") {
    throw new Error(`${file} does not begin as these files do`);
  }
  const existing = documents.slice(0, -1);
  return { title, field, fieldOnServerSide: serverSide ?? field, name, existing, wrong };
}

/** What kubectl says of each object that was refused. */
async function refusalsOf(outcome: Promise<string>): Promise<readonly string[]> {
  const error = await outcome.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  return said.split(/^(?=Error from server)/m).filter((part) => part.startsWith("Error from server"));
}

/** Whether a refusal is about an object: its name in quotes, or in the path of a server-side apply. */
function isAbout(refusal: string, name: string): boolean {
  return (
    refusal.includes(`"${name}" is invalid`) ||
    refusal.includes(`/${name};`) ||
    refusal.includes(`/${name}.yaml`)
  );
}

/** A field as a whole: not the beginning of a longer path. */
function fieldPattern(field: string): RegExp {
  return new RegExp(`(?<![\\w\\]])${field.replaceAll(/[.[\]]/g, String.raw`\$&`)}(?![\\w.[])`);
}
