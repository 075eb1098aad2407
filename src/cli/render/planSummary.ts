/** What a plan comes to, in a few lines: those that are read before anybody looks at a table. */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan } from "../../api/plan.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { totalSeconds } from "../../planner/estimate.ts";
import { listed, sortedNames } from "../../planner/naturalOrder.ts";
import type { Topology } from "../../planner/topology/topology.ts";
import { countOf, formatDuration } from "./duration.ts";
import type { Section } from "./report.ts";

/** What a plan is reported from. */
export interface PlanReportInput {
  readonly plan: Plan;
  readonly campaign: UpgradeCampaign;
  readonly blockers: readonly Blocker[];
  /** Says which roles the devices have. */
  readonly fabric?: Fabric | undefined;
  /** Says which devices share servers. */
  readonly topology?: Topology | undefined;
}

/** So many names stand in a line; the table of those who are exposed has all of them. */
const NAMED = 12;

/** The head of the report: how many devices, how long, who is cut off, and whether it can be approved. */
export function planSummary(input: PlanReportInput): Section {
  const { plan, blockers } = input;
  const planned = Object.keys(plan.devices).length;
  const skippedToo = plan.skipped.length === 0 ? "" : `, ${String(plan.skipped.length)} skipped`;
  const rows = [
    ["devices", `${countOf(planned, "device")} to upgrade${skippedToo}`],
    ["batches", batchesText(plan)],
    ["time", timeText(plan)],
    ...windowsRow(plan),
    ["hitless", hitlessText(input)],
    ["source", sourceText(plan)],
    ["hash", plan.hash ?? "none: only a plan read from the devices can be approved"],
    ...(blockers.length === 0 ? [] : [["verdict", "BLOCKED: it cannot be approved as it stands, see below"]]),
  ];
  return { title: "", table: { head: [], rows } };
}

function batchesText({ batches: { length }, lowerBound }: Plan): string {
  const count = countOf(length, "batch", "batches");
  return length === lowerBound
    ? `${count} (no plan has fewer)`
    : `${count} (the proven lower bound is ${String(lowerBound)}, a gap of ${String(length - lowerBound)})`;
}

function timeText(plan: Plan): string {
  const seconds = plan.batches.map(({ estimateSeconds }) => estimateSeconds);
  const total = `about ${formatDuration(totalSeconds(plan.batches))}`;
  const by = estimatedByText(plan);
  if (seconds.length < 2) return `${total}${by}`;
  const [least, most] = [formatDuration(Math.min(...seconds)), formatDuration(Math.max(...seconds))];
  return `${total}, ${least === most ? `${most} each batch` : `${least} to ${most} a batch`}${by}`;
}

/** How many maintenance windows it takes if it begins now. */
function windowsRow({ batches: planned }: Plan): string[][] {
  const windows = new Set(planned.flatMap(({ window }) => (window === undefined ? [] : [window.from])));
  if (windows.size === 0) return [];
  const missing = planned.filter(({ window }) => window === undefined).length;
  const but = missing === 0 ? "" : `; ${countOf(missing, "batch", "batches")} without one`;
  return [["windows", `${countOf(windows.size, "maintenance window")}, if it begins now${but}`]];
}

/** Where the estimates come from, as far as the plan says (PL-9). */
function estimatedByText({ devices: planned }: Plan): string {
  const sources = Object.values(planned).flatMap(({ estimatedBy }) => estimatedBy ?? []);
  const learned = sources.filter((source) => source === "EarlierCampaigns").length;
  if (sources.length === 0) return "";
  if (learned === 0) return "; by the driver's defaults";
  return learned === sources.length
    ? "; by what earlier campaigns took"
    : `; by what earlier campaigns took for ${countOf(learned, "device")}, by defaults for ${String(sources.length - learned)}`;
}

function sourceText({ source }: Plan): string {
  return source === "devices"
    ? "read from the devices"
    : "from declarations: no device was asked (--live reads them)";
}

function hitlessText({ plan, campaign, topology }: PlanReportInput): string {
  const { hitless, source, exposed: cutOff } = plan;
  if (hitless) {
    if (source === "devices") return "yes: nobody is cut off by any batch";
    const isSilent = topology !== undefined && topology.links.length + topology.endpoints.length === 0;
    return isSilent
      ? "not known: the files declare neither links nor servers"
      : "as declared: nobody who is declared is cut off by any batch";
  }
  if (cutOff.length === 0) {
    const costs = (plan.deviceWarnings ?? []).some(({ warning }) => warning === "UnsupportedProtocol");
    return costs ? "no: packets may be lost, see what it costs" : "not proven, see below";
  }
  const accepted = acceptedReasons(campaign);
  const endpoints = sortedNames(cutOff.flatMap((each) => each.endpoints));
  const open = cutOff.filter(({ device }) => !accepted.has(device)).length;
  const consent = open === 0 ? "accepted by the campaign" : `${countOf(open, "device")} not accepted`;
  return `no: ${listed(endpoints, NAMED)} cut off while ${namesOf(cutOff)} out (${consent})`;
}

function namesOf(cutOff: Plan["exposed"]): string {
  const names = cutOff.map(({ device }) => device);
  return `${listed(names, NAMED)} ${names.length === 1 ? "is" : "are"}`;
}

/** Why the campaign accepts that somebody is cut off, by device. */
export function acceptedReasons({ spec }: UpgradeCampaign): ReadonlyMap<string, string> {
  return new Map((spec.strategy.acceptNonHitless ?? []).map(({ device, reason }) => [device, reason]));
}
