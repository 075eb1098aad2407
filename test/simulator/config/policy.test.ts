import { expect } from "chai";

import { parseSetLines } from "../../../src/simulator/config/configText.ts";
import { emptyTree, setPath } from "../../../src/simulator/config/configTree.ts";
import { applyChain, leakingPolicy, readPolicies } from "../../../src/simulator/config/policy.ts";
import type { PolicyRoute, PolicySet } from "../../../src/simulator/config/policy.ts";

function policies(text: string): PolicySet {
  const tree = emptyTree();
  for (const command of parseSetLines(text).commands) setPath(tree, command.path);
  return readPolicies(tree);
}

const LOOPBACK: PolicyRoute = {
  family: "inet",
  protocol: "bgp",
  prefix: "10.255.0.1/32",
  evpnType: 0,
  asPath: [65001],
  localPreference: 100,
  communities: [],
};
const DISCOVERY: PolicyRoute = {
  ...LOOPBACK,
  family: "evpn",
  protocol: "evpn",
  prefix: "",
  evpnType: 1,
  asPath: [],
};

const TEXT = `
set policy-options community GSHUT members 65535:0
set policy-options policy-statement PREPEND then as-path-prepend "65001 65001"
set policy-options policy-statement PREPEND then community add GSHUT
set policy-options policy-statement PREPEND then next policy
set policy-options policy-statement NO-EAD term ead from family evpn
set policy-options policy-statement NO-EAD term ead from nlri-route-type 1
set policy-options policy-statement NO-EAD term ead then reject
set policy-options policy-statement LOOPBACKS term hosts from route-filter 10.255.0.0/16 orlonger
set policy-options policy-statement LOOPBACKS term hosts then accept
set policy-options policy-statement LOOPBACKS then reject
set policy-options policy-statement TAGGED term tagged from community GSHUT
set policy-options policy-statement TAGGED term tagged then local-preference 10
set policy-options policy-statement TAGGED term tagged then accept
set policy-options policy-statement EVERYTHING then accept
`;

describe("simulator: routing policies", () => {
  const set = policies(TEXT);
  const run = (chain: readonly string[], route: PolicyRoute, defaultAccept = true): PolicyRoute | undefined =>
    applyChain(set, chain, { route, defaultAccept });

  it("changes made before `next policy` stay", () => {
    const route = run(["PREPEND", "LOOPBACKS"], LOOPBACK);
    expect(route?.asPath).to.deep.equal([65001, 65001, 65001]);
    expect(route?.communities).to.deep.equal(["65535:0"]);
  });

  it("a term that does not match leaves the verdict to the next policy", () => {
    expect(run(["NO-EAD"], DISCOVERY)).to.equal(undefined);
    expect(run(["NO-EAD"], { ...DISCOVERY, evpnType: 2 })).to.not.equal(undefined);
    expect(run(["NO-EAD", "LOOPBACKS"], { ...LOOPBACK, prefix: "10.1.0.0/31" })).to.equal(undefined);
  });

  it("without a verdict the default decides", () => {
    expect(run([], LOOPBACK, false)).to.equal(undefined);
    expect(run([], LOOPBACK, true)).to.equal(LOOPBACK);
  });

  it("communities are matched as defined", () => {
    expect(run(["TAGGED"], { ...LOOPBACK, communities: ["65535:0"] })?.localPreference).to.equal(10);
    expect(run(["TAGGED"], LOOPBACK)?.localPreference).to.equal(100);
  });

  it("a policy that accepts everything before the last is a leak; `next policy` and the last are none", () => {
    expect(leakingPolicy(set, ["EVERYTHING", "LOOPBACKS"])).to.equal("EVERYTHING");
    expect(leakingPolicy(set, ["PREPEND", "LOOPBACKS"])).to.equal(undefined);
    expect(leakingPolicy(set, ["LOOPBACKS", "EVERYTHING"])).to.equal(undefined);
  });
});
