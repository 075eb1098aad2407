/**
 * The in-service upgrade of a chassis cluster (ISSU, "low impact"): the request, which is silent for most of an hour
 * and whose reply often never comes, what can be seen of it meanwhile, and how it is given up.
 */
import { rpcErrors } from "../netconf/rpcError.ts";
import { element, type XmlNode } from "../netconf/xmlNode.ts";
import { allTextOf, enginePartsOf } from "./reply.ts";
import { isJunosError } from "./replyErrors.ts";
import { ask, askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Both nodes are upgraded within one request; its reply may come at the end of that, or never. */
export const IN_SERVICE_UPGRADE_TIMEOUT_SECONDS = 7200;

export interface InServiceUpgradeOptions extends CallOptions {
  /** On the node that is asked: `/var/tmp/…`. The device copies it to the other node by itself. */
  readonly packagePath: string;
  /** Routing engines that are VM hosts take another request. */
  readonly vmhost?: boolean;
  /** An in-band cluster upgrade (ICU), for small models: sessions are lost, and traffic for about half a minute. */
  readonly withoutSessions?: boolean;
}

/** What the device said of an upgrade. `Unproven`: look at the nodes. */
export interface InServiceUpgradeReply {
  readonly verdict: "Refused" | "GoingDown" | "Unproven";
  /** The line that decided, for people. */
  readonly message: string;
  readonly output: string;
}

/** How far the nodes have synchronised, as the device counts it. */
export interface SynchronisationStage {
  /** `CS Prereq`, `CS RTO sync`, `CS Postreq`. */
  readonly name: string;
  readonly completed: number;
  readonly total: number;
}

/** What one node says of a running upgrade. */
export interface UpgradeProgress {
  readonly engineName: string | null;
  readonly stages: readonly SynchronisationStage[];
}

/** The word `reboot` must be there: without it the larger models refuse ("'reboot' keyword must be specified"). */
export function inServiceUpgradeRequest({
  packagePath,
  vmhost,
  withoutSessions,
}: Omit<InServiceUpgradeOptions, keyof CallOptions>): XmlNode {
  return element(
    vmhost === true ? "request-vmhost-package-in-service-upgrade" : "request-package-in-service-upgrade",
    [
      element("package-name", packagePath),
      element("reboot"),
      ...(withoutSessions === true ? [element("no-sync")] : []),
    ],
  );
}

/**
 * Upgrades both nodes, one after the other. The device goes on when we are gone, and a reply proves nothing but a
 * refusal: watch the nodes by a second session. Never send it twice.
 */
export async function requestInServiceUpgrade(
  caller: RpcCaller,
  options: InServiceUpgradeOptions,
): Promise<InServiceUpgradeReply> {
  const { timeoutSeconds = IN_SERVICE_UPGRADE_TIMEOUT_SECONDS, signal, ...request } = options;
  const callOptions = { timeoutSeconds, ...(signal === undefined ? {} : { signal }) };
  return classifyInServiceUpgrade(await askLeniently(caller, inServiceUpgradeRequest(request), callOptions));
}

const REFUSED: readonly RegExp[] = [
  /keyword must be specified/i,
  /\bISSU\b.*\b(?:abort|fail|not (?:supported|allowed|ready)|cannot|can only)/i,
  /\babort(?:ed|ing)\b.*\b(?:ISSU|upgrade)/i,
  /in-service.upgrade.*\b(?:fail|not (?:supported|allowed))/i,
  /Validation failed/i,
  /(?:insufficient|not enough) (?:disk )?space|No space left/i,
  /is not found or empty|No such file/i,
];

/** The last words before the node itself goes down. */
const GOING_DOWN = /System going down IMMEDIATELY|Shutdown NOW/i;

/** Reads the reply of `inServiceUpgradeRequest`. */
export function classifyInServiceUpgrade(reply: XmlNode): InServiceUpgradeReply {
  const output = allTextOf(reply);
  const error = rpcErrors(reply).find(({ severity }) => severity === "error");
  const lines = output.split("\n").map((line) => line.trim());
  const refusal = error?.message ?? lines.find((line) => REFUSED.some((pattern) => pattern.test(line)));
  if (refusal !== undefined) return { verdict: "Refused", message: refusal, output };
  const last = lines.findLast((line) => line !== "") ?? "";
  const down = lines.find((line) => GOING_DOWN.test(line));
  return down === undefined
    ? { verdict: "Unproven", message: last, output }
    : { verdict: "GoingDown", message: down, output };
}

/**
 * Gives up an upgrade that has not yet rebooted a node. Harmless when none runs. Its reply proves nothing: look
 * at the nodes.
 */
export async function abortInServiceUpgrade(caller: RpcCaller, options?: CallOptions): Promise<string> {
  const rpc = element("request-chassis-cluster-in-service-upgrade", [element("abort")]);
  return allTextOf(await ask(caller, rpc, options));
}

/**
 * Reads how far the nodes have synchronised (`show chassis cluster information issu`, 12.1X47-D10 and later). Null
 * on devices that do not know the question, and for a reply that says nothing of it.
 */
export async function readUpgradeProgress(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly UpgradeProgress[] | null> {
  try {
    return parseUpgradeProgress(await ask(caller, element("get-chassis-cluster-issu-information"), options));
  } catch (error) {
    if (isJunosError(error, "UnknownRpc", "PermissionDenied", "NotRunning")) return null;
    throw error;
  }
}

const STAGE = /^\s*(?<name>CS\s.*?\S)\s+(?<completed>\d+)\s+of\s+(?<total>\d+)\b/gim;

/**
 * Reads the reply of `get-chassis-cluster-issu-information`. Only its text is documented, so the stages are read from
 * the text, whatever elements they stand in.
 */
export function parseUpgradeProgress(reply: XmlNode): readonly UpgradeProgress[] | null {
  const parts = enginePartsOf(reply, "issu-information");
  const nodes = parts.length === 0 ? [{ engineName: null, node: reply }] : parts;
  const progress = nodes
    .map(({ engineName, node }) => ({ engineName, stages: stagesOf(allTextOf(node)) }))
    .filter(({ stages }) => stages.length > 0);
  return progress.length === 0 ? null : progress;
}

function stagesOf(text: string): readonly SynchronisationStage[] {
  return [...text.matchAll(STAGE)].map(({ groups }) => ({
    name: groups?.["name"] ?? "",
    completed: Number(groups?.["completed"]),
    total: Number(groups?.["total"]),
  }));
}
