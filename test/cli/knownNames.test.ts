/** What people are told of a name that is not there. */
import { expect } from "chai";
import { knownNames, nearestNames } from "../../src/cli/knownNames.ts";

const LEAVES = Array.from({ length: 5000 }, (_, index) => `dc1-leaf${String(index + 1)}`);

describe("a name that is not there", () => {
  it("is told with the names that there are, and the one that was probably meant", () => {
    expect(knownNames("spin1", ["spine1", "leaf1", "leaf2"])).to.equal(
      "spine1, leaf1, leaf2; did you mean spine1?",
    );
    expect(knownNames("leaf3", ["spine1", "leaf1", "leaf2"])).to.equal(
      "spine1, leaf1, leaf2; did you mean leaf1 or leaf2?",
    );
  });

  it("is told with few of thousands of names, and the nearest wherever it stands", () => {
    const told = knownNames("dc1-laef4711", LEAVES);
    expect(told).to.match(/^dc1-leaf1, .*dc1-leaf20 and 4980 more; did you mean dc1-leaf4711\?$/);
    expect(told).not.to.contain("dc1-leaf21,");
  });

  it("is asked nothing where every name is as near, where none is, and where there is but one", () => {
    expect(knownNames("dc1-leaf9999x", LEAVES)).not.to.contain("did you mean");
    expect(knownNames("border", ["spine1", "leaf1"])).to.equal("spine1, leaf1");
    expect(knownNames("leaf2", ["leaf1"])).to.equal("leaf1");
    expect(knownNames("leaf2", [])).to.equal("");
  });

  it("is near by characters that are left out, put in, replaced or swapped; capitals do not count", () => {
    const names = ["Preflight", "DrainRoutes", "Install"];
    for (const given of ["Instal", "Installl", "Imstall", "Isntall", "INSTALL"]) {
      expect(nearestNames(given, names), given).to.deep.equal(["Install"]);
    }
    expect(nearestNames("Inst", names)).to.deep.equal([]);
  });
});
