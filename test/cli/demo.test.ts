/** The demo as a user runs it, once. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect } from "chai";
import { readAll } from "../../src/cli/terminal.ts";

const BIN = path.resolve(import.meta.dirname, "../../bin/hitless.js");

describe("hitless demo", function () {
  this.timeout(180_000);

  it("HL-1 N1 upgrades the fabric without a packet lost but the exposed server's, and loses some without draining", async () => {
    const child = spawn(process.execPath, [BIN, "demo", "--speed", "300"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr, [exitCode]] = await Promise.all([
      readAll(child.stdout),
      readAll(child.stderr),
      once(child, "exit"),
    ]);
    expect(exitCode, `${stdout}\n${stderr}`).to.equal(0);
    expect(stderr).to.equal("");

    const [first = "", control = ""] = stdout.split("Control: ");
    expect(first, "the plan with the exposed server").to.match(/leaf8 +server13 +yes: /);
    expect(first, "approved by hash").to.match(/Approved: plan [0-9a-f]{32}/);
    expect(first, "EX-6 Juniper's states")
      .to.include("Activating Maintenance Mode")
      .and.to.include("Image Upgraded");
    expect(first, "EX-4 progress and time left").to.match(
      /batch 2\/4 {2}\d+\/10 devices {2}\d+ % {2}about .* left/,
    );
    const upgraded = first.match(/21\.4R3-S5\.4 → 23\.4R2-S3\.9 +1 +1 +Hitless Image Upgrade Successful/g);
    expect(upgraded, "N5 one install and one reboot each").to.have.length(10);
    expect(lostOf(first, "all other flows")).to.equal(0);
    expect(lostOf(first, "from and to server13")).to.be.greaterThan(0);
    expect(lostOf(control, "all other flows")).to.be.greaterThan(0);
    // Readable in a file: no cursor is moved.
    expect(stdout.includes("\u001B"), "escape sequences").to.equal(false);
    expect(stdout.includes("\r"), "carriage returns").to.equal(false);
  });
});

function lostOf(text: string, row: string): number {
  const line = text.split("\n").find((each) => each.trim().startsWith(row)) ?? "";
  const lost = /([\d,]+) +\d+\.\d+ %$/.exec(line)?.[1];
  expect(lost, `${row} in ${text}`).not.to.equal(undefined);
  return Number(lost?.replaceAll(",", ""));
}
