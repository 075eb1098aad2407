/** Probes of a campaign: somebody else is asked before and after, over HTTP or by a Job. */
import { expect } from "chai";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { UpgradeCampaign } from "../../../src/api/upgradeCampaign.gen.ts";
import { update } from "../../../src/store/retryOnConflict.ts";
import { keyOf } from "../../../src/store/store.ts";
import type { Effect } from "../../../src/controllers/leadership/effects.ts";
import { startToyController, toyStage, untilEnded, type ToyController, type ToyStage } from "../toyRun.ts";

type Probes = NonNullable<UpgradeCampaign["spec"]["healthChecks"]["probes"]>;

const ALL_POINTS = [
  "BeforeCampaign",
  "BeforeBatch",
  "BeforeDevice",
  "AfterDevice",
  "AfterBatch",
  "AfterCampaign",
] as const;
const KEY = { namespace: "default", name: "toys" };

describe("controllers: probes", () => {
  let stage: ToyStage;
  let controllers: ToyController[];
  let server: Server;
  /** What the service answers, by what it is asked. */
  let answer: (asked: string) => number;
  let asked: IncomingHttpHeaders[];

  beforeEach(async () => {
    stage = await toyStage();
    controllers = [];
    asked = [];
    answer = () => 200;
    server = createServer(({ headers }, response) => {
      asked.push(headers);
      const status = answer(tell(headers));
      if (status === 0) response.destroy();
      else response.writeHead(status).end("token=hunter2");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    await Promise.all(controllers.map(({ running }) => stage.settled(running.stop())));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function tell(headers: IncomingHttpHeaders): string {
    const about = headers["hitless-device"] ?? headers["hitless-batch"];
    return `${String(headers["hitless-point"])}${about === undefined ? "" : ` ${String(about)}`}`;
  }

  function overHttp(points: Probes[number]["points"], more: object = {}): Probes[number] {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the service has no port");
    const url = `http://127.0.0.1:${String(address.port)}/ready?key=hunter2`;
    return { name: "shop", points, http: { url, expectedStatus: 200, timeout: "5s", ...more } };
  }

  async function begin(probes: Probes, effects: Effect[] = []): Promise<void> {
    await update({ store: stage.store, kind: "UpgradeCampaign", key: KEY }, (campaign) => {
      campaign.spec.healthChecks.probes = probes;
    });
    controllers.push(
      await startToyController(stage, { hooks: { before: (effect) => void effects.push(effect) } }),
    );
  }

  /** Waits until something is so of the campaign. */
  async function until(holds: (campaign: UpgradeCampaign) => boolean): Promise<UpgradeCampaign> {
    const { clock, store } = stage;
    const limit = clock.now() + 86_400_000;
    const found = async (): Promise<UpgradeCampaign> => {
      for (;;) {
        const campaign = await store.get("UpgradeCampaign", KEY);
        if (campaign !== undefined && holds(campaign)) return campaign;
        if (clock.now() > limit) throw new Error(`still ${JSON.stringify(campaign?.status)}`);
        await clock.sleepUntil(clock.now() + 5000);
      }
    };
    return stage.settled(found());
  }

  function why({ status }: UpgradeCampaign): string {
    return status?.conditions?.find(({ type }) => type === "Ready")?.message ?? "";
  }

  it("HC-2 asks at every point, in the order of the campaign, and says about what", async () => {
    await begin([overHttp([...ALL_POINTS])]);
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    expect(asked.map(tell).filter((each, index, all) => each !== all[index - 1])).to.deep.equal([
      "BeforeCampaign",
      "BeforeBatch 1",
      "BeforeDevice leaf1",
      "AfterDevice leaf1",
      "AfterBatch 1",
      "BeforeBatch 2",
      "BeforeDevice leaf2",
      "AfterDevice leaf2",
      "AfterBatch 2",
      "AfterCampaign",
    ]);
    expect(new Set(asked.map((headers) => headers["hitless-campaign"]))).to.deep.equal(
      new Set(["default/toys"]),
    );
  });

  it("TR-7 HC-3 a batch whose probe fails does not start, and goes on once it passes", async () => {
    let isWell = false;
    answer = (about) => (about === "BeforeBatch 2" && !isWell ? 503 : 200);
    await begin([overHttp(["BeforeBatch"])]);
    const blocked = await until(({ status }) => status?.phase === "Blocked");
    expect(why(blocked)).to.contain("probe shop: it answers 503, not 200");
    expect(blocked.status?.progress).to.equal("1/2");
    expect(stage.devices.get("leaf2")).to.include({ drained: false, installs: 0, reboots: 0 });
    isWell = true;
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
  });

  it("HC-4 a probe that is taken out of the campaign stops it no more, without a new approval", async () => {
    answer = () => 503;
    await begin([overHttp(["BeforeBatch"])]);
    const blocked = await until(({ status }) => status?.phase === "Blocked");
    await update({ store: stage.store, kind: "UpgradeCampaign", key: KEY }, (campaign) => {
      campaign.spec.healthChecks.probes = [];
    });
    const ended = await untilEnded(stage);
    expect(ended.status?.phase).to.equal("Completed");
    expect(ended.status?.approved).to.deep.equal(blocked.status?.approved);
  });

  it("a probe that nobody answers is no passed one: the campaign is Unknown, with nothing touched", async () => {
    answer = () => 0;
    await begin([overHttp(["BeforeCampaign"])]);
    const unknown = await until(({ status }) => status?.phase === "Unknown");
    expect(unknown.status?.conditions?.find(({ type }) => type === "Stalled")).to.include({
      status: "True",
      reason: "ProbeUnanswered",
    });
    expect(
      [...stage.devices.values()].filter(({ drained, installs }) => drained || installs > 0),
    ).to.deep.equal([]);
    answer = () => 200;
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
  });

  it("HC-3 a device whose probe fails stays in service and waits, whatever its batch does", async () => {
    let isWell = false;
    answer = (about) => (about === "BeforeDevice leaf1" && !isWell ? 500 : 200);
    const effects: Effect[] = [];
    await begin([overHttp(["BeforeDevice"])], effects);
    await until(({ status }) => status?.phase === "Blocked");
    const [upgrade] = await stage.store.list("DeviceUpgrade", "default");
    expect(upgrade?.status).to.include({ state: "Blocked" });
    expect(upgrade?.status?.message).to.contain("probe shop: it answers 500");
    expect(effects.map(({ action }) => action)).not.to.include("DrainRoutes");
    isWell = true;
    expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
  });

  it("a device that is upgraded and whose probe goes on failing fails, and no further device begins", async () => {
    answer = (about) => (about === "AfterDevice leaf1" ? 500 : 200);
    await begin([overHttp(["AfterDevice"])]);
    const hung = await until(({ status }) => status?.phase === "Hung" || status?.phase === "Failed");
    expect(why(hung)).to.contain("leaf1");
    expect(stage.devices.get("leaf1")).to.include({ drained: false, reboots: 1 });
    expect(stage.devices.get("leaf2")).to.include({ drained: false, installs: 0 });
  });

  it("sends the login of its Secret, and nothing of it, nor of the address or the answer, is told", async () => {
    await stage.store.create("Secret", {
      metadata: { namespace: "default", name: "shop" },
      type: "Opaque",
      data: { authorization: Buffer.from("Bearer hunter2\n").toString("base64") },
    });
    answer = () => 503;
    await begin([overHttp(["BeforeBatch"], { secretRef: { name: "shop" } })]);
    const told = [JSON.stringify((await until(({ status }) => status?.phase === "Blocked")).status)];
    answer = () => 200;
    const ended = await untilEnded(stage);
    expect(new Set(asked.map(({ authorization }) => authorization))).to.deep.equal(
      new Set(["Bearer hunter2"]),
    );
    told.push(JSON.stringify(ended.status));
    for (const kind of ["DeviceUpgrade", "Event"] as const) {
      told.push(JSON.stringify(await stage.store.list(kind, "default")));
    }
    expect(told.filter((text) => text.includes("hunter2"))).to.deep.equal([]);
  });

  describe("by a Job", () => {
    const PROBES: Probes = [
      { name: "smoke", points: ["BeforeBatch"], job: { cronJobRef: { name: "smoke" }, timeout: "10m" } },
    ];

    beforeEach(async () => {
      await stage.store.create("CronJob", {
        metadata: { namespace: "default", name: "smoke" },
        spec: {
          schedule: "0 0 1 1 *",
          suspend: true,
          jobTemplate: {
            metadata: { labels: { app: "smoke" } },
            spec: {
              ttlSecondsAfterFinished: 5,
              backoffLimit: 1,
              template: {
                spec: { restartPolicy: "Never", containers: [{ name: "smoke", image: "smoke:1" }] },
              },
            },
          },
        },
      });
    });

    /** What a kubelet would do. */
    async function end(name: string, type: "Complete" | "Failed"): Promise<void> {
      await update({ store: stage.store, kind: "Job", key: { namespace: "default", name } }, (job) => {
        job.status = { conditions: [{ type, status: "True", reason: "BackoffLimitExceeded" }] };
      });
    }

    async function jobs() {
      return stage.store.list("Job", "default");
    }

    async function nextJob(known: readonly string[] = []): Promise<string> {
      let found: string | undefined;
      const look = async (): Promise<string> => {
        while (found === undefined) {
          found = (await jobs()).find(({ metadata }) => !known.includes(metadata.name))?.metadata.name;
          await stage.clock.sleepUntil(stage.clock.now() + 5000);
        }
        return found;
      };
      return stage.settled(look());
    }

    it("makes the Job of the CronJob once for each batch, owned by the campaign, and waits for it", async () => {
      const effects: Effect[] = [];
      await begin(PROBES, effects);
      const first = await nextJob();
      const [job] = await jobs();
      const campaign = await stage.store.get("UpgradeCampaign", KEY);
      expect(job?.metadata.ownerReferences?.map(({ uid }) => uid)).to.deep.equal([campaign?.metadata.uid]);
      expect(job?.metadata.labels).to.include({ app: "smoke", "hitless.dev/campaign": "toys" });
      expect(job?.spec).to.include({ backoffLimit: 1, activeDeadlineSeconds: 600 });
      expect(job?.spec).not.to.have.property("ttlSecondsAfterFinished");
      expect(job?.spec.template.spec?.containers?.[0]?.env).to.deep.equal([
        { name: "HITLESS_CAMPAIGN", value: "toys" },
        { name: "HITLESS_POINT", value: "BeforeBatch" },
        { name: "HITLESS_BATCH", value: "1" },
      ]);
      expect(stage.devices.get("leaf1")).to.include({ drained: false, installs: 0 });
      await end(first, "Complete");
      const second = await nextJob([first]);
      expect(stage.devices.get("leaf1")).to.include({ reboots: 1 });
      await end(second, "Complete");
      expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
      expect(effects.filter(({ action }) => action === "CreateProbeJob")).to.have.lengthOf(2);
    });

    it("CA-3 is made once although the controller dies right after it", async () => {
      await update({ store: stage.store, kind: "UpgradeCampaign", key: KEY }, (campaign) => {
        campaign.spec.healthChecks.probes = PROBES;
      });
      let deaths = 0;
      let successor: Promise<ToyController> | undefined;
      const gate = { dead: false };
      const after = async ({ action }: Effect): Promise<void> => {
        if (action !== "CreateProbeJob" || deaths > 0) return;
        deaths += 1;
        gate.dead = true;
        successor = startToyController(stage);
        await new Promise<never>(() => undefined);
      };
      const leases = { leaseDurationSeconds: 3, intentValidSeconds: 2 };
      await startToyController(stage, { gate, hooks: { after }, ...leases });
      const first = await nextJob();
      await end(first, "Complete");
      const second = await nextJob([first]);
      await end(second, "Complete");
      expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
      expect(deaths).to.equal(1);
      if (successor !== undefined) controllers.push(await successor);
      expect(await jobs()).to.have.lengthOf(2);
    });

    it("that has failed stops its batch until somebody deletes it; then it runs again", async () => {
      await begin(PROBES);
      const first = await nextJob();
      await end(first, "Failed");
      const blocked = await until(({ status }) => status?.phase === "Blocked");
      expect(why(blocked)).to.contain(`probe smoke: Job ${first} has failed (BackoffLimitExceeded)`);
      expect(why(blocked)).to.contain("deleted");
      const [failed] = await jobs();
      if (failed !== undefined) await stage.store.delete("Job", keyOf(failed));
      expect(await nextJob()).to.equal(first);
      await end(first, "Complete");
      await end(await nextJob([first]), "Complete");
      expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    });

    it("that nobody runs is Unknown after its time, and counts once it has completed after all", async () => {
      await begin(PROBES);
      const first = await nextJob();
      const unknown = await until(({ status }) => status?.phase === "Unknown");
      expect(why(unknown)).to.contain("has not ended within 600 s");
      await end(first, "Complete");
      await end(await nextJob([first]), "Complete");
      expect((await untilEnded(stage)).status?.phase).to.equal("Completed");
    });

    it("of a CronJob that does not exist is Unknown, and names it", async () => {
      await stage.store.delete("CronJob", { namespace: "default", name: "smoke" });
      await begin(PROBES);
      const unknown = await until(({ status }) => status?.phase === "Unknown");
      expect(why(unknown)).to.contain("probe smoke: CronJob smoke does not exist");
      expect(await jobs()).to.deep.equal([]);
    });
  });
});
