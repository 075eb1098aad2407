/**
 * A plan for people: the summary at the top, then who is cut off, who is left out and why, and every device with
 * the reasons for its batch (PL-7, PL-8).
 */
import type { Plan, PlannedBatch } from "../../api/plan.ts";
import { REASONS } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { compareNames } from "../../planner/naturalOrder.ts";
import { countOf, formatDuration } from "./duration.ts";
import { renderTable, wrapWords } from "./table.ts";

export interface PlanReportInput {
  readonly plan: Plan;
  readonly campaign: UpgradeCampaign;
  readonly blockers: readonly Blocker[];
}

const DEVICES_WIDTH = 48;
const REASONS_WIDTH = 72;

/** The whole report. */
export function renderPlan({ plan, campaign, blockers }: PlanReportInput): string {
  const sections = [
    renderSummary({ plan, campaign, blockers }),
    renderBatches(plan),
    renderExposed(plan, campaign),
    renderBlockers(blockers),
    renderSkipped(plan),
    renderDevices(plan),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

/** How long the batches take one after another. */
export function estimateOf(plan: Plan): number {
  return plan.batches.reduce((sum, batch) => sum + batch.estimateSeconds, 0);
}

function renderSummary({ plan, campaign, blockers }: PlanReportInput): string {
  const { batches, lowerBound, hash, skipped } = plan;
  const planned = Object.keys(plan.devices).length;
  const skippedToo = skipped.length === 0 ? "" : `, ${String(skipped.length)} skipped`;
  const least =
    batches.length === lowerBound ? "no plan has fewer" : `the proven lower bound is ${String(lowerBound)}`;
  const rows = [
    ["devices", `${countOf(planned, "device")} to upgrade${skippedToo}`],
    ["batches", `${countOf(batches.length, "batch", "batches")} (${least})`],
    ["time", `about ${formatDuration(estimateOf(plan))}`],
    ["hitless", hitlessText(plan, campaign)],
    ["source", sourceText(plan)],
    ["hash", hash ?? "none: only a plan read from the devices can be approved"],
    ...(blockers.length === 0 ? [] : [["verdict", "BLOCKED: it cannot be approved as it stands, see below"]]),
  ];
  const title = `Plan of campaign ${campaign.metadata.name} for fabric ${campaign.spec.fabricRef.name}`;
  return `${title}\n${renderTable([], rows, { indent: "  " })}`;
}

function sourceText({ source }: Plan): string {
  return source === "devices"
    ? "read from the devices"
    : "from declarations: no device was asked (--live reads them)";
}

function hitlessText({ hitless, exposed }: Plan, campaign: UpgradeCampaign): string {
  if (hitless) return "yes: nobody is cut off by any batch";
  const accepted = acceptedReasons(campaign);
  const endpoints = [...new Set(exposed.flatMap((each) => each.endpoints))].toSorted(compareNames);
  const open = exposed.filter(({ device }) => !accepted.has(device)).length;
  const consent = open === 0 ? "accepted by the campaign" : `${countOf(open, "device")} not accepted`;
  return `no: ${endpoints.join(", ")} cut off while ${namesOf(exposed)} out (${consent})`;
}

function namesOf(exposed: Plan["exposed"]): string {
  const names = exposed.map(({ device }) => device);
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"}`;
}

function acceptedReasons({ spec }: UpgradeCampaign): ReadonlyMap<string, string> {
  return new Map((spec.strategy.acceptNonHitless ?? []).map(({ device, reason }) => [device, reason]));
}

function renderBatches(plan: Plan): string {
  const rows = plan.batches.map((batch) => [
    String(batch.index),
    batch.canary ? `${batch.tier} (canary)` : batch.tier,
    wrapWords(batch.devices, DEVICES_WIDTH),
    releasesOf(plan, batch),
    formatDuration(batch.estimateSeconds),
  ]);
  return rows.length === 0
    ? "Batches\n  none"
    : `Batches\n${renderTable(["batch", "tier", "devices", "from → to", "about"], rows, { indent: "  " })}`;
}

/** The distinct moves of a batch. */
function releasesOf(plan: Plan, { devices }: PlannedBatch): string {
  const moves = devices.flatMap((name) => {
    const device = plan.devices[name];
    return device === undefined ? [] : [`${device.from ?? "?"} → ${device.to}`];
  });
  return [...new Set(moves)].join("\n");
}

function renderExposed({ exposed }: Plan, campaign: UpgradeCampaign): string {
  if (exposed.length === 0) return "";
  const accepted = acceptedReasons(campaign);
  const rows = exposed.map(({ device, endpoints }) => {
    const reason = accepted.get(device);
    const consent = reason === undefined ? "no" : `yes: ${reason}`;
    return [device, wrapWords(endpoints, DEVICES_WIDTH), consent];
  });
  const head = ["device", "cut off while it is out", "accepted"];
  return `Exposed\n${renderTable(head, rows, { indent: "  " })}`;
}

function renderBlockers(blockers: readonly Blocker[]): string {
  if (blockers.length === 0) return "";
  const rows = blockers.map(({ device, reason, message }) => [
    device,
    reason,
    `${message}\n${REASONS[reason].hint}`,
  ]);
  return `Blocked by\n${renderTable(["device", "reason", "message"], rows, { indent: "  " })}`;
}

function renderSkipped({ skipped }: Plan): string {
  if (skipped.length === 0) return "";
  const rows = skipped.map(({ device, reason, message }) => [device, reason, message]);
  return `Skipped\n${renderTable(["device", "reason", "message"], rows, { indent: "  " })}`;
}

function renderDevices({ devices }: Plan): string {
  const names = Object.keys(devices);
  if (names.length === 0) return "";
  const rows = Object.entries(devices)
    .toSorted(([one, a], [other, b]) => a.batch - b.batch || compareNames(one, other))
    .map(([name, device]) => [
      name,
      String(device.batch),
      device.from ?? "?",
      device.to,
      formatDuration(device.estimateSeconds),
      wrapWords(device.peers, DEVICES_WIDTH / 2),
      device.reasons.map((reason) => wrapWords(reason.split(" "), REASONS_WIDTH)).join("\n"),
    ]);
  const head = ["device", "batch", "from", "to", "about", "carried by", "why in this batch"];
  return `Devices\n${renderTable(head, rows, { indent: "  " })}`;
}
