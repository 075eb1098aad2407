/** The API server's audit log: who asked for what, and what the server said. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Cluster } from "../support/cluster/startCluster.ts";

/** For `startCluster`. The server writes the log into the cluster's folder, before it answers. */
export const AUDIT_FLAGS = [
  `--audit-policy-file=${path.resolve(import.meta.dirname, "auditPolicy.yaml")}`,
  "--audit-log-path=audit.log",
];

/** What is read of an entry (`audit.k8s.io/v1` Event). */
export interface AuditEntry {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything the server has written down of a user's requests. */
export function auditOf(cluster: Cluster, username: string): AuditEntry[] {
  const log = readFileSync(path.join(cluster.folder, "audit.log"), "utf8");
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line): AuditEntry => JSON.parse(line))
    .filter(({ user }) => user.username === username);
}

/** What RBAC was asked, in one word: `update hitless.dev/fabrics/status`. */
export function permissionOf({ verb, objectRef = {} }: AuditEntry): string {
  const { apiGroup = "", resource = "", subresource } = objectRef;
  return permission({
    verb,
    apiGroup,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
  });
}

export function permission({
  verb,
  apiGroup,
  resource,
}: {
  readonly verb: string;
  readonly apiGroup: string;
  readonly resource: string;
}): string {
  return `${verb} ${apiGroup}/${resource}`;
}
