/** The Helm chart, rendered: the same roles, policies and Pod as `deploy/`, and what its values change. */
import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { helm, kubectl } from "../support/cluster/kubectl.ts";
import { describeDeployed } from "./deployed.ts";
import type { Manifest } from "./manifests.ts";
import {
  CHART,
  controllerContainer,
  findManifest,
  kustomized,
  parseManifests,
  podTemplate,
  ROOT,
} from "./manifests.ts";

const PEOPLE = ["viewer", "operator", "approver"];

describeDeployed("helm/hitless", (cluster) => {
  const render = async (...args: string[]): Promise<Manifest[]> => {
    const release = ["template", "hitless", CHART, "--namespace", "hitless-system"];
    return parseManifests(await helm(cluster(), [...release, ...args]));
  };
  /** What helm says when it refuses. */
  const refusal = async (...args: string[]): Promise<string> =>
    helm(cluster(), ["template", "hitless", CHART, ...args]).then(
      () => "accepted",
      (error: unknown) => String(error),
    );
  const names = (manifests: readonly Manifest[], kind: string): string[] =>
    manifests
      .filter((manifest) => manifest.kind === kind)
      .map(({ metadata: { name, namespace } }) => (namespace === undefined ? name : `${namespace}/${name}`))
      .toSorted();

  it("passes helm lint without a warning", async () => {
    expect(await helm(cluster(), ["lint", "--strict", CHART])).to.include("0 chart(s) failed");
  });

  it("has the project's version", async () => {
    const { version }: { version: string } = JSON.parse(
      readFileSync(path.join(ROOT, "package.json"), "utf8"),
    );
    const chart = await helm(cluster(), ["show", "chart", CHART]);
    expect(chart).to.match(new RegExp(`^version: ${version}$`, "m"));
    expect(chart).to.match(new RegExp(`^appVersion: ${version}$`, "m"));
    expect(controllerContainer(await render()).image).to.equal(`hitless:${version}`);
    expect(controllerContainer(await kustomized(cluster())).image).to.equal(`hitless:${version}`);
  });

  it("AC-2 has the very roles and policies of deploy/", async () => {
    const kinds = new Set(["ClusterRole", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]);
    const parts = (manifests: readonly Manifest[]) =>
      Object.fromEntries(
        manifests
          .filter(({ kind }) => kinds.has(kind))
          .map(({ kind, metadata, rules, spec }) => [`${kind} ${metadata.name}`, { rules, spec }]),
      );
    const chart = parts(await render());
    expect(Object.keys(chart)).to.have.lengthOf(4 + 2 * 4);
    expect(chart).to.deep.equal(parts(await kustomized(cluster())));
  });

  it("has the Pod of deploy/", async () => {
    const podOf = (manifests: readonly Manifest[]) => {
      const { containers, topologySpreadConstraints, ...pod } = podTemplate(manifests).spec;
      expect(topologySpreadConstraints).to.have.lengthOf(1);
      return {
        ...pod,
        containers: containers.map(({ args, ...container }) => ({ ...container, args: args?.[0] })),
      };
    };
    expect(podOf(await render())).to.deep.equal(podOf(await kustomized(cluster())));
  });

  it("selects its own Pods: Deployment, Service, PodDisruptionBudget and ServiceMonitor", async () => {
    const manifests = await render("--set", "serviceMonitor.create=true,podLabels.team=network");
    const { labels } = podTemplate(manifests).metadata;
    const service = findManifest(manifests, "Service");
    const selectors = [
      findManifest(manifests, "Deployment").spec?.selector?.matchLabels,
      findManifest(manifests, "PodDisruptionBudget").spec?.selector?.matchLabels,
      service.spec?.selector,
    ];
    for (const selector of selectors) expect(labels).to.include(selector);
    const monitor = findManifest(manifests, "ServiceMonitor");
    expect(service.metadata.labels).to.include(monitor.spec?.selector?.matchLabels);
  });

  it("AC-2 limited to namespaces has Roles there, nothing for all, and tells the controller", async () => {
    const manifests = await render("--set", "namespaces={dc1,dc2}");
    for (const kind of ["ClusterRole", "ClusterRoleBinding"])
      expect(names(manifests, kind)).to.deep.equal([]);
    const roles = ["dc1", "dc2"].flatMap((namespace) =>
      ["controller", ...PEOPLE].map((role) => `${namespace}/hitless-${role}`),
    );
    expect(names(manifests, "Role")).to.have.members(roles);
    expect(names(manifests, "RoleBinding")).to.deep.equal([
      "dc1/hitless-controller",
      "dc2/hitless-controller",
    ]);
    const { rules } = findManifest(await render(), "ClusterRole", "hitless-controller");
    for (const { metadata, rules: own } of manifests.filter(({ kind }) => kind === "Role")) {
      if (metadata.name === "hitless-controller") expect(own).to.deep.equal(rules);
    }
    const args = ["controller", "--log-level=info", "--namespace=dc1", "--namespace=dc2"];
    expect(controllerContainer(manifests).args).to.deep.equal(args);
  });

  it("hands on what is set of the Pod", async () => {
    const values = {
      image: { repository: "registry.example.com/hitless", tag: "1.2.3" },
      imagePullSecrets: [{ name: "pull" }],
      replicas: 1,
      logLevel: "debug",
      extraArgs: ["--bind-address=[::]:8080"],
      resources: { requests: { cpu: "1" }, limits: { memory: "1Gi" } },
      nodeSelector: { "kubernetes.io/arch": "arm64" },
      tolerations: [{ key: "dedicated", operator: "Exists" }],
      affinity: { nodeAffinity: {} },
      priorityClassName: "high",
      podAnnotations: { note: "n" },
    };
    const file = path.join(cluster().folder, "values.json");
    writeFileSync(file, JSON.stringify(values));
    const manifests = await render("--values", file);
    const { spec } = podTemplate(manifests);
    const { imagePullSecrets, nodeSelector, tolerations, affinity, priorityClassName } = values;
    expect(spec).to.deep.include({
      imagePullSecrets,
      nodeSelector,
      tolerations,
      affinity,
      priorityClassName,
    });
    const container = controllerContainer(manifests);
    expect(container.image).to.equal("registry.example.com/hitless:1.2.3");
    expect(container.args).to.deep.equal(["controller", "--log-level=debug", "--bind-address=[::]:8080"]);
    expect(container.resources).to.deep.include({ requests: { cpu: "1", memory: "128Mi" } });
    expect(findManifest(manifests, "Deployment").spec?.replicas).to.equal(1);
  });

  it("leaves out what is switched off", async () => {
    const off = ["rbac", "policy", "podDisruptionBudget"].map((part) => `${part}.create=false`);
    const manifests = await render(
      "--set",
      [...off, "serviceAccount.create=false,serviceAccount.name=mine"].join(),
    );
    expect(manifests.map(({ kind }) => kind)).to.have.members(["Deployment", "Service"]);
    expect(podTemplate(manifests).spec.serviceAccountName).to.equal("mine");
  });

  it("names its objects after the release, so that two of them fit into a cluster", async () => {
    const manifests = parseManifests(await helm(cluster(), ["template", "east", CHART]));
    const foreign = manifests.filter(({ metadata }) => !metadata.name.startsWith("east-hitless-"));
    expect(foreign.map(({ metadata }) => metadata.name)).to.deep.equal([]);
    const binding = findManifest(manifests, "ValidatingAdmissionPolicyBinding", "east-hitless-approval");
    expect(binding.spec?.policyName).to.equal("east-hitless-approval");
  });

  it("is taken by the API server as it is, and with everything that can be set", async () => {
    const values = ["--set", "namespaces={default},podLabels.team=network"];
    const rendered = await helm(cluster(), ["template", "east", CHART, "-n", "hitless-system", ...values]);
    const objects = parseManifests(rendered).map((manifest) => JSON.stringify(manifest));
    const file = path.join(cluster().folder, "rendered.json");
    writeFileSync(file, objects.join("\n"));
    const args = [
      "apply",
      "--server-side",
      "--force-conflicts",
      "--dry-run=server",
      "--validate=strict",
      "-f",
      file,
    ];
    const applied = await kubectl(cluster(), args);
    expect(applied.trim().split("\n")).to.have.lengthOf(objects.length);
  });

  describe("refuses values that", () => {
    const wrong: Readonly<Record<string, readonly [string, string]>> = {
      "nobody knows": ["replica=2", "replica"],
      "nobody knows, deeper": ["image.name=hitless", "name"],
      "are of another type": ["replicas=two", "replicas"],
      "are none of the levels": ["logLevel=verbose", "logLevel"],
      "are no namespace": ["namespaces={Data_Center}", "namespaces"],
      "leave the account without a name": ["serviceAccount.create=false", "serviceAccount"],
      "are no amount": ["resources.limits.cpu=true", "resources"],
    };
    for (const [what, [value, mention]] of Object.entries(wrong)) {
      it(`${what}: ${value}`, async () => {
        const said = await refusal("--set", value);
        expect(said).to.include("values don't meet the specifications of the schema");
        expect(said).to.include(mention);
      });
    }

    it("come with an older Kubernetes", async () => {
      expect(await refusal("--kube-version", "1.31.9")).to.include("incompatible with Kubernetes v1.31.9");
    });
  });
});

