import { expect } from "chai";

import { descendants, textAt } from "../../src/netconf/xmlNode.ts";
import type { XmlNode } from "../../src/netconf/xmlNode.ts";
import {
  LEAF_ACCESS_DOWN,
  LEAF_ROUTE_DRAIN,
  LEAF_ROUTE_RESTORE,
  SmallFabric,
  SPINE_DRAIN,
} from "./support/smallFabric.ts";

const SEGMENT = "00:11:11:11:11:11:11:00:00:01";
const LEAF1 = "10.255.0.3";
const LEAF2 = "10.255.0.4";

describe("simulator: EVPN", () => {
  let fabric: SmallFabric;
  beforeEach(() => {
    fabric = new SmallFabric();
  });
  afterEach(() => fabric.simulator.close());

  async function segment(device: string, esi = SEGMENT): Promise<XmlNode | undefined> {
    const reply = await fabric.ask(
      device,
      "<get-evpn-instance-information><extensive/></get-evpn-instance-information>",
    );
    return [...descendants(reply, "evpn-esi")].find((node) => textAt(node, "evpn-esi-value") === esi);
  }
  async function remotes(device: string): Promise<readonly string[]> {
    const found = await segment(device);
    return found === undefined
      ? []
      : [...descendants(found, "evpn-esi-remote-pe-ipaddr")].map((node) => node.text);
  }
  async function forwarder(device: string, esi?: string): Promise<string | undefined> {
    return textAt(await segment(device, esi), "evpn-esi-df-information", "esi-designated-forwarder");
  }

  it("withdrawing the auto-discovery route takes a leaf out of its segments everywhere (RFC 7432 §8.2)", async () => {
    expect(await remotes("leaf3")).to.have.members([LEAF1, LEAF2]);
    expect(await remotes("leaf2")).to.deep.equal([LEAF1]);
    await fabric.configure("leaf1", LEAF_ROUTE_DRAIN);
    await fabric.clock.advanceBy(1.9);
    expect(await remotes("leaf3")).to.have.members([LEAF1, LEAF2]);
    await fabric.clock.advanceBy(0.1);
    expect(await remotes("leaf3")).to.deep.equal([LEAF2]);
    expect(await remotes("leaf2")).to.deep.equal([]);
    await fabric.configure("leaf1", LEAF_ROUTE_RESTORE);
    await fabric.clock.advanceBy(3);
    expect(await remotes("leaf3")).to.have.members([LEAF1, LEAF2]);
  });

  it("a community that every other leaf rejects does the same, as in fabrics set up by Contrail", async () => {
    const reject = [
      "set policy-options community COM-MAINTENANCE members 9999:9999",
      "set policy-options policy-statement REJECT-MAINTENANCE term routes from family evpn",
      "set policy-options policy-statement REJECT-MAINTENANCE term routes from community COM-MAINTENANCE",
      "set policy-options policy-statement REJECT-MAINTENANCE term routes from nlri-route-type 1",
      "set policy-options policy-statement REJECT-MAINTENANCE term routes then reject",
      "set protocols bgp group OVERLAY import REJECT-MAINTENANCE",
    ];
    for (const leaf of ["leaf3", "leaf4"]) await fabric.configure(leaf, reject);
    await fabric.configure("leaf1", [
      "set policy-options community COM-MAINTENANCE members 9999:9999",
      "set policy-options policy-statement MAINTENANCE from family evpn",
      "set policy-options policy-statement MAINTENANCE from nlri-route-type 1",
      "set policy-options policy-statement MAINTENANCE then community add COM-MAINTENANCE",
      "set policy-options policy-statement MAINTENANCE then accept",
      "set protocols bgp group OVERLAY export MAINTENANCE",
    ]);
    await fabric.clock.advanceBy(10);
    expect(await remotes("leaf3")).to.deep.equal([LEAF2]);
    expect(await remotes("leaf2")).to.deep.equal([LEAF1]);
  });

  it("a leaf whose port is down does not announce the segment, and shows it as down", async () => {
    await fabric.configure("leaf1", LEAF_ROUTE_DRAIN);
    await fabric.clock.advanceBy(10);
    await fabric.configure("leaf1", LEAF_ACCESS_DOWN);
    await fabric.clock.advanceBy(10);
    const own = await segment("leaf1");
    expect(textAt(own, "evpn-esi-local-intf-information", "evpn-esi-local-intf-status")).to.equal("Down");
    expect(await forwarder("leaf2")).to.equal(LEAF2);
  });

  it("one route reflector is enough; without any, nothing is learned any more", async () => {
    await fabric.configure("spine1", SPINE_DRAIN);
    await fabric.configure("spine1", ["deactivate protocols bgp group OVERLAY"]);
    await fabric.clock.advanceBy(100);
    expect(await remotes("leaf3")).to.have.members([LEAF1, LEAF2]);
    expect(fabric.lost()).to.equal(0);
    await fabric.configure("spine2", ["deactivate protocols bgp group OVERLAY"]);
    await fabric.clock.advanceBy(100);
    expect(await remotes("leaf3")).to.deep.equal([]);
    expect(fabric.lost()).to.be.greaterThan(0);
  });

  it("the designated forwarder follows the preference where one is configured", async () => {
    const second = "00:11:11:11:11:11:11:00:00:02";
    expect(await forwarder("leaf1", second)).to.equal(LEAF1);
    await fabric.configure("leaf1", ["set interfaces ae2 esi df-election-type preference value 0"]);
    expect(await forwarder("leaf1", second)).to.equal(LEAF2);
    expect(await forwarder("leaf2", second)).to.equal(LEAF2);
  });

  it("MAC tables count own servers and those of other leaves", async () => {
    const count = async (): Promise<string | undefined> => {
      const reply = await fabric.ask(
        "leaf1",
        "<get-ethernet-switching-table-information><summary/></get-ethernet-switching-table-information>",
      );
      for (const node of descendants(reply, "l2ng-l2-total-mac-count")) return node.text;
      return undefined;
    };
    expect(await count()).to.equal("4");
    fabric.simulator.inject({ device: "leaf3", fault: "deviceDead" });
    fabric.simulator.inject({ device: "leaf4", fault: "deviceDead" });
    await fabric.clock.advanceBy(10);
    expect(await count()).to.equal("2");
    const table = await fabric.ask("leaf1", "<get-ethernet-switching-table-information/>");
    expect([...descendants(table, "l2ng-l2-mac-logical-interface")].map((node) => node.text)).to.deep.equal([
      "ae1.0",
      "ae2.0",
    ]);
  });
});
