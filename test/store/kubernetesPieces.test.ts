/** The parts of the Kubernetes store that need no cluster. */
import { expect } from "chai";
import { PassThrough } from "node:stream";
import { StoreError } from "../../src/store/errors.ts";
import { BackOff } from "../../src/store/kubernetes/backOff.ts";
import { readKubeConfig } from "../../src/store/kubernetes/kubeConfig.ts";
import { linesOf } from "../../src/store/kubernetes/lines.ts";
import { plainMessage } from "../../src/store/kubernetes/plainMessage.ts";

describe("Kubernetes store: pieces", () => {
  for (const [message, field, plain] of [
    [
      'Invalid value: "": spec.a in body should be at least 1 chars long',
      "spec.a",
      "should be at least 1 chars long",
    ],
    ["Invalid value: 70000: spec.a in body should be less than 65536", "spec.a", "should be less than 65536"],
    ['Invalid value: {"a":"}: \\" {","b":[1]}: cannot be changed', "spec", "cannot be changed"],
    ["Invalid value: fabricRef cannot be changed: never", "spec", "fabricRef cannot be changed: never"],
    ['Invalid value: "a\\": b": must be: so', "x", "must be: so"],
    ['Unsupported value: "X": supported values: "A"', "x", 'Unsupported value: "X": supported values: "A"'],
    ['Duplicate value: {"name":"a"}', "x[1]", 'Duplicate value: {"name":"a"}'],
    ["Too long: may not be more than 5 bytes", "x", "Too long: may not be more than 5 bytes"],
    ["Required value", "x", "Required value"],
  ] as const) {
    it(`keeps the words of: ${message}`, () => {
      expect(plainMessage(message, field)).to.equal(plain);
    });
  }

  it("splits lines wherever the bytes are cut, and leaves out a last half line", async () => {
    const bytes = Buffer.from('{"a":"ü€"}\n\n{"b":1}\n{"c":');
    for (let size = 1; size <= bytes.length; size += 1) {
      const stream = new PassThrough();
      for (let at = 0; at < bytes.length; at += size) stream.write(bytes.subarray(at, at + size));
      stream.end();
      const lines: string[] = [];
      for await (const line of linesOf(stream)) lines.push(line);
      expect(lines).to.deep.equal(['{"a":"ü€"}', "", '{"b":1}']);
    }
  });

  it("waits longer after each failure, at most ten seconds, and shortly again after a success", () => {
    const early = new BackOff({ random: () => 0 });
    const late = new BackOff({ random: () => 0.999_999 });
    const delays = Array.from({ length: 12 }, () => early.nextSeconds());
    expect(delays.slice(0, 4)).to.deep.equal([0.1, 0.2, 0.4, 0.8]);
    expect(delays.at(-1)).to.equal(5);
    for (const delay of delays) expect(late.nextSeconds()).to.be.within(delay * 1.99, delay * 2);
    early.reset();
    expect(early.nextSeconds()).to.equal(0.1);
  });

  it("says what is wrong with a kubeconfig", () => {
    expect(() => readKubeConfig("/nowhere/config")).to.throw(StoreError, "cannot be read");
  });
});
