import { expect } from "chai";

import { parseSystemUptime, readSystemUptime } from "../../src/junos/systemUptime.ts";
import { parseXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

const UPTIME = `<rpc-reply xmlns:junos="http://xml.juniper.net/junos/23.4R2/junos">
  <multi-routing-engine-results><multi-routing-engine-item><re-name>localre</re-name>
    <system-uptime-information>
      <current-time><date-time junos:seconds="1700003600">2023-11-15 01:13:20 CEST</date-time></current-time>
      <system-booted-time>
        <date-time junos:seconds="1700000000">2023-11-15 00:13:20 CEST</date-time>
        <time-length junos:seconds="3600">01:00</time-length>
      </system-booted-time>
      <last-configured-time>
        <date-time junos:seconds="1700001000">2023-11-15 00:30:00 CEST</date-time><user>operator</user>
      </last-configured-time>
      <uptime-information><up-time junos:seconds="3595">1 hour</up-time></uptime-information>
    </system-uptime-information>
  </multi-routing-engine-item></multi-routing-engine-results>
</rpc-reply>`;

describe("system uptime", () => {
  it("is read with boot time, clock, uptime and offset", () => {
    expect(parseSystemUptime(parseXml(UPTIME))).to.deep.equal([
      {
        engineName: "localre",
        bootedAt: 1700000000000,
        currentTime: 1700003600000,
        uptimeSeconds: 3595,
        lastConfiguredAt: 1700001000000,
        lastConfiguredBy: "operator",
        utcOffsetSeconds: 2 * 3600,
      },
    ]);
  });

  it("falls back to the length since the boot", () => {
    const without = UPTIME.replace(/<uptime-information>.*<\/uptime-information>/s, "");
    expect(parseSystemUptime(parseXml(without))[0]?.uptimeSeconds).to.equal(3600);
  });

  it("without a boot time is no answer", async () => {
    const caller = answering("<rpc-reply><system-uptime-information/></rpc-reply>");
    expect(await refusalOf(readSystemUptime(caller))).to.include({ code: "ReplyUnexpected" });
  });
});
