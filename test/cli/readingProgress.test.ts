/** What people see while many devices are read. */
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { readingProgress } from "../../src/cli/readingProgress.ts";

function told(devices: number, millisecondsEach: number): string {
  const stderr = new PassThrough();
  let now = 0;
  const onDevice = readingProgress({ stderr }, devices, () => now);
  for (let read = 0; read < devices; read += 1) {
    now += millisecondsEach;
    onDevice();
  }
  return String(stderr.read() ?? "");
}

describe("the progress of a reading", () => {
  it("is told every few seconds, and not at its end", () => {
    expect(told(4, 2000)).to.equal("hitless: 2 of 4 devices are read\n");
    expect(told(6, 3000).trimEnd().split("\n")).to.have.length(5);
  });

  it("is not told where the reading is short", () => {
    expect(told(100, 20)).to.equal("");
  });
});
