/** Reads kubeconfig files as kubectl does. Loads the client library, so it is only imported where a cluster is used. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { KubeConfig } from "../../store/kubernetes/clientLibrary.ts";
import { readKubeConfigFile } from "../../store/kubernetes/kubeConfig.ts";
import { CliError } from "../cliError.ts";
import { knownNames } from "../knownNames.ts";

/**
 * The configuration of all files together, on one context. Of what several files define the first counts. Throws
 * `CliError` `BadInput`, which never shows what a file holds.
 */
export function loadKubeConfig(files: readonly string[], context: string | undefined): KubeConfig {
  const parts = files.map(readPart);
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({
    clusters: firstOfEach(parts.flatMap((part) => part.getClusters())),
    users: firstOfEach(parts.flatMap((part) => part.getUsers())),
    contexts: firstOfEach(parts.flatMap((part) => part.getContexts())),
    currentContext: context ?? parts.map((part) => part.getCurrentContext()).find(isSet) ?? "",
  });
  if (kubeConfig.getCurrentCluster() === null) throw noContext(kubeConfig, files);
  return kubeConfig;
}

function readPart(file: string): KubeConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new CliError("BadInput", `the kubeconfig ${file} cannot be read`, {
      hint: "name a kubeconfig file that you may read",
      cause,
    });
  }
  // kubectl makes do with an empty file, too.
  if (text.trim() === "") return emptyConfig();
  try {
    return readKubeConfigFile(file);
  } catch (cause) {
    // Only the first line: the next ones quote the file, with the tokens in it.
    const [why] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new CliError("BadInput", `${file} is no kubeconfig: ${why ?? ""}`, {
      hint: "name another file with --kubeconfig",
    });
  }
}

function emptyConfig(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: "" });
  return kubeConfig;
}

function noContext(kubeConfig: KubeConfig, files: readonly string[]): CliError {
  const wanted = kubeConfig.getCurrentContext();
  const known = kubeConfig.getContexts().map(({ name }) => name);
  const where = `the kubeconfig ${files.join(path.delimiter)}`;
  const found = known.find((name) => name === wanted);
  if (found !== undefined) {
    return new CliError("BadInput", `${where}: the cluster of context ${found} is not in it`);
  }
  return new CliError(
    "BadInput",
    wanted === "" ? `${where} has no current context` : `${where} has no context ${JSON.stringify(wanted)}`,
    { hint: known.length === 0 ? "it has none at all" : `--context is one of: ${knownNames(wanted, known)}` },
  );
}

function firstOfEach<T extends { readonly name: string }>(items: readonly T[]): T[] {
  return [...new Map(items.toReversed().map((item) => [item.name, item])).values()].toReversed();
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
