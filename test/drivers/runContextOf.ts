/** What a step gets to see, with nothing behind it but what a test gives. */
import type { RunContext } from "../../src/drivers/driver.ts";
import { healthSettings } from "../../src/health/settings.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";

const unused = (): never => {
  throw new Error("not needed in this test");
};

export function runContextOf(parts: Partial<RunContext>): RunContext {
  return {
    device: { name: "leaf1", address: "127.0.0.1", model: "qfx5120-48y", family: "junos-qfx", role: "Leaf" },
    image: {
      name: "junos",
      uid: "uid",
      generation: 1,
      deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
      osVersion: "23.4R2-S3.9",
      sizeBytes: 1,
      checksum: {},
    },
    status: {},
    token: "default/leaf1/uid",
    fabricDevices: new Set(),
    peers: unused,
    neighbours: unused,
    routerAddresses: unused,
    settings: {
      health: healthSettings(undefined),
      abortOnFailure: true,
      soakSeconds: 0,
      quietBitsPerSecond: 0,
      confirmTimeoutMinutes: 10,
      acceptsLoss: false,
      acceptedWarnings: new Set(),
    },
    clock: manualClock(0),
    signal: new AbortController().signal,
    outOfService: new Set(),
    connect: unused,
    fence: unused,
    stillInReach: unused,
    backups: { save: unused, find: unused, load: unused },
    inBackground: () => undefined,
    stopBackground: unused,
    lastFailure: unused,
    isBusy: unused,
    ...parts,
  };
}
