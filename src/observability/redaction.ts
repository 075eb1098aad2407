/**
 * Keeps secrets out of logs. Whoever reads a secret registers it; from then on it is replaced wherever it occurs,
 * also in the forms it takes on its way: base64 (alone or inside a longer text), URL, XML.
 */

const REPLACEMENT = "[redacted]";
/** Below this, the pieces of a base64 text would match by chance. */
const MIN_BASE64_LENGTH = 6;
/** A line of a private key is one secret more; shorter lines (`-----BEGIN`) are none. */
const MIN_LINE_LENGTH = 24;

export class Redaction {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  constructor(secrets: Iterable<string> = []) {
    for (const secret of secrets) this.registerSecret(secret);
  }

  /** From now on this text appears in no log line. The empty text is no secret. */
  registerSecret(secret: string): void {
    for (const text of [secret, secret.trim(), ...linesOf(secret)]) {
      for (const form of formsOf(text)) this.#forms.add(form);
    }
    this.#pattern = undefined;
  }

  redact(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#pattern ??= patternOf(this.#forms);
    return text.replace(this.#pattern, REPLACEMENT);
  }
}

function linesOf(secret: string): string[] {
  const lines = secret.split(/\r?\n/);
  return lines.length === 1
    ? []
    : lines.filter((line) => line.length >= MIN_LINE_LENGTH && !line.startsWith("-----"));
}

function formsOf(text: string): string[] {
  if (text === "") return [];
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const quoted = escaped.replaceAll('"', "&quot;").replaceAll("'", "&apos;");
  return [text, escaped, quoted, urlForm(text), ...base64Forms(text)];
}

function urlForm(text: string): string {
  // Through UTF-8, since encodeURIComponent throws at half a surrogate pair.
  return encodeURIComponent(Buffer.from(text, "utf8").toString("utf8"));
}

/**
 * The text inside any base64: which characters a byte becomes depends on its place modulo three, so there are three
 * forms, each without the characters at its ends that a neighbouring byte has a share in.
 */
function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text, "utf8");
  const forms = [0, 1, 2].map((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes]).toString("base64");
    const begin = shift === 0 ? 0 : shift + 1;
    const shared = [0, 3, 2][(shift + bytes.length) % 3] ?? 0;
    return encoded.slice(begin, encoded.length - shared);
  });
  return forms
    .filter((form) => form.length >= MIN_BASE64_LENGTH)
    .flatMap((form) => [form, form.replaceAll("+", "-").replaceAll("/", "_")]);
}

/** The longest first, so that of a secret within a secret nothing is left over. */
function patternOf(forms: Iterable<string>): RegExp {
  const alternatives = [...forms].toSorted((a, b) => b.length - a.length);
  return new RegExp(
    alternatives.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)).join("|"),
    "g",
  );
}
