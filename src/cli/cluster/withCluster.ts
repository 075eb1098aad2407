/** Opens the cluster that a command is about, and closes it again. */
import { realClock } from "../../simulator/modelClock.ts";
import { isExpired } from "../../store/kubernetes/apiError.ts";
import type { Store } from "../../store/store.ts";
import type { CommandContext } from "../commandContext.ts";
import { explainClusterError } from "./clusterErrors.ts";
import { commandLine, type ClusterOptions } from "./clusterOptions.ts";
import { kubeConfigFiles } from "./kubeConfigFiles.ts";

/** A cluster as a command sees it: one namespace of it. */
export interface Cluster {
  readonly store: Store;
  readonly namespace: string;
  /** Ended by the user. */
  readonly signal: AbortSignal;
  /** A command line on the same cluster, for people to copy. */
  readonly commandLine: (...words: readonly string[]) => string;
}

export interface ClusterRequest {
  readonly context: CommandContext;
  readonly options: ClusterOptions;
  /** Is told why a watch was interrupted, in the words for people; it goes on by itself. */
  readonly onInterrupted?: (error: unknown) => void;
}

/** Does work on a cluster. Errors of the API server are told in words that name the server and what is missing. */
export async function withCluster<T>(
  { context, options, onInterrupted }: ClusterRequest,
  work: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const files = kubeConfigFiles(options, context);
  // The client library takes a second to load and 130 MB to keep: only who uses a cluster pays for it.
  const [{ loadKubeConfig }, { kubernetesStore }] = await Promise.all([
    import("./kubeConfig.ts"),
    import("../../store/kubernetes/kubernetesStore.ts"),
  ]);
  const kubeConfig = loadKubeConfig(files, options.context);
  const current = kubeConfig.getContextObject(kubeConfig.getCurrentContext());
  const namespace = options.namespace ?? current?.namespace ?? "default";
  const used = {
    server: kubeConfig.getCurrentCluster()?.server ?? "",
    context: kubeConfig.getCurrentContext(),
    namespace,
  };
  const store = kubernetesStore({
    kubeConfig,
    clock: realClock(),
    namespaces: [namespace],
    onInterrupted: (_kind, error) => {
      // That a position is too old is how watches go on after a while, and nothing to tell.
      if (!isExpired(error)) onInterrupted?.(explainClusterError(error, used));
    },
  });
  try {
    return await work({
      store,
      namespace,
      signal: context.terminal.signal,
      commandLine: (...words) => commandLine(context.invocation, words, options),
    });
  } catch (error) {
    throw explainClusterError(error, used);
  } finally {
    await store.close();
  }
}
