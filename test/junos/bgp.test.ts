import { expect } from "chai";

import {
  parseBgpNeighbours,
  parseBgpSummary,
  readBgpNeighbours,
  readBgpSummary,
} from "../../src/junos/bgp.ts";
import { parseXml, renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";

const NEIGHBOURS = `<rpc-reply><bgp-information>
  <bgp-peer>
    <peer-address>192.0.2.11+179</peer-address><peer-as>65000</peer-as>
    <local-address>192.0.2.61+53156</local-address><local-as>65000</local-as>
    <peer-group>OVERLAY</peer-group><peer-cfg-rti>master</peer-cfg-rti>
    <peer-type>Internal</peer-type><peer-state>Established</peer-state><last-error>None</last-error>
    <bgp-option-information>
      <export-policy> FIRST SECOND </export-policy><address-families>evpn</address-families>
    </bgp-option-information>
    <flap-count>3</flap-count><nlri-type-session>evpn inet-unicast</nlri-type-session>
    <bgp-rib><name>bgp.evpn.0</name><active-prefix-count>5</active-prefix-count>
      <received-prefix-count>7</received-prefix-count><accepted-prefix-count>6</accepted-prefix-count>
      <advertised-prefix-count>9</advertised-prefix-count></bgp-rib>
  </bgp-peer>
  <bgp-peer><peer-address>2001:db8::1</peer-address><peer-as>65201</peer-as><peer-state>Active</peer-state></bgp-peer>
</bgp-information></rpc-reply>`;

describe("BGP", () => {
  it("that is not running is no error", async () => {
    const caller = answering("<rpc-reply><output>BGP is not running</output></rpc-reply>");
    expect(await readBgpSummary(caller)).to.deep.include({ running: false, peers: [], downPeerCount: 0 });
  });

  it("counts peers that are down where the device does not", () => {
    const { peerCount, downPeerCount } = parseBgpSummary(parseXml(NEIGHBOURS));
    expect({ peerCount, downPeerCount }).to.deep.equal({ peerCount: 2, downPeerCount: 1 });
  });

  it("neighbours come with group, policies and families", () => {
    const [first, second] = parseBgpNeighbours(parseXml(NEIGHBOURS));
    expect(first).to.deep.equal({
      address: "192.0.2.11",
      autonomousSystem: "65000",
      localAddress: "192.0.2.61",
      localAutonomousSystem: "65000",
      group: "OVERLAY",
      type: "Internal",
      routingInstance: "master",
      state: "Established",
      flapCount: 3,
      lastError: "None",
      exportPolicies: ["FIRST", "SECOND"],
      importPolicies: [],
      families: ["evpn", "inet-unicast"],
      ribs: [{ name: "bgp.evpn.0", active: 5, received: 7, accepted: 6, advertised: 9 }],
    });
    expect(second).to.deep.include({ address: "2001:db8::1", state: "Active", type: undefined, ribs: [] });
  });

  it("asks for one neighbour by its address", async () => {
    const caller = answering(NEIGHBOURS);
    await readBgpNeighbours(caller, { address: "192.0.2.11" });
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<get-bgp-neighbor-information><neighbor-address>192.0.2.11</neighbor-address></get-bgp-neighbor-information>",
    ]);
  });
});
