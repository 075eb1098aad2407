/** Core dumps, NTP and optics: shapes as devices send them, written for these tests. */
import { expect } from "chai";
import { parseCoreDumps, readCoreDumps } from "../../src/junos/coreDumps.ts";
import { parseNtp } from "../../src/junos/ntp.ts";
import { parseOpticsAlarms } from "../../src/junos/optics.ts";
import { JunosError } from "../../src/junos/replyErrors.ts";
import { parseReply } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

const reply = (content: string) => parseReply(`<rpc-reply>${content}</rpc-reply>`);

describe("core dumps", () => {
  it("are none where every place says so", () => {
    const none =
      "<directory-list><output>/var/crash/*core*: No such file or directory</output></directory-list>";
    expect(parseCoreDumps(reply(none))).to.deep.equal([]);
  });

  it("are named, with the routing engine they lie on", () => {
    const item = (name: string, file: string): string =>
      `<multi-routing-engine-item><re-name>${name}</re-name><directory-list><directory><file-information>` +
      `<file-name>${file}</file-name></file-information></directory></directory-list></multi-routing-engine-item>`;
    const both = `${item("re0", "/var/crash/core.rpd.0")}${item("re1", "/var/tmp/core.l2ald.1")}`;
    const found = reply(`<multi-routing-engine-results>${both}</multi-routing-engine-results>`);
    expect(parseCoreDumps(found)).to.deep.equal(["re0:/var/crash/core.rpd.0", "re1:/var/tmp/core.l2ald.1"]);
  });

  it("are unknown in a reply of another shape", async () => {
    const caller = answering(reply("<weather-information/>"));
    expect(await refusalOf(readCoreDumps(caller))).to.include({ code: "ReplyUnexpected" });
  });
});

describe("NTP", () => {
  const status = (text: string) => reply(`<ntp-status><statusinfo>${text}</statusinfo></ntp-status>`);

  it("is synchronised by a server, and by nothing else", () => {
    expect(parseNtp(status("0615 leap_none, sync_ntp, 1 event, clock_sync"))).to.equal("Synchronised");
    expect(parseNtp(status("c016 leap_alarm, sync_unspec, 1 event"))).to.equal("Unsynchronised");
    expect(parseNtp(status("0518 leap_none, sync_local, 1 event"))).to.equal("Unsynchronised");
  });

  it("is read from text, too, and may not run at all", () => {
    const text = (words: string) => reply(`<output>${words}</output>`);
    expect(parseNtp(text("status=0615 leap_none, sync_ntp, 1 event"))).to.equal("Synchronised");
    expect(parseNtp(text("ntpq: read: Connection refused"))).to.equal("NotRunning");
  });

  it("is unknown where the reply says nothing of it", () => {
    expect(() => parseNtp(reply("<weather-information/>"))).to.throw(JunosError, /does not say/);
  });
});

describe("optics", () => {
  it("raise alarms by port, each once for all lanes; warnings are none", () => {
    const lanes =
      "<optics-diagnostics-lane-values><laser-rx-power-low-alarm>on</laser-rx-power-low-alarm></optics-diagnostics-lane-values>".repeat(
        2,
      );
    const ports =
      `<physical-interface><name>et-0/0/48</name><optics-diagnostics>${lanes}</optics-diagnostics></physical-interface>` +
      "<physical-interface><name>et-0/0/49</name><optics-diagnostics><laser-rx-power-low-alarm>off</laser-rx-power-low-alarm>" +
      "<laser-rx-power-low-warn>on</laser-rx-power-low-warn></optics-diagnostics></physical-interface>" +
      "<physical-interface><name>ge-0/0/0</name><optics-diagnostics><optic-diagnostics-not-available>N/A</optic-diagnostics-not-available></optics-diagnostics></physical-interface>";
    expect(parseOpticsAlarms(reply(`<interface-information>${ports}</interface-information>`))).to.deep.equal(
      [{ port: "et-0/0/48", alarms: ["laser-rx-power-low-alarm"] }],
    );
  });
});
