/** RE-5: what two routing engines did for each other is restored as it was found, not as somebody thinks it should be. */
import { assigned } from "../../support/largeDevices.ts";
import { expect } from "chai";
import type { DescribedRedundancy } from "../../../src/simulator/description.ts";
import { mixedFabric } from "../../support/mixedFabric.ts";
import { startsFabricRuns } from "../../support/startsFabricRuns.ts";
import { TARGET_RELEASE } from "../../support/smallFabric.ts";

const CASES: readonly {
  readonly title: string;
  readonly redundancy: DescribedRedundancy;
  /** What is deactivated in between. */
  readonly suspended: readonly string[];
}[] = [
  {
    title: "all of it in a group",
    redundancy: { gracefulSwitchover: "group", nonstopRouting: "group", commitSynchronize: "group" },
    suspended: [
      "deactivate groups redundancy system commit synchronize",
      "deactivate groups redundancy chassis redundancy graceful-switchover",
      "deactivate groups redundancy routing-options nonstop-routing",
    ],
  },
  {
    title: "graceful switchover without nonstop routing",
    redundancy: { gracefulSwitchover: "active", nonstopRouting: "absent", commitSynchronize: "active" },
    suspended: ["deactivate system commit synchronize", "deactivate chassis redundancy graceful-switchover"],
  },
  {
    title: "there, but inactive",
    redundancy: { gracefulSwitchover: "inactive", nonstopRouting: "inactive", commitSynchronize: "active" },
    suspended: ["deactivate system commit synchronize"],
  },
  {
    title: "defect 4 none of it at all",
    redundancy: { gracefulSwitchover: "absent", nonstopRouting: "absent", commitSynchronize: "absent" },
    suspended: [],
  },
];

describe("drivers: redundancy of routing engines as found", function () {
  this.timeout(60_000);

  const start = startsFabricRuns({});

  for (const { title, redundancy, suspended } of CASES) {
    it(`RE-1 RE-5 ${title}: suspended while the releases differ, and as found afterwards`, async () => {
      const run = await start({
        stage: mixedFabric({ redundancy }),
        campaign: assigned({ spine1: "mx" }),
      });
      await run.untilStep("spine1", "InstallBackupEngine", "Running");
      const lines = run.configurationOf("spine1").split("\n");
      const found = run.foundConfigurationOf("spine1").split("\n");
      const added = lines.filter((line) => line.startsWith("deactivate ") && !found.includes(line));
      expect(added).to.have.members(suspended);
      await run.untilPhase("Completed");
      const truth = run.device("spine1").truth();
      expect(truth.controlPlanes.map(({ release }) => release)).to.deep.equal([
        TARGET_RELEASE,
        TARGET_RELEASE,
      ]);
      expect(run.configurationOf("spine1")).to.equal(run.foundConfigurationOf("spine1"));
      expect(run.lost).to.equal(0);
    });
  }
});
