/**
 * A plan for people: the summary (`planSummary.ts`), then the batches, who is cut off, who is left out and why, and every
 * device with what separates it from which other (PL-7, PL-8).
 */
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Plan, PlannedBatch, PlannedDevice } from "../../api/plan.ts";
import { REASONS } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import type { Blocker } from "../../engine/campaignWorld.ts";
import { compareNames, sortedNames } from "../../planner/naturalOrder.ts";
import type { Topology } from "../../planner/topology/topology.ts";
import { countOf, formatDuration } from "./duration.ts";
import { acceptedReasons, planSummary, type PlanReportInput } from "./planSummary.ts";
import { namesCell, renderReport, sentencesCell, type Report, type Section } from "./report.ts";

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
    planSummary(input),
    batches(plan),
    impact(plan),
    exposed(plan, campaign),
    deviceWarnings(plan, campaign),
    blockedBy(blockers),
    warned(plan),
    skipped(plan),
    drains(plan),
    devices(input),
  ];
  return {
    title: `Plan of campaign ${campaign.metadata.name} for fabric ${campaign.spec.fabricRef.name}`,
    sections: sections.filter((section) => section !== undefined),
  };
}

/** `21.4R3-S5.4 → 23.4R2-S3.9`. */
export function releaseText({
  from,
  to,
  hops,
}: {
  readonly from: string | null;
  readonly to: string;
  readonly hops?: PlannedDevice["hops"] | undefined;
}): string {
  return [from ?? "?", ...(hops?.map((hop) => hop.to) ?? [to])].join(" → ");
}

/** How long it takes, image by image. */
export function durationsText({
  estimateSeconds,
  hops,
}: {
  readonly estimateSeconds: number;
  readonly hops?: PlannedDevice["hops"] | undefined;
}): string {
  const seconds = hops?.map((hop) => hop.estimateSeconds) ?? [estimateSeconds];
  return seconds.map(formatDuration).join(" + ");
}

function batches(plan: Plan): Section {
  const hasWindows = plan.batches.some(({ window }) => window !== undefined);
  const rows = plan.batches.map((batch) => [
    String(batch.index),
    tierText(batch),
    namesCell(batch.devices, DEVICES_WIDTH),
    releasesOf(plan, batch),
    formatDuration(batch.estimateSeconds),
    ...(hasWindows ? [windowText(batch)] : []),
  ]);
  return rows.length === 0
    ? { title: "Batches", text: ["none"] }
    : {
        title: "Batches",
        table: {
          head: ["batch", "tier", "devices", "from → to", "about", ...(hasWindows ? ["window"] : [])],
          rows,
        },
        grows: true,
      };
}

/** `2026-11-28 22:00 to 2026-11-29 02:00 UTC`. */
function windowText({ window }: PlannedBatch): string {
  if (window === undefined) return "none";
  const text = (time: string): string => time.slice(0, 16).replace("T", " ");
  return `${text(window.from)} to ${text(window.until)} UTC`;
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

/** What each batch means while it is out (PL-16). Plans of earlier versions don't say. */
function impact({ batches: planned }: Plan): Section | undefined {
  const rows = planned.flatMap(({ index, impact: means }) => {
    if (means === undefined) return [];
    const { cutOff, withoutSpare, kept, uplinksLeftPercent, outSeconds, goBackSeconds } = means;
    const keeps = [
      ...(uplinksLeftPercent === undefined ? [] : [`${String(uplinksLeftPercent)} % of uplinks`]),
      ...kept.map(({ kind, name, left, of }) => {
        return `${String(left)} of ${String(of)} of ${kind === "Role" ? name : `group ${name}`}`;
      }),
    ];
    return [
      [
        String(index),
        cutOff.length === 0 ? "nobody" : namesCell(cutOff, NARROW_WIDTH),
        withoutSpare === 0 ? "none" : countOf(withoutSpare, "endpoint"),
        keeps.length === 0 ? "all" : keeps.join("\n"),
        formatDuration(outSeconds),
        formatDuration(goBackSeconds),
      ],
    ];
  });
  if (rows.length === 0) return undefined;
  const head = ["batch", "cut off", "no spare", "keeps", "out for", "to go back"];
  const kept = [...new Set(planned.flatMap(({ impact: means }) => means?.backup ?? []))];
  const text =
    kept.length === 0
      ? {}
      : { text: [`Kept of each device before anything is changed: ${kept.join(", ")}.`] };
  return { title: "Impact", ...text, table: { head, rows }, grows: true };
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

function deviceWarnings(
  { deviceWarnings: found = [] }: Plan,
  { spec }: UpgradeCampaign,
): Section | undefined {
  if (found.length === 0) return undefined;
  const accepted = spec.strategy.acceptWarnings ?? [];
  const rows = found.map(({ device, warning, message }) => {
    const taken = accepted.find((each) => each.device === device && each.warning === warning);
    return [device, warning, message, taken === undefined ? "no" : `yes: ${taken.reason}`];
  });
  return {
    title: "What it costs",
    table: { head: ["device", "warning", "what it costs", "accepted"], rows },
  };
}

function blockedBy(blockers: readonly Blocker[]): Section | undefined {
  if (blockers.length === 0) return undefined;
  const rows = blockers.map(({ device, reason, message }) => {
    const { hint } = REASONS[reason];
    return [device, reason, hint === "" ? message : `${message}\n${hint}`];
  });
  return { title: "Blocked by", table: { head: ["device", "reason", "message"], rows } };
}

/** What people should know before they approve. */
function warned({ warnings = [] }: Plan): Section | undefined {
  if (warnings.length === 0) return undefined;
  const rows = warnings.map(({ reason, message }) => {
    return [reason, sentencesCell([message, REASONS[reason].hint], REASONS_WIDTH)];
  });
  return { title: "Warnings", table: { head: ["reason", "message"], rows } };
}

function skipped({ skipped: left }: Plan): Section | undefined {
  if (left.length === 0) return undefined;
  const rows = left.map(({ device, reason, message }) => [device, reason, message]);
  return { title: "Skipped", table: { head: ["device", "reason", "message"], rows }, grows: true };
}

/** How devices are drained, and why so; those of which the same is said together. */
function drains({ devices: planned }: Plan): Section | undefined {
  const groups = new Map<string, { names: string[]; techniques: readonly string[] }>();
  for (const [name, { drain }] of Object.entries(planned)) {
    if (drain === undefined) continue;
    const techniques = drain.map((technique) => `${technique.name}: ${technique.why}`);
    const group = groups.get(techniques.join("\n")) ?? { names: [], techniques };
    group.names.push(name);
    groups.set(techniques.join("\n"), group);
  }
  if (groups.size === 0) return undefined;
  const rows = [...groups.values()].map(({ names, techniques }) => [
    namesCell(sortedNames(names), DEVICES_WIDTH),
    techniques.length === 0 ? "nothing: it carries nothing that could be moved" : techniques.join("\n"),
  ]);
  return { title: "Drains", table: { head: ["devices", "drained by, and why"], rows }, grows: true };
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
      durationsText(device),
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
