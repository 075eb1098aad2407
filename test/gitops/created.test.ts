/** An object that no controller has seen yet, as a real API server shows it, is not done for anybody. */
import { expect } from "chai";
import { KINDS, type CustomKind } from "../../src/api/kinds.ts";
import type { Draft } from "../../src/store/store.ts";
import { campaignDraft, deviceUpgradeDraft, fabricDraft } from "../store/objects.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, newNamespace } from "../support/cluster/sharedCluster.ts";
import { verdictsOn, type ServedObject } from "./verdicts.ts";

const imageDraft: Draft<"DeviceImage"> = {
  metadata: { namespace: "", name: "fresh" },
  spec: {
    deviceImageName: "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz",
    vendorName: "Juniper",
    deviceFamily: "junos-qfx",
    supportedPlatforms: ["qfx5120"],
    osVersion: "23.4R2-S3.9",
    sizeBytes: 1000,
    checksum: { sha256: "a".repeat(64) },
  },
};

describeWithCluster("gitops: an object that was just created", (cluster) => {
  const DRAFTS: Readonly<Record<CustomKind, { readonly spec: unknown }>> = {
    Fabric: fabricDraft({ namespace: "", name: "fresh" }),
    DeviceImage: imageDraft,
    UpgradeCampaign: campaignDraft({ namespace: "", name: "fresh" }),
    DeviceUpgrade: deviceUpgradeDraft({ namespace: "", name: "fresh" }),
  };

  for (const kind of ["Fabric", "DeviceImage", "UpgradeCampaign", "DeviceUpgrade"] as const) {
    it(`MO-4 a ${kind} waits for its controller, to Argo CD as to kstatus and kubectl`, async function () {
      this.timeout(120_000);
      const namespace = await newNamespace(cluster());
      const { apiVersion, plural } = KINDS[kind];
      const { statusCode, text } = await cluster().request({
        method: "POST",
        path: `/apis/${apiVersion}/namespaces/${namespace}/${plural}`,
        body: { apiVersion, kind, metadata: { namespace, name: "fresh" }, spec: DRAFTS[kind].spec },
      });
      expect(statusCode, text).to.equal(201);
      const created: ServedObject = JSON.parse(text);
      const [verdict] = await verdictsOn([created]);
      expect(verdict?.kstatus.status).to.equal("InProgress");
      expect(verdict?.argo).to.deep.equal({ status: "Progressing", message: "waits for the controller" });
      const output = ["--output", "jsonpath={.status.conditions[?(@.type=='Ready')].status}"];
      const ready = await kubectl(cluster(), ["-n", namespace, "get", plural, "fresh", ...output]);
      expect(ready).to.equal("Unknown");
    });
  }
});
