/** What an API server's refusals mean to whoever called a command. */
import { ApiError } from "../../store/kubernetes/apiError.ts";
import { isStoreError, type StoreError } from "../../store/errors.ts";
import { CliError } from "../cliError.ts";

export interface UsedCluster {
  /** Its URL. */
  readonly server: string;
  /** The context's name in the kubeconfig. */
  readonly context: string;
  readonly namespace: string;
}

/** As Kubernetes says that a role has no such rule. */
const MISSING_RULE = /cannot (?<verb>\S+) resource "(?<resource>[^"]+)"/;
/** As our own admission policies (deploy/policy) say that a verb is missing. */
const MISSING_VERB = /\bverb (?<verb>\w+) on (?<resource>\w+)/;
/** As Kubernetes passes on what any other policy says. */
const DENIED = /denied request: (?<why>.*)$/s;

/** The error in words that name the server, or the permission that is missing; other errors as they are. */
export function explainClusterError(error: unknown, cluster: UsedCluster): unknown {
  if (isUnauthorized(error)) {
    return new CliError(
      "Unreachable",
      `${cluster.server} does not accept the credentials of context ${cluster.context}`,
      { hint: "log in again, or choose another --context", cause: error },
    );
  }
  if (isStoreError(error, "Forbidden")) return forbidden(error, cluster);
  if (isStoreError(error, "Unavailable") && !(error instanceof ApiError)) {
    const why = error.message.split("cannot be reached: ").at(-1) ?? error.message;
    return new CliError(
      "Unreachable",
      `the API server ${cluster.server} of context ${cluster.context} cannot be reached: ${why}`,
      { hint: error.hint, cause: error },
    );
  }
  return error;
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ApiError && error.statusCode === 401;
}

function forbidden(error: StoreError, { namespace, context }: UsedCluster): CliError {
  const { message, hint } = error;
  const subject = /^(?<subject>\w+ [^\s:]+):/.exec(message)?.groups?.["subject"];
  const { verb, resource } = (MISSING_RULE.exec(message) ?? MISSING_VERB.exec(message))?.groups ?? {};
  const options = { hint, cause: error };
  if (verb !== undefined && resource !== undefined) {
    const what = subject ?? `${resource} in namespace ${namespace}`;
    const line = `you may not ${verb} ${what}: verb ${verb} on ${resource} is needed (context ${context})`;
    return new CliError("Unreachable", line, options);
  }
  const why = DENIED.exec(message)?.groups?.["why"] ?? message;
  return new CliError("Unreachable", `the cluster refuses this: ${why}`, options);
}
