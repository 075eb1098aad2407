/** What the simulator's process and its parent say to each other, over Node's channel for messages. */
import type { SimulationDescription } from "../../src/simulator/description.ts";
import type { ServedDevice } from "../../src/simulator/fabricSimulator.ts";
import type { DeviceTruth } from "../../src/simulator/simulatedDevice.ts";
import type { WorldLogEntry } from "../../src/simulator/modelEvent.ts";
import type { DeviceCounters } from "../../src/simulator/world.ts";
import type { TwinReport, TwinReportInput } from "../../src/cli/twin/twinReport.ts";
import type { ControllerOptions } from "./controllerHandle.ts";

/** The first message. */
export interface Setting {
  readonly description: SimulationDescription;
  readonly clock: ControllerOptions["clock"];
}

/** What is asked often. */
export interface DeviceLook {
  readonly name: string;
  readonly counters: Readonly<DeviceCounters>;
  readonly power: DeviceTruth["power"];
  /** NETCONF answers. */
  readonly management: boolean;
}

/** All that is known of a device. */
export interface DeviceFacts extends DeviceLook {
  readonly release: string;
  /** What the simulator saw of it, oldest first. */
  readonly log: readonly WorldLogEntry[];
  /** How often it received each RPC. */
  readonly received: ReadonlyMap<string, number>;
  /** The committed configuration, as text. */
  readonly configuration: string;
}

export type Question =
  | { readonly ask: "look" }
  | { readonly ask: "facts" }
  | { readonly ask: "report"; readonly input: Omit<TwinReportInput, "simulator" | "description"> };

/** The answer to each question, and what is said after the setting. */
export interface Answers {
  readonly served: readonly ServedDevice[];
  readonly look: readonly DeviceLook[];
  readonly facts: readonly DeviceFacts[];
  readonly report: TwinReport;
}

/** One answer. */
export type Answer = {
  readonly [A in keyof Answers]: { readonly to: A; readonly is: Answers[A] };
}[keyof Answers];
