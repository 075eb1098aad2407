/** What people may do to a DeviceUpgrade (annotate it, give it up), and to the finalizer that holds objects. */
import { expect } from "chai";
import { ANNOTATIONS, LABELS, LANDING_FINALIZER } from "../../src/api/names.ts";
import type { CustomKind } from "../../src/api/kinds.ts";
import { objectPath } from "../../src/store/kubernetes/paths.ts";
import type { ObjectKey } from "../../src/store/store.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { newNamespace } from "../support/cluster/sharedCluster.ts";
import { campaignDraft, deviceUpgradeDraft, fabricDraft } from "../store/objects.ts";
import { auditOf } from "./audit.ts";
import { create, describeDeployed, patch } from "./deployed.ts";

describeDeployed("orders, abandonment and landing", (cluster) => {
  let namespace: string;
  let key: ObjectKey;
  let count = 0;

  before(async () => {
    namespace = await newNamespace(cluster());
  });

  beforeEach(async () => {
    count += 1;
    key = { namespace, name: `device-${String(count)}` };
    const metadata = {
      ...key,
      labels: { [LABELS.campaign]: "campaign", [LABELS.device]: "leaf1", [LABELS.batch]: "1" },
      finalizers: [LANDING_FINALIZER],
    };
    const { statusCode, text } = await create(cluster(), "controller", {
      kind: "DeviceUpgrade",
      draft: deviceUpgradeDraft(metadata),
    });
    expect(statusCode, text).to.equal(201);
  });

  const change = async (user: string, body: unknown, kind: CustomKind = "DeviceUpgrade") =>
    patch(cluster(), { user, kind, key, body });

  it("AC-1 a device is given up by the verb abandon alone", async () => {
    const annotate = async (value: string | null, user: string) =>
      change(user, { metadata: { annotations: { [ANNOTATIONS.abandon]: value } } });
    for (const value of ["burnt", ""]) {
      const refusal = await annotate(value, "editor");
      expect(refusal.statusCode, refusal.text).to.equal(403);
      expect(refusal.text).to.include("editor may not give this device up");
      expect((await annotate(value, "approver")).statusCode).to.equal(200);
      // Nor is it taken back without the verb.
      expect((await annotate(null, "editor")).statusCode).to.equal(403);
      expect((await annotate(null, "approver")).statusCode).to.equal(200);
    }
    const told = auditOf(cluster(), "approver")
      .filter(({ objectRef }) => objectRef?.name === key.name)
      .map(({ annotations }) => annotations?.["hitless-abandonment/abandonment"]);
    expect(told).to.deep.equal(["leaf1:burnt", "leaf1", "leaf1:", "leaf1"]);
  });

  it("AC-1 kubectl annotates as an approver, and an operator cannot touch it", async () => {
    const args = ["-n", namespace, "annotate", "deviceupgrade", key.name, `${ANNOTATIONS.abandon}=burnt`];
    const refusal = await kubectl(cluster(), args, { user: "operator" }).catch(String);
    expect(refusal).to.include("cannot patch resource");
    expect(await kubectl(cluster(), args, { user: "approver" })).to.include("annotated");
  });

  it("AC-1 what a device is told is changed by who may create DeviceUpgrades", async () => {
    const changes = [
      { spec: { desired: "Land" } },
      { spec: { batch: 2 } },
      { metadata: { labels: { [LABELS.campaign]: "other" } } },
      { metadata: { labels: { [LABELS.batch]: null } } },
    ];
    for (const body of changes) {
      for (const user of ["editor", "approver"]) {
        const { statusCode, text } = await change(user, body);
        expect(statusCode, `${user} ${JSON.stringify(body)}`).to.equal(403);
        expect(text).to.include("may not change what a DeviceUpgrade says");
      }
      const path = objectPath("DeviceUpgrade", key);
      const { text } = await cluster().request({ path });
      const { spec = {}, metadata = {} }: { spec?: object; metadata?: { labels?: object } } = body;
      const before = JSON.parse(text);
      const after = {
        ...before,
        metadata: { ...before.metadata, labels: { ...before.metadata.labels, ...metadata.labels } },
        spec: { ...before.spec, ...spec },
      };
      const told = await cluster().request({ user: "controller", method: "PUT", path, body: after });
      expect(told.statusCode, told.text).to.equal(200);
    }
    const harmless = { metadata: { labels: { mine: "1" }, annotations: { note: "looked at" } } };
    expect((await change("editor", harmless)).statusCode).to.equal(200);
  });

  for (const kind of ["Fabric", "UpgradeCampaign", "DeviceUpgrade"] as const) {
    it(`AC-1 what holds a ${kind} until its devices have landed is not taken off by hand`, async () => {
      const metadata = { ...key, finalizers: ["example.com/mine", LANDING_FINALIZER] };
      if (kind === "Fabric") await create(cluster(), "admin", { kind, draft: fabricDraft(metadata) });
      if (kind === "UpgradeCampaign")
        await create(cluster(), "admin", { kind, draft: campaignDraft(metadata) });
      const finalizers = (...left: string[]) => ({ metadata: { finalizers: left } });
      const users = kind === "DeviceUpgrade" ? ["editor", "approver"] : ["editor", "operator"];
      for (const user of users) {
        const { statusCode, text } = await change(user, finalizers(), kind);
        expect(statusCode, user).to.equal(403);
        expect(text).to.include(`${user} may not take off the finalizer hitless.dev/landing`);
        // Other people's finalizers, as the garbage collector's, are theirs.
        expect((await change(user, finalizers(LANDING_FINALIZER), kind)).statusCode).to.equal(200);
      }
      const path = objectPath(kind, key);
      const { text } = await cluster().request({ path });
      const object = JSON.parse(text);
      object.metadata.finalizers = [];
      const freed = await cluster().request({ user: "controller", method: "PUT", path, body: object });
      expect(freed.statusCode, freed.text).to.equal(200);
    });
  }
});
