/**
 * What a driver is: everything the product knows of one device family. The engine decides when, a driver knows
 * how; it reaches the world only through the `RunContext` it is handed.
 */
import type { Readable } from "node:stream";
import type { DeviceDiscovery, PortLoad } from "../api/discovery.ts";
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { Explained } from "../api/reasons.ts";
import type { Clock, Interval } from "../api/time.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import type { Warning } from "../api/warnings.ts";
import type { DeviceUpgradeStatus, Procedure } from "../engine/step.ts";
import type { CheckName } from "../health/catalogue.ts";
import type { HealthReadings } from "../health/reading.ts";
import type { HealthSettings } from "../health/settings.ts";
import type { WantedTechnique } from "./drain/choose.ts";
import type { PlannedDrain } from "./drain/plannedDrain.ts";
import type { SoftwarePackage } from "../junos/packages.ts";
import type { RpcCaller } from "../junos/rpcCaller.ts";
import type { DeviceUpgrade } from "../api/deviceUpgrade.gen.ts";

export type FabricDevice = Fabric["spec"]["devices"][number];
export type PinnedImage = DeviceUpgrade["spec"]["image"];

/** A file on its way to a device. */
export interface OutgoingFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly content: Readable;
  readonly signal: AbortSignal;
}

/** A device that answers. Calls reject when the link dies. */
export interface DeviceConnection {
  /** For everything short. */
  readonly main: RpcCaller;
  /**
   * A session of its own, with nobody else's requests in its queue: for what must leave right away, and for an RPC that
   * takes minutes, so that the device can be watched meanwhile. It is closed when the signal is aborted.
   */
  longRunning(signal: AbortSignal): Promise<RpcCaller>;
  /** Sends a file to the device. Absent where the way to the device carries none. */
  readonly sendFile?: (file: OutgoingFile) => Promise<void>;
}

/** A device as it was found, kept outside of it: what it has to be like in the end. */
export interface Backup {
  /** The committed configuration as `set` commands, byte for byte as the device sent it. */
  readonly configuration: string;
  readonly readings: HealthReadings;
  /** For people: what was installed. */
  readonly packages?: readonly SoftwarePackage[];
}

/** What a step gets to see and to use. */
export interface RunContext {
  readonly device: FabricDevice;
  readonly image: PinnedImage;
  readonly status: DeviceUpgradeStatus;
  /** What marks our drain on the device and in the ledger. */
  readonly token: string;
  /** The names of the fabric's devices, to tell links from access ports. */
  readonly fabricDevices: ReadonlySet<string>;
  /** Devices that share servers with this one, as the topology has it; it is read when asked for. */
  readonly peers: () => Promise<readonly string[]>;
  /** Those and the devices at the other end of its links. */
  readonly neighbours: () => Promise<readonly string[]>;
  /** The addresses on the loopbacks of the fabric's devices, as they were last read; those never read are missing. */
  readonly routerAddresses: () => Promise<ReadonlyMap<string, readonly string[]>>;
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /**
   * A connection to any device of the fabric, or to one of its control planes at that one's own address; throws
   * `Unreachable` when it does not answer.
   */
  readonly connect: (device: string, controlPlane?: string) => Promise<DeviceConnection>;
  /**
   * To be called right before anything is sent that changes the device: throws `FenceClosed` when this process
   * may not act any more, because it leads no longer or its intent has run out.
   */
  readonly fence: () => void;
  /** Whether the device and the API server are reached by connections made just now, through what was changed. */
  readonly stillInReach: () => Promise<boolean>;
  /** Times at which nobody could look at the device; they count in no waiting time. Default: none. */
  readonly gaps?: readonly Interval[];
  /** Devices that are out of service by the ledger; they are not asked for what they cannot have. */
  readonly outOfService: ReadonlySet<string>;
  readonly backups: {
    readonly save: (backup: Backup) => Promise<void>;
    /** The backup of this very configuration; undefined while there is none. */
    readonly find: (configuration: string) => Promise<{ secretName: string; sha256: string } | undefined>;
    /** The backup that `status.found` names. */
    readonly load: () => Promise<Backup | undefined>;
  };
  /** Sends the package through that connection to that path. Absent where nothing is pushed. */
  readonly pushPackage?: (connection: DeviceConnection, path: string) => Promise<void>;
  /**
   * Lets something go on after the step has returned; a failure is kept for `lastFailure`. `stop` ends it, as by closing
   * its session.
   */
  readonly inBackground: (work: Promise<unknown>, stop?: AbortController) => void;
  /** Ends what goes on in the background where it can be stopped, and returns once it has; its failure is not kept. */
  readonly stopBackground: () => Promise<void>;
  /** What went wrong in the background since the step was last begun. */
  readonly lastFailure: () => string | undefined;
  /** What came out of the work in the background since the step was last begun, where it says something. */
  readonly lastResult?: () => string | undefined;
  /** Whether something goes on in the background; a process that was started since knows nothing of it. */
  readonly isBusy: () => boolean;
}

