/**
 * Takes secrets out of what a device shows of itself: hashes and reversible secrets of its configuration, communities of
 * SNMP, private keys, logins in addresses. Too much rather than too little: what is left is for somebody to read.
 */

const GONE = "[redacted]";

/** `"$9$…"`, `$6$…`: the dollar form of Junos and crypt, wherever it stands. */
const DOLLAR_FORM = /\$(?:[0-9]{1,2}|2[abxy]|sha1|argon2id?)\$[^\s";]+/g;

/** Statements whose value is a secret, in whatever form. */
const SECRET_STATEMENT =
  /\b(encrypted-password|plain-text-password-value|authentication-password|privacy-password|authentication-key|privacy-key|simple-password|shared-secret|pre-shared-key|ascii-text|hexadecimal|passphrase|password|secret|md5 \d+ key|key-chain \S+ key \d+ secret)(\s+)(?:(?:ascii-text|hexadecimal)\s+)?("[^"\n]*"|[^\s;{}"]+)/g;

/** Junos marks them itself where it shows a configuration. */
const MARKED = /^([ \t]*)(\S+)[ \t].*##[ \t]*SECRET-DATA.*$/gm;

const PRIVATE_KEY =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$(?![\s\S]))/g;

/** `snmp community public`, as a command or in braces; a trap group's name is sent as one, too. */
const SNMP_COMMAND = /^(.*\bsnmp\b.*\b(?:community|trap-group)\s+)("[^"\n]*"|[^\s;{]+)/gm;
const SNMP_BLOCK_ENTRY = /^(\s*(?:inactive:\s+)?(?:community|trap-group)\s+)("[^"\n]*"|[^\s;{]+)/;
const SNMP_BLOCK = /^(\s*)(?:inactive:\s+)?snmp\s*\{/;

/** `http://user:word@host` */
const LOGIN_IN_ADDRESS = /(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+:[^\s/@]+@/gi;

/** The text with every secret replaced that is known by its form. What has no known form stays: it is no proof. */
export function withoutSecrets(text: string): string {
  return withoutCommunities(text)
    .replace(PRIVATE_KEY, GONE)
    .replace(MARKED, `$1$2 ${GONE}; ## SECRET-DATA`)
    .replace(DOLLAR_FORM, GONE)
    .replace(SECRET_STATEMENT, `$1$2${GONE}`)
    .replace(SNMP_COMMAND, `$1${GONE}`)
    .replace(LOGIN_IN_ADDRESS, `$1${GONE}@`);
}

/** Elsewhere in a configuration a community is BGP's, and no secret. */
function withoutCommunities(text: string): string {
  let depth = 0;
  return text
    .split("\n")
    .map((line) => {
      if (depth === 0 && !SNMP_BLOCK.test(line)) return line;
      depth += bracesOf(line);
      return line.replace(SNMP_BLOCK_ENTRY, `$1${GONE}`);
    })
    .join("\n");
}

function bracesOf(line: string): number {
  return (line.match(/\{/g)?.length ?? 0) - (line.match(/\}/g)?.length ?? 0);
}
