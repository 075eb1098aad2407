/** A DeviceUpgrade with a status of the test's own. */
import type { DeviceUpgrade } from "../../src/api/deviceUpgrade.gen.ts";

export function upgradeWith(status: NonNullable<DeviceUpgrade["status"]>): DeviceUpgrade {
  return {
    apiVersion: "hitless.dev/v1alpha1",
    kind: "DeviceUpgrade",
    metadata: {
      namespace: "default",
      name: "leaf1",
      uid: "uid",
      resourceVersion: "1",
      generation: 1,
      creationTimestamp: "2026-11-22T00:00:00Z",
    },
    spec: {
      campaignRef: { name: "all", uid: "campaign" },
      fabricRef: { name: "dc1" },
      deviceName: "leaf1",
      image: {
        name: "junos",
        uid: "image",
        generation: 1,
        deviceImageName: "a.tgz",
        osVersion: "1",
        sizeBytes: 1,
        checksum: {},
      },
      batch: 1,
      procedure: "toy/v1",
      desired: "Proceed",
      planHash: "4f2a",
    },
    status,
  };
}
