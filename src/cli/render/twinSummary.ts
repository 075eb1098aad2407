/** What a campaign on a twin came to, for people. */
import { deviceStateTitle } from "../../api/deviceState.ts";
import type { PacketCount, TwinReport } from "../twin/twinReport.ts";
import { countOf, formatCount, formatDuration } from "./duration.ts";
import { formatElapsed } from "./campaignProgress.ts";
import { renderTable } from "./table.ts";

const SHOWN_FLOWS = 10;
const SHOWN_CAUSES = 10;

/** Whether the campaign did what it has to: all devices upgraded, and nobody but the exposed lost a packet. */
export function isHitless(report: TwinReport): boolean {
  return report.outcome === "Succeeded" && report.packets.others.lost === 0;
}

/** The whole report. */
export function renderTwinReport(report: TwinReport): string {
  const sections = [
    renderOutcome(report),
    renderTwinDevices(report),
    renderPackets(report),
    renderLosing(report),
    renderCauses(report),
    renderProblems(report),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderOutcome({ outcome, phase, message, batches, devices, modelSeconds }: TwinReport): string {
  const done = devices.filter(({ state }) => state === "HitlessImageUpgradeSuccessful").length;
  const size = `${String(done)} of ${countOf(devices.length, "device")} in ${countOf(batches, "batch", "batches")}`;
  const time = `${formatDuration(modelSeconds)} of model time`;
  return `${outcome}: ${phase}, ${message}\n  ${size}, ${time}`;
}

/** One line per device. */
export function renderTwinDevices({ devices }: TwinReport): string {
  if (devices.length === 0) return "";
  const rows = devices.flatMap(({ name, batch, from, to, state, reboots, installs, controlPlanes }) => [
    [
      name,
      String(batch),
      `${from ?? "?"} → ${to}`,
      String(installs),
      String(reboots),
      deviceStateTitle(state),
    ],
    ...controlPlanes.map((plane) => [
      `  ${plane.name}`,
      "",
      `${from ?? "?"} → ${plane.to}`,
      String(plane.installs),
      String(plane.reboots),
      plane.isMaster ? "master now" : "",
    ]),
  ]);
  const head = ["device", "batch", "from → to", "installs", "reboots", "state"];
  return `Devices\n${renderTable(head, rows, { indent: "  ", right: [3, 4] })}`;
}

/** Sent and lost, in all and for the exposed apart. */
export function renderPackets({ packets, plan }: TwinReport): string {
  const endpoints = (plan?.exposed ?? []).flatMap((each) => each.endpoints).join(", ");
  const row = (title: string, { sent, lost }: PacketCount): string[] => [
    title,
    formatCount(sent),
    formatCount(lost),
    sent === 0 ? "-" : `${((lost / sent) * 100).toFixed(4)} %`,
  ];
  const rows = [
    row("all flows", packets),
    ...(endpoints === "" ? [] : [row(`from and to ${endpoints} (exposed, accepted)`, packets.exposed)]),
    ...(endpoints === "" ? [] : [row("all other flows", packets.others)]),
  ];
  return `Packets\n${renderTable(["", "sent", "lost", ""], rows, { indent: "  ", right: [1, 2, 3] })}`;
}

function renderLosing({ packets }: TwinReport): string {
  const { losing } = packets;
  if (losing.length === 0) return "";
  const rows = losing
    .slice(0, SHOWN_FLOWS)
    .map(({ from, to, lost }) => [`${from} → ${to}`, formatCount(lost)]);
  const more = losing.length - rows.length;
  const rest = more > 0 ? `\n  … and ${formatCount(more)} more` : "";
  return `Flows that lost packets\n${renderTable([], rows, { indent: "  ", right: [1] })}${rest}`;
}

function renderCauses({ packets }: TwinReport): string {
  const { causes } = packets;
  if (causes.length === 0) return "";
  const rows = causes
    .toSorted((one, other) => other.lost - one.lost)
    .slice(0, SHOWN_CAUSES)
    .toSorted((one, other) => one.atSeconds - other.atSeconds)
    .map(({ device, reason, atSeconds, seconds, lost }) => [
      formatElapsed(atSeconds),
      device,
      reason,
      `${seconds.toFixed(1)} s`,
      formatCount(lost),
    ]);
  const head = ["at", "device", "reason", "for", "lost"];
  return `Where packets were lost\n${renderTable(head, rows, { indent: "  ", right: [3, 4] })}`;
}

function renderProblems({ problems }: TwinReport): string {
  return problems.length === 0 ? "" : `Problems\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
}
