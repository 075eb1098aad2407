/**
 * NETCONF 1.0 framing (RFC 6242 §4.3): a message ends with `]]>]]>`. Junos speaks nothing else unless told
 * to. Works on bytes, so that a packet may end anywhere: within the delimiter or within a UTF-8 character.
 */
import { NetconfError } from "./errors.ts";

const DELIMITER_TEXT = "]]>]]>";
const DELIMITER = Buffer.from(DELIMITER_TEXT);

/** The largest message taken unless told otherwise; the largest replies we ask for are about 1 MB. */
export const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** The bytes of one message. Throws `RangeError` when the text itself holds a delimiter. */
export function encodeMessage(text: string): Buffer {
  if (text.includes(DELIMITER_TEXT)) throw new RangeError("a NETCONF message cannot hold ]]>]]>");
  return Buffer.from(text + DELIMITER_TEXT);
}

/** Cuts a byte stream into messages. Holds at most `maxMessageBytes` (plus one packet) of an unfinished one. */
export class MessageSplitter {
  readonly #maxMessageBytes: number;
  #parts: Buffer[] = [];
  #bufferedBytes = 0;
  /** The last bytes seen, where a delimiter may have begun; shorter than a delimiter. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(options: { maxMessageBytes?: number } = {}) {
    this.#maxMessageBytes = options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES;
  }

  /**
   * Takes the next packet and returns the messages it completes, without delimiters. Throws `NetconfError`
   * `ReplyTooLarge`, after which the stream cannot be used any more.
   */
  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    let rest = chunk;
    for (let end = this.#endOfDelimiter(rest); end !== undefined; end = this.#endOfDelimiter(rest)) {
      const last = rest.subarray(0, end);
      this.#checkSize(this.#bufferedBytes + last.length - DELIMITER.length);
      const whole = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
      messages.push(whole.subarray(0, whole.length - DELIMITER.length));
      this.#clear();
      rest = rest.subarray(end);
    }
    this.#keep(rest);
    return messages;
  }

  /** The beginning of what came after the last whole message, for diagnosis. */
  unfinished(maxBytes: number): Buffer {
    return Buffer.concat(this.#parts.slice(0, maxBytes)).subarray(0, maxBytes);
  }

  /** Where in the chunk the next delimiter ends. It may have begun in an earlier chunk. */
  #endOfDelimiter(chunk: Buffer): number | undefined {
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, DELIMITER.length - 1)]);
    const atSeam = seam.indexOf(DELIMITER);
    if (atSeam !== -1) return atSeam + DELIMITER.length - this.#tail.length;
    const within = chunk.indexOf(DELIMITER);
    return within === -1 ? undefined : within + DELIMITER.length;
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#bufferedBytes += rest.length;
    this.#checkSize(this.#bufferedBytes - (DELIMITER.length - 1));
    this.#parts.push(rest);
    this.#tail = Buffer.concat([this.#tail, rest.subarray(-DELIMITER.length)]).subarray(
      -(DELIMITER.length - 1),
    );
  }

  #checkSize(sizeBytes: number): void {
    if (sizeBytes <= this.#maxMessageBytes) return;
    this.#clear();
    throw new NetconfError("ReplyTooLarge", `a message exceeds ${this.#maxMessageBytes} bytes`);
  }

  #clear(): void {
    this.#parts = [];
    this.#bufferedBytes = 0;
    this.#tail = Buffer.alloc(0);
  }
}
