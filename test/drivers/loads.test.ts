import { expect } from "chai";
import type { Plan } from "../../src/api/plan.ts";
import { loadPlan } from "../../src/controllers/campaign/planStore.ts";
import { speedOf } from "../../src/drivers/loads.ts";
import { changedStage, type FabricRun, type FabricStage } from "../support/fabricRun.ts";
import { firewallStage } from "../support/firewallFabric.ts";
import { campaignDraft, imageDraft, NAMESPACE } from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";
import { threeWayFabric } from "../support/threeWayFabric.ts";

describe("speeds of ports", () => {
  for (const [text, speed] of [
    ["100Gbps", 1e11],
    ["1000mbps", 1e9],
    ["2.5Gbps", 2.5e9],
    [" 10Gbps\n", 1e10],
    ["Auto", null],
    ["Unlimited", null],
    ["", null],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(speedOf(text)).to.equal(speed);
    });
  }
});

describe("drivers: what uplinks carry", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});

  /** A fabric of which every server talks to the others so fast that one uplink of two has not half to spare. */
  function busy(stage: FabricStage, leaf?: string): FabricStage {
    return changedStage(stage, {
      simulation: (usual) => ({
        ...usual,
        servers: usual.servers.map((server) => ({
          ...server,
          attachments:
            leaf === undefined || server.name === "web1"
              ? server.attachments
              : server.attachments.filter(({ device }) => device === leaf),
        })),
        traffic: { packetsPerSecond: PACKETS_PER_SECOND, packetSizeBytes: 9000 },
      }),
      apply: (store) =>
        store.create("DeviceImage", {
          ...imageDraft(),
          metadata: { namespace: NAMESPACE, name: "spines" },
        }),
    });
  }

  async function planned(run: FabricRun): Promise<Plan> {
    const campaign = await run.until("a plan", async () => {
      const found = await run.campaign();
      return found.status?.plan === undefined ? undefined : found;
    });
    const record = await loadPlan(run.store, campaign);
    if (record === undefined) throw new Error("there is no plan");
    return record.plan;
  }

  const { strategy } = campaignDraft().spec;
  const campaign = {
    imageAssignments: [{ imageRef: { name: "spines" }, selector: { devices: ["spine1"] } }],
    mode: "Plan" as const,
    strategy: { ...strategy, acceptNonHitless: [], minHeadroomPercent: 50 },
  };

  for (const [family, below, stage] of [
    ["QFX", "leaf", busy(threeWayFabric("junos-qfx"), "leaf3")],
    ["MX", "leaf", busy(threeWayFabric("junos-mx"), "leaf3")],
    ["SRX", "fw1", busy(firewallStage())],
  ] as const) {
    it(`FX-2 are read from ${family}: a spine whose loss leaves them too little is told`, async () => {
      const plan = await planned(await start({ stage, campaign }));
      const short = (plan.warnings ?? []).filter(({ reason }) => reason === "CapacityShort");
      expect(short, JSON.stringify(plan.warnings)).to.have.lengthOf(1);
      expect(short[0]?.devices.some((device) => device.startsWith(below))).to.equal(true);
      expect(short[0]?.message).to.contain("with 50 % to spare");
    });
  }
});

/** Of 72 kbit each, from one server to another: 72 Gbit/s, of which an uplink has 100. */
const PACKETS_PER_SECOND = 1_000_000;
