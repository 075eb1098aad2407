/**
 * Campaigns by GitOps, with a real Argo CD on a real API server: `npm run test:argocd`. Not a part of `npm test`, because
 * the first build takes minutes.
 */
import { expect } from "chai";
import path from "node:path";
import { ANNOTATIONS } from "../../src/api/names.ts";
import { TARGET } from "../controllers/toyFabric.ts";
import { buildCluster } from "../support/cluster/buildCluster.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { startCluster, type Cluster } from "../support/cluster/startCluster.ts";
import { buildArgocd, whyNoArgocd } from "./buildArgocd.ts";
import { campaignFile, FABRIC, followUp, IMAGE } from "./manifests.ts";
import { expectUpgraded, FOLDER, openSite, type Site } from "./site.ts";
import { startArgocd, type Argocd } from "./startArgocd.ts";

const onProgress = (line: string): void => console.log(line);
const CAMPAIGN = `${FOLDER}/campaign.yaml`;

describe("GitOps with Argo CD", function () {
  this.timeout(180_000);

  let cluster: Cluster;
  let argocd: Argocd;

  before("build and start", async function () {
    this.timeout(60 * 60_000);
    const why = whyNoArgocd();
    if (why !== undefined) throw new Error(why);
    const binaries = await buildCluster({ onProgress });
    const programs = await buildArgocd({ onProgress });
    cluster = await startCluster({ binaries });
    const deploy = path.resolve(import.meta.dirname, "../../deploy");
    await kubectl(cluster, ["apply", "--server-side", "--kustomize", deploy]);
    argocd = await startArgocd(cluster, programs);
  });

  afterEach(function () {
    if (this.currentTest?.state === "failed") console.log(argocd.logs());
  });

  after(async () => {
    await argocd?.stop();
    await cluster?.stop();
  });

  describe("where Git approves", function () {
    // Each test goes on where the one before has ended.
    this.bail(true);
    let site: Site;
    let planHash: string;

    before("first commit", async () => {
      const files = { "fabric.yaml": FABRIC, "image.yaml": IMAGE, "campaign.yaml": campaignFile() };
      site = await openSite(cluster, { name: "git-approves", gitApproves: true }, files);
    });
    after(async () => site?.stop());

    it("N14 is Suspended while the plan waits for an approval", async () => {
      planHash = await site.untilPhase("AwaitingApproval");
      await site.untilHealth("Suspended");
    });

    it("EX-8 self-heal puts back what Git says, and leaves a hold alone", async () => {
      await site.hold("storm");
      await site.untilPhase("Held");
      await editCampaign(site);
      await site.untilHealth("Suspended");
      expect((await site.campaign())?.metadata.annotations).to.include({ [ANNOTATIONS.hold]: "storm" });
      expect((await site.campaign())?.status?.phase).to.equal("Held");
      await site.hold(undefined);
    });

    it("N14 EX-11 goes on when the approval is committed", async () => {
      await site.repository.commit("yes", { [CAMPAIGN]: campaignFile({ approval: { planHash } }) });
      await site.untilPhase("Running");
      await site.untilHealth("Progressing");
    });

    it("EX-8 self-heal disturbs neither the run nor a hold in the middle of it", async () => {
      const uids = (await site.upgrades()).map(({ metadata }) => metadata.uid);
      expect(uids).to.have.lengthOf(2);
      await editCampaign(site);
      await site.hold("storm");
      await site.untilPhase("Held");
      await site.untilHealth("Suspended");
      await editCampaign(site);
      await site.hold(undefined);
      await site.untilPhase("Completed");
      await site.untilHealth("Healthy");
      expectUpgraded(site.devices, TARGET);
      expect((await site.upgrades()).map(({ metadata }) => metadata.uid)).to.deep.equal(uids);
    });

    it("keeps a campaign that is taken out of Git", async () => {
      const revision = await site.repository.commit("tidy", { [CAMPAIGN]: null });
      await site.until("a sync of that commit", async () => {
        const { phase, syncResult } = (await site.application()).status?.operationState ?? {};
        return phase === "Succeeded" && syncResult?.revision === revision ? true : undefined;
      });
      await site.untilHealth("Healthy", "OutOfSync");
      expect((await site.campaign())?.metadata).not.to.have.property("deletionTimestamp");
    });
  });

  describe("where people approve, with more behind the campaign", function () {
    this.bail(true);
    let site: Site;
    let planHash: string;

    before("first commit", async () => {
      site = await openSite(
        cluster,
        { name: "people-approve", gitApproves: false },
        {
          "fabric.yaml": FABRIC,
          "image.yaml": IMAGE,
          "campaign.yaml": campaignFile({ wave: 1 }),
          "afterwards.yaml": followUp(2),
        },
      );
    });
    after(async () => site?.stop());

    it("N14 the wave behind a campaign waits for it", async () => {
      planHash = await site.untilPhase("AwaitingApproval");
      await site.untilHealth("Suspended", "OutOfSync");
      await site.until("the sync waits for the campaign", async () => {
        const { phase, message } = (await site.application()).status?.operationState ?? {};
        return phase === "Running" && message?.includes("hitless.dev/UpgradeCampaign/toys") === true
          ? true
          : undefined;
      });
      expect(await site.hasFollowUp()).to.equal(false);
    });

    it("N14 an approval by commit would wait for the sync that waits for it", async () => {
      const revision = await site.repository.commit("yes", {
        [CAMPAIGN]: campaignFile({ wave: 1, approval: { planHash } }),
      });
      await site.untilSynced(revision, "OutOfSync");
      const { operationState } = (await site.application()).status ?? {};
      expect(operationState?.phase).to.equal("Running");
      expect(operationState?.syncResult?.revision).not.to.equal(revision);
      expect((await site.campaign())?.spec.approval).not.to.have.property("planHash");
      const back = await site.repository.commit("not this way", { [CAMPAIGN]: campaignFile({ wave: 1 }) });
      await site.untilSynced(back, "OutOfSync");
    });

    it("AC-1 the annotation is refused to an operator, and is an approver's yes", async () => {
      const approve = ["annotate", "upgradecampaigns", "toys", `${ANNOTATIONS.approve}=${planHash}`];
      const refused = await site.kubectl(approve, "operator").then(
        () => "",
        (error: unknown) => String(error),
      );
      expect(refused).to.contain("operator may not approve this campaign");
      await site.kubectl(approve, "approver");
      await site.untilPhase("Running");
      expect(await site.hasFollowUp()).to.equal(false);
    });

    it("N14 EX-11 the wave behind it follows when it is done, and no re-apply takes the approval back", async () => {
      await site.untilPhase("Completed");
      await site.untilHealth("Healthy");
      expectUpgraded(site.devices, TARGET);
      expect(await site.hasFollowUp()).to.equal(true);
      expect((await site.campaign())?.metadata.annotations).to.include({ [ANNOTATIONS.approve]: planHash });
    });

    it("AC-1 a campaign that approves itself is refused, whoever commits it", async () => {
      const name = "by-itself";
      await site.repository.commit("no questions asked", {
        [`${FOLDER}/${name}.yaml`]: campaignFile({ name, wave: 1, approval: { policy: "Automatic" } }),
      });
      await site.until("a refusal", async () => {
        // Argo CD tries again for a while, and says all the time why.
        const said = JSON.stringify((await site.application()).status?.operationState ?? {});
        return said.includes("may not approve this campaign") ? true : undefined;
      });
      expect(await site.campaign(name)).to.equal(undefined);
    });
  });

  describe("without the health check", () => {
    const key = "resource.customizations.health.hitless.dev_UpgradeCampaign";
    let site: Site;

    before("first commit", async () => {
      const patch = JSON.stringify({ data: { [key]: null } });
      const settings = ["--namespace", "argocd", "configmap", "argocd-cm"];
      await kubectl(cluster, ["patch", ...settings, "--type=merge", `--patch=${patch}`]);
      const files = {
        "fabric.yaml": FABRIC,
        "image.yaml": IMAGE,
        "campaign.yaml": campaignFile({ wave: 1 }),
        "afterwards.yaml": followUp(2),
      };
      site = await openSite(cluster, { name: "no-health-check", gitApproves: false }, files);
    });
    after(async () => site?.stop());

    it("N14 the wave behind a campaign would not wait for it", async () => {
      await site.until("the next wave", async () => ((await site.hasFollowUp()) ? true : undefined));
      expect((await site.campaign())?.status?.phase).not.to.equal("Completed");
      await site.untilPhase("AwaitingApproval");
    });
  });
});

/** Changes a field of the campaign that Git has too, and waits until it is as Git says again. */
async function editCampaign(site: Site): Promise<void> {
  const patch = JSON.stringify({ spec: { healthChecks: { abortOnFailure: false } } });
  await site.kubectl(["patch", "upgradecampaigns", "toys", "--type=merge", `--patch=${patch}`]);
  await site.until("the edit is put back", async () =>
    (await site.campaign())?.spec.healthChecks.abortOnFailure === true ? true : undefined,
  );
}
