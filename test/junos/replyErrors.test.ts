import { expect } from "chai";

import { isJunosError, type JunosErrorCode } from "../../src/junos/replyErrors.ts";
import { ask, isReplyLost } from "../../src/junos/rpcCaller.ts";
import { NetconfError } from "../../src/netconf/errors.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

describe("refusals", () => {
  const cases: readonly (readonly [string, JunosErrorCode])[] = [
    ["the routing subsystem is not running", "NotRunning"],
    ["the l2-learning subsystem is not running", "NotRunning"],
    ["permission denied", "PermissionDenied"],
    ["Could not connect to re0 : No route to host", "EngineUnreachable"],
    ["error: Chassis cluster is not enabled", "NotACluster"],
    ["configuration database modified", "CandidateModified"],
    ["Configuration database is not open", "NotLocked"],
    ["md5: /var/tmp/x.tgz: No such file or directory", "FileNotFound"],
    ["write failed: No space left on device", "DiskFull"],
    ["There is already an install pending.", "InstallPending"],
    ["commit confirmed is not supported on a private copy", "ConfirmedNotAllowed"],
    ["something nobody has seen before", "RpcFailed"],
  ];
  for (const [message, code] of cases) {
    it(`"${message}" is ${code}`, async () => {
      const reply = `<rpc-reply><rpc-error><error-severity>error</error-severity>
        <error-message>\n${message}\n</error-message></rpc-error></rpc-reply>`;
      const refusal = await refusalOf(ask(answering(reply), element("get-x")));
      expect(refusal.code).to.equal(code);
      expect(refusal.message).to.equal(`get-x: ${message}`);
      expect(isJunosError(refusal, code)).to.equal(true);
    });
  }

  it("are named by the error that says most", async () => {
    const reply = `<rpc-reply>
      <rpc-error><error-severity>warning</error-severity><error-message>permission denied</error-message></rpc-error>
      <rpc-error><error-severity>error</error-severity><error-message>something failed</error-message></rpc-error>
      <rpc-error><error-severity>error</error-severity><error-message>the kernel subsystem is not running</error-message></rpc-error>
    </rpc-reply>`;
    expect(await refusalOf(ask(answering(reply), element("get-x")))).to.include({ code: "NotRunning" });
  });

  it("are told from a reply that was lost", async () => {
    const lost = await ask(answering(new NetconfError("ConnectionLost", "gone")), element("get-x")).catch(
      (thrown: unknown) => thrown,
    );
    expect(isReplyLost(lost)).to.equal(true);
    expect(isJunosError(lost)).to.equal(false);
    const denied = await refusalOf(
      ask(
        answering(
          "<rpc-reply><output>Aborted! This command can only be used on the master routing engine.</output></rpc-reply>",
        ),
        element("get-x"),
      ),
    );
    expect(isReplyLost(denied)).to.equal(false);
    expect(denied.code).to.equal("NotMaster");
  });
});
