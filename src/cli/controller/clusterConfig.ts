/**
 * Which cluster the controller works on, and whether its configuration can be used at all. Loads the client library,
 * so it is only imported when a controller starts.
 */
import { HttpMethod, RequestContext, type KubeConfig } from "../../store/kubernetes/clientLibrary.ts";
import { podKubeConfig, readKubeConfig } from "../../store/kubernetes/kubeConfig.ts";
import { StoreError } from "../../store/errors.ts";
import { CliError } from "../cliError.ts";

export interface ClusterChoice {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** The variables of the environment: a Pod's name its API server. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface ClusterConfig {
  readonly kubeConfig: KubeConfig;
  /** Its URL. */
  readonly server: string;
  /** The namespace that the kubeconfig or the Pod is in. */
  readonly namespace: string;
}

/** Reads the configuration. Throws `CliError` `BadInput` for one that no waiting would mend. */
export async function clusterConfig(choice: ClusterChoice): Promise<ClusterConfig> {
  const kubeConfig = choice.kubeconfig === undefined ? ofPod(choice) : ofFile(choice.kubeconfig, choice);
  const server = kubeConfig.getCurrentCluster()?.server ?? "";
  if (!server.startsWith("https://")) {
    throw new CliError("BadInput", `the API server ${server} is not reached over TLS`, {
      hint: "name it by an https:// URL",
    });
  }
  try {
    await kubeConfig.applySecurityAuthentication(new RequestContext(server, HttpMethod.GET));
  } catch (cause) {
    const [why = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new CliError("BadInput", `the credentials for ${server} cannot be read: ${why}`, { cause });
  }
  const { namespace } = kubeConfig.getContextObject(kubeConfig.getCurrentContext()) ?? {};
  return { kubeConfig, server, namespace: namespace ?? "default" };
}

function ofFile(file: string, { context }: ClusterChoice): KubeConfig {
  try {
    return readKubeConfig(file, context === undefined ? {} : { context });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new CliError("BadInput", error.message, { hint: error.hint, cause: error });
  }
}

function ofPod({ context, environment }: ClusterChoice): KubeConfig {
  if (context !== undefined) {
    throw new CliError("BadInput", "--context goes with --kubeconfig only");
  }
  if ((environment["KUBERNETES_SERVICE_HOST"] ?? "") === "") {
    throw new CliError("BadInput", "this is no Pod: there is no service account to use", {
      hint: "name a cluster with --kubeconfig",
    });
  }
  return podKubeConfig();
}