export interface RunSettings {
  readonly health: HealthSettings;
  readonly abortOnFailure: boolean;
  /** `Exclude`: a device that fails a check is left as it is, and the campaign goes on without it. Default: `Abort`. */
  readonly onUnhealthy?: "Abort" | "Exclude";
  readonly soakSeconds: number;
  /** A device that has stayed as it was found takes a recovery snapshot of its new software. Default: none. */
  readonly recoverySnapshot?: boolean;
  readonly quietBitsPerSecond: number;
  readonly confirmTimeoutMinutes: number;
  /** How the campaign wants its devices drained. Default: `Auto`. */
  readonly drainTechnique?: WantedTechnique;
  /** The campaign accepts by name that this device's upgrade cuts somebody off. */
  readonly acceptsLoss: boolean;
  /** The warnings that the campaign accepts of this device. */
  readonly acceptedWarnings: ReadonlySet<Warning>;
}

/** Thrown by `RunContext.connect`; the engine sees it as the observation `Unreachable`. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
  readonly explained: Explained;

  constructor(explained: Explained, options?: ErrorOptions) {
    super(explained.message, options);
    this.explained = explained;
  }
}

/** Thrown by `RunContext.fence`: nothing was sent, and somebody else decides now. */
export class FenceClosed extends Error {
  override readonly name = "FenceClosed";
}

/** What is known beside a device and an image when somebody asks whether they fit. */
export interface SupportOptions {
  /** What the device said of itself; null where it was not read. */
  readonly said?: DeviceDiscovery | null;
  /** The campaign takes models that the driver was not tested with. */
  readonly allowUntestedModels?: boolean;
  /** The campaign accepts by name that the device's upgrade cuts somebody off. */
  readonly acceptsLoss?: boolean;
}

/** Connects to a device, or to one of its control planes at that one's own address. Throws `Unreachable`. */
export type Connect = (controlPlane?: string) => Promise<DeviceConnection>;

/** Which way a campaign goes, where a family has more than one. */
export type Way = Pick<UpgradeCampaign["spec"]["strategy"], "routingEngines">;

export interface Driver {
  readonly name: string;
  /** Whether the device is one of this driver's; the registry asks in its order. */
  readonly handles: (device: FabricDevice, way: Way) => boolean;
  /** Why the image cannot be brought to the device; null when it can. */
  readonly supports: (device: FabricDevice, image: DeviceImage, options?: SupportOptions) => Explained | null;
  readonly procedure: Procedure<RunContext>;
  /** How long the whole procedure takes, soak included, where its steps don't say what they expect. */
  readonly estimateSeconds?: (device: FabricDevice, soakSeconds: number) => number;
  /** Reads what ports carry now, for plans; a driver without it has plans that say nothing of its capacity. */
  readonly readLoads?: (connect: Connect) => Promise<readonly PortLoad[]>;
  /** How the device would be drained as it is configured now, for plans; a driver without it drains nothing. */
  readonly planDrain?: (connect: Connect, wanted?: WantedTechnique) => Promise<PlannedDrain>;
  /** What the health checks are made of, where it is not what a switch has. */
  readonly takeReadings?: (context: RunContext, asked?: ReadonlySet<CheckName>) => Promise<HealthReadings>;
  /** Reads what topology, redundancy and versions are made of. Changes nothing. */
  readonly discover: (device: FabricDevice, connect: Connect, clock: Clock) => Promise<DeviceDiscovery>;
}
