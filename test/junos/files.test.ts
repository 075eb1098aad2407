import { expect } from "chai";

import { deleteFile, findFile, readChecksum, requestFileCopy } from "../../src/junos/files.ts";
import { renderXml } from "../../src/netconf/xml.ts";
import { answering } from "./answeringCaller.ts";
import { refusalOf } from "./refusal.ts";

const MISSING = `<rpc-reply><rpc-error><error-type>protocol</error-type><error-tag>operation-failed</error-tag>
  <error-severity>error</error-severity>
  <error-message>/var/tmp/package.tgz: No such file or directory</error-message></rpc-error></rpc-reply>`;
const DENIED = MISSING.replace(
  /<error-message>.*<\/error-message>/,
  "<error-message>permission denied</error-message>",
);
const LISTED = `<rpc-reply><directory-list><directory name="/var/tmp/">
  <file-information><file-name>package.tgz</file-name><file-size>1879048192</file-size></file-information>
  <file-information><file-name>pics</file-name><file-directory junos:format="/"/><file-size>512</file-size></file-information>
</directory></directory-list></rpc-reply>`;

describe("files", () => {
  it("are found by their absolute path, with their size", async () => {
    expect(await findFile(answering(LISTED), "/var/tmp/package.tgz")).to.deep.equal({
      path: "/var/tmp/package.tgz",
      sizeBytes: 1879048192,
      directory: false,
    });
    expect(await findFile(answering(LISTED), "/var/tmp/pics")).to.equal(null);
  });

  it("that are missing are no error, other refusals are", async () => {
    expect(await findFile(answering(MISSING), "/var/tmp/package.tgz")).to.equal(null);
    expect(
      await readChecksum(answering(MISSING), { path: "/var/tmp/package.tgz", algorithm: "md5" }),
    ).to.equal(null);
    await deleteFile(answering(MISSING), "/var/tmp/package.tgz");
    expect(await refusalOf(findFile(answering(DENIED), "/var/tmp/package.tgz"))).to.include({
      code: "PermissionDenied",
    });
    expect(await refusalOf(deleteFile(answering(DENIED), "/var/tmp/package.tgz"))).to.include({
      code: "PermissionDenied",
    });
  });

  it("have checksums of three kinds, in small letters", async () => {
    const reply = `<rpc-reply><checksum-information><file-checksum><computation-method>SHA256</computation-method>
      <checksum>
ABCDEF0123
</checksum></file-checksum></checksum-information></rpc-reply>`;
    const caller = answering(reply, reply, reply);
    for (const algorithm of ["sha256", "sha1", "md5"] as const) {
      expect(await readChecksum(caller, { path: "/var/tmp/x", algorithm })).to.equal("abcdef0123");
    }
    expect(caller.sent.map(({ name }) => name)).to.deep.equal([
      "get-sha256-checksum-information",
      "get-sha1-checksum-information",
      "get-checksum-information",
    ]);
  });

  it("are copied by the device, through its management instance where asked", async () => {
    const caller = answering("<rpc-reply/>");
    const copy = {
      source: "http://192.0.2.9/p.tgz",
      destination: "/var/tmp/p.tgz",
      routingInstance: "mgmt_junos",
    };
    expect(await requestFileCopy(caller, copy)).to.equal("");
    expect(caller.sent.map(renderXml)).to.deep.equal([
      "<file-copy><source>http://192.0.2.9/p.tgz</source><destination>/var/tmp/p.tgz</destination><routing-instance>mgmt_junos</routing-instance></file-copy>",
    ]);
  });
});
