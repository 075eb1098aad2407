import { expect } from "chai";

import { freeBytesAt, parseFilesystems, type Filesystem } from "../../src/junos/storage.ts";
import { parseXml } from "../../src/netconf/xml.ts";

function filesystem(mountedOn: string, freeBytes: number, engineName: string | null = null): Filesystem {
  return { engineName, name: "", mountedOn, totalBytes: 0, usedBytes: 0, freeBytes, usedPercent: undefined };
}

describe("free space", () => {
  it("is that of the longest mount point above the path", () => {
    const filesystems = [
      filesystem("/", 1),
      filesystem("/var", 2),
      filesystem("/var/tmp/other", 3),
      filesystem("/va", 4),
    ];
    expect(freeBytesAt(filesystems, "/var/tmp/package.tgz")).to.equal(2);
    expect(freeBytesAt(filesystems, "/var/tmp/other/x")).to.equal(3);
    expect(freeBytesAt(filesystems, "/variant")).to.equal(1);
  });

  it("is found where the disk is only listed below /.mount", () => {
    expect(freeBytesAt([filesystem("/.mount", 5), filesystem("/.mount/tmp", 6)], "/var/tmp")).to.equal(5);
    expect(freeBytesAt([filesystem("/.mount", 5), filesystem("/.mount/var", 7)], "/var/tmp")).to.equal(7);
  });

  it("is that of the fullest engine, and unknown when one of them does not say", () => {
    const both = [filesystem("/var", 8, "re0"), filesystem("/var", 2, "re1")];
    expect(freeBytesAt(both, "/var/tmp")).to.equal(2);
    expect(freeBytesAt([...both, filesystem("/config", 9, "re2")], "/var/tmp")).to.equal(undefined);
    expect(freeBytesAt([], "/var/tmp")).to.equal(undefined);
  });

  it("is never below zero, though a full disk says so", () => {
    const full = `<rpc-reply><system-storage-information><filesystem><filesystem-name>/dev/ada0</filesystem-name>
      <total-blocks>100</total-blocks><used-blocks>108</used-blocks><available-blocks>-8</available-blocks>
      <used-percent>108</used-percent><mounted-on>/var</mounted-on></filesystem></system-storage-information></rpc-reply>`;
    expect(parseFilesystems(parseXml(full))[0]).to.include({
      freeBytes: 0,
      usedBytes: 108 * 512,
      usedPercent: 108,
    });
  });
});
