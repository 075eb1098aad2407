import { expect } from "chai";

import {
  parseInstallLog,
  readInstallLog,
  readPendingInstall,
  requestPackageAdd,
  requestPackageRollback,
  requestPackageValidate,
} from "../../src/junos/install.ts";
import { classifyInstallReply, type InstallVerdict } from "../../src/junos/installReply.ts";
import { NetconfError } from "../../src/netconf/errors.ts";
import { parseXml, renderXml } from "../../src/netconf/xml.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

const PACKAGE = "/var/tmp/jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz";

const ERROR = (message: string): string =>
  `<rpc-error><error-severity>error</error-severity><error-message>${message}</error-message></rpc-error>`;

describe("a reply to an install", () => {
  const cases: readonly (readonly [string, string, InstallVerdict, string])[] = [
    ["result 0", "<output>done</output><package-result>0</package-result>", "Accepted", "result 0"],
    ["another result", "<output>sorry</output><package-result>1</package-result>", "Refused", "result 1"],
    [
      "result 0 with a pending upgrade",
      "<output>Pushing Junos image package to the host...\nThere is pending upgrade. upgrade_in_progress=stage</output><package-result>0</package-result>",
      "Refused",
      "There is pending upgrade. upgrade_in_progress=stage",
    ],
    [
      "an error beside result 0",
      `${ERROR("Invalid install package : No such file or directory")}<output>fine</output><package-result>0</package-result>`,
      "Unproven",
      "Invalid install package : No such file or directory",
    ],
    ["an error alone", ERROR("permission denied"), "Refused", "permission denied"],
    [
      "a full disk",
      "<output>cp: /var/tmp/x: No space left on device</output>",
      "Refused",
      "cp: /var/tmp/x: No space left on device",
    ],
    [
      "a bad signature",
      "<output>Signature verification failed</output>",
      "Refused",
      "Signature verification failed",
    ],
    [
      "words of success alone",
      "<output>a\nHost OS upgrade staged. Reboot!</output>",
      "Accepted",
      "Host OS upgrade staged. Reboot!",
    ],
    [
      "harmless errors in the text",
      "<output>mgd: error: schema: x\nrm: y: Operation not permitted</output>",
      "Unproven",
      "rm: y: Operation not permitted",
    ],
    ["nothing", "", "Unproven", "the reply states neither a result nor a reason"],
  ];
  for (const [title, body, verdict, message] of cases) {
    it(`with ${title} is ${verdict}`, () => {
      expect(classifyInstallReply(parseXml(`<rpc-reply>${body}</rpc-reply>`))).to.include({
        verdict,
        message,
      });
    });
  }
});

