/** The report of a plan: what it says of batches, devices and exposure, and its Markdown form. */
import { expect } from "chai";
import type { Plan } from "../../src/api/plan.ts";
import { campaignInput, storeOf } from "../../src/cli/manifests/campaignInput.ts";
import { readManifests } from "../../src/cli/manifests/readManifests.ts";
import { planFromFiles } from "../../src/cli/planning.ts";
import { viewOfFiles, type PlanView } from "../../src/cli/planView.ts";
import { escapeMarkdown, renderMarkdown } from "../../src/cli/render/markdown.ts";
import { planReport, renderPlan } from "../../src/cli/render/planReport.ts";
import { Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();

async function viewOf(folder: string): Promise<PlanView> {
  const input = await campaignInput(await storeOf(await readManifests([folder]), { now: () => 0 }));
  return viewOfFiles(input, planFromFiles(input));
}

/** The cells of a line of a Markdown table; a pipe that is escaped parts nothing. */
function cellsOf(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The tables of a document, each as its lines. */
function tablesOf(markdown: string): string[][] {
  return markdown
    .trimEnd()
    .split("\n\n")
    .filter((block) => block.startsWith("|"))
    .map((block) => block.split("\n"));
}

describe("the report of a plan", () => {
  after(() => {
    folders.removeAll();
  });

  it("PL-7 FB-3 says for each device its roles, with whom it is multihomed, its batch and its estimate", async () => {
    const folder = folders.quickstart({
      Fabric: ({ spec }) => (spec.devices[0].overlayRoles = ["Route-Reflector"]),
    });
    const lines = renderPlan(await viewOf(folder)).split("\n");
    const line = (device: string): string | undefined =>
      lines.find((text) => text.startsWith(`  ${device} `) && text.includes("28 min  "));
    expect(lines.find((text) => text.includes("MULTIHOMED WITH"))).to.match(/ROLES .*CARRIED BY +WHY/);
    expect(line("leaf2")).to.match(
      /^ +leaf2 +2 +Leaf +\? → 23\.4R2-S3\.9 +28 min +leaf1 +leaf1 +shares server1/,
    );
    expect(line("spine1")).to.match(/^ +spine1 +\d +Spine Route-Reflector +\? →.* 28 min +spine2 /);
  });

  it("PL-8 gives the time of each batch and in all, and says when batches differ", async () => {
    const view = await viewOf(QUICKSTART);
    expect(renderPlan(view)).to.match(/time +about 1 h 52 min, 28 min each batch/);
    const [first, ...rest] = view.plan.batches;
    if (first === undefined) throw new Error("there is no batch");
    const slower: Plan = { ...view.plan, batches: [{ ...first, estimateSeconds: 2400 }, ...rest] };
    expect(renderPlan({ ...view, plan: slower })).to.match(/time +about 2 h 4 min, 28 min to 40 min a batch/);
  });

  it("PL-9 says whether times are the driver's or what earlier campaigns took", async () => {
    const view = await viewOf(QUICKSTART);
    const textWith = (learned: readonly string[], all = Object.keys(view.plan.devices)): string => {
      const devices = Object.entries(view.plan.devices).map(([name, { estimatedBy: _by, ...device }]) => {
        const source = learned.includes(name) ? "EarlierCampaigns" : "Defaults";
        return [name, all.includes(name) ? { ...device, estimatedBy: source } : device];
      });
      return renderPlan({ ...view, plan: { ...view.plan, devices: Object.fromEntries(devices) } });
    };
    expect(textWith([])).to.match(/each batch; by the driver's defaults\n/);
    expect(textWith(Object.keys(view.plan.devices))).to.match(/each batch; by what earlier campaigns took\n/);
    expect(textWith(["leaf1", "leaf2"])).to.match(
      /earlier campaigns took for 2 devices, by defaults for 8\n/,
    );
    expect(textWith([], [])).to.match(/28 min each batch\n/);
  });

  it("PL-8 names a few of hundreds that are cut off, and counts the others", async () => {
    const view = await viewOf(QUICKSTART);
    const exposed = Array.from({ length: 300 }, (_, index) => ({
      device: `leaf${String(index + 1)}`,
      endpoints: [`server${String(index + 1)}`],
    }));
    const text = renderPlan({ ...view, plan: { ...view.plan, exposed } });
    expect(text).to.match(
      /\n +hitless +no: server1, .*, server12 and 288 more cut off while leaf1, .*, leaf12 and 288 more are out/,
    );
    expect(text, "the table has all of them").to.match(/\n +leaf300 +server300 +no\n/);
  });

  it("PL-15 PL-16 shows impact and warnings, and nothing of them for plans of earlier versions", async () => {
    const view = await viewOf(QUICKSTART);
    const message = "leaf1, leaf2 back each other up and run 21.4R3 and 23.4R2 beside each other";
    const warnings = [{ reason: "MixedReleases" as const, devices: ["leaf1", "leaf2"], message }];
    const text = renderPlan({ ...view, plan: { ...view.plan, warnings } });
    expect(text).to.match(/Impact\n +Kept of each device .*: configuration, health readings\.\n/);
    expect(text).to.match(/\n +2 +server13 +12 endpoints +all +25 min +26 min\n/);
    expect(text).to.match(/\n +3 +nobody +none +50 % of uplinks +25 min +26 min\n/);
    expect(text).to.match(/Warnings\n.*\n +MixedReleases +leaf1, leaf2 back each other up/);
    const { warnings: _warnings, ...plan } = view.plan;
    const old = plan.batches.map(({ impact: _impact, ...batch }) => batch);
    expect(renderPlan({ ...view, plan: { ...plan, batches: old } })).not.to.match(/Impact|Warnings/);
  });

  it("PL-7 states the proven lower bound, and the gap where there is one", async () => {
    const view = await viewOf(QUICKSTART);
    expect(renderPlan(view)).to.match(/batches +4 batches \(no plan has fewer\)/);
    const gap = renderPlan({ ...view, plan: { ...view.plan, lowerBound: 3 } });
    expect(gap).to.match(/4 batches \(the proven lower bound is 3, a gap of 1\)/);
  });

  it("FX-3 names every exposed server, and whether its loss is accepted", async () => {
    const text = renderPlan(await viewOf(QUICKSTART));
    expect(text).to.match(/Exposed\n.*\n +leaf8 +server13 +yes: server13 is a build machine/);
  });

  it("does not call a plan hitless that is not proven, even where nobody is named", async () => {
    const view = await viewOf(QUICKSTART);
    const text = renderPlan({ ...view, plan: { ...view.plan, exposed: [], hitless: false } });
    expect(text).to.match(/hitless +not proven, see below/);
  });

  it("FX-2 plans with the redundancy there is: a leaf that has lost its partner is exposed with all its servers", async () => {
    const folder = folders.quickstart({
      Fabric({ spec }) {
        for (const segment of spec.multihoming.segments) {
          segment.members = segment.members.filter((member: string) => !member.startsWith("leaf2/"));
        }
      },
    });
    const { plan } = await viewOf(folder);
    expect(plan.exposed.find(({ device }) => device === "leaf1")?.endpoints).to.deep.equal([
      "server1",
      "server2",
      "server3",
    ]);
  });
});

describe("a plan as Markdown", () => {
  after(() => {
    folders.removeAll();
  });

  it("N14 has headings and tables in which every line has as many cells as the head", async () => {
    const { exitCode, stdout } = await run(["plan", "-f", QUICKSTART, "-o", "markdown"]);
    expect(exitCode).to.equal(0);
    expect(stdout.split("\n").filter((line) => line.startsWith("#"))).to.deep.equal([
      "## Plan of campaign dc1-24q4 for fabric dc1",
      "### Batches",
      "### Impact",
      "### Exposed",
      "### Devices",
    ]);
    const tables = tablesOf(stdout);
    expect(tables).to.have.length(5);
    for (const [head = "", rule = "", ...rows] of tables) {
      expect(rule).to.match(/^\|( --- \|)+$/);
      for (const row of [rule, ...rows]) expect(cellsOf(row), row).to.have.length(cellsOf(head).length);
    }
  });

  it("shows names as they are, whatever they are made of: no table breaks, no link, no mention, no HTML", async () => {
    const names = [
      "a|b",
      "<img src=x onerror=alert(1)>",
      "@everyone",
      "`x`*y*_z_",
      "[a](http://b)",
      String.raw`c\|d`,
    ];
    const view = await viewOf(QUICKSTART);
    const exposed = [{ device: "leaf8", endpoints: names }];
    const markdown = renderMarkdown(planReport({ ...view, plan: { ...view.plan, exposed } }));
    for (const [head = "", ...rows] of tablesOf(markdown)) {
      for (const row of rows) expect(cellsOf(row), row).to.have.length(cellsOf(head).length);
    }
    expect(markdown).not.to.match(/<(?!br>|\/?details>|\/?summary>)/);
    expect(markdown).not.to.include("@everyone");
    expect(markdown).not.to.include("http://b");
    expect(escapeMarkdown("`x`*y*_z_")).to.equal(String.raw`\`x\`\*y\*\_z\_`);
    expect(escapeMarkdown("two\n lines")).to.equal("two lines");
  });

  it("folds the devices of a large fabric away", async () => {
    const view = await viewOf(QUICKSTART);
    const [one] = Object.values(view.plan.devices);
    if (one === undefined) throw new Error("there is no device");
    const devices = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`leaf${String(at)}`, one]));
    const markdown = renderMarkdown(planReport({ ...view, plan: { ...view.plan, devices } }));
    expect(markdown).to.include("<details><summary>Devices (30)</summary>\n\n| device |");
    expect(markdown).to.match(/\n\n<\/details>$/);
  });

  it("tells blockers on standard error, too, and ends with 1", async () => {
    const folder = folders.quickstart({
      UpgradeCampaign: ({ spec }) => delete spec.strategy.acceptNonHitless,
    });
    const { exitCode, stdout, stderr } = await run(["plan", "-f", folder, "-o", "markdown"]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.include("### Blocked by").and.to.include("| leaf8 | NotHitless |");
    expect(stderr).to.include("blocked by leaf8");
  });
});
