/** Ends a Job as the kubelet and the Job controller would, which this cluster does not have. */
import type { ObjectKey } from "../../../src/store/store.ts";
import type { Cluster } from "./startCluster.ts";

/** Lets a Job complete, or fail. The API server checks that its status is one that a Job can have. */
export async function completeJob(
  cluster: Cluster,
  { namespace, name }: ObjectKey,
  result: "Complete" | "Failed" = "Complete",
): Promise<void> {
  const at = new Date().toISOString();
  const condition = (type: string, reason: string): object => ({
    type,
    status: "True",
    reason,
    message: "",
    lastProbeTime: at,
    lastTransitionTime: at,
  });
  const status =
    result === "Complete"
      ? {
          startTime: at,
          completionTime: at,
          succeeded: 1,
          conditions: [
            condition("SuccessCriteriaMet", "CompletionsReached"),
            condition("Complete", "CompletionsReached"),
          ],
        }
      : {
          startTime: at,
          failed: 1,
          conditions: [
            condition("FailureTarget", "BackoffLimitExceeded"),
            condition("Failed", "BackoffLimitExceeded"),
          ],
        };
  const { statusCode, text } = await cluster.request({
    method: "PATCH",
    path: `/apis/batch/v1/namespaces/${namespace}/jobs/${name}/status`,
    contentType: "application/merge-patch+json",
    body: { status },
  });
  if (statusCode >= 300) throw new Error(`Job ${name}: ${String(statusCode)} ${text}`);
}
