/** What a change does to a plan, for people and for a pull request. */
import type { Plan, SkippedDevice } from "../../api/plan.ts";
import type { Change, PlanDiff } from "../diff/planDiff.ts";
import { countOf, formatDuration } from "./duration.ts";
import { namesCell, sentencesCell, type Cell, type Report, type Section } from "./report.ts";

export interface PlanDiffReportInput {
  /** What people call the two plans. */
  readonly names: Change<string>;
  readonly plans: Change<Plan>;
  readonly diff: PlanDiff;
}

const NAMES_WIDTH = 48;
const REASONS_WIDTH = 72;

/** The report. */
export function planDiffReport({ names, plans, diff }: PlanDiffReportInput): Report {
  const title = `What changes in the plan from ${names.old} to ${names.new}`;
  const sections = [
    summary(diff),
    rowsSection("Added", ["device", "batch", "to", "before"], addedRows(diff)),
    rowsSection("Removed", ["device", "was in batch", "now"], removedRows(diff)),
    rowsSection("In another batch", ["device", "batch", "why there"], movedRows(diff)),
    rowsSection("Another release", ["device", "before", "after"], releaseRows(diff)),
    rowsSection("Skipped", ["device", "before", "after"], skippedRows(diff)),
    rowsSection("Exposed", ["device", "newly cut off", "no longer cut off"], exposedRows(diff)),
    diff.same ? undefined : newBatches(plans.new, diff),
  ];
  return { title, sections: sections.filter((section) => section !== undefined) };
}

function rowsSection(
  title: string,
  head: readonly string[],
  rows: readonly (readonly Cell[])[],
): Section | undefined {
  return rows.length === 0 ? undefined : { title, table: { head, rows }, grows: true };
}

function summary(diff: PlanDiff): Section {
  const { hash, source, estimatedSeconds } = diff;
  const rows = [
    figure("devices", diff.devices, String),
    figure("skipped", diff.skippedDevices, String),
    figure("batches", diff.batches, String),
    figure("lower bound", diff.lowerBound, String),
    figure("time", estimatedSeconds, (seconds) => `about ${formatDuration(seconds)}`),
    figure("hitless", diff.hitless, (hitless) => (hitless ? "yes" : "no")),
    figure("source", source, String),
    figure("hash", hash, (text) => text ?? "none"),
  ].map(([what = "", old = "", now = ""]) => [what, old, now, old === now ? "" : "changed"]);
  const text = diff.same
    ? [
        hash.old === hash.new
          ? "Nothing changes."
          : "Devices, batches and exposure stay the same; an approval of the old hash is none of the new one.",
      ]
    : [changesText(diff)];
  const more = estimatedSeconds.new - estimatedSeconds.old;
  if (more !== 0) {
    text.push(`It takes ${formatDuration(Math.abs(more))} ${more > 0 ? "longer" : "less"}.`);
  }
  if (source.old !== source.new) {
    text.push(
      "One of the plans was read from the devices, the other one was not: releases differ for that alone.",
    );
  }
  return { title: "", text, table: { head: ["", "before", "after", ""], rows } };
}

function figure<T>(what: string, change: Change<T>, show: (value: T) => string): string[] {
  return [what, show(change.old), show(change.new)];
}

function changesText({ added, removed, moved, releases, exposed }: PlanDiff): string {
  const cutOff = exposed.flatMap((each) => each.cutOff).length;
  const parts = [
    countText(added.length, "device comes in", "devices come in"),
    countText(removed.length, "device drops out", "devices drop out"),
    countText(moved.length, "device moves to another batch", "devices move to other batches"),
    countText(releases.length, "device has another release", "devices have other releases"),
    countText(cutOff, "endpoint is newly cut off", "endpoints are newly cut off"),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "No device changes its place." : `${parts.join(", ")}.`;
}

function countText(count: number, one: string, many: string): string {
  return count === 0 ? "" : countOf(count, one, many);
}

function addedRows({ added }: PlanDiff): readonly (readonly Cell[])[] {
  return added.map(({ device, batch, to, before }) => [
    device,
    String(batch),
    to,
    before === null ? "not selected" : skipText(before),
  ]);
}

function removedRows({ removed }: PlanDiff): readonly (readonly Cell[])[] {
  return removed.map(({ device, batch, now }) => [
    device,
    String(batch),
    now === null ? "not selected" : skipText(now),
  ]);
}

function movedRows({ moved }: PlanDiff): readonly (readonly Cell[])[] {
  return moved.map(({ device, batch, reasons }) => [
    device,
    `${String(batch.old)} → ${String(batch.new)}`,
    sentencesCell(reasons, REASONS_WIDTH),
  ]);
}

function releaseRows({ releases }: PlanDiff): readonly (readonly Cell[])[] {
  return releases.map(({ device, from, to }) => [
    device,
    `${from.old ?? "?"} → ${to.old}`,
    `${from.new ?? "?"} → ${to.new}`,
  ]);
}

function skippedRows({ skipped }: PlanDiff): readonly (readonly Cell[])[] {
  return skipped.map((each) => [
    each.device,
    each.old === null ? "not selected" : skipText(each.old),
    each.new === null ? "not selected" : skipText(each.new),
  ]);
}

function exposedRows({ exposed }: PlanDiff): readonly (readonly Cell[])[] {
  return exposed.map(({ device, cutOff, noLonger }) => [
    device,
    namesCell(cutOff, NAMES_WIDTH),
    namesCell(noLonger, NAMES_WIDTH),
  ]);
}

function skipText({ reason, message }: SkippedDevice): string {
  return `skipped, ${reason}: ${message}`;
}

/** The batches as they are now, with what each of them was before. */
function newBatches({ batches }: Plan, { added, moved, renumbered }: PlanDiff): Section {
  const before = new Map(renumbered.map((change) => [change.new, change.old]));
  const isNew = new Set(added.map(({ device }) => device));
  const isMoved = new Set(moved.map(({ device }) => device));
  const rows = batches.map(({ index, tier, canary, devices, estimateSeconds }) => {
    const old = before.get(index);
    const news = [
      ...(old === undefined ? [] : [`was batch ${String(old)}`]),
      ...(devices.some((device) => isNew.has(device)) ? ["new devices"] : []),
      ...(devices.some((device) => isMoved.has(device)) ? ["moved devices"] : []),
    ];
    const marked = devices.map((device) =>
      isNew.has(device) ? `+${device}` : isMoved.has(device) ? `→${device}` : device,
    );
    return [
      String(index),
      canary ? `${tier} (canary)` : tier,
      namesCell(marked, NAMES_WIDTH),
      formatDuration(estimateSeconds),
      news.join(", "),
    ];
  });
  return {
    title: "Batches after the change",
    table: { head: ["batch", "tier", "devices", "about", "news"], rows },
    grows: true,
  };
}
