/** The three forms in which commands answer. */
import { Option } from "commander";
import { stringify } from "yaml";

export const OUTPUT_FORMATS = ["table", "json", "yaml"] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** `-o`. Bad values are refused with the list of good ones. */
export function outputOption(): Option {
  return new Option("-o, --output <format>", "form of the answer").choices(OUTPUT_FORMATS).default("table");
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
