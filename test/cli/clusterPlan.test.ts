/** The stored plan of a campaign on a real API server: shown, approved, proven again. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { parse } from "yaml";
import type { Plan } from "../../src/api/plan.ts";
import type { UpgradeCampaign } from "../../src/api/upgradeCampaign.gen.ts";
import { loadPlan, savePlan } from "../../src/controllers/campaign/planStore.ts";
import { update } from "../../src/store/retryOnConflict.ts";
import { describeWithCluster } from "../support/cluster/sharedCluster.ts";
import { cliStages, type CliStage } from "./clusterStage.ts";
import { run } from "./support.ts";

function hashOf({ status }: UpgradeCampaign): string {
  const hash = status?.plan?.hash;
  if (hash === undefined) throw new Error("there is no plan");
  return hash;
}

/** A change that makes another plan: the two leaves in one batch of one is a new input, whatever comes out. */
function otherStrategy(campaign: UpgradeCampaign): void {
  campaign.spec.strategy.maxBatchSize = 1;
}

describeWithCluster("kubectl hitless: the stored plan", (cluster) => {
  const stages = cliStages();

  async function awaiting(
    change?: (campaign: UpgradeCampaign) => void,
  ): Promise<CliStage & { hash: string }> {
    const stage = await stages.make(cluster(), change);
    return { ...stage, hash: hashOf(await stage.workUntil("AwaitingApproval")) };
  }

  /** Puts another plan in the place of the one that was made: under its name, or as the one that the status names. */
  async function forgePlan(
    { store, namespace, campaign }: CliStage,
    forge: (plan: Plan) => Plan,
    where: "UnderItsName" | "InTheStatus",
  ): Promise<void> {
    const made = await campaign();
    const key = { namespace, name: made.status?.plan?.configMapRef.name ?? "" };
    const record = await loadPlan(store, made);
    const map = await store.get("ConfigMap", key);
    if (record === undefined || made.status?.plan === undefined) throw new Error("there is no plan");
    const plan = forge(record.plan);
    if (where === "InTheStatus") {
      const name = await savePlan(store, made, { ...record, plan });
      const status = { ...made.status, plan: { ...made.status.plan, configMapRef: { name } } };
      await store.replaceStatus("UpgradeCampaign", { ...made, status });
      return;
    }
    await store.delete("ConfigMap", key);
    const data = { ...map?.data, "plan.json": JSON.stringify(plan) };
    await store.create("ConfigMap", { metadata: key, data });
  }

  const allInOneBatch = ({ batches, devices, ...plan }: Plan): Plan => ({
    ...plan,
    batches: batches.slice(0, 1).map((batch) => ({ ...batch, devices: ["leaf1", "leaf2"] })),
    devices: Object.fromEntries(
      Object.entries(devices).map(([name, device]) => [name, { ...device, batch: 1 }]),
    ),
  });

  it("PL-7 PL-8 MO-4 shows the plan as it is stored, how it stands, and last the command that approves it", async () => {
    const { hitless, hash, namespace } = await awaiting();
    const { exitCode, stdout, stderr } = await hitless(["plan", "toys"]);
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^Plan of campaign toys for fabric dc1\n +devices +2 devices to upgrade/);
    expect(stdout).to.match(/leaf2 +2 .*shares .* with leaf1/);
    expect(stdout).to.match(/State\n +phase +AwaitingApproval, .*\n(?:.*\n)? +approval +not given/);
    const command = stdout.trimEnd().split("\n").at(-1)?.trim();
    expect(command).to.equal(`kubectl hitless approve toys --hash ${hash} -n ${namespace}`);
    // The last line does what it says.
    const approved = await hitless(command?.split(" ").slice(2, -2) ?? []);
    expect(approved.exitCode, approved.stderr).to.equal(0);
  });

  it("PL-1 prints the very plan as JSON and as YAML, to be proven against files, too", async () => {
    const { hitless, hash } = await awaiting();
    const json = await hitless(["plan", "toys", "-o", "json"]);
    const plan: Plan = JSON.parse(json.stdout);
    expect(plan.hash).to.equal(hash);
    expect(plan.source).to.equal("devices");
    const yaml = await hitless(["plan", "toys", "-o", "yaml"]);
    expect(parse(yaml.stdout)).to.deep.equal(plan);
  });

  it("says that there is no plan yet, in which phase, and why", async () => {
    const stage = await stages.make(cluster(), ({ spec }) => {
      spec.imageAssignments = [{ imageRef: { name: "absent" }, selector: { roles: ["Leaf"] } }];
    });
    for (const command of ["plan", "approve", "verify"]) {
      const { exitCode, stderr } = await stage.hitless([command, "toys"]);
      expect(exitCode, command).to.equal(1);
      expect(stderr).to.equal("hitless: campaign toys has no plan yet: no controller has seen it yet\n");
    }
    await stage.workUntil("Blocked", { withPlan: false });
    const { exitCode, stderr } = await stage.hitless(["plan", "toys"]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(
      /^hitless: campaign toys has no plan yet: Blocked, DeviceImage absent does not exist/,
    );
  });

  it("names the campaigns there are when there is none of that name", async () => {
    const { hitless } = await stages.make(cluster());
    const { exitCode, stdout, stderr } = await hitless(["plan", "toyz"]);
    expect(exitCode).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.match(
      /namespace test-\w+ has no UpgradeCampaign toyz; there are: toys; choose .* -n\n$/,
    );
    const elsewhere = await run(["approve", "toys", "-n", "nowhere", "--kubeconfig", cluster().kubeconfig]);
    expect(elsewhere.exitCode).to.equal(2);
    expect(elsewhere.stderr).to.match(/namespace nowhere has no UpgradeCampaign toys; there is none; choose/);
  });

  it("EX-1 CA-1 approves the plan of that hash, once", async () => {
    const { hitless, hash, campaign, untilPhase, startController } = await awaiting();
    const first = await hitless(["approve", "toys", "--hash", hash]);
    expect(first.stderr).to.equal("");
    expect(first.exitCode).to.equal(0);
    expect(first.stdout).to.match(new RegExp(`^Approved: plan ${hash} of campaign toys\\.`));
    const approved = await campaign();
    expect(approved.spec.approval).to.deep.equal({ policy: "Manual", planHash: hash });
    const again = await hitless(["approve", "toys", "--hash", hash]);
    expect(again.exitCode).to.equal(0);
    expect(again.stdout).to.include("approved already");
    expect((await campaign()).metadata.resourceVersion).to.equal(approved.metadata.resourceVersion);
    expect((await hitless(["plan", "toys"])).stdout).to.match(
      /approval +given to this plan; the controller has not/,
    );
    await startController();
    expect((await untilPhase("Running", "Completed")).status?.approved?.hash).to.equal(hash);
    expect((await hitless(["plan", "toys"])).stdout).to.match(/approval +given to this plan, 20\d\d-/);
  });

  it("EX-1 shows the plan and asks on a terminal: only yes is a yes", async () => {
    const { hitless, hash, campaign } = await awaiting();
    for (const stdin of ["n\n", "\n", "yesterday\n", ""]) {
      const { exitCode, stdout } = await hitless(["approve", "toys"], { isTerminal: true, stdin });
      expect(exitCode, stdin).to.equal(1);
      expect(stdout).to.match(new RegExp(`Approve plan ${hash}\\? \\[y/N\\] \\n?Not approved\\.\n$`));
    }
    expect((await campaign()).spec.approval.planHash).to.equal(undefined);
    const { exitCode, stdout } = await hitless(["approve", "toys"], { isTerminal: true, stdin: "yes\n" });
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^Plan of campaign toys/);
    expect((await campaign()).spec.approval.planHash).to.equal(hash);
  });

  it("asks nobody where nobody is: an error that names --hash", async () => {
    const { hitless, campaign } = await awaiting();
    const { exitCode, stdout, stderr } = await hitless(["approve", "toys"], { stdin: "yes\n" });
    expect(exitCode).to.equal(2);
    expect(stdout).to.equal("");
    expect(stderr).to.match(/no terminal to ask at: --hash .*kubectl hitless plan toys/);
    expect((await campaign()).spec.approval.planHash).to.equal(undefined);
  });

  it("EX-1 approves by annotation where the spec belongs to Git", async () => {
    const { hitless, hash, campaign, startController, untilPhase } = await awaiting();
    const { exitCode, stderr } = await hitless(["approve", "toys", "--hash", hash, "--annotation"]);
    expect(exitCode, stderr).to.equal(0);
    const approved = await campaign();
    expect(approved.metadata.annotations).to.include({ "hitless.dev/approve": hash });
    expect(approved.spec.approval).to.deep.equal({ policy: "Manual" });
    await startController();
    await untilPhase("Running", "Completed");
  });

  it("EX-1 N8 refuses another hash: names both, and says to look again", async () => {
    const { hitless, hash, campaign } = await awaiting();
    const given = "0123456789abcdef0123456789abcdef";
    const { exitCode, stdout, stderr } = await hitless(["approve", "toys", "--hash", given]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr)
      .to.include(`is ${hash}, not ${given}`)
      .and.to.include("look at it again: kubectl hitless plan toys");
    expect((await campaign()).spec.approval.planHash).to.equal(undefined);
  });

  it("N8 refuses a plan whose inputs have changed since, whether or not the controller has seen that", async () => {
    const { hitless, hash, change, campaign, startController } = await awaiting();
    await change(otherStrategy);
    const { exitCode, stderr } = await hitless(["approve", "toys", "--hash", hash]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/the plan of campaign toys is stale: Fabric, campaign or images have changed/);
    expect((await hitless(["plan", "toys"])).stdout).to.match(/It cannot be approved: .* is stale/);
    await startController();
    while (hashOf(await campaign()) === hash) await sleep(20);
    const late = await hitless(["approve", "toys", "--hash", hash]);
    expect(late.exitCode).to.equal(1);
    expect(late.stderr).to.include(`not ${hash}: it is another plan than the one you looked at`);
  });

  it("EX-1 N8 refuses a yes to a plan that has become another one while the question stood", async () => {
    const { hitless, hash, change, campaign, startController } = await awaiting();
    await startController();
    async function* answersLate(): AsyncGenerator<string> {
      await change(otherStrategy);
      while (hashOf(await campaign()) === hash) await sleep(20);
      yield "yes\n";
    }
    const { exitCode, stdout, stderr } = await hitless(["approve", "toys"], {
      isTerminal: true,
      stdin: answersLate(),
    });
    expect(stdout).to.include(`Approve plan ${hash}?`);
    expect(exitCode).to.equal(1);
    expect(stderr).to.include(`is ${hashOf(await campaign())}, not ${hash}`);
    expect((await campaign()).spec.approval.planHash).to.equal(undefined);
  });

  it("shows what blocks a plan, and refuses to approve it", async () => {
    const stage = await stages.make(cluster());
    const leaf2 = stage.devices.get("leaf2");
    if (leaf2 !== undefined) leaf2.upAt = Number.POSITIVE_INFINITY;
    const hash = hashOf(await stage.workUntil("Blocked"));
    const table = await stage.hitless(["plan", "toys"]);
    expect(table.exitCode).to.equal(1);
    expect(table.stdout).to.match(/Blocked by\n.*\n +leaf2 +Unreachable/);
    expect(table.stdout).to.match(/It cannot be approved: the plan of campaign toys is blocked by .*leaf2/);
    const json = await stage.hitless(["plan", "toys", "-o", "json"]);
    expect(json.exitCode).to.equal(1);
    expect(json.stderr).to.match(/blocked by leaf2: .*\[Unreachable\]/);
    const { exitCode, stderr } = await stage.hitless(["approve", "toys", "--hash", hash]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/the plan of campaign toys is blocked by .*leaf2.*; mend what the plan names/);
  });

  it("PL-1 refuses to approve what only plans", async () => {
    const stage = await stages.make(cluster(), ({ spec }) => {
      spec.mode = "Plan";
    });
    const hash = hashOf(await stage.workUntil("Planned"));
    const { exitCode, stderr } = await stage.hitless(["approve", "toys", "--hash", hash]);
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(/campaign toys only plans: its mode is Plan; set spec\.mode to Upgrade/);
  });

  it("CA-1 verify proves the stored plan against what the devices said", async () => {
    const { hitless } = await awaiting();
    const { exitCode, stdout, stderr } = await hitless(["verify", "toys"]);
    expect(stderr).to.equal("");
    expect(exitCode).to.equal(0);
    expect(stdout).to.equal("The plan holds: 2 devices in 2 batches, nobody is cut off.\n");
    const json = await hitless(["verify", "toys", "-o", "json"]);
    expect(JSON.parse(json.stdout)).to.deep.equal({ holds: true, outdated: false, violations: [] });
  });

  it("neither shows nor approves a plan that lies under the name of the one that was made", async () => {
    const stage = await awaiting();
    await forgePlan(stage, allInOneBatch, "UnderItsName");
    for (const args of [
      ["plan", "toys"],
      ["verify", "toys"],
      ["approve", "toys", "--hash", stage.hash],
    ]) {
      const { exitCode, stdout, stderr } = await stage.hitless(args);
      expect(exitCode, args.join(" ")).to.equal(1);
      expect(stdout).to.equal("");
      expect(stderr).to.match(/ConfigMap toys-plan-.* was changed since the plan was made/);
    }
  });

  it("verify names the claim, the batch, and who cannot reach whom in a plan that was tampered with", async () => {
    const stage = await awaiting();
    await forgePlan(stage, allInOneBatch, "InTheStatus");
    const { exitCode, stdout } = await stage.hitless(["verify", "toys"]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/The plan does not hold: 2 violations/);
    expect(stdout).to.match(/Connected +1 +leaf1 leaf2 +00:11:11:11:11:11:11:00:00:01 /);
    expect(stdout).to.match(/Impact +1 +leaf1 leaf2 /);
  });

  it("N8 verify says when the plan is not of these objects any more", async () => {
    const { hitless, store, namespace } = await awaiting();
    await update({ store, kind: "Fabric", key: { namespace, name: "dc1" } }, ({ spec }) => {
      spec.redundancyGroups = [{ name: "pair", members: ["leaf1", "leaf2"], minAvailable: 1 }];
    });
    const { exitCode, stdout } = await hitless(["verify", "toys"]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/^The plan holds.*\nIt is stale: Fabric, campaign or images have changed/);
  });

  it("never shows what a Secret holds", async () => {
    const { hitless, store, namespace, hash } = await awaiting();
    await store.create("Secret", {
      metadata: { namespace, name: "login" },
      type: "Opaque",
      data: { password: Buffer.from("hush-4711").toString("base64") },
    });
    const args = [
      ["plan", "toys"],
      ["plan", "toys", "-o", "json"],
      ["verify", "toys"],
      ["approve", "toys", "--hash", hash],
    ];
    for (const each of args) {
      const { stdout, stderr } = await hitless(each, { debug: true });
      expect(`${stdout}${stderr}`).to.match(/[0-9a-f]{32}|The plan holds/);
      expect(`${stdout}${stderr}`).not.to.include("hush-4711").and.not.to.include(cluster().token("admin"));
    }
  });
});
