/** `hitless plan` and `hitless verify` on files alone, and what `--help` says. */
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import type { Plan } from "../../src/api/plan.ts";
import { Folders, QUICKSTART, run } from "./support.ts";

const folders = new Folders();

async function planOf(folder: string): Promise<Plan> {
  const { stdout } = await run(["plan", "-f", folder, "-o", "json"]);
  const plan: Plan = JSON.parse(stdout);
  return plan;
}

describe("hitless plan, from files", () => {
  after(() => {
    folders.removeAll();
  });

  it("PL-1 prints the plan with the keys it is stored with", async () => {
    const plan = await planOf(QUICKSTART);
    expect(plan).to.have.all.keys(
      ..."hash source hitless lowerBound lowerBoundSeconds batches devices skipped exposed warnings".split(
        " ",
      ),
    );
    for (const batch of plan.batches) {
      expect(batch).to.have.all.keys("index", "tier", "canary", "devices", "estimateSeconds", "impact");
    }
    for (const device of Object.values(plan.devices)) {
      expect(device).to.have.all.keys(
        "from",
        "to",
        "batch",
        "estimateSeconds",
        "estimatedBy",
        "peers",
        "reasons",
      );
    }
    expect(plan.hash).to.equal(null);
    expect(plan.source).to.equal("declarations");
  });

  it("PL-4 PL-5 plans the quickstart: pairs apart, leaves before spines, the exposed server named", async () => {
    const plan = await planOf(QUICKSTART);
    expect(plan.batches.map(({ tier, devices }) => `${tier} ${devices.join(" ")}`)).to.deep.equal([
      "Leaf leaf1 leaf3 leaf5 leaf7",
      "Leaf leaf2 leaf4 leaf6 leaf8",
      "Spine spine1",
      "Spine spine2",
    ]);
    expect(plan.exposed).to.deep.equal([{ device: "leaf8", endpoints: ["server13"] }]);
    expect(plan.hitless).to.equal(false);
  });

  it("prints the same in YAML", async () => {
    const { stdout } = await run(["plan", "-f", QUICKSTART, "-o", "yaml"]);
    expect(parse(stdout)).to.deep.equal(await planOf(QUICKSTART));
  });

  it("PL-7 PL-8 puts the summary at the top, and every device with its reasons below", async () => {
    const { exitCode, stdout, stderr } = await run(["plan", "-f", QUICKSTART]);
    expect(exitCode).to.equal(0);
    expect(stderr).to.equal("");
    const lines = stdout.split("\n");
    const head = lines.slice(0, 8).join("\n");
    expect(head).to.match(/devices +10 devices/);
    expect(head).to.match(/batches +4 batches \(no plan has fewer\)/);
    expect(head).to.match(/time +about 1 h 52 min/);
    expect(head).to.match(/server13 cut off while leaf8 is out \(accepted by the campaign\)/);
    expect(head).to.match(/from declarations/);
    expect(stdout).to.match(/leaf2 +2 .*shares server1 .* with leaf1/);
    expect(lines.filter((line) => line !== line.trimEnd())).to.deep.equal([]);
  });

  it("PL-3 fills batches up to maxBatchSize", async () => {
    const folder = folders.quickstart({ UpgradeCampaign: ({ spec }) => (spec.strategy.maxBatchSize = 2) });
    const plan = await planOf(folder);
    expect(plan.batches.map(({ devices }) => devices.length)).to.deep.equal([2, 2, 2, 2, 1, 1]);
  });

  it("blocks a plan whose exposed device is not accepted: exit code 1, the device and what to do", async () => {
    const folder = folders.quickstart({
      UpgradeCampaign: ({ spec }) => delete spec.strategy.acceptNonHitless,
    });
    const table = await run(["plan", "-f", folder]);
    expect(table.exitCode).to.equal(1);
    expect(table.stdout).to.match(/BLOCKED/);
    expect(table.stdout).to.match(/leaf8 +NotHitless +without leaf8 server13 is cut off/);
    const json = await run(["plan", "-f", folder, "-o", "json"]);
    expect(json.exitCode).to.equal(1);
    expect(json.stderr).to.include("blocked by leaf8").and.to.include("NotHitless");
  });

  it("IM-5 IM-6 skips what the image does not fit, with the reason", async () => {
    const folder = folders.quickstart({
      Fabric: ({ spec }) => (spec.devices[0].model = "qfx10002-72q"),
    });
    const plan = await planOf(folder);
    expect(plan.skipped.map(({ device }) => device)).to.deep.equal(["spine1"]);
    const { stdout } = await run(["plan", "-f", folder]);
    expect(stdout).to.match(/Skipped\n.*\n +spine1 +(UnsupportedModel|ImagePlatformMismatch)/);
  });

  describe("PL-18 with maintenance windows", () => {
    const withWindow = (window: Readonly<Record<string, string>>): string =>
      folders.quickstart({ UpgradeCampaign: ({ spec }) => (spec.maintenanceWindows = [window]) });

    it("gives each batch its window, and verify proves that they fit", async () => {
      const folder = withWindow({ schedule: "0 22 * * *", duration: "1h", timeZone: "Europe/Berlin" });
      const { exitCode, stdout } = await run(["plan", "-f", folder]);
      expect(exitCode).to.equal(0);
      expect(stdout).to.match(/windows +[23] maintenance windows, if it begins now\n/);
      expect(stdout).to.match(/ABOUT +WINDOW\n/);
      expect(stdout).to.match(
        /leaf7 .* 28 min +20\d\d-\d\d-\d\d 2[01]:00 to 20\d\d-\d\d-\d\d 2[12]:00 UTC\n/,
      );
      const stdin = JSON.stringify(await planOf(folder));
      expect(await run(["verify", "-", "-f", folder], { stdin })).to.include({ exitCode: 0 });
    });

    it("blocks a plan whose batches fit no window, and says by how much", async () => {
      const { exitCode, stdout } = await run([
        "plan",
        "-f",
        withWindow({ schedule: "0 22 * * *", duration: "20m" }),
      ]);
      expect(exitCode).to.equal(1);
      expect(stdout).to.match(/DoesNotFit +batch 1 takes about 28 min, .* 20 min: 8 min too short/);
    });

    it("makes no plan for a window that never opens: the field, and why", async () => {
      const never = withWindow({ schedule: "0 0 31 4 *", duration: "2h" });
      const { exitCode, stdout, stderr } = await run(["plan", "-f", never]);
      expect(exitCode).to.equal(2);
      expect(stdout).to.equal("");
      expect(stderr).to.match(
        /spec\.maintenanceWindows\[0\]\.schedule: the window "0 0 31 4 \*" never opens/,
      );
    });
  });

  it("asks which campaign when there are several", async () => {
    const folder = folders.quickstart();
    const other = folders.of({
      "other.yaml": [
        "apiVersion: hitless.dev/v1alpha1",
        "kind: UpgradeCampaign",
        "metadata: {name: spines-only}",
        "spec:",
        "  fabricRef: {name: dc1}",
        "  imageAssignments: [{imageRef: {name: junos-23.4r2-s3.9}, selector: {roles: [Spine]}}]",
      ].join("\n"),
    });
    const undecided = await run(["plan", "-f", folder, other]);
    expect(undecided.exitCode).to.equal(2);
    expect(undecided.stderr).to.include("dc1-24q4, spines-only").and.to.include("--campaign");
    const { stdout } = await run(["plan", "-f", folder, other, "--campaign", "spines-only", "-o", "json"]);
    expect(Object.keys(JSON.parse(stdout).devices)).to.deep.equal(["spine1", "spine2"]);
  });
});

