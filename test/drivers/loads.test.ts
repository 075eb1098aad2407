import { expect } from "chai";
import { speedOf } from "../../src/drivers/loads.ts";

describe("speeds of ports", () => {
  for (const [text, speed] of [
    ["100Gbps", 1e11],
    ["1000mbps", 1e9],
    ["2.5Gbps", 2.5e9],
    [" 10Gbps\n", 1e10],
    ["Auto", null],
    ["Unlimited", null],
    ["", null],
  ] as const) {
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(speedOf(text)).to.equal(speed);
    });
  }
});
