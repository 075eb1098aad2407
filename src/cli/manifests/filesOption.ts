/** `-f`, as kubectl has it: files and folders, given once or several times. */
import { Option } from "commander";
import { CliError } from "../cliError.ts";

export function filesOption(): Option {
  return optionalFilesOption().makeOptionMandatory();
}

/** For commands that read a cluster instead, too. */
export function optionalFilesOption(): Option {
  return new Option("-f, --file <path...>", "manifests: files, or folders of *.yaml; - for standard input");
}

/**
 * For a command that was called without `-f`: refuses options that would mean something only with it, and would be
 * passed over in silence. By their names, as they were given. Throws `CliError` `BadInput`.
 */
export function refuseWithoutFiles(given: Readonly<Record<string, string | boolean | undefined>>): void {
  const refused = Object.keys(given).filter((name) => given[name] !== undefined && given[name] !== false);
  if (refused.length === 0) return;
  throw new CliError(
    "BadInput",
    `${refused.join(" and ")} ${refused.length === 1 ? "goes" : "go"} with -f only`,
    {
      hint: "name manifests with -f, --file, or leave it away",
    },
  );
}
