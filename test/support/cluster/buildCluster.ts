/** Builds what a cluster is made of (etcd, kube-apiserver, kubectl, helm) from `test/cluster`, a Go module. */
import path from "node:path";
import { buildGoPrograms, goVersion, type BuildOptions } from "../goBuild.ts";

const MODULE = path.resolve(import.meta.dirname, "../../cluster");

/** Versions that the linker writes in. Without those of Kubernetes, Helm takes every cluster for a 1.20. */
const LINKER_FLAGS = [
  "-s -w",
  ...Object.entries({
    "k8s.io/component-base/version.gitVersion": "v1.36.3",
    "helm.sh/helm/v3/internal/version.version": "v3.22.0",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": "36",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": "1",
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": "36",
  }).map(([name, value]) => `-X ${name}=${value}`),
].join(" ");

/** Why a cluster cannot be built here, or `undefined`. */
export function whyNoCluster(): string | undefined {
  return goVersion(MODULE) === undefined
    ? "it needs Go to build the API server; install it from go.dev"
    : undefined;
}

/** The folder with the binaries; builds them if they are not there. */
export async function buildCluster(options: BuildOptions = {}): Promise<string> {
  return buildGoPrograms(
    {
      title: "the API server",
      name: "cluster",
      module: MODULE,
      sources: ["go.mod", "go.sum", "etcd/main.go"],
      packages: [
        "./etcd",
        "k8s.io/kubernetes/cmd/kube-apiserver",
        "k8s.io/kubernetes/cmd/kubectl",
        "helm.sh/helm/v3/cmd/helm",
      ],
      linkerFlags: LINKER_FLAGS,
      binaries: ["etcd", "kube-apiserver", "kubectl", "helm"],
      takes: "7 minutes",
    },
    options,
  );
}
