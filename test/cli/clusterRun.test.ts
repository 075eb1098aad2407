/** A campaign that runs on a real API server: watched, held, released, and a device of it given up. */
import { expect } from "chai";
import type { Effect, EffectHooks } from "../../src/controllers/leadership/effects.ts";
import { describeWithCluster, installDefinitions } from "../support/cluster/sharedCluster.ts";
import { describeInEmptyCluster } from "../deploy/deployed.ts";
import { eventually } from "../support/eventually.ts";
import { cliStages, SPEED_TO_WATCH, type CliStage } from "./clusterStage.ts";
import { run } from "./support.ts";

/** Stops a controller at an effect, until it is told to go on. */
function pausedAt(effect: string): { readonly hooks: EffectHooks; readonly goOn: () => void } {
  let goOn = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const after = async ({ object, action }: Effect): Promise<void> => {
    if (`${object} ${action}` === effect) await opened;
  };
  return { hooks: { after }, goOn: () => goOn() };
}

async function approved(stage: CliStage): Promise<void> {
  await stage.change(({ spec, status }) => {
    spec.approval.planHash = status?.plan?.hash ?? "";
  });
}

describeWithCluster("kubectl hitless: a campaign that runs", (cluster) => {
  const stages = cliStages();

  /** The campaign with leaf1 drained, and the controller stopped in that very moment. */
  async function drained(): Promise<CliStage & { readonly goOn: () => void }> {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    await approved(stage);
    const { hooks, goOn } = pausedAt("leaf1 DrainRoutes");
    await stage.startController(hooks);
    await eventually(async () => {
      expect(stage.devices.get("leaf1")?.drained).to.equal(true);
      expect((await stage.campaign()).status?.current?.devices).to.deep.equal(["leaf1"]);
    });
    return { ...stage, goOn };
  }

  it("EX-2 EX-4 MO-4 watch shows every device through its states to the end: exit code 0", async () => {
    const stage = await stages.make(cluster(), undefined, SPEED_TO_WATCH);
    const watch = stage.startHitless(["watch", "toys"]);
    expect(await watch.firstLine()).to.equal("no controller has seen it yet");
    await stage.startController();
    await eventually(() =>
      expect(watch.stdout()).to.match(/batch 1\/2 {2}0\/2 devices .*AwaitingApproval\n +plan /),
    );
    await approved(stage);
    expect(await watch.exitCode, watch.stderr()).to.equal(0);
    expect(watch.stderr()).to.equal("");
    const lines = watch.stdout().trimEnd().split("\n");
    expect(watch.stdout()).to.match(/batch 2\/2 {2}1\/2 devices {2}\d+ % {2}about \d+ min left/);
    for (const device of ["leaf1", "leaf2"]) {
      const states = lines.filter((line) => line.trim().startsWith(`${device}  `)).join(" ");
      expect(states).to.match(
        /Validating.*Installing.*Rebooting.*Image Upgraded.*Hitless Image Upgrade Successful/,
      );
    }
    expect(lines.slice(-4).map((line) => line.replaceAll(/ {2,}/g, "  "))).to.deep.equal([
      "Completed, 2 devices run their image",
      "  DEVICE  BATCH  FROM → TO  STATE  MESSAGE",
      "  leaf1  1  21.4R3-S5.4 → 23.4R2-S3.9  Hitless Image Upgrade Successful",
      "  leaf2  2  21.4R3-S5.4 → 23.4R2-S3.9  Hitless Image Upgrade Successful",
    ]);
    // Readable in a file: no cursor is moved.
    for (const moving of ["\r", "\u001B"]) expect(watch.stdout()).not.to.include(moving);
  });

  it("EX-4 watch of a campaign that has ended says so at once, and so does plan", async () => {
    const stage = await stages.make(cluster(), ({ spec }) => {
      spec.approval.policy = "Automatic";
    });
    await stage.workUntil("Completed");
    const { exitCode, stdout } = await stage.hitless(["watch", "toys"]);
    expect(exitCode).to.equal(0);
    expect(stdout).to.match(/^Completed, 2 devices run their image\n(?:.*\n){3}$/m);
    expect((await stage.hitless(["plan", "toys"])).stdout).to.match(/The campaign has ended: Completed\.\n$/);
    const hash = (await stage.campaign()).status?.plan?.hash ?? "";
    for (const args of [
      ["approve", "toys", "--hash", hash],
      ["hold", "toys"],
      ["abandon", "toys", "leaf1", "--reason", "tired of it", "--yes"],
    ]) {
      const refused = await stage.hitless(args);
      expect(refused.exitCode, args.join(" ")).to.equal(1);
      expect(refused.stderr).to.match(/has ended/);
    }
  });

  it("watch ends with 130 by Ctrl-C, whatever the campaign waits for", async () => {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const stop = new AbortController();
    const watch = stage.startHitless(["watch", "toys"], { signal: stop.signal });
    expect(await watch.firstLine()).to.include("AwaitingApproval");
    stop.abort(new Error("stopped by SIGINT"));
    expect(await watch.exitCode).to.equal(130);
    expect(watch.stderr()).to.equal("hitless: stopped\n");
  });

  it("watch ends with 1 when the campaign is deleted", async () => {
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const watch = stage.startHitless(["watch", "toys"]);
    await watch.firstLine();
    await stage.change(({ metadata }) => {
      metadata.finalizers = [];
    });
    await stage.store.delete("UpgradeCampaign", { namespace: stage.namespace, name: "toys" });
    expect(await watch.exitCode).to.equal(1);
    expect(watch.stdout()).to.match(/Campaign toys was deleted\.\n$/);
  });

  it("EX-8 hold brings what is on its way to a safe place and says so; release lets it go on", async () => {
    const stage = await drained();
    const held = await stage.hitless(["hold", "toys", "--reason", "storm in the south"]);
    expect(held.exitCode, held.stderr).to.equal(0);
    expect(held.stdout).to.equal(
      [
        "Campaign toys is held: storm in the south",
        "  Nothing new starts; on their way to the nearest safe place: leaf1.",
        `  Let it go on with: kubectl hitless release toys -n ${stage.namespace}`,
        "",
      ].join("\n"),
    );
    expect((await stage.campaign()).metadata.annotations).to.deep.equal({
      "hitless.dev/hold": "storm in the south",
    });
    stage.goOn();
    await stage.untilPhase("Held");
    expect(stage.devices.get("leaf1")).to.include({ drained: false, reboots: 0 });
    const watch = stage.startHitless(["watch", "toys"]);
    await eventually(() => expect(watch.stdout()).to.match(/ Held\n +held: storm in the south/));

    const again = await stage.hitless(["hold", "toys"]);
    expect(again.stdout).to.match(/^Campaign toys is held already: storm in the south\n/);
    const released = await stage.hitless(["release", "toys"]);
    expect(released.exitCode).to.equal(0);
    expect(released.stdout).to.equal("Campaign toys is released (it was held: storm in the south)\n");
    expect((await stage.campaign()).metadata.annotations ?? {}).to.deep.equal({});
    const twice = await stage.hitless(["release", "toys"]);
    expect(twice.exitCode).to.equal(0);
    expect(twice.stdout).to.equal("Campaign toys is not held\n");
    expect(await watch.exitCode).to.equal(0);
  });

  it("EX-8 hold fabric/NAME holds every campaign on it, and release of a campaign says what still holds it", async () => {
    const stage = await drained();
    const held = await stage.hitless(["hold", "fabric/dc1"]);
    expect(held.stdout).to.equal(
      [
        "Fabric dc1 is held",
        "  No campaign starts anything on this fabric; on their way to the nearest safe place: leaf1.",
        `  Let it go on with: kubectl hitless release fabric/dc1 -n ${stage.namespace}`,
        "",
      ].join("\n"),
    );
    stage.goOn();
    await stage.untilPhase("Held");
    await stage.hitless(["hold", "upgradecampaign.hitless.dev/toys", "--reason", "twice"]);
    const one = await stage.hitless(["release", "toys"]);
    expect(one.stdout).to.match(
      /^Campaign toys is released \(it was held: twice\)\n {2}Fabric dc1 is held; release it with: kubectl hitless release fabric\/dc1 -n /,
    );
    const other = await stage.hitless(["release", "fabric/dc1"]);
    expect(other.stdout).to.match(/^Fabric dc1 is released\n/);
    await stage.untilPhase("Completed");
    const missing = await stage.hitless(["hold", "fabric/dc2"]);
    expect(missing.exitCode).to.equal(2);
    expect(missing.stderr).to.match(/has no Fabric dc2; there are: dc1/);
  });

  it("EX-8 abandon shows the device, asks, and gives it up: for its campaign it has failed", async () => {
    const stage = await drained();
    const abandon = ["abandon", "toys", "leaf1", "--reason", "its power supply burns"];
    const unasked = await stage.hitless(abandon, { stdin: "yes\n" });
    expect(unasked.exitCode).to.equal(2);
    expect(unasked.stderr).to.match(/no terminal to ask at; add --yes if you mean it/);
    const no = await stage.hitless(abandon, { isTerminal: true, stdin: "no\n" });
    expect(no.exitCode).to.equal(1);
    expect(no.stdout).to.match(/^leaf1, batch 1 of campaign toys\n +state +\S/);
    expect(no.stdout).to.match(/out of service +since 20/);
    expect(no.stdout).to.match(
      /Leave leaf1 as it is, for somebody else to mend\? \[y\/N\] Not abandoned\.\n$/,
    );
    const unknown = await stage.hitless(["abandon", "toys", "leaf9", "--reason", "x", "--yes"]);
    expect(unknown.exitCode).to.equal(2);
    expect(unknown.stderr).to.match(/campaign toys upgrades no device leaf9; it has: leaf1, leaf2/);

    const yes = await stage.hitless([...abandon, "--yes"]);
    expect(yes.exitCode, yes.stderr).to.equal(0);
    expect(yes.stdout).to.match(/Abandoned: leaf1: its power supply burns\n$/);
    const again = await stage.hitless([...abandon, "--yes"]);
    expect(again.exitCode).to.equal(0);
    expect(again.stdout).to.equal("leaf1 is abandoned already: its power supply burns\n");
    stage.goOn();
    const watch = await stage.hitless(["watch", "toys"]);
    expect(watch.exitCode, watch.stderr).to.equal(1);
    expect(watch.stdout).to.match(/^Failed, /m);
    expect(watch.stdout).to.match(/leaf1 +1 .*its power supply burns/);
    expect(stage.devices.get("leaf1")).to.include({ drained: true, reboots: 0 });
    const fabric = await stage.store.get("Fabric", { namespace: stage.namespace, name: "dc1" });
    expect(fabric?.status?.outOfService).to.deep.equal([]);
  });
});

