import { expect } from "chai";
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { KIND_NAMES } from "../../src/api/kinds.ts";
import { StoreError } from "../../src/store/errors.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import { readDefinitions } from "../../src/store/schema/definitions.ts";
import { brokenRules, isKnownRule, rulesOf } from "../../src/store/schema/rules.ts";
import type { Store } from "../../src/store/store.ts";
import { keyOf } from "../../src/store/store.ts";
import { configMapDraft, fabricDraft } from "./objects.ts";
import { storeSemantics } from "./semantics.ts";

const clock = { now: () => Date.UTC(2026, 2, 1, 10) };
const namespace = "fabrics";

describe("memory store", () => {
  const stores: Store[] = [];
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "hitless-store-"));
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await rm(directory, { recursive: true });
  });

  const opened = (store: Store): Store => {
    stores.push(store);
    return store;
  };
  const onHandlerError = () => undefined;
  const file = () => path.join(directory, "objects.json");
  const onFile = () => opened(memoryStore({ clock, file: file(), onHandlerError }));

  describe("in memory", () => {
    storeSemantics(async () => ({ store: opened(memoryStore({ clock, onHandlerError })), namespace }), {
      garbageCollection: true,
    });
  });

  describe("in a file", () => {
    storeSemantics(async () => ({ store: onFile(), namespace }), { garbageCollection: true });

    it("has a write on disk when its call resolves, and goes on from there", async () => {
      const first = onFile();
      const created = await first.create("Fabric", fabricDraft({ namespace, name: "dc1" }));
      const told = await first.replaceStatus("Fabric", { ...created, status: { observedGeneration: 1 } });
      // Not closed: as if the process had been killed.
      const second = onFile();
      expect(await second.get("Fabric", keyOf(created))).to.deep.equal(told);
      const next = await second.create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      expect(Number(next.metadata.resourceVersion)).to.equal(Number(told.metadata.resourceVersion) + 1);
    });

    it("EX-9 loses no acknowledged write when its process is killed", async () => {
      const module = path.resolve(import.meta.dirname, "../../src/store/memory/memoryStore.ts");
      const program = `
        import { memoryStore } from ${JSON.stringify(module)};
        const store = memoryStore({ clock: { now: () => 0 }, file: ${JSON.stringify(file())} });
        for (let n = 0; ; n += 1) {
          const metadata = { namespace: "fabrics", name: "write-" + n };
          await store.create("ConfigMap", { metadata });
          process.stdout.write(metadata.name + "\\n");
        }`;
      const writer = spawn(process.execPath, ["--input-type=module", "--eval", program], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let told = "";
      for await (const chunk of writer.stdout) {
        told += String(chunk);
        if (told.split("\n").length > 20) writer.kill("SIGKILL");
      }
      const acknowledged = told.split("\n").slice(0, -1);
      const kept = (await onFile().list("ConfigMap")).map(({ metadata }) => metadata.name);
      expect(acknowledged).to.have.length.greaterThan(19);
      expect(kept).to.include.members(acknowledged);
      // At most the one write that was under way is there without an acknowledgement.
      expect(kept.length - acknowledged.length).to.be.oneOf([0, 1]);
    });

    it("reuses no resourceVersion after a deletion", async () => {
      const first = onFile();
      const created = await first.create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      await first.delete("ConfigMap", keyOf(created));
      const again = await onFile().create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      expect(Number(again.metadata.resourceVersion)).to.be.greaterThan(
        Number(created.metadata.resourceVersion) + 1,
      );
    });

    it("accepts nothing that it cannot write", async () => {
      const store = onFile();
      const created = await store.create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      await rm(directory, { recursive: true });
      const outcome = await store
        .replace("ConfigMap", { ...created, data: { a: "2" } })
        .catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(StoreError).with.property("code", "Unavailable");
      expect(await store.get("ConfigMap", keyOf(created))).to.deep.equal(created);
      directory = await mkdtemp(path.join(tmpdir(), "hitless-store-"));
    });

    it("is not disturbed by a half-written file beside it", async () => {
      const created = await onFile().create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      await writeFile(`${file()}.new`, '{"format":"hitless');
      expect(await onFile().get("ConfigMap", keyOf(created))).to.deep.equal(created);
    });

    it("refuses a file it cannot read, instead of beginning anew", async () => {
      for (const text of [
        "",
        "{}",
        '{"format":"hitless-store/1","resourceVersion":1,"objects":[{"kind":"Fabric"}]}',
      ]) {
        await writeFile(file(), text);
        expect(() => memoryStore({ clock, file: file() }), text).to.throw(StoreError);
      }
    });

    it("lets only its owner read the file, for there are Secrets in it", async () => {
      await onFile().create("ConfigMap", configMapDraft({ namespace, name: "a" }));
      expect((await stat(file())).mode & 0o777).to.equal(0o600);
      expect(await readFile(file(), "utf8")).to.include('"kind":"ConfigMap"');
    });
  });

  it("reports what a handler throws", async () => {
    const reported: unknown[] = [];
    const store = opened(memoryStore({ clock, onHandlerError: (error) => reported.push(error) }));
    await store.create("Fabric", fabricDraft({ namespace, name: "dc1" }));
    const error = new Error("a defect of a handler");
    await store.watch(
      "Fabric",
      () => {
        throw error;
      },
      new AbortController().signal,
    );
    expect(reported).to.deep.equal([error]);
  });

  it("is closed for good", async () => {
    const store = memoryStore({ clock });
    await store.close();
    for (const kind of KIND_NAMES) {
      const outcome = await store.list(kind).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(StoreError).with.property("code", "Unavailable");
    }
  });
});

describe("rules of the schemas", () => {
  it("knows every rule in crds/", () => {
    const rules = readDefinitions().flatMap(({ spec }) =>
      spec.versions.flatMap(({ schema }) => rulesOf(schema.openAPIV3Schema)),
    );
    expect(rules.map(({ rule }) => rule).filter((rule) => !isKnownRule(rule))).to.deep.equal([]);
    expect(rules).not.to.deep.equal([]);
  });

  it("refuses to pass over a rule that it does not know", () => {
    const schema = {
      type: "object",
      properties: { a: { "x-kubernetes-validations": [{ rule: "self == 1", message: "must be 1" }] } },
    } as const;
    expect(rulesOf(schema).map(({ rule }) => isKnownRule(rule))).to.deep.equal([false]);
    expect(() => brokenRules(schema, { value: { a: 1 }, before: undefined })).to.throw("self == 1");
  });
});