describe("install requests", () => {
  it("name the package, and skip the validation only when told", async () => {
    const reply = "<rpc-reply><package-result>0</package-result></rpc-reply>";
    const caller = answering(reply, reply, reply, reply);
    await requestPackageAdd(caller, { packagePath: PACKAGE, validate: true });
    await requestPackageAdd(caller, {
      packagePath: "/p",
      validate: false,
      unlink: true,
      forceHost: true,
      engine: "re1",
    });
    await requestPackageValidate(caller, "/p");
    await requestPackageRollback(caller);
    expect(caller.sent.map(renderXml)).to.deep.equal([
      `<request-package-add><package-name>${PACKAGE}</package-name></request-package-add>`,
      "<request-package-add><package-name>/p</package-name><no-validate/><unlink/><force-host/><re1/></request-package-add>",
      "<request-package-validate><package-name>/p</package-name></request-package-validate>",
      "<request-package-rollback/>",
    ]);
  });

  it("let a lost reply through: what became of the install is unknown", async () => {
    const caller = answering(new NetconfError("ReplyTimeout", "no reply"));
    const error = await requestPackageAdd(caller, { packagePath: PACKAGE, validate: true }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(NetconfError);
  });
});

describe("a pending install", () => {
  const pending = async (answer: string): Promise<string> => (await readPendingInstall(answering(answer))).is;

  it("is told by a result", async () => {
    expect(await pending("<rpc-reply><package-result>0</package-result></rpc-reply>")).to.equal("None");
    expect(
      await pending(
        "<rpc-reply><output>There is already an install pending.\nUse 'request system reboot'</output><package-result>1</package-result></rpc-reply>",
      ),
    ).to.equal("Pending");
  });

  it("is unknown where the device does not know the request", async () => {
    const unknown = `<rpc-reply><rpc-error><error-severity>error</error-severity>
      <error-info><bad-element>request-package-checks-pending-install</bad-element></error-info>
      <error-message>syntax error</error-message></rpc-error></rpc-reply>`;
    expect(await pending(unknown)).to.equal("Unknown");
  });

  it("is an error where the device is not ready to say", async () => {
    const booting = `<rpc-reply>${ERROR("management subsystem is not running")}</rpc-reply>`;
    expect(await refusalOf(readPendingInstall(answering(booting)))).to.include({ code: "NotRunning" });
  });
});

describe("the install log", () => {
  const HEADER = `2026-05-12 12:18:29 JST mgd[59821]: /usr/libexec/ui/package -X update -no-validate ${PACKAGE}`;
  const STAGED = `${HEADER}
<output>
Verified jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed signed by Somebody
upgrade_platform: Staging the upgrade package - /var/tmp/jinstall-qfx-5e-junos-23.4R2-S3.9-secure-linux.tgz..
upgrade_platform: Staging of /var/tmp/jinstall-qfx-5e-junos-23.4R2-S3.9-secure-linux.tgz completed
Host OS upgrade staged. Reboot the system to complete installation!
</output>
<package-result>0</package-result>
`;

  it("tells what is staged, and since when", () => {
    expect(parseInstallLog(STAGED, { utcOffsetSeconds: 9 * 3600 })).to.deep.include({
      state: "Staged",
      action: "Install",
      packagePath: PACKAGE,
      release: "23.4R2-S3.9",
      startedAt: Date.UTC(2026, 4, 12, 3, 18, 29),
    });
    expect(parseInstallLog(STAGED)?.startedAt).to.equal(undefined);
  });

  it("is read from its last entry", () => {
    const rollback = `2026-05-13 14:23:09 JST mgd[67644]: /usr/libexec/ui/package -X rollback
<output>
done
</output>
<package-result>0</package-result>
`;
    expect(parseInstallLog(STAGED + rollback)).to.include({ state: "Finished", action: "Rollback" });
    expect(parseInstallLog(rollback + STAGED)).to.include({ state: "Staged", action: "Install" });
    expect(parseInstallLog(`${STAGED}${HEADER}\n<output>\nVerified`)).to.include({ state: "Running" });
  });

  it("tells failures: a result, and a second install over a pending one", () => {
    const failed = `${HEADER}\n<output>\nERROR: no\n</output>\n<package-result>1</package-result>\n`;
    expect(parseInstallLog(STAGED + failed)).to.include({ state: "Failed" });
    const second = `${HEADER}\n<output>\nThere is pending upgrade. upgrade_in_progress=stage\n</output>\n<package-result>0</package-result>`;
    expect(parseInstallLog(second)).to.include({ state: "Failed" });
  });

  it("may have no header, and be empty or missing", async () => {
    expect(parseInstallLog(STAGED.slice(STAGED.indexOf("<output>")))).to.include({
      state: "Staged",
      release: "23.4R2-S3.9",
    });
    expect(parseInstallLog("")).to.equal(null);
    const missing = `<rpc-reply>${ERROR("could not resolve file: install")}</rpc-reply>`;
    expect(await readInstallLog(answering(missing))).to.equal(null);
  });

  it("comes as text in the reply", async () => {
    const reply = element("rpc-reply", [element("file-content", STAGED)]);
    expect(await readInstallLog(answering(reply))).to.include({ state: "Staged", release: "23.4R2-S3.9" });
  });

  it("may come as elements", async () => {
    const staged = element("output", "JUNOS 23.4R2-S3.9 will become active at next reboot");
    const older = [element("output", "sorry"), element("package-result", "1")];
    const newer = [staged, element("package-result", "0")];
    const reply = element("rpc-reply", [element("log-information", [...older, ...newer])]);
    expect(await readInstallLog(answering(reply))).to.include({ state: "Staged" });
    const failed = element("rpc-reply", [...newer, ...older]);
    expect(await readInstallLog(answering(failed))).to.include({ state: "Failed" });
  });
});
