/**
 * The demo on a Kubernetes cluster: everything is applied with kubectl as a user would, and the controller is a
 * process of its own with the rights of its service account. Only the devices are simulated, on this machine.
 */
import path from "node:path";
import { kubernetesStore } from "../../store/kubernetes/kubernetesStore.ts";
import type { SimulationDescription } from "../../simulator/description.ts";
import { createFabricSimulator } from "../../simulator/fabricSimulator.ts";
import { scaledClock } from "../../simulator/modelClock.ts";
import { CliError } from "../cliError.ts";
import { loadKubeConfig } from "../cluster/kubeConfig.ts";
import type { CampaignInput } from "../manifests/campaignInput.ts";
import { followCampaign } from "../twin/followCampaign.ts";
import { LOOPBACK, loopbackPorts } from "../twin/loopbackPorts.ts";
import { twinReport, type TwinReport } from "../twin/twinReport.ts";
import { showCampaign, type Watch } from "../twin/watchedRun.ts";
import { writeLine } from "../terminal.ts";
import { startControllerProcess } from "./controllerProcess.ts";
import { kubectlOn, serviceAccountKubeConfig, type Kubectl } from "./kubectl.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const CONTROLLER = { namespace: "hitless-system", name: "hitless-controller" } as const;

/** All of `deploy/` but the Deployment: here the controller runs on this machine. */
const APPLIED = [
  ["-f", path.join(ROOT, "deploy/namespace.yaml")],
  ["-k", path.join(ROOT, "crds")],
  ["-k", path.join(ROOT, "deploy/rbac")],
  ["-k", path.join(ROOT, "deploy/policy")],
] as const;

export interface ClusterDemoOptions {
  readonly kubeconfig: string;
  /** The folder of manifests that is applied. */
  readonly manifests: string;
  readonly objects: CampaignInput;
  readonly description: SimulationDescription;
  readonly speed: number;
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** After the end everything stays and runs on until the signal; by default the example's objects are deleted. */
  readonly keep: boolean;
}

/** Runs the campaign on the cluster to its end and reports. Rejects with the signal's reason when it is aborted. */
export async function runOnCluster(options: ClusterDemoOptions, watch: Watch): Promise<TwinReport> {
  const { objects, description, speed, signal } = options;
  // Read before kubectl does: without the file kubectl would take whatever answers on this machine's port 8080.
  const kubeConfig = loadKubeConfig([options.kubeconfig], undefined);
  const kubectl = kubectlOn(options.kubeconfig, signal);
  const startedAt = Date.now();
  const anchors = { anchorModel: startedAt, anchorReal: startedAt, speed };
  const clock = scaledClock(anchors);
  await install(kubectl, watch);
  await refuseLeftovers(kubectl, objects);

  const simulator = createFabricSimulator({ description, clock });
  const login = await serviceAccountKubeConfig(kubectl, CONTROLLER);
  const store = kubernetesStore({ kubeConfig, clock });
  const shown = showCampaign(clock, watch);
  try {
    await simulator.serve({ host: LOOPBACK, ports: loopbackPorts(objects.fabric) });
    const controller = await startControllerProcess({
      kubeconfig: login.file,
      clock: anchors,
      logFile: options.logFile,
    });
    try {
      writeLine(watch.stream, await kubectl("apply", "--server-side", "-f", options.manifests));
      const { namespace, name } = objects.campaign.metadata;
      const end = await Promise.race([
        followCampaign({
          ...shown,
          store,
          clock,
          signal,
          campaign: { namespace, name },
          approve: async (hash) => {
            await kubectl("hitless", "approve", name, "-n", namespace, "--hash", hash);
          },
        }),
        controller.ended,
      ]);
      shown.stop();
      const upgrades = await store.list("DeviceUpgrade", namespace);
      const endedAt = clock.now();
      const report = twinReport({ end, upgrades, simulator, description, startedAt, endedAt });
      await showEnd(kubectl, { namespace, watch });
      if (options.keep) await keepUntilStopped(options, watch);
      else await kubectl("delete", "--ignore-not-found", "--wait=false", "-f", options.manifests);
      return report;
    } finally {
      await controller.stop();
    }
  } finally {
    shown.stop();
    await store.close();
    await simulator.close();
    await login.remove();
  }
}

async function install(kubectl: Kubectl, { stream }: Watch): Promise<void> {
  // An apply to a server that is not there complains of validation.
  await kubectl("get", "--raw", "/version");
  writeLine(stream, "Applying crds/, deploy/rbac and deploy/policy …");
  for (const source of APPLIED) await kubectl("apply", "--server-side", ...source);
  await kubectl("wait", "--for=condition=Established", "--timeout=60s", "crd", ...CRDS);
}

const CRDS = ["fabrics", "deviceimages", "upgradecampaigns", "deviceupgrades"].map(
  (plural) => `${plural}.hitless.dev`,
);

/** What is there already belongs to somebody: it is not touched. */
async function refuseLeftovers(kubectl: Kubectl, { campaign }: CampaignInput): Promise<void> {
  const { namespace, name } = campaign.metadata;
  const found = await kubectl(
    "get",
    "upgradecampaigns",
    name,
    "-n",
    namespace,
    "--ignore-not-found",
    "-o",
    "name",
  );
  if (found === "") return;
  throw new CliError("BadInput", `${found} in namespace ${namespace} exists already`, {
    hint: "delete it, or name another cluster",
  });
}

/** What a user would look at. */
async function showEnd(
  kubectl: Kubectl,
  { namespace, watch: { stream } }: { namespace: string; watch: Watch },
): Promise<void> {
  const kinds = "fabrics,deviceimages,upgradecampaigns,deviceupgrades";
  writeLine(stream, `\n$ kubectl get ${kinds}\n${await kubectl("get", kinds, "-n", namespace)}`);
}

async function keepUntilStopped({ signal }: ClusterDemoOptions, { stream }: Watch): Promise<void> {
  writeLine(stream, "\nKept running: cluster, controller and devices. Ctrl-C ends them.");
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
