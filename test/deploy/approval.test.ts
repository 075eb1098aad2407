/** Who may approve a plan: the verb `approve`, whatever way the approval takes. */
import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { ANNOTATIONS, LANDING_FINALIZER } from "../../src/api/names.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { collectionPath, objectPath } from "../../src/store/kubernetes/paths.ts";
import { draftToWire } from "../../src/store/kubernetes/wireObjects.ts";
import type { ObjectKey } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { newNamespace } from "../support/cluster/sharedCluster.ts";
import type { ClusterReply } from "../support/cluster/startCluster.ts";
import { campaignDraft, deviceUpgradeDraft, fabricDraft } from "../store/objects.ts";
import { auditOf } from "./audit.ts";
import { apply, create, describeDeployed, patch, succeed } from "./deployed.ts";

const HASH = "4f2a9c0d";
const HEADER = { apiVersion: KINDS.UpgradeCampaign.apiVersion, kind: "UpgradeCampaign" };

/** Every way to approve, as a merge patch. */
const APPROVALS = {
  "the plan's hash": { spec: { approval: { planHash: HASH } } },
  "the policy Automatic": { spec: { approval: { policy: "Automatic" } } },
  "the annotation": { metadata: { annotations: { [ANNOTATIONS.approve]: HASH } } },
} as const;

