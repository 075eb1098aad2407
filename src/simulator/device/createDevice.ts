/** A device as it is when the simulation starts: up for a month, nothing staged, nothing wrong. */
import { createHash } from "node:crypto";

import type { Instant } from "../../api/time.ts";
import { createDatabase } from "../config/configDatabase.ts";
import { readIntent } from "../config/configIntent.ts";
import { initialConfiguration } from "../config/initialConfig.ts";
import type { DescribedPackage } from "../description.ts";
import type { Topology, TopologyDevice } from "../topology.ts";
import type { DeviceFile, DeviceState } from "../world.ts";

/** Where packages lie. */
export const PACKAGE_FOLDER = "/var/tmp";

const MONTH_MILLISECONDS = 30 * 24 * 3600 * 1000;

export function createDevice(topology: Topology, spec: TopologyDevice, startedAt: Instant): DeviceState {
  const tree = initialConfiguration(topology, spec);
  const bootedAt = startedAt - MONTH_MILLISECONDS - spec.index * 3_600_000;
  const files = new Map<string, DeviceFile>();
  for (const each of spec.packages) {
    const file = packageFile(each, `${PACKAGE_FOLDER}/${each.name}`, startedAt - 3_600_000);
    files.set(file.path, file);
  }
  return {
    name: spec.name,
    spec,
    power: "Running",
    management: true,
    forwarding: true,
    managementEpoch: 0,
    release: spec.release,
    pendingRelease: undefined,
    previousRelease: undefined,
    bootedAt,
    forwardingSince: bootedAt + topology.timings.fpcOnlineSeconds * 1000,
    lastRebootReason: "0x1:power cycle/failure",
    hostKeyGeneration: 0,
    files,
    diskFreeBytes: spec.diskFreeBytes,
    install: undefined,
    installLog: [],
    scheduledReboot: undefined,
    bootEvents: [],
    config: createDatabase(tree, bootedAt + 3_600_000),
    intent: readIntent(tree),
    alarms: [],
    nextSessionId: 18_000 + spec.index * 100,
    ports: new Map(
      [...spec.ports.keys()].map((port) => [port, { up: true, changedAt: bootedAt, transitions: 1 }]),
    ),
    counters: { reboots: 0, installsStarted: 0, installsFinished: 0, commits: 0, writes: 0 },
    rpcCounts: new Map(),
    rpcLog: [],
  };
}

/** A package as a file on a device. */
export function packageFile(source: DescribedPackage, path: string, writtenAt: Instant): DeviceFile {
  return {
    path,
    sizeBytes: source.sizeBytes,
    sha256: source.sha256,
    md5: source.md5 ?? createHash("md5").update(source.sha256).digest("hex"),
    writtenAt,
    release: source.release,
  };
}
