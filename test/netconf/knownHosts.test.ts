import { expect } from "chai";

import {
  fingerprint,
  formatKnownHost,
  keyType,
  parseKnownHosts,
  type HostKeyVerdict,
} from "../../src/netconf/knownHosts.ts";
import { asNetconfError, thrownBy } from "./failure.ts";

/** Written by OpenSSH's ssh-keygen, as is everything hashed below. */
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAILb0PYPjC50RDpY4uFnLRCqwHKQAD+Q1KUbfnUOINfo/";
const FINGERPRINT = "SHA256:NHuzMxLQOI+xpMorYK4TUjGj4sNQcancChzOC9BAdP8";
const OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const HASHED = `|1|+kYMJ8YcW122eP0WR+wH/iHK2C0=|Itia3ihtbteWxxoaxxU8bUefwUM= ssh-ed25519 ${KEY}
|1|xgAGEwMvNM6darX+vKze82E0mBg=|0Gw5x8AgDkOxLt6RHrgTgnGin8E= ssh-ed25519 ${KEY}`;

const key = Buffer.from(KEY, "base64");
const other = Buffer.from(OTHER, "base64");

function check(text: string, host: string, port: number, keyBlob: Buffer = key): HostKeyVerdict {
  return parseKnownHosts(text).check(host, port, keyBlob);
}

describe("known hosts", () => {
  it("match by host, and by host and port", () => {
    const text = `# a comment\n\nleaf1 ssh-ed25519 ${KEY} root@leaf1\n[leaf2]:830 ssh-ed25519 ${KEY}\r\n`;
    expect(check(text, "leaf1", 22)).to.equal("Match");
    expect(check(text, "leaf2", 830)).to.equal("Match");
    expect(check(text, "leaf2", 22)).to.equal("Unknown");
    expect(check(text, "leaf2", 8300)).to.equal("Unknown");
    expect(check(text, "leaf3", 22)).to.equal("Unknown");
  });

  it("match on every port when they are written without one, as ssh(1) does it", () => {
    expect(check(`leaf1 ssh-ed25519 ${KEY}`, "leaf1", 830)).to.equal("Match");
  });

  it("ignore case, and match several names and IPv6 addresses", () => {
    const text = `LEAF1.Example.net,10.0.0.1,[2001:db8::1]:830 ssh-ed25519 ${KEY}`;
    for (const host of ["leaf1.example.NET", "10.0.0.1", "2001:db8::1"]) {
      expect(check(text, host, 830), host).to.equal("Match");
    }
    expect(check(text, "110.0.0.1", 830)).to.equal("Unknown");
  });

  it("match patterns, and exclude by !", () => {
    const text = `*.dc1.example.net,!spine?.dc1.example.net ssh-ed25519 ${KEY}`;
    expect(check(text, "leaf1.dc1.example.net", 22)).to.equal("Match");
    expect(check(text, "spine1.dc1.example.net", 22)).to.equal("Unknown");
    expect(check(text, "leaf1xdc1.example.net", 22)).to.equal("Unknown");
  });

  it("match when they are hashed by OpenSSH", () => {
    expect(check(HASHED, "leaf1.example.net", 830)).to.equal("Match");
    expect(check(HASHED, "leaf2", 22)).to.equal("Match");
    expect(check(HASHED, "leaf2", 22, other)).to.equal("Changed");
    expect(check(HASHED, "leaf3", 22)).to.equal("Unknown");
  });

  it("may have a key per routing engine; any other key is a change", () => {
    const text = `mx1 ssh-ed25519 ${OTHER}\nmx1 ssh-ed25519 ${KEY}`;
    expect(check(text, "mx1", 22)).to.equal("Match");
    expect(check(text, "mx1", 22, other)).to.equal("Match");
    expect(check(`mx1 ssh-ed25519 ${OTHER}`, "mx1", 22)).to.equal("Changed");
  });

  it("never match a revoked key, whatever else is said of it", () => {
    const text = `leaf1 ssh-ed25519 ${KEY}\n@revoked * ssh-ed25519 ${KEY}`;
    expect(check(text, "leaf1", 22)).to.equal("Revoked");
    expect(check(`@revoked leaf1 ssh-ed25519 ${OTHER}`, "leaf1", 22)).to.equal("Unknown");
  });

  it("tell the types of keys known for a host", () => {
    const hosts = parseKnownHosts(`leaf1 ssh-ed25519 ${KEY}\nleaf1 ssh-ed25519 ${OTHER}`);
    expect(hosts.keyTypes("leaf1", 830)).to.deep.equal(["ssh-ed25519"]);
    expect(hosts.keyTypes("leaf2", 830)).to.deep.equal([]);
  });

  const invalid: Readonly<Record<string, string>> = {
    "a certificate authority": `@cert-authority *.example.net ssh-ed25519 ${KEY}`,
    "an unknown marker": `@trusted leaf1 ssh-ed25519 ${KEY}`,
    "a line without a key": "leaf1 ssh-ed25519",
    "a key of another type than it says": `leaf1 ssh-rsa ${KEY}`,
    "a key that is no base64": "leaf1 ssh-ed25519 !!!!",
    "a broken hash": `|1|abc ssh-ed25519 ${KEY}`,
  };
  for (const [what, line] of Object.entries(invalid)) {
    it(`refuse ${what}, and name the line`, () => {
      const error = asNetconfError(
        thrownBy(() => parseKnownHosts(`# first\n${line}\n`)),
        "KnownHostsInvalid",
      );
      expect(error.message).to.include("line 2");
    });
  }

  it("have fingerprints as OpenSSH prints them", () => {
    expect(fingerprint(key)).to.equal(FINGERPRINT);
    expect(keyType(key)).to.equal("ssh-ed25519");
    expect(keyType(Buffer.of(1))).to.equal("");
  });

  it("are written so that they match", () => {
    for (const port of [22, 830]) {
      const line = formatKnownHost("Leaf1", port, key);
      expect(check(line, "leaf1", port)).to.equal("Match");
    }
    expect(formatKnownHost("Leaf1", 830, key)).to.equal(`[leaf1]:830 ssh-ed25519 ${KEY}`);
  });
});
