/** Which servers a kubeconfig may name: only such that prove who they are. */
import { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";

describeWithCluster("store/kubernetes: TLS", (cluster) => {
  async function failureAt(server: string): Promise<unknown> {
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromOptions({
      clusters: [{ name: "one", server }],
      users: [{ name: "admin", token: cluster().token("admin") }],
      contexts: [{ name: "one", cluster: "one", user: "admin" }],
      currentContext: "one",
    });
    const store = kubernetesStore({
      kubeConfig,
      clock: { monotonicMilliseconds: () => performance.now() },
      requestTimeoutSeconds: 2,
    });
    try {
      return await store
        .get("Fabric", { namespace: "default", name: "dc1" })
        .catch((error: unknown) => error);
    } finally {
      await store.close();
    }
  }

  it("without an authority of its own trusts the public ones, and refuses this cluster's certificate", async () => {
    const failure = await failureAt(cluster().url);
    expect(failure).to.have.property("code", "Unavailable");
    expect(failure)
      .to.have.property("message")
      .that.matches(/certificate/i);
  });

  it("AC-2 sends no token in the clear", async () => {
    const failure = await failureAt(cluster().url.replace("https:", "http:"));
    expect(String(failure)).to.match(/TLS|https/i);
  });
});
