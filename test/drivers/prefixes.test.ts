import { expect } from "chai";
import { networkOf } from "../../src/drivers/prefixes.ts";

describe("drivers: IPv4 prefixes", () => {
  for (const [address, network] of [
    ["10.1.0.1/31", "10.1.0.0/31"],
    ["10.1.0.0/31", "10.1.0.0/31"],
    ["192.0.2.129/25", "192.0.2.128/25"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["10.255.0.1", "10.255.0.1/32"],
    ["10.255.0.1/0", "0.0.0.0/0"],
  ] as const) {
    it(`${address} is in ${network}`, () => {
      expect(networkOf(address)).to.equal(network);
    });
  }

  it("anything else is in none", () => {
    for (const text of ["", "2001:db8::1/64", "49.0001.0100.0001.00", "10.1.0.1/31 extra"]) {
      expect(networkOf(text), text).to.equal(undefined);
    }
  });
});
