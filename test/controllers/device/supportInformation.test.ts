/** What a device says of itself is kept when its run is in trouble, once, and without its secrets. */
import { expect } from "chai";
import { gunzipSync } from "node:zlib";
import { supportSecretName } from "../../../src/api/names.ts";
import { deviceStory } from "../../../src/cli/story/deviceStory.ts";
import { renderLog, renderStory } from "../../../src/cli/render/deviceStoryText.ts";
import { eventually } from "../../support/eventually.ts";
import type { FabricRun } from "../../support/fabricRun.ts";
import { NAMESPACE, only } from "../../support/smallFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";

const CANARIES = ["c0mmunity-canary", "h4sh-canary"];

/** Secrets that the configuration has from the beginning. */
async function withSecrets(run: FabricRun): Promise<void> {
  await run.configure("leaf1", [
    "set snmp community c0mmunity-canary authorization read-only",
    'set system root-authentication encrypted-password "$6$salt$h4sh-canary"',
  ]);
}

async function supportOf(run: FabricRun, device: string) {
  const upgrade = await run.upgrade(device);
  if (upgrade === undefined) throw new Error(`${device} has no upgrade`);
  const name = supportSecretName(upgrade.metadata.name);
  return { upgrade, name, secret: await run.store.get("Secret", { namespace: NAMESPACE, name }) };
}

describe("controllers: support information", function () {
  this.timeout(60_000);
  const start = startsFabricRuns({ campaign: only("leaf1") });

  it("BK-3 of a device that boots the wrong release lies in a Secret of its upgrade, without secrets", async () => {
    const run = await start({
      prepare: withSecrets,
      faults: [{ device: "leaf1", fault: "bootsOldRelease" }],
    });
    await run.untilPhase("Failed");
    const { upgrade, name, secret } = await eventually(async () => {
      const found = await supportOf(run, "leaf1");
      if (found.secret === undefined) throw new Error("not kept yet");
      return found;
    });
    expect(secret).to.deep.include({ type: "hitless.dev/support", immutable: true });
    expect(secret?.metadata.ownerReferences?.map(({ uid }) => uid)).to.deep.equal([upgrade.metadata.uid]);
    const text = gunzipSync(Buffer.from(secret?.data?.["support.txt.gz"] ?? "", "base64")).toString("utf8");
    expect(text).to.contain("Hostname: leaf1").and.to.contain("snmp {");
    for (const canary of CANARIES) {
      expect(text).not.to.contain(canary);
      expect(JSON.stringify(upgrade.status)).not.to.contain(canary);
    }
    expect(JSON.stringify(upgrade.status)).not.to.contain("Hostname");

    const story = deviceStory(upgrade, undefined);
    expect(renderStory(story, { all: false })).to.contain(`kubectl get secret ${name} -n ${NAMESPACE}`);
    expect(renderLog(story)).to.contain(`support information: Secret ${name}`);
    await eventually(async () => {
      const events = await run.store.list("Event", NAMESPACE);
      expect(events.map(({ reason }) => reason)).to.include("EvidenceKept");
    });
  });

  it("is not asked for where all goes well, nor where the trouble is a peer's", async () => {
    const run = await start();
    await run.untilStep("leaf1", "Install", "Running");
    const fault = run.inject({ device: "leaf2", fault: "lacpDown", interface: "ae1" });
    await run.untilState("leaf1", "Held");
    fault.clear();
    await run.untilPhase("Completed");
    expect((await supportOf(run, "leaf1")).secret).to.equal(undefined);
    const { upgrade } = await supportOf(run, "leaf1");
    expect(deviceStory(upgrade, undefined).support).to.equal(null);
  });
});
