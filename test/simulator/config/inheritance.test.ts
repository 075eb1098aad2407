/** What configuration groups add to a configuration. */
import { expect } from "chai";
import { parseSetLines, renderSet } from "../../../src/simulator/config/configText.ts";
import { emptyTree, setInactive, setPath } from "../../../src/simulator/config/configTree.ts";
import { withInherited } from "../../../src/simulator/config/inheritance.ts";

function effective(...lines: readonly string[]): readonly string[] {
  const tree = emptyTree();
  for (const command of parseSetLines(lines.join("\n")).commands) {
    if (command.verb === "deactivate") setInactive(tree, command.path, true);
    else setPath(tree, command.path);
  }
  return renderSet(withInherited(tree))
    .split("\n")
    .filter((line) => line.startsWith("set protocols"));
}

describe("simulator: inheritance from groups", () => {
  it("adds what an applied group holds, and nothing of one that is not applied", () => {
    const held = "set groups FABRIC protocols bgp group UNDERLAY type external";
    expect(effective(held)).to.deep.equal([]);
    expect(effective(held, "set apply-groups FABRIC")).to.deep.equal([
      "set protocols bgp group UNDERLAY type external",
    ]);
  });

  it("a value that stands there wins; lists are joined, the inherited values last", () => {
    expect(
      effective(
        "set apply-groups FABRIC",
        "set groups FABRIC protocols bgp group UNDERLAY local-as 65001",
        "set groups FABRIC protocols bgp group UNDERLAY export INHERITED",
        "set protocols bgp group UNDERLAY local-as 65002",
        "set protocols bgp group UNDERLAY export OWN",
      ),
    ).to.deep.equal([
      "set protocols bgp group UNDERLAY export OWN",
      "set protocols bgp group UNDERLAY export INHERITED",
      "set protocols bgp group UNDERLAY local-as 65002",
    ]);
  });

  it("what is deactivated in the group is not inherited", () => {
    expect(
      effective(
        "set apply-groups FABRIC",
        "set groups FABRIC protocols isis overload",
        "deactivate groups FABRIC protocols isis overload",
        "set groups FABRIC protocols isis interface lo0.0 passive",
      ),
    ).to.deep.equal(["set protocols isis interface lo0.0 passive"]);
  });
});
