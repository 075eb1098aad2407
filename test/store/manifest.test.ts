import { expect } from "chai";
import { parse } from "yaml";
import { StoreError } from "../../src/store/errors.ts";
import { applyManifest, readManifest } from "../../src/store/manifest.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";

const FABRIC = `
apiVersion: hitless.dev/v1alpha1
kind: Fabric
metadata: {name: dc1}
spec:
  devices:
    - {name: leaf1, address: 192.0.2.1, model: qfx5120-48y, family: junos-qfx, role: Leaf, rack: 7}
  connection:
    credentialsSecretRef: {name: credentials}
    knownHostsRef: {name: known-hosts}
`;

const read = (yaml: string) => readManifest(parse(yaml), { namespace: "fabrics" });

/** The fields that a manifest is refused for. */
function refusedFor(yaml: string): string[] {
  try {
    read(yaml);
  } catch (error) {
    if (error instanceof StoreError) return error.causes.map(({ field }) => field);
    throw error;
  }
  return [];
}

describe("manifests", () => {
  it("get the defaults of the schema, and the namespace they are read for", () => {
    const { kind, object } = read(FABRIC);
    expect(kind).to.equal("Fabric");
    expect(object.metadata.namespace).to.equal("fabrics");
    expect(object).to.have.nested.property("spec.connection.port", 830);
    expect(object).to.have.nested.property("spec.drain.confirmTimeout", "10m");
  });

  it("keep a namespace of their own", () => {
    const { object } = read(FABRIC.replace("name: dc1", "name: dc1, namespace: other"));
    expect(object.metadata.namespace).to.equal("other");
  });

  it("name the fields that nobody knows", () => {
    expect(read(FABRIC).unknownFields).to.deep.equal(["spec.devices[0].rack"]);
  });

  it("are refused as an API server would, with every field that is wrong", () => {
    const wrong = FABRIC.replace("role: Leaf", "role: Leaves").replace("knownHostsRef", "knownHosts");
    expect(refusedFor(wrong)).to.have.members(["spec.devices[0].role", "spec.connection.knownHostsRef"]);
    expect(refusedFor(FABRIC.replace("kind: Fabric", "kind: Pod"))).to.deep.equal(["kind"]);
    expect(refusedFor(FABRIC.replace("v1alpha1", "v9"))).to.deep.equal(["apiVersion"]);
    expect(refusedFor(FABRIC.replace("name: dc1", "labels: {}"))).to.deep.equal(["metadata.name"]);
    expect(refusedFor(FABRIC.replace("name: dc1", "name: dc1, labels: {pod: 1}"))).to.deep.equal([
      "metadata.labels[pod]",
    ]);
    for (const nothing of ["", "[]", "text"]) expect(refusedFor(nothing)).to.deep.equal(["kind"]);
  });

  it("may give a Secret in plain text, as people do", () => {
    const secret = "{apiVersion: v1, kind: Secret, metadata: {name: c}, stringData: {username: admin}}";
    const { object } = read(secret);
    expect(object).to.deep.include({ type: "Opaque", data: { username: "YWRtaW4=" } });
    expect(object).not.to.have.property("stringData");
  });

  it("create an object, and bring an existing one to what they say", async () => {
    const store = memoryStore({ clock: { now: () => 0 } });
    const created = await applyManifest(store, read(FABRIC));
    expect((await applyManifest(store, read(FABRIC))).metadata).to.deep.equal(created.metadata);
    const moved = FABRIC.replace("192.0.2.1", "192.0.2.9").replace("name: dc1", "name: dc1, labels: {a: b}");
    const applied = await applyManifest(store, read(moved));
    expect(applied).to.have.nested.property("spec.devices[0].address", "192.0.2.9");
    expect(applied.metadata).to.deep.include({
      uid: created.metadata.uid,
      labels: { a: "b" },
      generation: 2,
    });
    await store.close();
  });
});
