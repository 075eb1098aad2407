/** `helm install`, `upgrade` and `uninstall` in an empty cluster. */
import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { helm, kubectl } from "../support/cluster/kubectl.ts";
import { eventually } from "../support/eventually.ts";
import { describeInEmptyCluster, patch, succeed } from "./deployed.ts";
import { CHART, ROOT } from "./manifests.ts";
import { campaignDraft } from "../store/objects.ts";
import { collectionPath } from "../../src/store/kubernetes/paths.ts";
import { draftToWire } from "../../src/store/kubernetes/wireObjects.ts";

const NAMESPACE = "hitless-system";

describeInEmptyCluster("helm install hitless helm/hitless", (cluster) => {
  const kubectlHere = async (...args: string[]) => kubectl(cluster(), args);
  const helmHere = async (...args: string[]) => helm(cluster(), ["--namespace", NAMESPACE, ...args]);
  const key = { namespace: "default", name: "campaign" };
  const definitions = async () =>
    (await kubectlHere("get", "crd", "-o", "name"))
      .split("\n")
      .filter((name) => name.endsWith(".hitless.dev"));

  it("installs everything from a package, and says what to do next", async () => {
    const { folder } = cluster();
    await helm(cluster(), ["package", CHART, "--destination", folder]);
    const { version }: { version: string } = JSON.parse(
      readFileSync(path.join(ROOT, "package.json"), "utf8"),
    );
    const notes = await helmHere(
      "install",
      "hitless",
      path.join(folder, `hitless-${version}.tgz`),
      "--create-namespace",
    );
    expect(notes).to.include("works in all namespaces");
    expect(notes).to.include("--clusterrole=hitless-operator");
    expect(await definitions()).to.have.lengthOf(4);
    const objects = "deployments,services,poddisruptionbudgets,serviceaccounts";
    expect(await kubectlHere("-n", NAMESPACE, "get", objects, "-o", "name")).to.equal(
      [
        "deployment.apps/hitless-controller",
        "service/hitless-metrics",
        "poddisruptionbudget.policy/hitless-controller",
        "serviceaccount/hitless-controller",
        "",
      ].join("\n"),
    );
  });

  it("the roles are bound as its notes say, and approval needs the verb", async () => {
    for (const role of ["operator", "approver"]) {
      const binding = ["create", "rolebinding", `hitless-${role}s`, "-n", key.namespace];
      await kubectlHere(...binding, `--clusterrole=hitless-${role}`, `--group=hitless-${role}s`);
    }
    await succeed(cluster(), {
      user: "operator",
      method: "POST",
      path: collectionPath("UpgradeCampaign", key.namespace),
      body: draftToWire("UpgradeCampaign", campaignDraft(key)),
    });
    const approve = async (user: string) =>
      patch(cluster(), {
        user,
        kind: "UpgradeCampaign",
        key,
        body: { spec: { approval: { planHash: "4f2a" } } },
        dryRun: true,
      });
    await eventually(async () => {
      const { statusCode, text } = await approve("operator");
      expect(statusCode, text).to.equal(403);
      expect(text).to.include("hitless-approval");
    });
    expect((await approve("approver")).statusCode).to.equal(200);
  });

  it("is upgraded to other values", async () => {
    const notes = await helmHere(
      "upgrade",
      "hitless",
      CHART,
      "--set",
      "namespaces={default},replicas=1,policy.create=false",
    );
    expect(notes).to.include("works in default");
    expect(notes).to.include("WARNING: without the policies");
    const roles = await kubectlHere("get", "clusterroles,validatingadmissionpolicies", "-o", "name");
    expect(roles).to.not.include("hitless");
    expect(await kubectlHere("get", "roles", "-o", "name")).to.include(
      "role.rbac.authorization.k8s.io/hitless-approver",
    );
    const replicas = ["get", "deployment", "hitless-controller", "-o", "jsonpath={.spec.replicas}"];
    expect(await kubectlHere("-n", NAMESPACE, ...replicas)).to.equal("1");
  });

  it("refuses wrong values before it changes anything", async () => {
    const said = await helmHere("upgrade", "hitless", CHART, "--set", "replicas=many").catch(String);
    expect(said).to.include("values don't meet the specifications of the schema");
    expect(await helmHere("history", "hitless", "-o", "json").then(JSON.parse)).to.have.lengthOf(2);
  });

  it("new CustomResourceDefinitions are applied over the old ones, as its notes say", async () => {
    const applied = await kubectlHere(
      "apply",
      "--server-side",
      "--force-conflicts",
      "-f",
      path.join(CHART, "crds"),
    );
    expect(applied.match(/serverside-applied/g)).to.have.lengthOf(4);
  });

  it("leaves the objects of users alone when it is uninstalled", async () => {
    await helmHere("uninstall", "hitless");
    const left = "deployments,services,roles,rolebindings,poddisruptionbudgets";
    expect(
      await kubectlHere("get", left, "-A", "-l", "app.kubernetes.io/name=hitless", "-o", "name"),
    ).to.equal("");
    expect(await definitions()).to.have.lengthOf(4);
    expect(await kubectlHere("get", "upgradecampaigns", "-o", "name")).to.include(key.name);
  });
});
