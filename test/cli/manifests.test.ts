/** Bad manifests: every one is refused with exit code 2 and a line that names file, field, finding and what is allowed. */
import path from "node:path";
import { expect } from "chai";
import { Folders, QUICKSTART, run, type YamlObject } from "./support.ts";

const folders = new Folders();

interface BadManifest {
  /** After the requirements that it shows. */
  readonly title: string;
  readonly change: Readonly<Record<string, (object: YamlObject) => void>>;
  readonly says: readonly string[];
}

const BAD: readonly BadManifest[] = [
  {
    title: "refuses a role that does not exist",
    change: { Fabric: ({ spec }) => (spec.devices[0].role = "Leave") },
    says: ["fabric.yaml:", "spec.devices[0].role", 'found "Leave"', "must be one of Leaf, Border"],
  },
  {
    title: "refuses an unknown field",
    change: { UpgradeCampaign: ({ spec }) => (spec.strategy.maxBatchsize = 2) },
    says: ["campaign.yaml:", "spec.strategy.maxBatchsize", "found 2", "allowed are maxBatchSize, canary"],
  },
  {
    title: "refuses an unknown field in a list",
    change: { Fabric: ({ spec }) => (spec.devices[3].adress = "leaf2") },
    says: ["spec.devices[3].adress", 'found "leaf2"', "allowed are name, address, model"],
  },
  {
    title: "IM-8 refuses a missing deviceImageName",
    change: { DeviceImage: ({ spec }) => delete spec.deviceImageName },
    says: [
      "image.yaml:",
      "DeviceImage junos-23.4r2-s3.9",
      "spec.deviceImageName",
      "found nothing",
      "is required",
    ],
  },
  {
    title: "IM-1 refuses a missing osVersion",
    change: { DeviceImage: ({ spec }) => delete spec.osVersion },
    says: ["spec.osVersion", "found nothing", "is required"],
  },
  {
    title: "refuses a number that is too large",
    change: { UpgradeCampaign: ({ spec }) => (spec.strategy.maxBatchSize = 1000) },
    says: ["spec.strategy.maxBatchSize", "found 1000", "must be <= 256"],
  },
  {
    title: "refuses an empty selector",
    change: { UpgradeCampaign: ({ spec }) => (spec.imageAssignments[0].selector = {}) },
    says: ["spec.imageAssignments[0].selector", "found {}"],
  },
  {
    title: "refuses an object that stands twice in a list that is a map",
    change: {
      UpgradeCampaign: ({ spec }) =>
        spec.strategy.acceptNonHitless.push({ device: "leaf8", reason: "again" }),
    },
    says: ["spec.strategy.acceptNonHitless[1]", "duplicate value"],
  },
  {
    title: "refuses a name that Kubernetes refuses",
    change: { Fabric: ({ metadata }) => (metadata.name = "DC 1") },
    says: ["metadata.name", 'found "DC 1"', "lower case letters"],
  },
  {
    title: "refuses a kind that is none of ours",
    change: { DeviceImage: (object) => (object.kind = "DeviceImages") },
    says: [
      "image.yaml:",
      "kind",
      'found "DeviceImages"',
      "must be one of Fabric, DeviceImage, UpgradeCampaign",
    ],
  },
  {
    title: "refuses a campaign that names a missing fabric",
    change: { UpgradeCampaign: ({ spec }) => (spec.fabricRef.name = "dc2") },
    says: ["spec.fabricRef.name", 'found "dc2"', "the files have dc1", "FabricNotFound"],
  },
  {
    title: "refuses a campaign that names a missing image",
    change: { UpgradeCampaign: ({ spec }) => (spec.imageAssignments[0].imageRef.name = "junos") },
    says: ["spec.imageAssignments[0].imageRef.name", 'found "junos"', "junos-23.4r2-s3.9", "ImageNotFound"],
  },
  {
    title: "IM-7 refuses an osVersion that disagrees with deviceImageName",
    change: { DeviceImage: ({ spec }) => (spec.osVersion = "23.4R2-S4") },
    says: ["osVersion is 23.4R2-S4", "deviceImageName says 23.4R2-S3.9", "ImageVersionMismatch"],
  },
  {
    title: "refuses a selector that matches nothing",
    change: { UpgradeCampaign: ({ spec }) => (spec.imageAssignments[0].selector = { roles: ["Border"] }) },
    says: ["spec.imageAssignments[0].selector", "SelectorMatchesNothing"],
  },
  {
    title: "FB-3 refuses a device in two assignments",
    change: { UpgradeCampaign: ({ spec }) => spec.imageAssignments.push(spec.imageAssignments[0]) },
    says: ["spec.imageAssignments", "DeviceInTwoAssignments"],
  },
  {
    title: "refuses an accepted device that does not exist",
    change: { UpgradeCampaign: ({ spec }) => (spec.strategy.acceptNonHitless[0].device = "leaf9") },
    says: ["spec.strategy.acceptNonHitless[0].device", "leaf9", "DeviceNotFound"],
  },
];

