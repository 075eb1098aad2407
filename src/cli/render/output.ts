/** The forms in which commands answer. */
import { Option } from "commander";
import { stringify } from "yaml";
import { renderMarkdown } from "./markdown.ts";
import { renderReport, type Report } from "./report.ts";

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Of commands whose answer goes into a pull request, too. */
export const REPORT_FORMATS = [...OUTPUT_FORMATS, "markdown"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** `-o`. Bad values are refused with the list of good ones. */
export function outputOption(formats: readonly string[] = OUTPUT_FORMATS): Option {
  return new Option("-o, --output <format>", "form of the answer").choices(formats).default("table");
}

/** A value in the form asked for; `table` makes the text for people. */
export function formatOutput(format: OutputFormat, value: unknown, table: () => string): string {
  switch (format) {
    case "table":
      return table();
    case "json":
      return JSON.stringify(value, null, 2);
    case "yaml":
      return stringify(value, { aliasDuplicateObjects: false }).trimEnd();
  }
}

/** As `formatOutput`, of what is also told as a report. */
export function formatReport(format: ReportFormat, value: unknown, report: () => Report): string {
  if (format === "markdown") return renderMarkdown(report());
  return formatOutput(format, value, () => renderReport(report()));
}
