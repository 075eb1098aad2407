/** `hitless plan --diff`: what a change of the objects does to the plan. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import type { Plan, PlannedBatch, PlannedDevice } from "../../src/api/plan.ts";
import { diffPlans, type PlanDiff } from "../../src/cli/diff/planDiff.ts";
import { Folders, QUICKSTART, run, type YamlObject } from "./support.ts";

const folders = new Folders();

async function diffOf(from: string, to: string): Promise<PlanDiff> {
  const { exitCode, stdout, stderr } = await run(["plan", "--diff", from, to, "-o", "json"]);
  expect(exitCode, stderr).to.equal(0);
  const diff: PlanDiff = JSON.parse(stdout);
  return diff;
}

function withLeaf9({ spec }: YamlObject): void {
  spec.devices.push({ ...spec.devices[2], name: "leaf9", address: "127.0.0.1:28319" });
}

/** A plan of one release from its batches. */
function planOf(batches: readonly (readonly string[])[]): Plan {
  const planned = batches.map((devices, place): PlannedBatch => ({
    index: place + 1,
    tier: "Leaf",
    canary: false,
    devices,
    estimateSeconds: 60,
  }));
  const devices = planned.flatMap(({ index, devices: names }) =>
    names.map((name): [string, PlannedDevice] => [
      name,
      { from: null, to: "23.4R2", batch: index, estimateSeconds: 60, peers: [], reasons: ["so"] },
    ]),
  );
  return {
    hash: null,
    source: "declarations",
    hitless: true,
    lowerBound: 1,
    batches: planned,
    devices: Object.fromEntries(devices),
    skipped: [],
    exposed: [],
  };
}

