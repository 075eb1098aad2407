import { expect } from "chai";
import fc from "fast-check";

import { MessageSplitter, encodeMessage } from "../../src/netconf/framing.ts";
import { asNetconfError, thrownBy } from "./failure.ts";

const RUNS = { seed: 830, numRuns: 300 } as const;

/** Pieces that look like the delimiter, and characters of several bytes, between ordinary text. */
const messageText = fc
  .array(fc.constantFrom("]", "]]", "]]>", ">", "]]>]]", "<a/>", "é", "🛰", "\n", "x"), { maxLength: 12 })
  .map((pieces) => pieces.join(""))
  .filter((text) => !text.includes("]]>]]>") && !`${text}]]>]]>`.slice(0, -1).includes("]]>]]>"));

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
}

function messagesOf(chunks: readonly Buffer[], splitter = new MessageSplitter()): string[] {
  return chunks.flatMap((chunk) => splitter.push(chunk)).map(String);
}

describe("netconf framing", () => {
  it("gives the same messages however the bytes are split", () => {
    fc.assert(
      fc.property(
        fc.array(messageText, { maxLength: 5 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 30 }),
        (texts, cuts) => {
          const bytes = Buffer.concat(texts.map(encodeMessage));
          expect(messagesOf(split(bytes, cuts))).to.deep.equal(texts);
        },
      ),
      RUNS,
    );
  });

  it("gives the same messages byte by byte", () => {
    const bytes = Buffer.concat(["<a>ü</a>", "]]>]]", "", "<b/>"].map(encodeMessage));
    const single = Array.from(bytes, (byte) => Buffer.of(byte));
    expect(messagesOf(single)).to.deep.equal(["<a>ü</a>", "]]>]]", "", "<b/>"]);
  });

  it("returns two messages of one packet, and keeps what follows", () => {
    const splitter = new MessageSplitter();
    expect(messagesOf([Buffer.from("<a/>]]>]]><b/>]]>]]><c")], splitter)).to.deep.equal(["<a/>", "<b/>"]);
    expect(splitter.unfinished(100).toString()).to.equal("<c");
    expect(messagesOf([Buffer.from("/>]]>]]>")], splitter)).to.deep.equal(["<c/>"]);
  });

  for (let cut = 1; cut < 6; cut++) {
    it(`finds a delimiter split after ${cut} bytes`, () => {
      const bytes = encodeMessage("<a/>");
      const at = bytes.length - 6 + cut;
      expect(messagesOf([bytes.subarray(0, at), bytes.subarray(at)])).to.deep.equal(["<a/>"]);
    });
  }

  it("takes a message of just the greatest size", () => {
    const text = "x".repeat(100);
    const chunks = split(encodeMessage(text), [30, 99, 100, 101, 105]);
    expect(messagesOf(chunks, new MessageSplitter({ maxMessageBytes: 100 }))).to.deep.equal([text]);
  });

  it("refuses a greater one, whether it comes whole or in pieces", () => {
    const bytes = encodeMessage("x".repeat(101));
    for (const chunks of [[bytes], split(bytes, [50, 100]), split(bytes, [103])]) {
      const splitter = new MessageSplitter({ maxMessageBytes: 100 });
      asNetconfError(
        thrownBy(() => messagesOf(chunks, splitter)),
        "ReplyTooLarge",
      );
    }
  });

  it("counts each message for itself", () => {
    const bytes = Buffer.concat([1, 2, 3].map(() => encodeMessage("x".repeat(90))));
    const splitter = new MessageSplitter({ maxMessageBytes: 100 });
    expect(messagesOf([bytes], splitter)).to.have.length(3);
  });

  it("does not encode a text that holds a delimiter", () => {
    expect(() => encodeMessage("<a>]]>]]></a>")).to.throw(RangeError);
  });
});
