import { expect } from "chai";
import fc from "fast-check";

import { compareTrees, sameTree } from "../../../src/simulator/config/configDiff.ts";
import {
  parseBraces,
  parseSetLines,
  renderBraces,
  renderSet,
} from "../../../src/simulator/config/configText.ts";
import type { ConfigCommand } from "../../../src/simulator/config/configText.ts";
import {
  cloneTree,
  deletePath,
  emptyTree,
  moveNextTo,
  setInactive,
  setPath,
} from "../../../src/simulator/config/configTree.ts";
import type { ConfigTree } from "../../../src/simulator/config/configTree.ts";

function build(text: string): ConfigTree {
  return perform(emptyTree(), parseSetLines(text).commands);
}

function perform(tree: ConfigTree, commands: readonly ConfigCommand[]): ConfigTree {
  for (const command of commands) {
    if (command.verb === "set") setPath(tree, command.path);
    else if (command.verb === "delete") deletePath(tree, command.path);
    else if (command.verb === "insert") moveNextTo(tree, command.path, command);
    else setInactive(tree, command.path, command.verb === "deactivate");
  }
  return tree;
}

const BASE = `
set system host-name leaf1
set interfaces ae1 description "server one"
set interfaces ae1 esi 00:11:11:11:11:11:11:00:00:01
set interfaces ae1 esi all-active
set interfaces ae1 aggregated-ether-options lacp active
set policy-options policy-statement A term first from protocol bgp
set policy-options policy-statement A term first then accept
set policy-options policy-statement A then reject
set policy-options policy-statement B then as-path-prepend "65001 65001"
set protocols bgp group UNDERLAY type external
set protocols bgp group UNDERLAY export [ A B ]
set protocols bgp group UNDERLAY neighbor 10.0.0.1 peer-as 65001
`;

describe("simulator: configuration as text", () => {
  it("HL-3 what is set and deleted again leaves the configuration byte for byte", () => {
    const tree = build(BASE);
    const before = renderSet(tree);
    const changes = [
      "set interfaces ae1 disable",
      "set policy-options policy-statement DRAIN then reject",
      "set protocols bgp group UNDERLAY export DRAIN",
      "insert protocols bgp group UNDERLAY export DRAIN before A",
    ];
    perform(tree, parseSetLines(changes.join("\n")).commands);
    expect(renderSet(tree)).to.contain(
      "set protocols bgp group UNDERLAY export DRAIN\nset protocols bgp group UNDERLAY export A\n",
    );
    const undo = [
      "delete protocols bgp group UNDERLAY export DRAIN",
      "delete policy-options policy-statement DRAIN",
      "delete interfaces ae1 disable",
    ];
    perform(tree, parseSetLines(undo.join("\n")).commands);
    expect(renderSet(tree)).to.equal(before);
  });

  it("a second value of a single-valued statement replaces the first, one of a list is added", () => {
    const tree = build(`${BASE}set system host-name other\nset protocols bgp group UNDERLAY export C`);
    expect(renderSet(tree)).to.contain("set system host-name other\n").and.not.contain("host-name leaf1");
    expect(renderBraces(tree)).to.contain("export [ A B C ];");
  });

  it("`then accept` drives out `then reject`, and an ESI its predecessor", () => {
    const tree = build(
      `${BASE}set policy-options policy-statement A then accept\nset interfaces ae1 esi 00:22:22:22:22:22:22:00:00:02`,
    );
    expect(renderSet(tree)).to.not.contain("policy-statement A then reject");
    expect(renderSet(tree)).to.not.contain("00:11:11");
    expect(renderSet(tree)).to.contain("esi all-active");
  });

  it("deleting the last statement of a container removes it, an emptied object stays", () => {
    const tree = build("set interfaces ae9 disable\nset system services ssh");
    perform(tree, parseSetLines("delete interfaces ae9 disable\ndelete system services ssh").commands);
    expect(renderSet(tree)).to.equal("set interfaces ae9\n");
  });

  it("deactivated statements are shown as such and come back by activate", () => {
    const tree = build(BASE);
    const before = renderSet(tree);
    perform(tree, parseSetLines("deactivate protocols bgp group UNDERLAY").commands);
    expect(renderSet(tree)).to.contain("deactivate protocols bgp group UNDERLAY\n");
    expect(renderBraces(tree)).to.contain("inactive: group UNDERLAY {");
    perform(tree, parseSetLines("activate protocols bgp group UNDERLAY").commands);
    expect(renderSet(tree)).to.equal(before);
  });

  it("braces read back as the same configuration, inactive statements included", () => {
    const tree = build(
      `${BASE}deactivate interfaces ae1 esi\ndeactivate protocols bgp group UNDERLAY export`,
    );
    const parsed = parseBraces(renderBraces(tree));
    expect(parsed.errors).to.deep.equal([]);
    expect(renderSet(perform(emptyTree(), parsed.commands))).to.equal(renderSet(tree));
  });

  it("compare is empty for equal configurations and names what was added, removed, deactivated or moved", () => {
    const before = build(BASE);
    expect(compareTrees(before, cloneTree(before))).to.equal("");
    const after = cloneTree(before);
    const changes = [
      "set interfaces ae1 disable",
      "delete system host-name",
      "deactivate protocols bgp group UNDERLAY neighbor 10.0.0.1",
      "insert protocols bgp group UNDERLAY export B before A",
    ];
    perform(after, parseSetLines(changes.join("\n")).commands);
    const text = compareTrees(before, after);
    expect(text).to.contain("[edit interfaces ae1]\n+   disable;");
    expect(text).to.contain("-   system host-name leaf1;");
    expect(text).to.contain("!   inactive: 10.0.0.1");
    expect(text).to.contain("!   reordered: [ B A ];");
  });

  it("wrong lines are named and the others taken", () => {
    const parsed = parseSetLines("set system host-name x\nsett foo\nset\ninsert a b");
    expect(parsed.commands).to.have.length(1);
    expect(parsed.errors.map((error) => error.badElement)).to.deep.equal(["sett", "set", "insert"]);
    expect(parseBraces("system { host-name x").errors).to.not.deep.equal([]);
    expect(parseBraces("system } ").errors).to.not.deep.equal([]);
  });

  it("any configuration of words survives both formats", () => {
    const word = fc.oneof(
      fc.constantFrom(
        "interfaces",
        "ae1",
        "unit",
        "0",
        "description",
        "term",
        "from",
        "export",
        "apply-macro",
      ),
      fc
        .stringMatching(/^[a-z0-9 "\\;{}#$.:/-]{1,8}$/)
        .filter((text) => text.trim() !== "" && !text.includes("/*")),
    );
    const commands = fc.array(fc.array(word, { minLength: 1, maxLength: 5 }), { maxLength: 12 });
    fc.assert(
      fc.property(commands, (paths) => {
        const tree = emptyTree();
        for (const path of paths) setPath(tree, path);
        const fromSet = build(renderSet(tree));
        expect(sameTree(fromSet, tree)).to.equal(true);
        expect(renderSet(fromSet)).to.equal(renderSet(tree));
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});
