/** The options that say which cluster is meant, as kubectl has them. */
import { Option, type Command } from "commander";
import type { Invocation } from "../commandContext.ts";

export interface ClusterOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** For `--help`. */
export const CLUSTER_CHOICE = `"kubectl hitless" takes kubectl's cluster: that of --kubeconfig, else of
$KUBECONFIG, else of ~/.kube/config. "hitless" takes none but that of --kubeconfig.`;

const KUBECONFIG_HELP: Readonly<Record<Invocation, string>> = {
  hitless: "kubeconfig file of the cluster; without it no cluster is used",
  "kubectl hitless": "kubeconfig file (default: $KUBECONFIG, else ~/.kube/config)",
};

/** Adds `--kubeconfig`, `--context` and `--namespace`; none of them goes with `-f`. */
export function addClusterOptions(command: Command, invocation: Invocation): Command {
  const options = [
    new Option("--kubeconfig <file>", KUBECONFIG_HELP[invocation]),
    new Option("--context <name>", "context of the kubeconfig (default: its current one)"),
    new Option("-n, --namespace <name>", "namespace (default: the context's)"),
  ];
  for (const option of options) command.addOption(option.conflicts("file"));
  return command;
}

/** An example for `--help`: a command on a cluster, as it is typed in this invocation. */
export function clusterExample(invocation: Invocation, words: string): string {
  return `${invocation} ${words}${invocation === "hitless" ? " --kubeconfig FILE" : ""}`;
}

/** A command line for people to copy, on the cluster and in the namespace that the options name. */
export function commandLine(
  invocation: Invocation,
  words: readonly string[],
  { kubeconfig, context, namespace }: ClusterOptions,
): string {
  const options = [
    ...(kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig]),
    ...(context === undefined ? [] : ["--context", context]),
    ...(namespace === undefined ? [] : ["-n", namespace]),
  ];
  return [invocation, ...[...words, ...options].map(quoted)].join(" ");
}

/** As a POSIX shell reads it back. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