describe("hitless verify, from files", () => {
  after(() => {
    folders.removeAll();
  });

  async function verify(plan: unknown): ReturnType<typeof run> {
    return run(["verify", "-", "-f", QUICKSTART], { stdin: JSON.stringify(plan) });
  }

  it("CA-1 proves the plan of the quickstart", async () => {
    const { exitCode, stdout } = await verify(await planOf(QUICKSTART));
    expect(stdout).to.match(/^The plan holds: 10 devices in 4 batches, .*server13 \(with leaf8\)/);
    expect(exitCode).to.equal(0);
  });

  it("finds two peers put together by hand, and names who is cut off", async () => {
    const plan = structuredClone(await planOf(QUICKSTART));
    const [first, second] = plan.batches;
    const moved = {
      ...plan,
      batches: [
        { ...first, devices: ["leaf1", "leaf2", "leaf3", "leaf5"] },
        { ...second, devices: ["leaf4", "leaf6", "leaf7", "leaf8"] },
        ...plan.batches.slice(2),
      ],
      devices: {
        ...plan.devices,
        leaf2: { ...plan.devices["leaf2"], batch: 1 },
        leaf7: { ...plan.devices["leaf7"], batch: 2 },
      },
    };
    const { exitCode, stdout } = await verify(moved);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/Connected +1 +leaf1 leaf2 +server1 /);
    const json = await run(["verify", "-", "-f", QUICKSTART, "-o", "json"], { stdin: JSON.stringify(moved) });
    const answer = JSON.parse(json.stdout);
    expect(answer.holds).to.equal(false);
    expect(answer.violations[0]).to.have.all.keys("claim", "batch", "devices", "witness");
  });

  it("does not believe a plan that calls itself hitless", async () => {
    const plan = await planOf(QUICKSTART);
    const { exitCode, stdout } = await verify({ ...plan, hitless: true, exposed: [] });
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/Exposed +2 +leaf8 +server13/);
    expect(stdout).to.match(/Hitless +2 +leaf8/);
  });

  it("says when the plan is that of another fabric", async () => {
    const mixed = path.resolve(import.meta.dirname, "../../examples/mixed");
    const { exitCode, stdout } = await verify(await planOf(mixed));
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(
      /3 devices of the plan \(border1, border2, fw1\) are none of Fabric dc1: .*these files/,
    );
  });

  it("reads the plan from a file, too", async () => {
    const folder = folders.of({ "plan.json": JSON.stringify(await planOf(QUICKSTART)) });
    const { exitCode } = await run(["verify", `${folder}/plan.json`, "-f", QUICKSTART]);
    expect(exitCode).to.equal(0);
  });

  it("refuses what is no plan: field, finding, what is allowed", async () => {
    const plan = await planOf(QUICKSTART);
    for (const [input, says] of [
      ["{", "this is no plan"],
      ["[]", "this is no plan"],
      [
        JSON.stringify({ ...plan, source: "guesses" }),
        'source: found "guesses"; must be one of devices, declarations',
      ],
      [JSON.stringify({ ...plan, batches: [{ index: 1 }] }), "batches[0].tier: found nothing; is required"],
      [JSON.stringify({ ...plan, extra: 1 }), "extra: found 1; is an unknown field of a plan"],
    ] as const) {
      const { exitCode, stderr } = await run(["verify", "-", "-f", QUICKSTART], { stdin: input });
      expect(exitCode, input.slice(0, 40)).to.equal(2);
      expect(stderr).to.include(says);
    }
  });
});

describe("hitless --help", () => {
  const commands = "plan,verify,rehearse,simulator,demo,fabric,fabric graph,fabric import".split(",");
  const sources = ["ansible", "netbox", "lldp"].map((source) => `fabric import ${source}`);
  for (const command of [...commands, ...sources]) {
    it(`${command} has an example that begins with its own name`, async () => {
      const { exitCode, stdout } = await run([...command.split(" "), "--help"]);
      expect(exitCode).to.equal(0);
      expect(stdout).to.match(new RegExp(`Examples:\n  hitless ${command}`));
    });
  }

  it("names every command and the exit codes", async () => {
    const { exitCode, stdout } = await run(["--help"]);
    expect(exitCode).to.equal(0);
    const names = "plan approve watch hold release verify abandon fabric rehearse simulator demo".split(" ");
    for (const text of [...names.map((command) => `\n  ${command} `), "Exit codes:", "HITLESS_DEBUG"]) {
      expect(stdout).to.include(text);
    }
  });

  it("without a command it helps, and that is an error", async () => {
    const { exitCode, stderr } = await run([]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("Usage: hitless");
  });
});
