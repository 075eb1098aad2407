/** Who may what: the commands under the roles and policies of deploy/, on a real API server. */
import { expect } from "chai";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { describeDeployed, succeed } from "../deploy/deployed.ts";
import { eventually } from "../support/eventually.ts";
import { cliStages, type CliStage } from "./clusterStage.ts";
import { Folders } from "./support.ts";

describeDeployed("kubectl hitless: permissions", (cluster) => {
  const stages = cliStages();

  const folders = new Folders();

  afterEach(() => folders.removeAll());

  async function awaiting(): Promise<CliStage & { readonly hash: string }> {
    const stage = await stages.make(cluster());
    const { status } = await stage.workUntil("AwaitingApproval");
    return { ...stage, hash: status?.plan?.hash ?? "" };
  }

  it("AC-1 MO-4 a viewer sees and proves the plan, and may change nothing", async () => {
    const { hitless, hash, namespace } = await awaiting();
    const viewer = async (...args: readonly string[]) => hitless([...args, "--context", "viewer"]);
    expect((await viewer("plan", "toys")).exitCode).to.equal(0);
    expect((await viewer("verify", "toys")).exitCode).to.equal(0);
    const refusals: readonly (readonly [readonly string[], string])[] = [
      [
        ["approve", "toys", "--hash", hash],
        `UpgradeCampaign ${namespace}/toys: verb update on upgradecampaigns`,
      ],
      [["hold", "toys"], `UpgradeCampaign ${namespace}/toys: verb update on upgradecampaigns`],
      [["hold", "fabric/dc1"], `Fabric ${namespace}/dc1: verb update on fabrics`],
    ];
    for (const [args, what] of refusals) {
      const { exitCode, stdout, stderr } = await viewer(...args);
      expect(exitCode, args.join(" ")).to.equal(3);
      expect(stdout).to.equal("");
      expect(stderr).to.equal(
        `hitless: you may not update ${what} is needed (context viewer); ask for a role with this permission\n`,
      );
    }
  });

  for (const way of [[], ["--annotation"]]) {
    it(`AC-1 an operator may hold but not ${["approve", ...way].join(" ")}; an approver may`, async () => {
      const { hitless, hash, campaign, namespace } = await awaiting();
      const approve = ["approve", "toys", "--hash", hash, ...way];
      const before = (await campaign()).metadata.resourceVersion;
      const { exitCode, stdout, stderr } = await hitless([...approve, "--context", "operator"]);
      expect(exitCode).to.equal(3);
      expect(stdout).to.equal("");
      expect(stderr).to.match(
        new RegExp(
          `you may not approve UpgradeCampaign ${namespace}/toys: verb approve on upgradecampaigns is needed`,
        ),
      );
      expect((await campaign()).metadata.resourceVersion).to.equal(before);
      expect((await hitless(["hold", "toys", "--context", "operator"])).exitCode).to.equal(0);
      expect((await hitless([...approve, "--context", "approver"])).exitCode).to.equal(0);
      // What is approved already is no change, so that it is no refusal either.
      expect((await hitless(["release", "toys", "--context", "operator"])).exitCode).to.equal(0);
    });
  }

  it("AC-1 abandon needs the verb abandon on deviceupgrades, beside those to see and annotate them", async () => {
    const stage = await awaiting();
    const { namespace } = stage;
    await stage.change(({ spec, metadata }) => {
      spec.approval.planHash = stage.hash;
      metadata.annotations = { [ANNOTATIONS.hold]: "" };
    });
    await stage.startController();
    await eventually(async () => {
      expect(await stage.store.list("DeviceUpgrade", namespace)).to.have.length(2);
    });
    await succeed(cluster(), {
      method: "POST",
      path: `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`,
      body: {
        metadata: { name: "editor-sees" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "hitless-viewer" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "editor" }],
      },
    });
    for (const [user, verb] of [
      ["operator", "update"],
      ["editor", "abandon"],
    ] as const) {
      const args = ["abandon", "toys", "leaf2", "--reason", "burnt", "--yes", "--context", user];
      const { exitCode, stderr } = await stage.hitless(args);
      expect(exitCode, user).to.equal(3);
      expect(stderr).to.match(
        new RegExp(
          `you may not ${verb} DeviceUpgrade ${namespace}/[^ ]+: verb ${verb} on deviceupgrades is needed`,
        ),
      );
    }
    const args = ["abandon", "toys", "leaf2", "--reason", "burnt", "--yes", "--context", "approver"];
    const allowed = await stage.hitless(args);
    expect(allowed.exitCode, allowed.stderr).to.equal(0);
  });

  it("AC-2 says what a stranger may not, and when credentials are none", async () => {
    const { hitless, namespace } = await awaiting();
    for (const command of ["plan", "approve", "watch", "verify", "hold", "release"]) {
      const { exitCode, stderr } = await hitless([command, "toys", "--context", "stranger"]);
      expect(exitCode, command).to.equal(3);
      expect(stderr).to.match(
        new RegExp(
          `you may not get UpgradeCampaign ${namespace}/toys: verb get on upgradecampaigns is needed`,
        ),
      );
    }
    const token = cluster().token("viewer");
    const expired = cluster().kubeconfigText({ user: "viewer" }).replaceAll(token, "expired-4711");
    const kubeconfig = `${folders.of({ expired })}/expired`;
    const { exitCode, stderr } = await hitless(["plan", "toys", "--kubeconfig", kubeconfig]);
    expect(exitCode).to.equal(3);
    expect(stderr).to.equal(
      `hitless: ${cluster().url} does not accept the credentials of context viewer; log in again, or choose another --context\n`,
    );
  });
});
