/** Flux applies Git again and again, by its own library for it: what does that leave of a hold? */
import { expect } from "chai";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { API_VERSION, ANNOTATIONS } from "../../src/api/names.ts";
import { KINDS } from "../../src/api/kinds.ts";
import { campaignDraft } from "../store/objects.ts";
import { kubectl } from "../support/cluster/kubectl.ts";
import { describeWithCluster, newNamespace } from "../support/cluster/sharedCluster.ts";
import { buildGoPrograms } from "../support/goBuild.ts";

const run = promisify(execFile);
const HITLESS = path.resolve(import.meta.dirname, "../../bin/hitless.js");

describeWithCluster("gitops: what Flux leaves of a hold", (cluster) => {
  let programs: string;

  before("build", async function () {
    this.timeout(15 * 60_000);
    programs = await buildGoPrograms(
      {
        title: "Flux's server-side apply",
        name: "flux",
        module: path.join(import.meta.dirname, "flux"),
        sources: ["go.mod", "go.sum", "main.go"],
        packages: ["."],
        linkerFlags: "-s -w",
        binaries: ["flux"],
        takes: "2 minutes",
      },
      { onProgress: (line) => console.log(line) },
    );
  });

  async function fluxApplies(object: object): Promise<void> {
    const env = { ...process.env, KUBECONFIG: cluster().kubeconfig };
    const flux = spawn(path.join(programs, "flux"), { stdio: ["pipe", "ignore", "pipe"], env });
    flux.stdin.end(JSON.stringify(object));
    const [said, [code]] = await Promise.all([text(flux.stderr), once(flux, "close")]);
    if (code !== 0) throw new Error(said);
  }

  /** Applies a campaign, has it held, and applies it again. Returns the hold that is left. */
  async function holdAfter(
    hold: (namespace: string) => Promise<unknown>,
    annotations: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    const namespace = await newNamespace(cluster());
    const metadata = { namespace, name: "autumn" };
    const { spec } = campaignDraft(metadata);
    const inGit = {
      apiVersion: API_VERSION,
      kind: "UpgradeCampaign",
      metadata: { ...metadata, annotations },
      spec,
    };
    await fluxApplies(inGit);
    await hold(namespace);
    expect(await shownHold(namespace), "before").to.equal("storm");
    await fluxApplies(inGit);
    return shownHold(namespace);
  }

  async function shownHold(namespace: string): Promise<unknown> {
    const at = `/apis/${API_VERSION}/namespaces/${namespace}/${KINDS.UpgradeCampaign.plural}/autumn`;
    const { text: body } = await cluster().request({ path: at });
    const object: { metadata: { annotations?: Record<string, string> } } = JSON.parse(body);
    return object.metadata.annotations?.[ANNOTATIONS.hold];
  }

  const byKubectl = (namespace: string): Promise<string> =>
    kubectl(cluster(), [
      "-n",
      namespace,
      "annotate",
      "upgradecampaign",
      "autumn",
      `${ANNOTATIONS.hold}=storm`,
    ]);

  it("EX-8 a hold by kubectl hitless stays", async () => {
    const kept = await holdAfter((namespace) => {
      const where = ["--kubeconfig", cluster().kubeconfig, "--namespace", namespace];
      return run(process.execPath, [HITLESS, "hold", "autumn", "--reason", "storm", ...where]);
    });
    expect(kept).to.equal("storm");
  });

  it("a hold by kubectl itself is undone, as is all that kubectl writes", async () => {
    expect(await holdAfter(byKubectl)).to.equal(undefined);
  });

  it("EX-8 a hold by kubectl stays on an object that Git has for Flux to merge", async () => {
    expect(await holdAfter(byKubectl, { "kustomize.toolkit.fluxcd.io/ssa": "Merge" })).to.equal("storm");
  });
});
