/** What the schema of a DeviceImage asks of its author. */
import { expect } from "chai";
import { readManifest } from "../../src/store/manifest.ts";
import { isStoreError } from "../../src/store/errors.ts";
import { memoryStore } from "../../src/store/memory/memoryStore.ts";
import type { Draft } from "../../src/store/store.ts";

const MANDATORY = [
  "deviceImageName",
  "vendorName",
  "deviceFamily",
  "supportedPlatforms",
  "osVersion",
  "sizeBytes",
  "checksum",
] as const;

function image(name = "junos"): Draft<"DeviceImage"> {
  return {
    metadata: { namespace: "default", name },
    spec: {
      deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
      vendorName: "Juniper",
      deviceFamily: "junos-qfx",
      supportedPlatforms: ["qfx5120"],
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1000,
      checksum: { sha256: "a".repeat(64) },
    },
  };
}

function causesOf(document: unknown): readonly string[] {
  try {
    readManifest(document, { namespace: "default" });
    return [];
  } catch (error) {
    if (!isStoreError(error, "Invalid")) throw error;
    return error.causes.map(({ field, message }) => `${field}: ${message}`);
  }
}

describe("store: what a DeviceImage must say", () => {
  const whole = { apiVersion: "hitless.dev/v1alpha1", kind: "DeviceImage", ...image() };

  it("IM-1 takes one that says all", () => {
    expect(causesOf(whole)).to.deep.equal([]);
  });

  for (const field of MANDATORY) {
    it(`IM-1 IM-8 refuses one without ${field}, and names the field`, () => {
      const { [field]: _left, ...spec } = whole.spec;
      expect(causesOf({ ...whole, spec }).join()).to.contain(field);
    });
  }

  it("IM-2 its name cannot be changed: another name is another image", async () => {
    const store = memoryStore({ clock: { now: () => 0 } });
    const made = await store.create("DeviceImage", image());
    const renamed = { ...made, metadata: { ...made.metadata, name: "other" } };
    const refused = await store.replace("DeviceImage", renamed).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(isStoreError(refused, "NotFound")).to.equal(true);
  });

  it("IM-8 deviceImageName can be corrected", async () => {
    const store = memoryStore({ clock: { now: () => 0 } });
    const made = await store.create("DeviceImage", image());
    const deviceImageName = "jinstall-host-qfx-5e-x86-64-23.4R2-S4.5-secure-signed.tgz";
    const changed = await store.replace("DeviceImage", { ...made, spec: { ...made.spec, deviceImageName } });
    expect(changed.spec.deviceImageName).to.equal(deviceImageName);
    expect(changed.metadata.generation).to.equal(made.metadata.generation + 1);
  });
});
