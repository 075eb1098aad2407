import { expect } from "chai";

import {
  commitConfiguration,
  discardCandidate,
  loadSetCommands,
  lockConfiguration,
  readCandidateDiff,
  readCommittedSet,
  readCommittedText,
  unlockConfiguration,
  withoutChangeComment,
} from "../../src/junos/configuration.ts";
import { renderXml } from "../../src/netconf/xml.ts";
import { element } from "../../src/netconf/xmlNode.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

const OK = "<rpc-reply><ok/></rpc-reply>";

function failing(message: string, within?: string): string {
  const error = `<rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>
    <error-severity>error</error-severity><error-message>${message}</error-message></rpc-error>`;
  return `<rpc-reply>${within === undefined ? error : `<${within}>${error}</${within}>`}</rpc-reply>`;
}

describe("changing the configuration", () => {
  it("locks, loads, commits and unlocks with Junos's own requests", async () => {
    const caller = answering(OK, OK, OK, OK, OK, OK, OK);
    await lockConfiguration(caller);
    await loadSetCommands(caller, ["set a b", "delete c"]);
    await commitConfiguration(caller, { check: true, log: "not for a check" });
    await commitConfiguration(caller, { confirmedMinutes: 5, log: "drain <leaf1>" });
    await commitConfiguration(caller, { synchronize: true });
    await discardCandidate(caller);
    await unlockConfiguration(caller);
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<lock-configuration/>",
      '<load-configuration action="set" format="text"><configuration-set>set a b\ndelete c</configuration-set></load-configuration>',
      "<commit-configuration><check/></commit-configuration>",
      "<commit-configuration><confirmed/><confirm-timeout>5</confirm-timeout><log>drain &lt;leaf1&gt;</log></commit-configuration>",
      "<commit-configuration><synchronize/></commit-configuration>",
      '<load-configuration rollback="0"/>',
      "<unlock-configuration/>",
    ]);
  });

  it("says who holds the lock", async () => {
    const held = failing(
      "configuration database locked by:\n  alice terminal p0 (pid 7527) on since 2026-08-27 01:35:08 UTC, idle 00:25:52\n      exclusive",
    );
    const refusal = await refusalOf(lockConfiguration(answering(held)));
    expect(refusal.code).to.equal("LockHeld");
    expect(refusal.by).to.equal(
      "alice terminal p0 (pid 7527) on since 2026-08-27 01:35:08 UTC, idle 00:25:52",
    );
  });

  it("tells a candidate that somebody changed from a lock", async () => {
    expect(
      await refusalOf(lockConfiguration(answering(failing("configuration database modified")))),
    ).to.include({
      code: "CandidateModified",
    });
  });

  it("tells a statement that is refused from a request that is unknown", async () => {
    const syntax = failing("syntax error", "load-configuration-results");
    expect(await refusalOf(loadSetCommands(answering(syntax), ["set x"]))).to.include({
      code: "ConfigurationRefused",
    });
    expect(await refusalOf(lockConfiguration(answering(failing("syntax error"))))).to.include({
      code: "UnknownRpc",
    });
  });

  it("keeps the device's words about a failed commit", async () => {
    const failed = failing("policy X referenced but not defined", "commit-results");
    const refusal = await refusalOf(commitConfiguration(answering(failed)));
    expect(refusal.code).to.equal("ConfigurationRefused");
    expect(refusal.message).to.include("policy X referenced but not defined");
  });

  it("takes warnings for what they are", async () => {
    const warned = failing("statement not found").replace("<error-severity>error", "<error-severity>warning");
    await loadSetCommands(answering(warned), ["delete x"]);
  });
});

describe("reading the configuration", () => {
  it("gives the lines to the letter", async () => {
    const lines = [
      "set version 23.4R2-S3.9",
      'set system login message "two  spaces \\n <b>&\\"q\\""',
      "deactivate x",
    ];
    const reply = element("rpc-reply", [element("configuration-set", `\n${lines.join("\n")}\n`)]);
    const caller = answering(renderXml(reply), renderXml(reply));
    expect(await readCommittedSet(caller)).to.deep.equal(lines);
    await readCommittedSet(caller, { inherit: true });
    expect(caller.sent.map(({ attributes }) => attributes)).to.deep.equal([
      { database: "committed", format: "set" },
      { database: "committed", format: "set", inherit: "inherit" },
    ]);
  });

  it("gives the text with its indentation, and without the comment on request", async () => {
    const text =
      "## Last changed: 2026-11-22 04:00:00 UTC\nversion 23.4R2-S3.9;\nsystem {\n    host-name leaf1;\n}";
    const reply = element("rpc-reply", [element("configuration-text", `\n${text}\n`)]);
    expect(await readCommittedText(answering(renderXml(reply)))).to.equal(text);
    expect(withoutChangeComment(text)).to.equal(text.slice(text.indexOf("version")));
    expect(withoutChangeComment("version 1;")).to.equal("version 1;");
  });

  it("gives the candidate's difference, empty when there is none", async () => {
    const diff = "[edit system]\n-  host-name a;\n+  host-name b;";
    const some = `<rpc-reply><configuration-information><configuration-output>\n${diff}\n</configuration-output></configuration-information></rpc-reply>`;
    const none =
      "<rpc-reply><configuration-information><configuration-output>\n</configuration-output></configuration-information></rpc-reply>";
    expect(await readCandidateDiff(answering(some))).to.equal(diff);
    expect(await readCandidateDiff(answering(none))).to.equal("");
  });

  it("is never empty by mistake", async () => {
    expect(await refusalOf(readCommittedSet(answering("<rpc-reply/>")))).to.include({
      code: "ReplyUnexpected",
    });
  });
});
