/** A device as it is when the simulation starts: up for a month, nothing staged, nothing wrong. */
import { createHash } from "node:crypto";

import type { Instant } from "../../api/time.ts";
import { createCluster } from "../cluster/clusterState.ts";
import { createDatabase } from "../config/configDatabase.ts";
import { readIntent } from "../config/configIntent.ts";
import { initialConfiguration } from "../config/initialConfig.ts";
import { isVmhostModel } from "../controlPlane.ts";
import type { ControlPlane, DeviceFile } from "../controlPlane.ts";
import type { DescribedControlPlane, DescribedPackage } from "../description.ts";
import type { Topology, TopologyDevice } from "../topology.ts";
import type { DeviceState } from "../world.ts";

/** Where packages lie. */
export const PACKAGE_FOLDER = "/var/tmp";

const MONTH_MILLISECONDS = 30 * 24 * 3600 * 1000;

export function createDevice(topology: Topology, spec: TopologyDevice, startedAt: Instant): DeviceState {
  const bootedAt = startedAt - MONTH_MILLISECONDS - spec.index * 3_600_000;
  const described = spec.controlPlanes ?? [{ name: "re0" }];
  const planes = described.map((plane, slot) =>
    createControlPlane(topology, spec, { plane, slot, bootedAt: bootedAt - slot * 1_080_000, startedAt }),
  );
  const cluster = createCluster(spec, spec.index + 1);
  const routing = cluster?.groups.find(({ id }) => id === 0)?.primary ?? planes[0]?.name;
  const master = planes.find(({ name }) => name === routing);
  if (master === undefined) throw new RangeError(`${spec.name} has no control plane`);
  const forwardingSince = bootedAt + topology.timings.fpcOnlineSeconds * 1000;
  return {
    name: spec.name,
    spec,
    planes,
    master,
    mastershipEpoch: 0,
    mastershipSince: bootedAt,
    cluster,
    // What has long been up has long been copied, as far as it is to be copied at all.
    replication: { kernelSince: bootedAt, protocolsSince: bootedAt },
    forwarding: true,
    forwardingSince,
    forwardingEvent: undefined,
    intent: readIntent(master.config.committed),
    alarms: [],
    ports: new Map(
      [...spec.ports.keys()].map((port) => [port, { up: true, changedAt: bootedAt, transitions: 1 }]),
    ),
    counters: { reboots: 0, installsStarted: 0, installsFinished: 0, commits: 0, writes: 0, switchovers: 0 },
    rpcCounts: new Map(),
    rpcLog: [],
  };
}

interface ControlPlaneStart {
  readonly plane: DescribedControlPlane;
  readonly slot: number;
  readonly bootedAt: Instant;
  readonly startedAt: Instant;
}

function createControlPlane(
  topology: Topology,
  spec: TopologyDevice,
  { plane, slot, bootedAt, startedAt }: ControlPlaneStart,
): ControlPlane {
  const release = plane.release ?? spec.release;
  const tree = initialConfiguration(topology, { ...spec, release });
  const files = new Map<string, DeviceFile>();
  for (const each of plane.packages ?? spec.packages) {
    const file = packageFile(each, `${PACKAGE_FOLDER}/${each.name}`, startedAt - 3_600_000);
    files.set(file.path, file);
  }
  const engineModel = plane.engineModel ?? defaultEngineModel(spec.model);
  return {
    device: spec.name,
    name: plane.name,
    slot,
    address: plane.address,
    engineModel,
    serialNumber: slot === 0 ? spec.serialNumber : `${spec.serialNumber.slice(0, -1)}${slot}`,
    power: "Running",
    management: true,
    managementEpoch: 0,
    release,
    pendingRelease: undefined,
    previousRelease: undefined,
    vmhost: isVmhostModel(engineModel)
      ? { currentSet: "p", releases: { p: release, b: release } }
      : undefined,
    bootedAt,
    clockOffsetMilliseconds: 0,
    readySince: bootedAt + topology.timings.fpcOnlineSeconds * 1000,
    lastRebootReason: isVmhostModel(engineModel) ? "0x2000:hypervisor reboot" : "0x1:power cycle/failure",
    hostKeyGeneration: 0,
    files,
    diskFreeBytes: plane.diskFreeBytes ?? spec.diskFreeBytes,
    initialFileBytes: [...files.values()].reduce((sum, file) => sum + file.sizeBytes, 0),
    install: undefined,
    installLog: [],
    scheduledReboot: undefined,
    rebootsHost: false,
    bootEvents: [],
    config: createDatabase(tree, bootedAt + 3_600_000),
    nextSessionId: 18_000 + spec.index * 100 + slot * 50,
    counters: { reboots: 0, installsStarted: 0, installsFinished: 0 },
  };
}

/** MX10003 and its like have VM hosts only; the older chassis may have either. */
function defaultEngineModel(model: string): string {
  if (/^mx(?:10003|204)/.test(model)) return "RE-S-1600x8";
  return model.startsWith("mx") ? "RE-S-1800x4" : `RE-${model.toUpperCase()}`;
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