describe("manifests of the command line", () => {
  after(() => {
    folders.removeAll();
  });

  for (const { title, change, says } of BAD) {
    it(title, async () => {
      const { exitCode, stdout, stderr } = await run(["plan", "-f", folders.quickstart(change)]);
      expect(exitCode).to.equal(2);
      expect(stdout).to.equal("");
      for (const text of says) expect(stderr).to.include(text);
      expect(stderr.trimEnd().split("\n"), "one line").to.have.length(1);
      expect(stderr, "no stack").not.to.match(/\n\s+at /);
    });
  }

  it("tells all that is wrong with Fabric and campaign at once, a line each, and makes no plan", async () => {
    const folder = folders.quickstart({
      Fabric: ({ spec }) => {
        spec.multihoming.segments[0].members[0] = "leef1/ae1";
        spec.redundancyGroups = [{ name: "storage", members: ["leaf1", "leaf2"], minAvailable: 3 }];
      },
      UpgradeCampaign: ({ spec }) => {
        const { imageRef } = spec.imageAssignments[0];
        spec.imageAssignments = [
          { name: "a", dependsOn: ["b"], imageRef, selector: { roles: ["Leaf"] } },
          { name: "b", dependsOn: ["a"], imageRef, selector: { roles: ["Spine"] } },
        ];
      },
    });
    const { exitCode, stdout, stderr } = await run(["plan", "-f", folder]);
    expect(exitCode).to.equal(2);
    expect(stdout).to.equal("");
    const lines = stderr.trimEnd().split("\n");
    expect(lines).to.have.length(3);
    expect(lines[0]).to.match(/spec\.multihoming\.segments\[0\]\.members\[0\]: .*leef1.*\[FabricInvalid\]/);
    expect(lines[1]).to.match(/spec\.redundancyGroups\[0\]\.minAvailable: .*can never be kept/);
    expect(lines[2]).to.match(
      /spec\.imageAssignments\[0\]\.dependsOn: .*circle: a → b → a \[CampaignInvalid\]/,
    );
  });

  it("tells every problem of all files at once, each with its line", async () => {
    const folder = folders.quickstart({
      Fabric: ({ spec }) => (spec.devices[2].family = "junos"),
      DeviceImage: ({ spec }) => (spec.sizeBytes = "large"),
    });
    const { stderr } = await run(["plan", "-f", folder]);
    expect(stderr).to.match(/fabric\.yaml:\d+: .*spec\.devices\[2\]\.family: found "junos"/);
    expect(stderr).to.match(/image\.yaml:\d+: .*spec\.sizeBytes: found "large"; must be integer/);
  });

  it("names the line of what is not YAML", async () => {
    const folder = folders.of({ "broken.yaml": "kind: Fabric\nspec: [\n" });
    const { exitCode, stderr } = await run(["plan", "-f", folder]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.match(/broken\.yaml:\d: this is not YAML/);
  });

  it("refuses two objects of one name", async () => {
    const { exitCode, stderr } = await run(["plan", "-f", folders.quickstart(), "-f", folders.quickstart()]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("Fabric default/dc1 is defined twice");
  });

  it("says so when there is no such folder, and when it is empty", async () => {
    const empty = folders.of({});
    const above = path.dirname(QUICKSTART);
    for (const [folder, says] of [
      [`${empty}/nowhere`, "no such file or folder"],
      [empty, "there is no *.yaml in this folder"],
      [above, `name one of them: ${path.join(above, "import")}, ${path.join(above, "mixed")}`],
    ] as const) {
      const { exitCode, stderr } = await run(["plan", "-f", folder]);
      expect(exitCode).to.equal(2);
      expect(stderr).to.include(folder).and.to.include(says);
    }
  });

  it("never shows what a Secret holds, even where it is wrong", async () => {
    const folder = folders.quickstart({
      Secret(object) {
        delete object.stringData;
        object.data = { username: "§canary-7341§" };
      },
    });
    const { exitCode, stderr } = await run(["plan", "-f", folder]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.include("data.username").and.not.to.include("canary-7341");
  });

  it("refuses wrong arguments with what is allowed", async () => {
    for (const [args, says] of [
      [["plan"], "--file"],
      [["plan", "-f", "x", "-o", "xml"], "table, json, yaml"],
      [["plan", "-f", "x", "--lve"], "--live"],
      [["rehearse", "-f", "x", "--speed", "-3"], "a number above 0"],
      [["plna"], "plan"],
      [["plan", "-f", folders.quickstart(), "--campaign", "other"], "must be one of dc1-24q4"],
    ] as const) {
      const { exitCode, stderr } = await run(args);
      expect(exitCode, args.join(" ")).to.equal(2);
      expect(stderr, args.join(" ")).to.include(says);
    }
  });
});