describe("hitless plan --diff", () => {
  after(() => {
    folders.removeAll();
  });

  it("N14 says that nothing changes where nothing does", async () => {
    const { exitCode, stdout } = await run(["plan", "--diff", QUICKSTART, folders.quickstart()]);
    expect(exitCode).to.equal(0);
    expect(stdout).to.include("Nothing changes.");
    expect((await diffOf(QUICKSTART, folders.quickstart())).same).to.equal(true);
  });

  it("N14 FB-8 names the device that comes in with its batch, and the time that it costs", async () => {
    const folder = folders.quickstart({
      Fabric: withLeaf9,
      UpgradeCampaign: ({ spec }) => (spec.strategy.maxBatchSize = 3),
    });
    const diff = await diffOf(QUICKSTART, folder);
    expect(diff.same).to.equal(false);
    expect(diff.added.map(({ device }) => device)).to.deep.equal(["leaf9"]);
    expect(diff.devices).to.deep.equal({ old: 10, new: 11 });
    expect(diff.estimatedSeconds.new - diff.estimatedSeconds.old).to.equal(28 * 60);
    const { stdout } = await run(["plan", "--diff", QUICKSTART, folder]);
    expect(stdout).to.include("1 device comes in").and.to.include("It takes 28 min longer.");
    expect(stdout).to.match(/Added\n.*\n +leaf9 +\d +23\.4R2-S3\.9 +not selected/);
    expect(stdout).to.include("+leaf9");
  });

  it("names what drops out and why", async () => {
    const folder = folders.quickstart({ Fabric: ({ spec }) => (spec.devices[0].model = "qfx10002-72q") });
    const { removed } = await diffOf(QUICKSTART, folder);
    expect(removed).to.have.length(1);
    expect(removed[0]).to.include({ device: "spine1", batch: 3 });
    expect(removed[0]?.now?.message).to.include("qfx10002-72q");
    const back = await diffOf(folder, QUICKSTART);
    expect(back.added[0]?.before?.message).to.include("qfx10002-72q");
  });

  it("FX-3 names a server that is newly cut off, and one that is no longer", async () => {
    const folder = folders.quickstart({
      Fabric({ spec }) {
        const { segments } = spec.multihoming;
        segments.find(({ name }: { name: string }) => name === "server13").members.push("leaf7/xe-0/0/13");
        segments.find(({ name }: { name: string }) => name === "server1").members.pop();
      },
    });
    const args = ["plan", "--diff", QUICKSTART, folder];
    const { exitCode, stdout, stderr } = await run(args);
    expect(stdout).to.match(/Exposed\n.*\n +leaf1 +server1\n +leaf8 +server13/);
    expect(stdout).to.include("1 endpoint is newly cut off");
    // The new plan cannot be approved as it stands: the pull request that makes it should not pass.
    expect(exitCode).to.equal(1);
    expect(stderr).to.include("blocked by leaf1").and.to.include("NotHitless");
  });

  it("compares plans that were written to files, and a file with a folder", async () => {
    const folder = folders.of({});
    const file = path.join(folder, "plan.json");
    writeFileSync(file, (await run(["plan", "-f", QUICKSTART, "-o", "json"])).stdout);
    const yaml = path.join(folder, "plan.yaml");
    writeFileSync(yaml, (await run(["plan", "-f", QUICKSTART, "-o", "yaml"])).stdout);
    expect((await diffOf(file, yaml)).same).to.equal(true);
    expect((await diffOf(file, QUICKSTART)).same).to.equal(true);
  });

  it("CA-1 says that an approval of the old plan is none of the new one", async () => {
    const folder = folders.of({});
    const plan: Plan = JSON.parse((await run(["plan", "-f", QUICKSTART, "-o", "json"])).stdout);
    writeFileSync(path.join(folder, "old.json"), JSON.stringify({ ...plan, hash: "a".repeat(32) }));
    writeFileSync(path.join(folder, "new.json"), JSON.stringify({ ...plan, hash: "b".repeat(32) }));
    const { stdout } = await run(["plan", "--diff", `${folder}/old.json`, `${folder}/new.json`]);
    expect(stdout).to.include("an approval of the old hash is none of the new one");
    expect(stdout).to.match(/hash +a{32} +b{32} +changed/);
  });

  it("fits a pull request", async () => {
    const folder = folders.quickstart({ Fabric: withLeaf9 });
    const { stdout } = await run(["plan", "--diff", QUICKSTART, folder, "-o", "markdown"]);
    expect(stdout).to.match(/^## What changes in the plan from /);
    expect(stdout).to.include("| devices | 10 | 11 | changed |");
    expect(stdout).to.match(/### Added\n\n\| device \| batch \|/);
  });

  it("does not call devices moved whose batch only has another number", () => {
    const before = planOf([["a", "b"], ["c"]]);
    const after = planOf([["new"], ["a", "b"], ["c"]]);
    const diff = diffPlans(before, after);
    expect(diff.moved).to.deep.equal([]);
    expect(diff.renumbered).to.deep.equal([
      { old: 1, new: 2 },
      { old: 2, new: 3 },
    ]);
    expect(diff.added.map(({ device }) => device)).to.deep.equal(["new"]);
  });

  it("names devices that go with others, once each", () => {
    const diff = diffPlans(planOf([["a", "b"], ["c"]]), planOf([["a"], ["b", "c"]]));
    expect(diff.moved.map(({ device, batch }) => [device, batch.old, batch.new])).to.deep.equal([
      ["b", 1, 2],
    ]);
  });

  it("accounts for every device: added, removed, moved, renumbered or where it was", () => {
    const plans = fc
      .uniqueArray(
        fc.integer({ min: 0, max: 11 }).map((number) => `d${String(number)}`),
        { maxLength: 12 },
      )
      .chain((names) =>
        fc
          .array(fc.integer({ min: 0, max: 3 }), { minLength: names.length, maxLength: names.length })
          .map((places) =>
            planOf([0, 1, 2, 3].map((batch) => names.filter((_, at) => places[at] === batch))),
          ),
      );
    fc.assert(
      fc.property(plans, plans, (before, after) => {
        const diff = diffPlans(before, after);
        const renumbered = new Map(diff.renumbered.map((change) => [change.old, change.new]));
        const names = new Set([...Object.keys(before.devices), ...Object.keys(after.devices)]);
        for (const name of names) {
          const [old, now] = [before.devices[name]?.batch, after.devices[name]?.batch];
          const said = {
            added: diff.added.some(({ device }) => device === name),
            removed: diff.removed.some(({ device }) => device === name),
            moved: diff.moved.some(({ device }) => device === name),
          };
          const stays = old === now || (old !== undefined && renumbered.get(old) === now);
          expect(said, name).to.deep.equal({
            added: old === undefined,
            removed: now === undefined,
            moved: old !== undefined && now !== undefined && !stays,
          });
        }
        const back = diffPlans(after, before);
        expect(back.same).to.equal(diff.same);
        expect(back.added.map(({ device }) => device)).to.deep.equal(
          diff.removed.map(({ device }) => device),
        );
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it("refuses what it cannot compare: exit code 2, and what is allowed", async () => {
    const empty = folders.of({});
    for (const [args, says] of [
      [["plan", "--diff", QUICKSTART], "found 1, must be two: OLD NEW"],
      [["plan", "--diff", QUICKSTART, QUICKSTART, QUICKSTART], "found 3, must be two"],
      [["plan", "-f", QUICKSTART, "--diff", QUICKSTART, QUICKSTART], "neither with CAMPAIGN nor with -f"],
      [["plan", "--diff", QUICKSTART, `${empty}/nowhere`], "no such file or folder"],
      [["plan", "--diff", QUICKSTART, empty], "there is no *.yaml in this folder"],
    ] as const) {
      const { exitCode, stdout, stderr } = await run(args);
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.include(says);
    }
  });

  it("believes no plan from a file: fields are checked as for verify", async () => {
    const folder = folders.of({ "plan.json": JSON.stringify({ batches: [{ index: 1 }] }) });
    const { exitCode, stderr } = await run(["plan", "--diff", `${folder}/plan.json`, QUICKSTART]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("batches[0].tier: found nothing; is required");
  });
});
