/**
 * A plan for people: the summary at the top, then the batches, who is cut off, who is left out and why, and every
 * device with what separates it from which other (PL-7, PL-8).
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan, PlannedBatch } from "../../api/plan.ts";
import { REASONS } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { compareNames, sortedNames } from "../../planner/naturalOrder.ts";
import type { Topology } from "../../planner/topology/topology.ts";
import { countOf, formatDuration } from "./duration.ts";
import { namesCell, renderReport, sentencesCell, type Report, type Section } from "./report.ts";

export interface PlanReportInput {
  readonly plan: Plan;
  readonly campaign: UpgradeCampaign;
  readonly blockers: readonly Blocker[];
  /** Says which roles the devices have. */
  readonly fabric?: Fabric | undefined;
  /** Says which devices share servers. */
  readonly topology?: Topology | undefined;
}

const DEVICES_WIDTH = 48;
const NARROW_WIDTH = 24;
const REASONS_WIDTH = 72;

/** The whole report, for a terminal. */
export function renderPlan(input: PlanReportInput): string {
  return renderReport(planReport(input));
}

/** The whole report. Sections that have nothing to say are left out. */
export function planReport(input: PlanReportInput): Report {
  const { campaign, blockers, plan } = input;
  const sections = [
    summary(input),
    batches(plan),
    exposed(plan, campaign),
    warnings(plan, campaign),
    blockedBy(blockers),
    skipped(plan),
    devices(input),
  ];
  return {
    title: `Plan of campaign ${campaign.metadata.name} for fabric ${campaign.spec.fabricRef.name}`,
    sections: sections.filter((section) => section !== undefined),
  };
}

/** How long the batches take one after another. */
export function estimateOf(plan: Plan): number {
  return plan.batches.reduce((sum, batch) => sum + batch.estimateSeconds, 0);
}

/** `21.4R3-S5.4 → 23.4R2-S3.9`. */
export function releaseText({ from, to }: { readonly from: string | null; readonly to: string }): string {
  return `${from ?? "?"} → ${to}`;
}

function summary(input: PlanReportInput): Section {
  const { plan, blockers } = input;
  const planned = Object.keys(plan.devices).length;
  const skippedToo = plan.skipped.length === 0 ? "" : `, ${String(plan.skipped.length)} skipped`;
  const rows = [
    ["devices", `${countOf(planned, "device")} to upgrade${skippedToo}`],
    ["batches", batchesText(plan)],
    ["time", timeText(plan)],
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
  const total = `about ${formatDuration(estimateOf(plan))}`;
  const by = estimatedByText(plan);
  if (seconds.length < 2) return `${total}${by}`;
  const [least, most] = [formatDuration(Math.min(...seconds)), formatDuration(Math.max(...seconds))];
  return `${total}, ${least === most ? `${most} each batch` : `${least} to ${most} a batch`}${by}`;
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
    const costs = (plan.warnings ?? []).some(({ warning }) => warning === "UnsupportedProtocol");
    return costs ? "no: packets may be lost, see the warnings" : "not proven, see below";
  }
  const accepted = acceptedReasons(campaign);
  const endpoints = sortedNames(cutOff.flatMap((each) => each.endpoints));
  const open = cutOff.filter(({ device }) => !accepted.has(device)).length;
  const consent = open === 0 ? "accepted by the campaign" : `${countOf(open, "device")} not accepted`;
  return `no: ${endpoints.join(", ")} cut off while ${namesOf(cutOff)} out (${consent})`;
}

function namesOf(cutOff: Plan["exposed"]): string {
  const names = cutOff.map(({ device }) => device);
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"}`;
}

function acceptedReasons({ spec }: UpgradeCampaign): ReadonlyMap<string, string> {
  return new Map((spec.strategy.acceptNonHitless ?? []).map(({ device, reason }) => [device, reason]));
}

function batches(plan: Plan): Section {
  const rows = plan.batches.map((batch) => [
    String(batch.index),
    tierText(batch),
    namesCell(batch.devices, DEVICES_WIDTH),
    releasesOf(plan, batch),
    formatDuration(batch.estimateSeconds),
  ]);
  return rows.length === 0
    ? { title: "Batches", text: ["none"] }
    : {
        title: "Batches",
        table: { head: ["batch", "tier", "devices", "from → to", "about"], rows },
        grows: true,
      };
}

