/** Plans as they come back from a file. */
import { expect } from "chai";
import type { Plan } from "../../src/api/plan.ts";
import { parsePlan } from "../../src/cli/planFile.ts";

const WHOLE: Required<Plan> = {
  hash: "a".repeat(64),
  source: "devices",
  hitless: true,
  lowerBound: 1,
  lowerBoundSeconds: 1800,
  batches: [
    {
      index: 1,
      tier: "Leaf",
      canary: false,
      protects: ["controllers"],
      level: 1,
      devices: ["leaf1"],
      estimateSeconds: 3600,
      window: { from: "2026-03-01T22:00:00Z", until: "2026-03-02T02:00:00Z" },
      impact: {
        cutOff: [],
        withoutSpare: 1,
        kept: [{ kind: "Group", name: "storage", left: 1, of: 2, needed: 1 }],
        uplinksLeftPercent: 50,
        outSeconds: 1200,
        goBackSeconds: 1200,
        backup: ["configuration"],
      },
    },
  ],
  devices: {
    leaf1: {
      from: "21.4R3-S5.4",
      to: "23.4R2-S3.9",
      hops: [
        { image: "junos-22-2", to: "22.2R3-S2.8", estimateSeconds: 1800 },
        { image: "junos-23-4", to: "23.4R2-S3.9", estimateSeconds: 1800 },
      ],
      batch: 1,
      estimateSeconds: 3600,
      estimatedBy: "EarlierCampaigns",
      peers: ["leaf2"],
      reasons: ["first of tier Leaf"],
      drain: [{ name: "Policy", why: "works with any peer" }],
    },
  },
  skipped: [{ device: "leaf2", reason: "SameVersion", message: "it runs 23.4R2-S3.9" }],
  exposed: [{ device: "leaf1", endpoints: ["web1"] }],
  warnings: [{ reason: "MixedReleases", devices: ["leaf1", "leaf2"], message: "for a while" }],
  headroom: { percent: 30, uplinksNeeded: { leaf1: 3 } },
  deviceWarnings: [{ device: "fw1", warning: "UnsupportedProtocol", message: "sessions are lost" }],
};

describe("plan files", () => {
  it("TR-4 hold everything that a plan can have", () => {
    expect(parsePlan(JSON.stringify(WHOLE), "plan.json")).to.deep.equal(WHOLE);
  });

  it("TR-4 are refused with a field that no plan has, by its place", () => {
    const { leaf1 } = WHOLE.devices;
    const text = JSON.stringify({ ...WHOLE, devices: { leaf1: { ...leaf1, drained: true } } });
    expect(() => parsePlan(text, "plan.json")).to.throw(/plan\.json: devices\.leaf1\.drained: found true/);
  });
});
