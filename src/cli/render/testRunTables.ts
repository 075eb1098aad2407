/** What a test run has come to, for people. */
import type { CheckRow, TestedDevice, TestRunReport } from "../testRun/testRunReport.ts";
import { countOf } from "./duration.ts";
import { renderTable } from "./table.ts";

/** A line for each device, and what does not pass; with `all` the whole table of every device. */
export function renderTestRun(report: TestRunReport, { all }: { readonly all: boolean }): string {
  const sections = [
    `${report.phase}: ${report.message}`,
    renderDevices(report),
    ...(all ? report.devices.map(renderDevice) : [renderFailures(report)]),
    renderSkipped(report),
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function renderDevices({ devices }: TestRunReport): string {
  if (devices.length === 0) return "";
  const rows = devices.map((device) => [
    device.name,
    String(device.batch),
    `${device.from ?? "?"} → ${device.to}`,
    passedOf(device),
    resultOf(device.passed),
  ]);
  return `Devices\n${renderTable(["device", "batch", "from → to", "checks", "result"], rows, { indent: "  " })}`;
}

function renderDevice(device: TestedDevice): string {
  const rows = device.checks.map((row) => [row.check, row.observed, row.allowed, wordOf(row)]);
  return `${device.name}\n${renderTable(["check", "observed", "allowed", "passed"], rows, { indent: "  " })}`;
}

function renderFailures({ devices }: TestRunReport): string {
  const rows = devices.flatMap(({ name, checks }) =>
    checks
      .filter(({ passed }) => !passed)
      .map(({ check, observed, allowed }) => [name, check, observed, allowed]),
  );
  if (rows.length === 0) return "";
  const head = ["device", "check", "observed", "allowed"];
  return `What does not pass\n${renderTable(head, rows, { indent: "  " })}`;
}

function renderSkipped({ skipped }: TestRunReport): string {
  if (skipped.length === 0) return "";
  const rows = skipped.map(({ device, reason, message }) => [device, reason, message]);
  return `${countOf(skipped.length, "device")} left out\n${renderTable([], rows, { indent: "  " })}`;
}

function passedOf({ checks }: TestedDevice): string {
  return `${String(checks.filter(({ passed }) => passed).length)}/${String(checks.length)}`;
}

function resultOf(passed: boolean | null): string {
  if (passed === null) return "not tested";
  return passed ? "passed" : "FAILED";
}

function wordOf({ passed }: CheckRow): string {
  return passed ? "yes" : "NO";
}
