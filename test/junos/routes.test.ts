import { expect } from "chai";

import { activeNextHops, parseRoutes, parseRouteSummary, readRoutes } from "../../src/junos/routes.ts";
import { parseXml, renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";

const ROUTES = `<rpc-reply><route-information><route-table>
  <table-name>inet.0</table-name><destination-count>2</destination-count><total-route-count>3</total-route-count>
  <active-route-count>1</active-route-count><holddown-route-count>0</holddown-route-count>
  <hidden-route-count>1</hidden-route-count>
  <rt><rt-destination>192.0.2.63</rt-destination><rt-prefix-length>32</rt-prefix-length>
    <rt-entry><protocol-name>OSPF</protocol-name><preference>10</preference>
      <nh><to>10.1.2.1</to><via>et-0/0/50.0</via></nh></rt-entry>
    <rt-entry><active-tag>*</active-tag><current-active/><protocol-name>BGP</protocol-name><preference>170</preference>
      <age junos:seconds="90311">1d 01:05:11</age><as-path>65201 65102 I</as-path>
      <nh><selected-next-hop/><to>10.1.2.1</to><via>et-0/0/50.0</via></nh>
      <nh><to>10.1.3.1</to><via>et-0/0/51.0</via></nh></rt-entry></rt>
  <rt><rt-destination>10.0.0.0/24</rt-destination>
    <rt-entry><protocol-name>Direct</protocol-name><nh><via>irb.10</via></nh></rt-entry></rt>
</route-table></route-information></rpc-reply>`;

describe("routes", () => {
  it("have destinations with their length, and equal-cost next hops of the active entry", () => {
    const [route, direct] = parseRoutes(parseXml(ROUTES));
    expect(route).to.include({ table: "inet.0", destination: "192.0.2.63/32" });
    expect(route === undefined ? [] : activeNextHops(route)).to.deep.equal([
      { to: "10.1.2.1", via: "et-0/0/50.0" },
      { to: "10.1.3.1", via: "et-0/0/51.0" },
    ]);
    expect(route?.entries[1]).to.include({
      protocol: "BGP",
      preference: 170,
      ageSeconds: 90311,
      active: true,
    });
    expect(direct?.destination).to.equal("10.0.0.0/24");
    // Without an active entry nothing is sent there.
    expect(direct === undefined ? null : activeNextHops(direct)).to.deep.equal([]);
  });

  it("are counted per table", () => {
    expect(parseRouteSummary(parseXml(ROUTES))).to.deep.equal([
      { name: "inet.0", destinations: 2, routes: 3, active: 1, holddown: 0, hidden: 1 },
    ]);
  });

  it("are asked for by table and destination", async () => {
    const caller = answering(ROUTES, ROUTES);
    await readRoutes(caller, { table: "inet.0", destination: "192.0.2.63", activeOnly: true });
    await readRoutes(caller, { table: "bgp.evpn.0" });
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<get-route-information><destination>192.0.2.63</destination><table>inet.0</table><active-path/></get-route-information>",
      "<get-route-information><table>bgp.evpn.0</table></get-route-information>",
    ]);
  });
});
