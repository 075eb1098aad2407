/** Which kubeconfig files count: those that were named, or, for a plugin of kubectl, the ones kubectl takes. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { CliError } from "../cliError.ts";
import type { CommandContext } from "../commandContext.ts";
import type { ClusterOptions } from "./clusterOptions.ts";

/**
 * The files, at least one; in the order in which they count (kubernetes.io: "Organizing Cluster Access Using
 * kubeconfig Files"). Throws `CliError` when none was named or none is there.
 */
export function kubeConfigFiles(
  { kubeconfig }: ClusterOptions,
  { invocation, environment }: Pick<CommandContext, "invocation" | "environment">,
): readonly string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  if (invocation === "hitless") {
    throw new CliError("BadInput", "hitless uses no cluster that is not named", {
      hint: "add --kubeconfig FILE, or call kubectl hitless, which takes kubectl's",
    });
  }
  const named = environment["KUBECONFIG"] ?? "";
  if (named !== "") {
    const present = named.split(path.delimiter).filter((file) => file !== "" && existsSync(file));
    if (present.length > 0) return present;
    throw new CliError("BadInput", `KUBECONFIG names no file that exists: ${named}`, {
      hint: "correct it, or add --kubeconfig FILE",
    });
  }
  const usual = path.join(environment["HOME"] ?? homedir(), ".kube", "config");
  if (existsSync(usual)) return [usual];
  throw new CliError(
    "BadInput",
    `there is no kubeconfig: KUBECONFIG is not set and ${usual} does not exist`,
    {
      hint: "add --kubeconfig FILE",
    },
  );
}
