import { expect } from "chai";

import { descendants, find } from "../../src/netconf/xmlNode.ts";
import { SimulationError } from "../../src/simulator/simulationError.ts";
import { errorsOf, textOf } from "./support/rawClient.ts";
import { PACKAGE, SmallFabric, TARGET_RELEASE } from "./support/smallFabric.ts";

const ADD = `<request-package-add><package-name>/var/tmp/${PACKAGE}</package-name><no-validate/></request-package-add>`;

describe("simulator: software and reboots", () => {
  let fabric: SmallFabric;
  beforeEach(() => {
    fabric = new SmallFabric();
  });
  afterEach(() => fabric.simulator.close());

  const release = async (): Promise<string | undefined> =>
    textOf(await fabric.ask("leaf1", "<get-software-information/>"), "junos-version");
  const counters = (device = "leaf1") => fabric.simulator.devices.get(device)?.counters;
  async function bootSeconds(): Promise<number> {
    const reply = await fabric.ask("leaf1", "<get-system-uptime-information/>");
    for (const booted of descendants(reply, "system-booted-time")) {
      return Number(find(booted, "date-time")?.attributes["seconds"]);
    }
    throw new Error("no boot time");
  }
  async function install(): Promise<void> {
    const reply = await fabric.clock.runUntilSettled(fabric.connect("leaf1").succeed(ADD));
    expect(textOf(reply, "package-result")).to.equal("0");
  }

  it("the reply of an installation comes when it is done, and only a reboot makes the release run", async () => {
    const started = fabric.clock.now();
    await install();
    expect((fabric.clock.now() - started) / 1000).to.equal(400);
    expect(await release()).to.equal("21.4R3-S5.4");
    expect(fabric.simulator.truth().devices["leaf1"]?.pendingRelease).to.equal(TARGET_RELEASE);
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(1000);
    expect(await release()).to.equal(TARGET_RELEASE);
    expect(counters()).to.include({ reboots: 1, installsStarted: 1, installsFinished: 1 });
  });

  it("a reboot is proven by a new boot time; sshd still answers for a while, then sessions die", async () => {
    const before = await bootSeconds();
    const client = fabric.connect("leaf1");
    const reply = await client.succeed("<request-reboot/>");
    expect(textOf(reply, "request-reboot-status")).to.contain("Shutdown NOW!");
    await fabric.clock.advanceBy(9);
    expect(await bootSeconds()).to.equal(before);
    expect(client.closed).to.equal(false);
    await fabric.clock.advanceBy(1);
    expect(client.closed).to.equal(true);
    expect(() => fabric.connect("leaf1")).to.throw(SimulationError, "leaf1 does not answer");
    await fabric.clock.advanceBy(600);
    expect(await bootSeconds()).to.be.greaterThan(before + 600);
  });

  it("NETCONF answers before the line cards and the routing process are up", async () => {
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(615);
    expect(textOf(await fabric.ask("leaf1", "<get-fpc-information/>"), "state")).to.equal("Present");
    const early = await fabric.connect("leaf1").call("<get-bgp-summary-information/>");
    expect(errorsOf(early)).to.deep.equal(["the routing subsystem is not running"]);
    await fabric.clock.advanceBy(45);
    expect(textOf(await fabric.ask("leaf1", "<get-fpc-information/>"), "state")).to.equal("Online");
    expect(textOf(await fabric.ask("leaf1", "<get-bgp-summary-information/>"), "down-peer-count")).to.equal(
      "4",
    );
    await fabric.clock.advanceBy(60);
    expect(textOf(await fabric.ask("leaf1", "<get-bgp-summary-information/>"), "down-peer-count")).to.equal(
      "0",
    );
  });

  it("nothing but request-reboot reboots: commits, installs and reads leave the boot time alone", async () => {
    const before = await bootSeconds();
    await install();
    await fabric.configure("leaf1", ["set interfaces ae1 disable"]);
    await fabric.clock.advanceBy(5000);
    expect(await bootSeconds()).to.equal(before);
    expect(counters()?.reboots).to.equal(0);
  });

  it("a second installation is refused while one runs, and while one is pending", async () => {
    const first = fabric.connect("leaf1");
    const running = first.call(ADD);
    await fabric.clock.advanceBy(1);
    expect(errorsOf(await fabric.connect("leaf1").call(ADD))[0]).to.contain("in progress");
    await fabric.clock.runUntilSettled(running);
    const second = await fabric.connect("leaf1").call(ADD);
    expect(textOf(second, "package-result")).to.equal("1");
    expect(textOf(second, "output")).to.contain("already an install pending");
    const pending = await fabric.ask("leaf1", "<request-package-checks-pending-install/>");
    expect(textOf(pending, "package-result")).to.equal("1");
    expect(counters()?.installsStarted).to.equal(1);
  });

  it("an installation goes on when its client hangs up, and the log tells", async () => {
    const client = fabric.connect("leaf1");
    const call = client.call(ADD).catch((error: unknown) => String(error));
    await fabric.clock.advanceBy(1);
    client.destroy();
    expect(await call).to.contain("connection closed");
    await fabric.clock.advanceBy(400);
    const log = await fabric.ask("leaf1", "<get-log><filename>install</filename></get-log>");
    const text = textOf(log, "file-content") ?? "";
    expect(text).to.match(
      /^2025-01-15 12:00:00 UTC mgd\[\d+\]: \/usr\/libexec\/ui\/package -X update -no-validate /,
    );
    expect(text).to.match(/upgrade_platform: Staging of \/var\/tmp\/.*23\.4R2-S3\.9.* completed/);
    expect(text).to.match(/<\/output>\n<package-result>0<\/package-result>$/);
  });

  it("a device that goes down in the middle of an installation has installed nothing", async () => {
    const client = fabric.connect("leaf1");
    void client.call(ADD).catch(() => undefined);
    await fabric.clock.advanceBy(1);
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(1000);
    expect(await release()).to.equal("21.4R3-S5.4");
    expect(fabric.simulator.truth().devices["leaf1"]?.pendingRelease).to.equal(undefined);
  });

  it("without room an installation fails at once", async () => {
    const small = new SmallFabric({ more: "devices: [{name: leaf1, diskFreeBytes: 1000000000}]\n" });
    const reply = await small.connect("leaf1").call(ADD);
    expect(textOf(reply, "package-result")).to.equal("1");
    expect(textOf(reply, "output")).to.contain("Not enough space");
    await small.simulator.close();
  });

  it("a package that is not there fails without a package-result, as on the device", async () => {
    const reply = await fabric
      .connect("leaf1")
      .call("<request-package-add><package-name>/var/tmp/none.tgz</package-name></request-package-add>");
    expect(textOf(reply, "output")).to.contain("is not found or empty");
    expect(textOf(reply, "package-result")).to.equal(undefined);
  });

  it("RB the old software comes back by rollback and reboot; a staged one is only taken back", async () => {
    await install();
    await fabric.ask("leaf1", "<request-package-rollback/>");
    expect(fabric.simulator.truth().devices["leaf1"]?.pendingRelease).to.equal(undefined);
    await install();
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(1000);
    expect(await release()).to.equal(TARGET_RELEASE);
    await fabric.ask("leaf1", "<request-package-rollback/>");
    await fabric.ask("leaf1", "<request-reboot/>");
    await fabric.clock.advanceBy(1000);
    expect(await release()).to.equal("21.4R3-S5.4");
  });

  it("a reboot can be scheduled, is shown, and can be taken back", async () => {
    await fabric.ask("leaf1", "<request-reboot><in>5</in></request-reboot>");
    const shown = await fabric.ask("leaf1", "<get-reboot-information/>");
    expect(textOf(shown, "output")).to.contain("reboot requested by hitless at 2025-01-15 12:05:00 UTC");
    await fabric.ask("leaf1", "<clear-reboot/>");
    await fabric.clock.advanceBy(400);
    expect(counters()?.reboots).to.equal(0);
    await fabric.ask("leaf1", "<request-reboot><in>5</in></request-reboot>");
    await fabric.clock.advanceBy(309);
    expect(counters()?.reboots).to.equal(0);
    await fabric.clock.advanceBy(1);
    expect(counters()?.reboots).to.equal(1);
  });

  it("files are listed, checked, fetched and deleted", async () => {
    const more = `images: [{name: other.tgz, sizeBytes: 100, sha256: ${"cd".repeat(32)}, release: 22.2R1}]\n`;
    const fetching = new SmallFabric({ more });
    const client = fetching.connect("leaf1");
    const list = await client.succeed("<file-list><path>/var/tmp</path></file-list>");
    expect(textOf(list, "file-name")).to.equal(PACKAGE);
    expect(textOf(list, "file-size")).to.equal("1879048192");
    const copy =
      "<file-copy><source>https://images.example/a/other.tgz</source><destination>/var/tmp/</destination></file-copy>";
    const reply = await fetching.clock.runUntilSettled(client.succeed(copy));
    expect(reply.children).to.deep.equal([]);
    const sum = await client.succeed(
      "<get-sha256-checksum-information><path>/var/tmp/other.tgz</path></get-sha256-checksum-information>",
    );
    expect(textOf(sum, "checksum")).to.equal("cd".repeat(32));
    await client.succeed("<file-delete><path>/var/tmp/other.tgz</path></file-delete>");
    const gone = await client.call("<file-list><path>/var/tmp/other.tgz</path></file-list>");
    expect(errorsOf(gone)[0]).to.contain("No such file or directory");
    await fetching.simulator.close();
  });
});
