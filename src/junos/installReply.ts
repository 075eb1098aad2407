/**
 * What a reply to an install, validation or rollback says. The rules come from replies of many platforms: some
 * state a result per engine, some only text; some report errors and install all the same; one states success
 * while it refuses. None of them proves anything but a refusal: success is proven by what is staged.
 */
import { rpcErrors } from "../netconf/rpcError.ts";
import type { XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, numberOf, outputOf } from "./reply.ts";

/** `Accepted`: the device says it worked. `Refused`: it did not. `Unproven`: the reply does not tell. */
export type InstallVerdict = "Accepted" | "Refused" | "Unproven";

export interface InstallReply {
  readonly verdict: InstallVerdict;
  /** Results per engine or member; 0 is success. */
  readonly results: readonly { readonly engineName: string | null; readonly result: number }[];
  /** The line that decided, for people. */
  readonly message: string;
  /** All the device wrote. */
  readonly output: string;
}

/** A package is staged already; QFX says so in a reply with result 0. */
const PENDING = /already an install pending|there is pending upgrade|reboot is pending after previous/i;

/** Never a bare "error": successful validations print `mgd: error: …` and `rm: … Operation not permitted`. */
const FAILURES: readonly RegExp[] = [
  PENDING,
  /ERROR:.*(?:is not found|no such file|not found or empty)/i,
  /Validation failed/i,
  /\bAborting\b/i,
  /rollback aborted/i,
  /Cannot rollback/i,
  /No space left|not enough space|insufficient (?:disk )?space/i,
  /is not a valid package|Not a valid|unsupported (?:package|platform|hardware|model)/i,
  /(?:signature|verification) .*fail|verification failed|not signed/i,
];

const SUCCESSES: readonly RegExp[] = [
  /will become active at next reboot/i,
  /A reboot is required to load this software correctly/i,
  /Validation succeeded/i,
  /upgrade_platform: Staging of .* completed/i,
  /Host OS upgrade staged/i,
];

/**
 * Classifies the whole reply, errors in it included. An error beside a result of 0 is `Unproven`: devices
 * report false errors when they fetch a package through the management instance.
 */
export function classifyInstallReply(reply: XmlNode): InstallReply {
  const output = outputOf(reply);
  const results = enginePartsOf(reply, "package-result").flatMap(({ engineName, node }) => {
    const result = numberOf(node);
    return result === undefined ? [] : [{ engineName, result }];
  });
  const errors = rpcErrors(reply).filter(({ severity }) => severity === "error");
  const said = (verdict: InstallVerdict, message: string | undefined): InstallReply => ({
    verdict,
    results,
    message: message ?? "the reply states neither a result nor a reason",
    output,
  });

  const pending = lineOf(output, [PENDING]);
  if (pending !== undefined) return said("Refused", pending);
  const failed = results.find(({ result }) => result !== 0);
  if (failed !== undefined) {
    return said("Refused", lineOf(output, FAILURES) ?? errors.at(0)?.message ?? `result ${failed.result}`);
  }
  const error = errors.at(0)?.message;
  if (error !== undefined) return said(results.length > 0 ? "Unproven" : "Refused", error);
  if (results.length > 0) return said("Accepted", lineOf(output, SUCCESSES) ?? "result 0");
  const failure = lineOf(output, FAILURES);
  if (failure !== undefined) return said("Refused", failure);
  const success = lineOf(output, SUCCESSES);
  return success === undefined ? said("Unproven", lastLineOf(output)) : said("Accepted", success);
}

function lineOf(text: string, patterns: readonly RegExp[]): string | undefined {
  return text
    .split("\n")
    .find((line) => patterns.some((pattern) => pattern.test(line)))
    ?.trim();
}

function lastLineOf(text: string): string | undefined {
  return text
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "");
}