describeDeployed("approval by verb", (cluster) => {
  let namespace: string;
  let count = 0;

  before(async () => {
    namespace = await newNamespace(cluster());
  });

  /** A campaign that waits for approval. */
  async function newCampaign(approval: { policy: "Manual"; planHash?: string } = { policy: "Manual" }) {
    count += 1;
    const key = { namespace, name: `campaign-${String(count)}` };
    const draft = campaignDraft(key);
    await succeed(cluster(), {
      method: "POST",
      path: collectionPath("UpgradeCampaign", namespace),
      body: draftToWire("UpgradeCampaign", { ...draft, spec: { ...draft.spec, approval } }),
    });
    return key;
  }

  const approve = async (user: string, key: ObjectKey, body: unknown) =>
    patch(cluster(), { user, kind: "UpgradeCampaign", key, body });

  function expectRefusal({ statusCode, text }: ClusterReply, user: string): void {
    expect(statusCode, text).to.equal(403);
    expect(text).to.include(`${user} may not approve this campaign`);
    expect(text).to.include("the verb approve on upgradecampaigns");
  }

  for (const [way, body] of Object.entries(APPROVALS)) {
    it(`AC-1 ${way}: an operator is refused, an approver is not`, async () => {
      const key = await newCampaign();
      expectRefusal(await approve("operator", key, body), "operator");
      const { statusCode, text } = await approve("approver", key, body);
      expect(statusCode, text).to.equal(200);
      // Taking it back is no less a decision.
      const undo = {
        metadata: { annotations: null },
        spec: { approval: { policy: "Manual", planHash: null } },
      };
      expectRefusal(await approve("operator", key, undo), "operator");
      expect((await approve("approver", key, undo)).statusCode).to.equal(200);
    });

    it(`AC-1 ${way}: an operator is refused by server-side apply, too`, async () => {
      const key = await newCampaign();
      const { metadata, spec } = { metadata: {}, spec: {}, ...body };
      const whole = {
        ...HEADER,
        metadata: { ...metadata, ...key },
        spec: { ...campaignDraft(key).spec, ...spec },
      };
      const applied = async (user: string) =>
        apply(cluster(), { user, kind: "UpgradeCampaign", key, body: whole });
      expectRefusal(await applied("operator"), "operator");
      expect((await applied("approver")).statusCode).to.equal(200);
    });

    it(`AC-1 ${way}: an operator cannot create a campaign that has it`, async () => {
      const key = { namespace, name: `born-${way.replaceAll(/[^a-z]+/g, "-")}` };
      const draft = campaignDraft(key);
      const { metadata, spec } = { metadata: {}, spec: {}, ...body };
      const approved = {
        metadata: { ...key, ...metadata },
        spec: {
          ...draft.spec,
          approval: { ...draft.spec.approval, ...("approval" in spec ? spec.approval : {}) },
        },
      };
      const created = async (user: string) =>
        create(cluster(), user, { kind: "UpgradeCampaign", draft: approved });
      expectRefusal(await created("operator"), "operator");
      // An approver may approve, and does not declare campaigns.
      expect((await created("approver")).statusCode).to.equal(403);
      expect((await create(cluster(), "operator", { kind: "UpgradeCampaign", draft })).statusCode).to.equal(
        201,
      );
    });
  }

  for (const verb of ["patch", "annotate", "apply"] as const) {
    it(`AC-1 says so through kubectl ${verb}`, async () => {
      const key = await newCampaign();
      const file = path.join(cluster().folder, `${key.name}.json`);
      const spec = { ...campaignDraft(key).spec, approval: { policy: "Manual", planHash: HASH } };
      await writeFile(file, JSON.stringify({ ...HEADER, metadata: key, spec }));
      const merge = JSON.stringify(APPROVALS["the plan's hash"]);
      const command = {
        patch: ["patch", "upgradecampaign", key.name, "--type=merge", "-p", merge],
        annotate: ["annotate", "upgradecampaign", key.name, `${ANNOTATIONS.approve}=${HASH}`],
        apply: ["apply", "--server-side", "--force-conflicts", "-f", file],
      }[verb];
      const args = ["-n", namespace, ...command];
      const refusal = await kubectl(cluster(), args, { user: "operator" }).catch(String);
      expect(refusal).to.include("operator may not approve this campaign");
      expect(await kubectl(cluster(), args, { user: "approver" })).to.include(key.name);
    });
  }

  it("AC-1 is what `kubectl auth can-i` says", async () => {
    const may = async (user: string, verb: string, resource: string) => {
      const args = ["-n", namespace, "auth", "can-i", verb, resource];
      return (
        await kubectl(cluster(), args, { user }).catch((error: { stdout: string }) => error.stdout)
      ).trim();
    };
    expect(await may("approver", "approve", "upgradecampaigns.hitless.dev")).to.equal("yes");
    expect(await may("approver", "abandon", "deviceupgrades.hitless.dev")).to.equal("yes");
    for (const user of ["viewer", "operator", "controller", "stranger"]) {
      expect(await may(user, "approve", "upgradecampaigns.hitless.dev"), user).to.equal("no");
      expect(await may(user, "abandon", "deviceupgrades.hitless.dev"), user).to.equal("no");
    }
  });

  it("AC-1 a viewer reads everything but secrets, and writes nothing", async () => {
    const metadata = await newCampaign();
    await create(cluster(), "admin", { kind: "Fabric", draft: fabricDraft(metadata) });
    await create(cluster(), "admin", { kind: "DeviceUpgrade", draft: deviceUpgradeDraft(metadata) });
    const seen = await kubectl(cluster(), ["-n", namespace, "get", "hitless,events"], { user: "viewer" });
    expect(seen).to.include(`upgradecampaign.hitless.dev/${metadata.name}`);
    expect(seen).to.include(`deviceupgrade.hitless.dev/${metadata.name}`);
    for (const kind of ["Fabric", "UpgradeCampaign", "DeviceUpgrade"] as const) {
      const body = { metadata: { labels: { a: "b" } } };
      const reply = await patch(cluster(), { user: "viewer", kind, key: metadata, body });
      expect(reply.statusCode, kind).to.equal(403);
      const deletion = await cluster().request({
        user: "viewer",
        method: "DELETE",
        path: objectPath(kind, metadata),
      });
      expect(deletion.statusCode, kind).to.equal(403);
    }
    const made = await create(cluster(), "viewer", {
      kind: "UpgradeCampaign",
      draft: campaignDraft(metadata),
    });
    expect(made.statusCode).to.equal(403);
    const secrets = { user: "viewer", path: collectionPath("Secret", namespace) };
    expect((await cluster().request(secrets)).statusCode).to.equal(403);
  });

  it("AC-1 nobody but the controller writes a status, where an approval is latched", async () => {
    const key = await newCampaign();
    const body = { status: { approved: { hash: HASH, at: "2026-11-22T00:00:00Z" } } };
    for (const user of ["viewer", "operator", "approver", "gitops"]) {
      const { statusCode } = await cluster().request({
        user,
        method: "PATCH",
        path: `${objectPath("UpgradeCampaign", key)}/status`,
        contentType: "application/merge-patch+json",
        body,
      });
      expect(statusCode, user).to.equal(403);
    }
  });

  it("AC-1 an operator edits an approved campaign in everything else, and holds it", async () => {
    const key = await newCampaign({ policy: "Manual", planHash: HASH });
    for (const body of [
      { spec: { paused: true } },
      { spec: { strategy: { maxBatchSize: 2 } } },
      { metadata: { annotations: { [ANNOTATIONS.hold]: "an incident" } } },
      { metadata: { annotations: { [ANNOTATIONS.hold]: null } } },
    ]) {
      const { statusCode, text } = await approve("operator", key, body);
      expect(statusCode, text).to.equal(200);
    }
  });

  it("AC-1 what Git says of an approved campaign is applied again and again, by who may not approve", async () => {
    const key = await newCampaign();
    const { spec } = campaignDraft(key);
    const inGit = (approval: object) => ({ ...HEADER, metadata: key, spec: { ...spec, approval } });
    const sync = async (user: string, approval: object) =>
      apply(cluster(), { user, kind: "UpgradeCampaign", key, body: inGit(approval) });
    const manual = { policy: "Manual" };
    expect((await sync("gitops", manual)).statusCode).to.equal(200);
    // Approved beside Git: the next sync neither needs the verb nor takes the approval away.
    await approve("approver", key, APPROVALS["the plan's hash"]);
    const again = await sync("gitops", manual);
    expect(again.statusCode, again.text).to.equal(200);
    expect(JSON.parse(again.text).spec.approval).to.deep.equal({ policy: "Manual", planHash: HASH });
    // The approval itself by commit needs the verb; once it is there, the very same commit does not.
    const committed = { policy: "Manual", planHash: "another" };
    expectRefusal(await sync("gitops", committed), "gitops");
    await approve("approver", key, { spec: { approval: committed } });
    expect((await sync("gitops", committed)).statusCode).to.equal(200);
  });

  it("the controller sets and removes its finalizer on an approved campaign", async () => {
    const key = await newCampaign({ policy: "Manual", planHash: HASH });
    const object = async () =>
      JSON.parse((await cluster().request({ path: objectPath("UpgradeCampaign", key) })).text);
    for (const finalizers of [[LANDING_FINALIZER], []]) {
      const campaign = await object();
      campaign.metadata.finalizers = finalizers;
      const { statusCode, text } = await cluster().request({
        user: "controller",
        method: "PUT",
        path: objectPath("UpgradeCampaign", key),
        body: campaign,
      });
      expect(statusCode, text).to.equal(200);
    }
  });

  it("AC-1 an approval stands in the audit log, with who gave it", async () => {
    const key = await newCampaign();
    await approve("approver", key, APPROVALS["the plan's hash"]);
    const entries = auditOf(cluster(), "approver").filter(({ objectRef }) => objectRef?.name === key.name);
    const told = entries.map(({ annotations }) => annotations?.["hitless-approval/approval"]);
    expect(told).to.deep.equal([`policy Manual, planHash "${HASH}", annotation ""`]);
  });
});