describe("the chart's copies", () => {
  const script = path.join(ROOT, "scripts/fillChart.ts");
  const check = (root: string, ...args: string[]) =>
    spawnSync(process.execPath, [script, "--root", root, ...args], { encoding: "utf8" });

  it("are those of crds/ and deploy/", () => {
    const { status, stderr } = check(ROOT, "--check");
    expect(status, stderr).to.equal(0);
  });

  it("are missed when the original is edited alone, and made anew by npm run generate", () => {
    const copy = mkdtempSync(path.join(tmpdir(), "hitless-chart-"));
    try {
      for (const folder of ["crds", "deploy", "helm"]) {
        cpSync(path.join(ROOT, folder), path.join(copy, folder), { recursive: true });
      }
      for (const file of ["crds/fabrics.yaml", "deploy/rbac/viewer.yaml"]) {
        appendFileSync(path.join(copy, file), "# edited\n");
      }
      writeFileSync(path.join(copy, "helm/hitless/crds/stray.yaml"), "");
      const { status, stderr } = check(copy, "--check");
      expect(status).to.equal(1);
      expect(stderr).to.include("helm/hitless/crds/fabrics.yaml differs from crds/fabrics.yaml");
      expect(stderr).to.include("helm/hitless/files/rbac/viewer.yaml differs from deploy/rbac/viewer.yaml");
      expect(stderr).to.include("helm/hitless/crds/stray.yaml is not in crds");
      expect(check(copy).status).to.equal(0);
      expect(check(copy, "--check").status).to.equal(0);
    } finally {
      rmSync(copy, { recursive: true });
    }
  });
});
