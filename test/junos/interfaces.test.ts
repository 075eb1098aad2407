import { expect } from "chai";

import { parseInterfaces, readInterfaces } from "../../src/junos/interfaces.ts";
import { parseXml, renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";

const MEMBER = `<rpc-reply><interface-information>
  <physical-interface>
    <name>
xe-0/0/1
</name>
    <admin-status junos:format="Enabled">up</admin-status><oper-status>up</oper-status>
    <description>server 1</description><speed>25Gbps</speed><esi-value>00:11:22:33:44:55:00:00:01:00</esi-value>
    <interface-flapped junos:seconds="0">Never</interface-flapped>
    <traffic-statistics><input-bps>2000</input-bps><output-bps>1000</output-bps></traffic-statistics>
    <input-error-list><input-errors>4</input-errors><input-drops>2</input-drops></input-error-list>
    <output-error-list><carrier-transitions>7</carrier-transitions><output-errors>1</output-errors>
      <output-drops>3</output-drops></output-error-list>
    <logical-interface><name>xe-0/0/1.0</name>
      <address-family><address-family-name>aenet</address-family-name><ae-bundle-name>ae3.0</ae-bundle-name></address-family>
    </logical-interface>
  </physical-interface>
  <physical-interface>
    <name>lo0</name><admin-status>up</admin-status><oper-status>up</oper-status>
    <logical-interface><name>lo0.0</name><admin-status>up</admin-status><oper-status>up</oper-status>
      <address-family><address-family-name>inet</address-family-name>
        <interface-address><ifa-local>192.0.2.11</ifa-local></interface-address></address-family>
    </logical-interface>
  </physical-interface>
  <physical-interface>
    <name>ae4</name><admin-status junos:format="Disabled">down</admin-status><oper-status>down</oper-status>
  </physical-interface>
</interface-information></rpc-reply>`;

describe("interfaces", () => {
  it("tell which aggregate a port is a member of", () => {
    expect(parseInterfaces(parseXml(MEMBER)).map(({ name, aggregate }) => [name, aggregate])).to.deep.equal([
      ["xe-0/0/1", "ae3"],
      ["lo0", undefined],
      ["ae4", undefined],
    ]);
  });

  it("come with state, counters and rates, and undefined where a level has none", () => {
    const [port, loopback, aggregate] = parseInterfaces(parseXml(MEMBER));
    expect(port).to.deep.include({
      adminUp: true,
      operUp: true,
      description: "server 1",
      speed: "25Gbps",
      esi: "00:11:22:33:44:55:00:00:01:00",
      flappedSecondsAgo: undefined,
      inputErrors: 4,
      inputDrops: 2,
      outputErrors: 1,
      outputDrops: 3,
      carrierTransitions: 7,
      inputBitsPerSecond: 2000,
      outputBitsPerSecond: 1000,
    });
    expect(loopback?.logical[0]?.families).to.deep.equal([{ name: "inet", addresses: ["192.0.2.11"] }]);
    expect(loopback?.inputBitsPerSecond).to.equal(undefined);
    expect(aggregate).to.include({ adminUp: false, operUp: false });
  });

  it("are asked for at a level, all or one", async () => {
    const caller = answering(MEMBER, MEMBER);
    await readInterfaces(caller, { level: "terse" });
    await readInterfaces(caller, { level: "extensive", name: "ae3" });
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<get-interface-information><terse/></get-interface-information>",
      "<get-interface-information><extensive/><interface-name>ae3</interface-name></get-interface-information>",
    ]);
  });
});