describeInEmptyCluster("kubectl hitless: an API server that is not as it should be", (cluster) => {
  const stages = cliStages();

  it("says that the definitions are not installed", async () => {
    const kubeconfig = ["--kubeconfig", cluster().kubeconfig];
    for (const command of ["plan", "approve", "watch", "verify", "hold", "release"]) {
      const { exitCode, stderr } = await run([command, "toys", ...kubeconfig]);
      expect(exitCode, command).to.equal(3);
      expect(stderr).to.match(
        /^hitless: UpgradeCampaign default\/toys: the API server does not know upgradecampaigns of hitless\.dev\/v1alpha1; install .*\n$/,
      );
    }
  });

  it("MO-4 watch and the controller go on through its kill and restart", async () => {
    await installDefinitions(cluster());
    const stage = await stages.make(cluster());
    await stage.workUntil("AwaitingApproval");
    const { hooks, goOn } = pausedAt("leaf1 DrainRoutes");
    await stage.startController(hooks);
    const watch = stage.startHitless(["watch", "toys"]);
    await approved(stage);
    await eventually(() => expect(watch.stdout()).to.match(/leaf1 /));
    await cluster().kill();
    const lost =
      /^hitless: the API server https:\/\/127\.0\.0\.1:\d+ of context admin cannot be reached: .*; watching goes on when it can\n/;
    await eventually(() => expect(watch.stderr()).to.match(lost));
    const plan = await stage.hitless(["plan", "toys"]);
    expect(plan.exitCode).to.equal(3);
    expect(plan.stderr).to.match(
      /^hitless: the API server https:\/\/127\.0\.0\.1:\d+ of context admin cannot be reached/,
    );
    await cluster().restart();
    goOn();
    expect(await watch.exitCode, watch.stderr()).to.equal(0);
    expect(watch.stdout()).to.match(/\nCompleted, 2 devices run their image\n/);
    // One that starts may take a request, and then be busy with its storage for another moment.
    const back = "hitless: the API server answers again\n";
    const busy = /hitless: .*storage is \(re\)initializing; watching goes on when it can\n/.source;
    expect(watch.stderr().replace(lost, "")).to.match(new RegExp(`^${back}(${busy}${back})*$`));
  });
});
