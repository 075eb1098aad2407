/** `kubectl apply -k deploy/`: what it installs, and that it keeps the conventions of a cluster. */
import { expect } from "chai";
import { mkdtemp, realpath, writeFile } from "node:fs/promises";
import path from "node:path";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeDeployed, describeInEmptyCluster } from "./deployed.ts";
import { controllerContainer, DEPLOY, findManifest, kustomized, podTemplate } from "./manifests.ts";
import type { Manifest } from "./manifests.ts";

const NAMESPACE = "hitless-system";

describeInEmptyCluster("kubectl apply -k deploy/", (cluster) => {
  const kubectlHere = async (...args: string[]) => kubectl(cluster(), args);
  const lines = (text: string): string[] => text.trim().split("\n");
  const versions = async () =>
    kubectlHere("get", "-k", DEPLOY, "-o", "jsonpath={..metadata.resourceVersion}");

  it("installs everything at once, changes nothing the second time, and takes it away again", async function () {
    this.timeout(60_000);
    const first = lines(await kubectlHere("apply", "-k", DEPLOY));
    expect(first.filter((line) => !line.endsWith(" created"))).to.deep.equal([]);
    await kubectlHere("wait", "--for=condition=Established", "crd", "--all");
    const before = await versions();
    await kubectlHere("apply", "-k", DEPLOY);
    expect(await versions()).to.equal(before);
    const gone = lines(await kubectlHere("delete", "-k", DEPLOY, "--wait=false"));
    expect(gone.length).to.equal(first.length);
  });
});

describeDeployed("deploy/", (cluster) => {
  let manifests: readonly Manifest[];

  before(async () => {
    manifests = await kustomized(cluster());
  });

  it("is applied by the server again without a change", async () => {
    const versions = async () =>
      kubectl(cluster(), ["get", "-k", DEPLOY, "-o", "jsonpath={..metadata.resourceVersion}"]);
    const before = await versions();
    await kubectl(cluster(), ["apply", "--server-side", "-k", DEPLOY]);
    expect(await versions()).to.equal(before);
  });

  it("takes the image from an overlay of one's own", async () => {
    const folder = await mkdtemp(path.join(cluster().folder, "overlay-"));
    const overlay = {
      resources: [path.relative(await realpath(folder), DEPLOY)],
      images: [{ name: "hitless", newName: "registry.example.com/hitless", newTag: "1.2.3" }],
    };
    await writeFile(path.join(folder, "kustomization.yaml"), JSON.stringify(overlay));
    const { image } = controllerContainer(await kustomized(cluster(), folder));
    expect(image).to.equal("registry.example.com/hitless:1.2.3");
  });

  it("has the usual labels on every object", () => {
    const bare = manifests.filter(
      ({ metadata: { labels } }) =>
        labels?.["app.kubernetes.io/name"] !== "hitless" || labels["app.kubernetes.io/part-of"] !== "hitless",
    );
    expect(bare.map(({ metadata }) => metadata.name)).to.deep.equal([]);
  });

  it("puts every namespaced object into its own namespace", () => {
    const kinds = ["ServiceAccount", "Service", "Deployment", "PodDisruptionBudget"];
    const namespaces = manifests
      .filter(({ kind }) => kinds.includes(kind))
      .map(({ metadata }) => metadata.namespace);
    expect(namespaces).to.deep.equal(kinds.map(() => NAMESPACE));
  });

  it("has requests, limits and probes on the port named http", () => {
    const container = controllerContainer(manifests);
    for (const bound of ["requests", "limits"] as const) {
      expect(container.resources?.[bound], bound).to.have.keys(["cpu", "memory"]);
    }
    expect(container.livenessProbe?.httpGet).to.deep.equal({ path: "/healthz", port: "http" });
    expect(container.readinessProbe?.httpGet).to.deep.equal({ path: "/readyz", port: "http" });
    expect(container.ports).to.deep.equal([{ name: "http", containerPort: 8080 }]);
    expect(container.args).to.deep.equal(["controller"]);
  });

  it("selects its own Pods: Deployment, Service and PodDisruptionBudget", () => {
    const { labels } = podTemplate(manifests).metadata;
    expect(findManifest(manifests, "Deployment").spec?.selector?.matchLabels).to.deep.equal(labels);
    expect(findManifest(manifests, "PodDisruptionBudget").spec?.selector?.matchLabels).to.deep.equal(labels);
    expect(findManifest(manifests, "Service").spec?.selector).to.deep.equal(labels);
  });

  it("lets a drain of nodes go on, also with one replica", () => {
    expect(findManifest(manifests, "PodDisruptionBudget").spec?.["maxUnavailable"]).to.equal(1);
  });

  it("AC-2 binds the controller's role to the Deployment's account, and the people's to nobody", () => {
    const { name } = findManifest(manifests, "ServiceAccount").metadata;
    expect(podTemplate(manifests).spec.serviceAccountName).to.equal(name);
    const binding = findManifest(manifests, "ClusterRoleBinding");
    expect(binding.roleRef).to.include({ kind: "ClusterRole", name: "hitless-controller" });
    expect(binding.subjects).to.deep.equal([{ kind: "ServiceAccount", name, namespace: NAMESPACE }]);
    const roles = manifests.filter(({ kind }) => kind === "ClusterRole");
    expect(roles.map(({ metadata }) => metadata.name)).to.have.members([
      "hitless-controller",
      "hitless-viewer",
      "hitless-operator",
      "hitless-approver",
    ]);
    const aggregated = roles.filter(({ metadata: { labels = {} } }) =>
      Object.keys(labels).some((label) => label.includes("aggregate-to")),
    );
    expect(aggregated).to.deep.equal([]);
  });

  it("AC-2 grants nothing by wildcard, and lets nobody list or watch Secrets", () => {
    for (const { metadata, rules = [] } of manifests) {
      for (const { apiGroups, resources, verbs } of rules) {
        expect([...apiGroups, ...resources, ...verbs], metadata.name).to.not.include("*");
        if (resources.includes("secrets")) expect(verbs).to.have.members(["get", "create", "update"]);
      }
    }
  });

  it("AC-2 runs as a restricted Pod, which is all that its namespace takes", async () => {
    const { spec } = podTemplate(manifests);
    const create = async (podSpec: unknown) =>
      cluster().request({
        method: "POST",
        path: `/api/v1/namespaces/${NAMESPACE}/pods?dryRun=All`,
        body: { metadata: { name: "probe" }, spec: podSpec },
      });
    const { statusCode, text } = await create(spec);
    expect(statusCode, text).to.equal(201);
    const refused = await create({ ...spec, hostNetwork: true });
    expect(refused.statusCode).to.equal(403);
    expect(refused.text).to.include("violates PodSecurity");
    expect(controllerContainer(manifests)["securityContext"]).to.include({ readOnlyRootFilesystem: true });
  });
});
