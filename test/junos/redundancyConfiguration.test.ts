import { expect } from "chai";
import {
  activeRedundancy,
  readRedundancyStatements,
  restoreCommands,
  suspendCommands,
} from "../../src/junos/redundancyConfiguration.ts";

const TOP = [
  "set system commit synchronize",
  "set system commit fast-synchronize",
  "set chassis redundancy graceful-switchover",
  "set chassis redundancy failover on-loss-of-keepalives",
  "set routing-options nonstop-routing",
  "set routing-options router-id 192.0.2.1",
];

describe("junos: the redundancy of routing engines in the configuration", () => {
  it("RE-1 finds it at the top, and leaves what only looks like it", () => {
    expect(suspendCommands(TOP)).to.deep.equal([
      "deactivate system commit synchronize",
      "deactivate system commit fast-synchronize",
      "deactivate chassis redundancy graceful-switchover",
      "deactivate routing-options nonstop-routing",
    ]);
  });

  it("RE-1 finds it in groups, with quoted names, too", () => {
    const lines = [
      "set groups common chassis redundancy graceful-switchover",
      'set groups "both engines" routing-options nonstop-routing',
      "set apply-groups common",
    ];
    expect(suspendCommands(lines)).to.deep.equal([
      "deactivate groups common chassis redundancy graceful-switchover",
      'deactivate groups "both engines" routing-options nonstop-routing',
    ]);
  });

  it("RE-5 what is inactive, itself or by what it stands in, is nobody's to activate", () => {
    const lines = [
      "set chassis redundancy graceful-switchover",
      "deactivate chassis redundancy",
      "set routing-options nonstop-routing",
      "deactivate routing-options nonstop-routing",
      "set routing-options nonstop-routing-options x",
    ];
    expect(readRedundancyStatements(lines).map(({ active }) => active)).to.deep.equal([false, false]);
    expect(suspendCommands(lines)).to.deep.equal([]);
    expect(restoreCommands(lines, lines)).to.deep.equal([]);
    expect([...activeRedundancy(lines)]).to.deep.equal([]);
  });

  it("RE-5 activates what was active and is not; what somebody deleted meanwhile stays deleted", () => {
    const now = [...TOP, ...suspendCommands(TOP)];
    expect(restoreCommands(TOP, now)).to.have.lengthOf(4);
    expect(restoreCommands(TOP, TOP)).to.deep.equal([]);
    expect(
      restoreCommands(
        TOP,
        now.filter((line) => !line.includes("nonstop-routing")),
      ),
    ).to.have.lengthOf(3);
  });
});
