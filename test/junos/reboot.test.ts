import { expect } from "chai";

import { parseRebootReply, readScheduledReboot, requestReboot } from "../../src/junos/reboot.ts";
import { requestVmhostReboot } from "../../src/junos/vmhost.ts";
import { NetconfError } from "../../src/netconf/errors.ts";
import { parseXml, renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

describe("rebooting", () => {
  it("says when, why and which engine", async () => {
    const reply = "<rpc-reply><output>Shutdown NOW!</output></rpc-reply>";
    const caller = answering(reply, reply, reply, reply);
    await requestReboot(caller);
    await requestReboot(caller, { inMinutes: 1, message: "hitless", engine: "Other" });
    await requestReboot(caller, { engine: "Both" });
    await requestVmhostReboot(caller, { engine: "other" });
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<request-reboot/>",
      "<request-reboot><in>1</in><message>hitless</message><other-routing-engine/></request-reboot>",
      "<request-reboot><both-routing-engines/></request-reboot>",
      "<request-vmhost-reboot><routing-engine>other</routing-engine></request-vmhost-reboot>",
    ]);
  });

  it("that is refused is not announced", () => {
    const refused = `<rpc-reply><rpc-error><error-severity>error</error-severity>
      <error-message>permission denied</error-message></rpc-error></rpc-reply>`;
    expect(parseRebootReply(parseXml(refused))).to.deep.equal({
      announced: false,
      rebootAt: undefined,
      message: "permission denied",
    });
  });
});

describe("a scheduled reboot", () => {
  it("is read from the device's words", async () => {
    const none = answering("<rpc-reply><output>No shutdown/reboot scheduled.</output></rpc-reply>");
    expect((await readScheduledReboot(none)).scheduled).to.equal(false);
    const words = "reboot requested by operator at Sun Nov 22 06:00:00 2026";
    const one = answering(`<rpc-reply><reboot-information>${words}</reboot-information></rpc-reply>`);
    expect(await readScheduledReboot(one)).to.deep.equal({ scheduled: true, message: words });
  });

  it("is assumed when its reply is malformed, as devices send it for a schedule with a message", async () => {
    const malformed = answering(new NetconfError("ReplyMalformed", "not XML"));
    expect((await readScheduledReboot(malformed)).scheduled).to.equal(true);
  });

  it("is an error when the question is refused", async () => {
    const denied = `<rpc-reply><rpc-error><error-severity>error</error-severity>
      <error-message>permission denied</error-message></rpc-error></rpc-reply>`;
    expect(await refusalOf(readScheduledReboot(answering(denied)))).to.include({ code: "PermissionDenied" });
  });
});
