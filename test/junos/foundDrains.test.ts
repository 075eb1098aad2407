/** What in a configuration keeps traffic off a device, and what only looks like it. */
import { expect } from "chai";
import { foundDrains } from "../../src/junos/drain/foundDrains.ts";

const ISIS = "set protocols isis interface et-0/0/48.0";
const BGP = [
  "set protocols bgp group UNDERLAY type external",
  "set protocols bgp group OVERLAY type internal",
];

describe("junos: drains found in a configuration", () => {
  it("HL-2 an overload of an interior protocol that runs and that lasts", () => {
    expect(foundDrains([ISIS, "set protocols isis overload"])).to.deep.equal(["protocols isis overload"]);
    expect(
      foundDrains(["set protocols ospf area 0 interface et-0/0/48.0", "set protocols ospf overload"]),
    ).to.deep.equal(["protocols ospf overload"]);
    expect(foundDrains([ISIS, "set protocols isis overload advertise-high-metrics"])).to.deep.equal([
      "protocols isis overload",
    ]);
  });

  it("HL-2 none is found that is deactivated, ends by itself, or is of a protocol that does not run", () => {
    expect(foundDrains([])).to.deep.equal([]);
    expect(foundDrains([ISIS, ...BGP])).to.deep.equal([]);
    expect(
      foundDrains([ISIS, "set protocols isis overload", "deactivate protocols isis overload"]),
    ).to.deep.equal([]);
    expect(foundDrains([ISIS, "set protocols isis overload timeout 300"])).to.deep.equal([]);
    expect(foundDrains(["set protocols isis overload"])).to.deep.equal([]);
  });

  it("HL-2 a maintenance mode that does more than validate", () => {
    const mode = (action: string): readonly string[] =>
      foundDrains([`set protocols evpn maintenance-mode erb-leaf action-type ${action}`]);
    expect(mode("validate-and-set")).to.deep.equal(["protocols evpn maintenance-mode"]);
    expect(mode("force")).to.deep.equal(["protocols evpn maintenance-mode"]);
    expect(mode("validate-only")).to.deep.equal([]);
  });

  it("HL-2 a graceful shutdown of all of BGP, not of some of its groups or neighbours", () => {
    const sender = (level: string): string => `set protocols bgp ${level}graceful-shutdown sender`;
    const found = ["protocols bgp graceful-shutdown sender"];
    expect(foundDrains([...BGP, sender("")])).to.deep.equal(found);
    expect(foundDrains([...BGP, sender("group UNDERLAY "), sender("group OVERLAY ")])).to.deep.equal(found);
    expect(foundDrains([...BGP, sender("group UNDERLAY ")])).to.deep.equal([]);
    expect(foundDrains([...BGP, sender("group UNDERLAY neighbor 10.0.0.1 ")])).to.deep.equal([]);
    expect(foundDrains([...BGP, "set protocols bgp graceful-shutdown receiver disable"])).to.deep.equal([]);
  });

  it("HL-2 the policies of drains, ours and Contrail's, where they take effect", () => {
    const group = "protocols bgp group OVERLAY";
    const exported = (policies: string, ...more: readonly string[]): readonly string[] =>
      foundDrains([...BGP, `set ${group} export ${policies}`, ...more]);
    expect(exported("HITLESS-DRAIN-OVERLAY")).to.deep.equal([`${group} export HITLESS-DRAIN-OVERLAY`]);
    expect(exported("[ MAINTENANCE-MODE EXPORT ]")).to.deep.equal([`${group} export MAINTENANCE-MODE`]);
    expect(exported("MAINTENANCE-MODE", `deactivate ${group}`)).to.deep.equal([]);
    expect(exported("REJECT-MAINTENANCE-MODE")).to.deep.equal([]);
  });
});
