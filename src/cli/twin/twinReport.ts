/** What a campaign on a twin came to: read from the objects, and from the truth that only the simulator knows. */
import type { CampaignPhase } from "../../api/campaignPhase.ts";
import type { DeviceState } from "../../api/deviceState.ts";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { Plan } from "../../api/plan.ts";
import { isPassed } from "../../engine/stopovers.ts";
import { compareNames } from "../../planner/naturalOrder.ts";
import type { SimulationDescription } from "../../simulator/description.ts";
import type { DeviceTruth } from "../../simulator/simulatedDevice.ts";
import type { FabricSimulator } from "../../simulator/fabricSimulator.ts";
import type { CampaignEnd } from "./followCampaign.ts";

export interface TwinReport {
  /** Null when none came about. */
  readonly plan: Plan | null;
  readonly outcome: CampaignEnd["outcome"];
  readonly phase: CampaignPhase;
  readonly message: string;
  readonly devices: readonly TwinDevice[];
  readonly batches: number;
  readonly packets: TwinPackets;
  /** Why the campaign did not succeed, per device, and what the simulator saw that must not be. */
  readonly problems: readonly string[];
  readonly modelSeconds: number;
}

export interface TwinDevice {
  readonly name: string;
  readonly from: string | null;
  /** What runs on it in truth. */
  readonly to: string;
  readonly state: DeviceState;
  readonly batch: number;
  /** By the simulator's own count. */
  readonly reboots: number;
  readonly installs: number;
  readonly message: string;
  /** Each of its routing engines or nodes, where there are two. */
  readonly controlPlanes: readonly TwinControlPlane[];
}

export interface TwinControlPlane {
  readonly name: string;
  readonly isMaster: boolean;
  readonly to: string;
  readonly reboots: number;
  readonly installs: number;
}

export interface PacketCount {
  readonly sent: number;
  readonly lost: number;
}

export interface TwinPackets extends PacketCount {
  /** Flows from and to the endpoints that the plan calls exposed. */
  readonly exposed: PacketCount;
  /** All other flows: of these none may lose a packet. */
  readonly others: PacketCount;
  /** Flows of others that lost packets, the worst first. */
  readonly losing: readonly { readonly from: string; readonly to: string; readonly lost: number }[];
  /** Where and why packets were lost, of all flows. */
  readonly causes: readonly {
    readonly device: string;
    readonly reason: string;
    /** Model seconds since the start. */
    readonly atSeconds: number;
    readonly seconds: number;
    readonly lost: number;
  }[];
}

