/** Which cluster, and as whom: a kubeconfig file that somebody named, or the service account of a Pod. */
import { KubeConfig } from "@kubernetes/client-node";
import { StoreError } from "../errors.ts";

/** Reads a kubeconfig file. A cluster is only ever used because its file was named. Throws `StoreError`. */
export function readKubeConfig(file: string, options: { readonly context?: string } = {}): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromFile(file);
  } catch (cause) {
    const hint = "name a kubeconfig file that you may read";
    throw new StoreError("Unavailable", `the kubeconfig ${file} cannot be read`, { cause, hint });
  }
  if (options.context !== undefined) kubeConfig.setCurrentContext(options.context);
  if (kubeConfig.getCurrentCluster() === null) {
    const name = JSON.stringify(kubeConfig.getCurrentContext());
    const hint = `choose one of: ${kubeConfig
      .getContexts()
      .map((context) => context.name)
      .join(", ")}`;
    throw new StoreError("Unavailable", `the kubeconfig ${file} has no context ${name}`, { hint });
  }
  return kubeConfig;
}

/** The service account of the Pod this process runs in. */
export function podKubeConfig(): KubeConfig {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromCluster();
  return kubeConfig;
}
