/** The controller under the rendered role, account and arguments: what is installed works. */
import { expect } from "chai";
import path from "node:path";
import { writeFile } from "node:fs/promises";
import { request } from "undici";
import { KINDS } from "../../src/api/kinds.ts";
import { objectPath } from "../../src/store/kubernetes/paths.ts";
import { helm, kubectl } from "../support/cluster/kubectl.ts";
import { newNamespace } from "../support/cluster/sharedCluster.ts";
import { eventually } from "../support/eventually.ts";
import { fabricDraft } from "../store/objects.ts";
import { auditOf, permissionOf } from "./audit.ts";
import type { ControllerProcess, ServiceAccount } from "./controllerProcess.ts";
import { startControllerProcess } from "./controllerProcess.ts";
import { create, describeDeployed } from "./deployed.ts";
import type { Manifest } from "./manifests.ts";
import { CHART, controllerContainer, kustomized, parseManifests, podTemplate } from "./manifests.ts";

describeDeployed("the controller as it is installed", (cluster) => {
  let running: ControllerProcess | undefined;

  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });

  async function startInstalled(manifests: readonly Manifest[], namespace: string) {
    const account = { namespace, name: podTemplate(manifests).spec.serviceAccountName ?? "default" };
    const { args = [] } = controllerContainer(manifests);
    running = await startControllerProcess(cluster(), { account, args });
    return { controller: running, account };
  }

  /** Asks a probe as the kubelet would. */
  async function probe(
    controller: ControllerProcess,
    manifests: readonly Manifest[],
    which: "liveness" | "readiness",
  ) {
    const { httpGet } = controllerContainer(manifests)[`${which}Probe`] ?? {};
    const { statusCode, body } = await request(`${controller.url}${httpGet?.path ?? ""}`);
    return { statusCode, text: await body.text() };
  }

  /** It has looked at a fabric there, and written so. */
  async function expectWork(namespace: string): Promise<void> {
    const key = { namespace, name: "dc1" };
    await create(cluster(), "operator", { kind: "Fabric", draft: fabricDraft(key) });
    await eventually(async () => {
      const { text } = await cluster().request({ path: objectPath("Fabric", key) });
      const { status } = JSON.parse(text);
      expect(status.observedGeneration).to.equal(1);
      const reasons = status.conditions.map(({ reason }: { reason: string }) => reason);
      expect(reasons).to.not.include("Pending");
    });
  }

  function expectNoRefusal({ namespace, name }: ServiceAccount): void {
    const entries = auditOf(cluster(), `system:serviceaccount:${namespace}:${name}`);
    expect(entries).to.not.deep.equal([]);
    const refused = entries.filter(({ responseStatus }) => responseStatus?.code === 403);
    expect(refused.map(permissionOf)).to.deep.equal([]);
  }

  it("kubectl apply -k deploy/: is ready, works in every namespace, and hands over", async function () {
    this.timeout(60_000);
    const manifests = await kustomized(cluster());
    const { controller, account } = await startInstalled(manifests, "hitless-system");
    await eventually(async () => {
      const { statusCode, text } = await probe(controller, manifests, "readiness");
      expect(statusCode, text).to.equal(200);
    });
    expect((await probe(controller, manifests, "liveness")).statusCode).to.equal(200);
    await expectWork(await newNamespace(cluster()));
    expect(await controller.stop()).to.equal(0);
    expectNoRefusal(account);
  });

  it("helm install for one namespace: is ready, works there, and asks for nothing beyond", async function () {
    this.timeout(60_000);
    const namespace = await newNamespace(cluster());
    const render = ["template", "east", CHART, "-n", namespace, "--set", `namespaces={${namespace}}`];
    const text = await helm(cluster(), [...render, "--set", "policy.create=false"]);
    const manifests = parseManifests(text);
    const file = path.join(cluster().folder, "east.yaml");
    await writeFile(file, text);
    await kubectl(cluster(), ["apply", "--server-side", "-f", file]);
    const { controller, account } = await startInstalled(manifests, namespace);
    await eventually(async () => {
      const { statusCode, text: reasons } = await probe(controller, manifests, "readiness");
      expect(statusCode, reasons).to.equal(200);
    });
    await expectWork(namespace);
    expect(await controller.stop()).to.equal(0);
    expectNoRefusal(account);
  });

  it("is not ready without its role, and says what it may not do", async function () {
    this.timeout(60_000);
    const manifests = await kustomized(cluster());
    const namespace = await newNamespace(cluster());
    const powerless = { metadata: { name: "powerless" } };
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await cluster().request({ method: "POST", path: accounts, body: powerless });
    const { args = [] } = controllerContainer(manifests);
    running = await startControllerProcess(cluster(), { account: { namespace, name: "powerless" }, args });
    const controller = running;
    await eventually(async () => {
      const { statusCode, text } = await probe(controller, manifests, "readiness");
      expect(statusCode).to.equal(503);
      expect(text).to.include(`cannot list resource "${KINDS.Fabric.plural}"`);
    });
    expect((await probe(controller, manifests, "liveness")).statusCode).to.equal(200);
    expect(await controller.stop()).to.equal(0);
  });
});
