import { expect } from "chai";
import type { Message } from "./messages.ts";
import { epochsOf, problemsOf, type ProcessRecord } from "./record.ts";

const claimed = (epoch: number, holder: string): Message => ({ event: "claimed", epoch, holder });

function begins(atMilliseconds: number, what: string, epoch?: number): Message {
  return { event: "begins", act: 1, what, atMilliseconds, ...(epoch === undefined ? {} : { epoch }) };
}

const FIRST: ProcessRecord = {
  name: "first",
  said: [claimed(1, "a"), begins(10, "request-reboot leaf1", 1), claimed(3, "a"), begins(40, "more", 3)],
};
const SECOND: ProcessRecord = { name: "second", said: [claimed(2, "b"), begins(20, "updateStatus", 2)] };

describe("crash: what controllers tell is put side by side", () => {
  it("finds nothing when the lead goes from one to the other and back", () => {
    expect(problemsOf([FIRST, SECOND])).to.deep.equal([]);
    expect([...epochsOf([FIRST, SECOND]).keys()]).to.have.members([1, 2, 3]);
  });

  it("finds two that led in one epoch", () => {
    const twin: ProcessRecord = { name: "twin", said: [claimed(2, "c")] };
    expect(problemsOf([SECOND, twin])).to.deep.equal(["epoch 2 was led by second (b) and twin (c)"]);
  });

  it("finds what began in an epoch that was over", () => {
    const late: ProcessRecord = {
      name: "late",
      said: [claimed(1, "a"), begins(30, "request-reboot leaf1", 1)],
    };
    expect(problemsOf([late, SECOND])).to.deep.equal([
      "late began request-reboot leaf1 in epoch 1 after epoch 2 had begun",
    ]);
  });

  it("finds one that acted and never led", () => {
    const stranger: ProcessRecord = { name: "stranger", said: [begins(5, "updateStatus")] };
    expect(problemsOf([stranger, FIRST])).to.deep.equal(["stranger began updateStatus and has never led"]);
  });
});
