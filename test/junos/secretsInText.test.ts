/** What is kept of a device's words has no secret in it. */
import { expect } from "chai";
import { withoutSecrets } from "../../src/junos/secretsInText.ts";

const SECRETS: readonly (readonly [title: string, text: string, secret: string])[] = [
  ["a reversible secret", 'secret "$9$LbVxdsYgJZDmT"; ## SECRET-DATA', "LbVxdsYgJZDmT"],
  ["a reversible secret that nobody marked", 'authentication-key "$9$LbVxdsYgJZDmT";', "LbVxdsYgJZDmT"],
  ["a crypt hash", 'set system root-authentication encrypted-password "$6$salt$hashhash"', "hashhash"],
  ["an MD5 hash without quotes", "encrypted-password $1$abc$defghi;", "defghi"],
  ["a password in plain", "simple-password opensesame;", "opensesame"],
  ["a shared key", 'pre-shared-key ascii-text "correct horse";', "correct horse"],
  ["a key of BGP", 'set protocols bgp group x authentication-key "hunter2"', "hunter2"],
  ["an SNMP community as a command", "set snmp community s3cret authorization read-only", "s3cret"],
  ["a trap group as a command", "set snmp trap-group s3cret targets 192.0.2.1", "s3cret"],
  [
    "an SNMP community in braces",
    "snmp {\n    location dc1;\n    community s3cret {\n        authorization read-only;\n    }\n}\n",
    "s3cret",
  ],
  [
    "a second SNMP community, with a space",
    'snmp {\n    community a {\n    }\n    community "s3 cret" {\n    }\n}\n',
    "s3 cret",
  ],
  [
    "a private key",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nabcdef\n-----END RSA PRIVATE KEY-----\nafter",
    "abcdef",
  ],
  ["a private key that was cut off", "-----BEGIN PRIVATE KEY-----\nMIIEow\nabcdef", "abcdef"],
  ["a login in an address", 'archive-sites "ftp://me:hunter2@192.0.2.1/backups";', "hunter2"],
];

describe("junos: secrets in text", () => {
  for (const [title, text, secret] of SECRETS) {
    it(`BK-3 takes out ${title}`, () => {
      expect(text).to.contain(secret);
      const left = withoutSecrets(`before\n${text}\nlast`);
      expect(left).not.to.contain(secret);
      expect(left).to.match(/^before\n/);
    });
  }

  it("leaves what is no secret: communities of BGP, alarms, what follows a block of SNMP", () => {
    const text = [
      "set policy-options community DRAINED members 65535:0",
      "snmp {",
      "    location dc1;",
      "}",
      "policy-options {",
      "    community DRAINED members 65535:0;",
      "}",
      "1 alarms currently active: Minor  FPC 0 fan tray",
    ].join("\n");
    expect(withoutSecrets(text)).to.equal(text);
  });
});