export interface TwinReportInput {
  readonly end: CampaignEnd;
  readonly upgrades: readonly DeviceUpgrade[];
  readonly simulator: FabricSimulator;
  readonly description: SimulationDescription;
  /** Model milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
}

/** Builds the report. */
export function twinReport(input: TwinReportInput): TwinReport {
  const { end, startedAt, endedAt } = input;
  const plan = end.plan?.plan ?? null;
  const devices = reportDevices(plan, input);
  return {
    plan,
    outcome: end.outcome,
    phase: end.phase,
    message: end.message,
    devices,
    batches: plan?.batches.length ?? 0,
    packets: reportPackets(plan, input),
    problems: problemsOf(input, devices),
    modelSeconds: Math.round((endedAt - startedAt) / 1000),
  };
}

function reportDevices(plan: Plan | null, { upgrades, simulator }: TwinReportInput): readonly TwinDevice[] {
  const truth = simulator.truth();
  const byDevice = new Map(
    upgrades.filter((upgrade) => !isPassed(upgrade)).map((upgrade) => [upgrade.spec.deviceName, upgrade]),
  );
  return Object.entries(plan?.devices ?? {})
    .map(([name, planned]): TwinDevice => {
      const status = byDevice.get(name)?.status;
      const counters = simulator.devices.get(name)?.counters;
      return {
        name,
        from: planned.from,
        to: truth.devices[name]?.release ?? "unknown",
        state: status?.state ?? "Pending",
        batch: planned.batch,
        reboots: counters?.reboots ?? 0,
        installs: counters?.installsStarted ?? 0,
        message: status?.message ?? "",
        controlPlanes: planesOf(truth.devices[name]),
      };
    })
    .toSorted((one, other) => one.batch - other.batch || compareNames(one.name, other.name));
}

function planesOf(device: DeviceTruth | undefined): readonly TwinControlPlane[] {
  if (device === undefined || device.controlPlanes.length < 2) return [];
  return device.controlPlanes.map(({ name, release, counters }) => ({
    name,
    isMaster: name === device.master,
    to: release,
    reboots: counters.reboots,
    installs: counters.installsStarted,
  }));
}

function reportPackets(
  plan: Plan | null,
  { simulator, description, startedAt }: TwinReportInput,
): TwinPackets {
  const { flows } = simulator.traffic.report();
  const exposed = exposedServers(plan, description);
  const isExposed = ({ from, to }: { from: string; to: string }): boolean =>
    exposed.has(from) || exposed.has(to);
  const others = flows.filter((flow) => !isExposed(flow));
  return {
    ...sum(flows),
    exposed: sum(flows.filter(isExposed)),
    others: sum(others),
    losing: others
      .filter(({ lost }) => lost > 0)
      .map(({ from, to, lost }) => ({ from, to, lost }))
      .toSorted((one, other) => other.lost - one.lost || compareNames(one.from, other.from)),
    causes: simulator.traffic.timeline().map(({ device, reason, from, to, lostPackets }) => ({
      device,
      reason,
      atSeconds: (from - startedAt) / 1000,
      seconds: (to - from) / 1000,
      lost: Math.ceil(lostPackets),
    })),
  };
}

/** The simulated servers behind the endpoints that a plan names by name, segment or port. */
function exposedServers(plan: Plan | null, { servers }: SimulationDescription): ReadonlySet<string> {
  const endpoints = new Set((plan?.exposed ?? []).flatMap((each) => each.endpoints));
  const found = servers.filter(({ name, esi, aggregate, attachments }) => {
    const names = attachments.flatMap(({ device, port }) => [
      `${device}/${port}`,
      `${device}/${aggregate ?? port}`,
    ]);
    return [name, esi, ...names].some((each) => each !== undefined && endpoints.has(each));
  });
  return new Set(found.map(({ name }) => name));
}

function sum(flows: readonly PacketCount[]): PacketCount {
  return flows.reduce((total, { sent, lost }) => ({ sent: total.sent + sent, lost: total.lost + lost }), {
    sent: 0,
    lost: 0,
  });
}

/** A rehearsal of a failure that did not happen shows nothing, however well it ends. */
function unmetFaults({ simulator }: TwinReportInput): readonly string[] {
  const messages = simulator.unmetFaults().map(({ fault: { device, fault, when }, isBegun }) => {
    const place = `${device}: the fault ${fault} did not happen`;
    if (isBegun || when === undefined) return `${place}: nobody met it`;
    if ("atSeconds" in when) return `${place}: second ${String(when.atSeconds)} did not come`;
    return "onRpc" in when
      ? `${place}: request ${String(when.occurrence ?? 1)} of ${when.onRpc} did not come`
      : `${place}: reboot ${String(when.afterReboot)} did not come`;
  });
  return [...new Set(messages)];
}

function problemsOf(input: TwinReportInput, devices: readonly TwinDevice[]): readonly string[] {
  const { end, upgrades } = input;
  // Of a device with two control planes each counts for itself.
  const counted = devices.flatMap((device): readonly Pick<TwinDevice, "name" | "reboots" | "installs">[] =>
    device.controlPlanes.length === 0
      ? [device]
      : device.controlPlanes.map((plane) => ({ ...plane, name: `${device.name} ${plane.name}` })),
  );
  const tooOften = counted
    .filter(({ reboots, installs }) => reboots > 1 || installs > 1)
    .map(
      ({ name, reboots, installs }) =>
        `${name}: rebooted ${String(reboots)} times, installed ${String(installs)} times`,
    );
  const problems = [...tooOften, ...unmetFaults(input)];
  if (end.outcome === "Succeeded") return problems;
  const states = upgrades
    .filter(({ status }) => status?.state !== "HitlessImageUpgradeSuccessful")
    .map(
      ({ spec, status }) =>
        `${spec.deviceName}: ${status?.state ?? "Pending"}: ${status?.message ?? "not begun"}`,
    );
  return [`${end.phase}: ${end.message}`, ...states, ...problems];
}
