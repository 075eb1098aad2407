/** Reads what decides whether a cluster can be upgraded in service, and at what cost. */
import type { ExplainedWarning } from "../../api/warnings.ts";
import { readCommittedSet } from "../../junos/configuration.ts";
import { parseSetLine, readStatements } from "../../junos/drain/setLines.ts";
import { parseFpcs, picsRequest } from "../../junos/fpc.ts";
import { askLeniently, type RpcCaller } from "../../junos/rpcCaller.ts";
import { upgradeWarnings } from "./issuSupport.ts";

/** What the upgrade costs although it succeeds. */
export async function readUpgradeWarnings(
  caller: RpcCaller,
  model: string,
): Promise<readonly ExplainedWarning[]> {
  // Leniently: with a node away there is an error beside what the other one says.
  const cards = parseFpcs(await askLeniently(caller, picsRequest()));
  const lines = await readCommittedSet(caller, { inherit: true });
  const statements = readStatements(lines.flatMap((line) => parseSetLine(line) ?? []));
  return upgradeWarnings({
    model,
    picTypes: cards.flatMap(({ pics }) => pics.flatMap(({ type }) => type ?? [])),
    configuration: statements.flatMap(({ words, active }) => (active ? [`set ${words.join(" ")}`] : [])),
  });
}
