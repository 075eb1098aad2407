/** The plugin as people run it: the real kubectl finds it on the PATH, in a process of its own. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { readAll } from "../../src/cli/terminal.ts";
import { kubectl, toolEnvironment } from "../support/cluster/kubectl.ts";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";
import { cliStages } from "./clusterStage.ts";
import { Folders, type CommandResult } from "./support.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin");

describeWithCluster("kubectl hitless, as a plugin", (cluster) => {
  const stages = cliStages();

  const folders = new Folders();

  afterEach(() => folders.removeAll());

  function environment(): NodeJS.ProcessEnv {
    const tools = toolEnvironment(cluster());
    return { ...tools, PATH: `${BIN}${path.delimiter}${tools["PATH"] ?? ""}` };
  }

  /** Runs `kubectl hitless …` to its end; `change` changes the environment. */
  async function hitless(args: readonly string[], change: NodeJS.ProcessEnv = {}): Promise<CommandResult> {
    const child = spawn("kubectl", ["hitless", ...args], {
      env: { ...environment(), ...change },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      once(child, "exit"),
    ]);
    return { exitCode: Number(exitCode), stdout, stderr };
  }

  it("kubectl finds it on the PATH, without a warning", async () => {
    const program = path.join(cluster().binaries, "kubectl");
    // Nothing else on the PATH for kubectl to warn of.
    const listed = await promisify(execFile)(program, ["plugin", "list"], {
      env: { ...environment(), PATH: BIN },
    });
    expect(listed.stdout).to.include(path.join(BIN, "kubectl-hitless"));
    expect(listed.stderr).to.equal("");
    const { exitCode, stdout, stderr } = await hitless(["--help"]);
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^Usage: kubectl hitless \[options\] \[command\]/);
  });

  it("EX-1 EX-2 EX-4 MO-4 plan, approve by the command it shows, and watch to the end", async () => {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const context = ["-n", stage.namespace, "--context", "admin"];
    const plan = await hitless(["plan", "toys", ...context]);
    expect(plan.stderr).to.equal("");
    expect(plan.exitCode).to.equal(0);
    const [program, plugin, ...approve] = plan.stdout.trim().split("\n").at(-1)?.trim().split(" ") ?? [];
    expect([program, plugin]).to.deep.equal(["kubectl", "hitless"]);
    await stage.startController();
    const watch = hitless(["watch", "toys", ...context]);
    const approved = await hitless(approve);
    expect(approved.exitCode, approved.stderr).to.equal(0);
    const { exitCode, stdout, stderr } = await watch;
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/\nCompleted, 2 devices run their image\n/);
    const args = ["-n", stage.namespace, "get", "upgradecampaign", "toys", "-o", "jsonpath={.status.phase}"];
    expect(await kubectl(cluster(), args)).to.equal("Completed");
  });

  it("EX-8 hold from one terminal is seen in another, and in the namespace of the context", async () => {
    const stage = await stages.make(cluster());
    const folder = folders.of({});
    const file = path.join(folder, "config");
    const config = JSON.parse(cluster().kubeconfigText());
    for (const { context } of config.contexts) context.namespace = stage.namespace;
    writeFileSync(file, JSON.stringify(config));
    const held = await hitless(["hold", "toys", "--reason", "storm"], { KUBECONFIG: file });
    expect(held.exitCode, held.stderr).to.equal(0);
    expect(held.stdout).to.include("Let it go on with: kubectl hitless release toys\n");
    const args = [
      "-n",
      stage.namespace,
      "get",
      "upgradecampaign",
      "toys",
      "-o",
      "jsonpath={.metadata.annotations}",
    ];
    expect(JSON.parse(await kubectl(cluster(), args))).to.deep.equal({ "hitless.dev/hold": "storm" });
  });

  it("hands exit codes and errors through", async () => {
    const stage = await stages.make(cluster());
    const missing = await hitless(["plan", "nothing", "-n", stage.namespace]);
    expect(missing.exitCode).to.equal(2);
    expect(missing.stderr).to.match(
      /^hitless: namespace test-\w+ has no UpgradeCampaign nothing; there are: toys;/,
    );
    const nowhere = await hitless(["plan", "toys"], { KUBECONFIG: "", HOME: folders.of({}) });
    expect(nowhere.exitCode).to.equal(2);
    expect(nowhere.stderr).to.match(/^hitless: there is no kubeconfig: /);
  });

  it("Ctrl-C ends watch with 130", async () => {
    const stage = await stages.make(cluster());
    const child = spawn("kubectl", ["hitless", "watch", "toys", "-n", stage.namespace], {
      env: environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.once("data", () => child.kill("SIGINT"));
    const [exitCode] = await once(child, "exit");
    expect(exitCode).to.equal(130);
  });
});
