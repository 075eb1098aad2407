import { kubernetesStore } from "../../src/store/kubernetes/kubernetesStore.ts";
import type { Store } from "../../src/store/store.ts";
import { describeWithCluster, kubeConfigOf, newNamespace } from "../support/cluster/sharedCluster.ts";
import { storeSemantics } from "./semantics.ts";

const clock = { monotonicMilliseconds: () => performance.now() };

describeWithCluster("Kubernetes store", (cluster) => {
  let store: Store | undefined;

  afterEach(async () => {
    await store?.close();
  });

  // Without kube-controller-manager nothing collects what a deleted object owned.
  storeSemantics(
    async () => {
      store = kubernetesStore({
        kubeConfig: kubeConfigOf(cluster()),
        clock,
        onHandlerError: () => undefined,
      });
      return { store, namespace: await newNamespace(cluster()) };
    },
    { garbageCollection: false },
  );
});