/** The tier, and what is special about the batch. */
function tierText({ tier, canary, protects, level }: PlannedBatch): string {
  const about = [
    ...(canary ? ["canary"] : []),
    ...(protects === undefined ? [] : [`carries ${protects.join(", ")}`]),
    ...(level === undefined ? [] : [`level ${String(level)}`]),
  ];
  return about.length === 0 ? tier : `${tier} (${about.join("; ")})`;
}

/** The distinct moves of a batch. */
function releasesOf(plan: Plan, { devices: names }: PlannedBatch): string {
  const moves = names.flatMap((name) => {
    const device = plan.devices[name];
    return device === undefined ? [] : [releaseText(device)];
  });
  return [...new Set(moves)].join("\n");
}

function exposed({ exposed: cutOff }: Plan, campaign: UpgradeCampaign): Section | undefined {
  if (cutOff.length === 0) return undefined;
  const accepted = acceptedReasons(campaign);
  const rows = cutOff.map(({ device, endpoints }) => {
    const reason = accepted.get(device);
    return [device, namesCell(endpoints, DEVICES_WIDTH), reason === undefined ? "no" : `yes: ${reason}`];
  });
  const head = ["device", "cut off while it is out", "accepted"];
  return { title: "Exposed", table: { head, rows } };
}

function warnings({ warnings: found = [] }: Plan, { spec }: UpgradeCampaign): Section | undefined {
  if (found.length === 0) return undefined;
  const accepted = spec.strategy.acceptWarnings ?? [];
  const rows = found.map(({ device, warning, message }) => {
    const taken = accepted.find((each) => each.device === device && each.warning === warning);
    return [device, warning, message, taken === undefined ? "no" : `yes: ${taken.reason}`];
  });
  return { title: "Warnings", table: { head: ["device", "warning", "what it costs", "accepted"], rows } };
}

function blockedBy(blockers: readonly Blocker[]): Section | undefined {
  if (blockers.length === 0) return undefined;
  const rows = blockers.map(({ device, reason, message }) => {
    const { hint } = REASONS[reason];
    return [device, reason, hint === "" ? message : `${message}\n${hint}`];
  });
  return { title: "Blocked by", table: { head: ["device", "reason", "message"], rows } };
}

function skipped({ skipped: left }: Plan): Section | undefined {
  if (left.length === 0) return undefined;
  const rows = left.map(({ device, reason, message }) => [device, reason, message]);
  return { title: "Skipped", table: { head: ["device", "reason", "message"], rows }, grows: true };
}

function devices({ plan, fabric, topology }: PlanReportInput): Section | undefined {
  const planned = Object.entries(plan.devices);
  if (planned.length === 0) return undefined;
  const roles = new Map(fabric?.spec.devices.map((device) => [device.name, rolesOf(device)]));
  const tiers = new Map(plan.batches.map(({ index, tier }) => [index, tier]));
  const multihomed = topology === undefined ? undefined : multihomedPeers(topology);
  const rows = planned
    .toSorted(([one, a], [other, b]) => a.batch - b.batch || compareNames(one, other))
    .map(([name, device]) => [
      name,
      String(device.batch),
      namesCell(roles.get(name) ?? [tiers.get(device.batch) ?? "?"], NARROW_WIDTH),
      releaseText(device),
      formatDuration(device.estimateSeconds),
      ...(multihomed === undefined ? [] : [namesCell(sortedNames(multihomed.get(name) ?? []), NARROW_WIDTH)]),
      namesCell(device.peers, NARROW_WIDTH),
      sentencesCell(device.reasons, REASONS_WIDTH),
    ]);
  const head = "device,batch,roles,from → to,about,multihomed with,carried by,why in this batch"
    .split(",")
    .filter((title) => multihomed !== undefined || title !== "multihomed with");
  return { title: "Devices", table: { head, rows }, grows: true };
}

/** The role in the fabric, then those in the overlay. */
function rolesOf({
  role,
  overlayRoles,
}: Pick<Fabric["spec"]["devices"][number], "role" | "overlayRoles">): readonly string[] {
  return [role, ...(overlayRoles ?? [])];
}

/** For each device those that share an endpoint with it, whether or not their attachments are up. */
export function multihomedPeers({ endpoints }: Topology): ReadonlyMap<string, ReadonlySet<string>> {
  const peers = new Map<string, Set<string>>();
  for (const { attachments } of endpoints) {
    for (const { device } of attachments) {
      const found = peers.get(device) ?? new Set();
      peers.set(device, found);
      for (const other of attachments) if (other.device !== device) found.add(other.device);
    }
  }
  return peers;
}
