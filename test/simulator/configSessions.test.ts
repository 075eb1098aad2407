import { expect } from "chai";

import { errorsOf, textOf } from "./support/rawClient.ts";
import { loadSet, SmallFabric } from "./support/smallFabric.ts";

const COMPARE = '<get-configuration compare="rollback" rollback="0" format="text"/>';
const GRACEFUL = "set protocols bgp group UNDERLAY graceful-shutdown sender";

describe("simulator: configuration over NETCONF", () => {
  let fabric: SmallFabric;
  beforeEach(() => {
    fabric = new SmallFabric();
  });
  afterEach(() => fabric.simulator.close());

  const committed = (device = "leaf1"): string =>
    fabric.simulator.devices.get(device)?.committedConfiguration() ?? "";

  it("changes by load and commit only, and shows the difference before", async () => {
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    expect(committed()).to.not.contain("ae1 disable");
    expect(textOf(await client.succeed(COMPARE), "configuration-output")).to.contain("+   disable;");
    await client.succeed("<commit-configuration><log>take it down</log></commit-configuration>");
    expect(committed()).to.contain("set interfaces ae1 disable\n");
    expect(textOf(await client.succeed(COMPARE), "configuration-output")).to.equal("");
    const history = await client.succeed("<get-commit-information/>");
    expect(textOf(history, "log")).to.equal("take it down");
  });

  it("the committed database is what runs, the candidate what is edited", async () => {
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    const shown = async (database: string): Promise<string> =>
      textOf(
        await client.succeed(`<get-configuration database="${database}" format="set"/>`),
        "configuration-set",
      ) ?? "";
    expect(await shown("committed")).to.not.contain("ae1 disable");
    expect(await shown("candidate")).to.contain("ae1 disable");
  });

  it("the lock is refused while another session holds it, and others can neither load nor commit", async () => {
    const [first, second] = [fabric.connect("leaf1"), fabric.connect("leaf1")];
    await first.succeed("<lock-configuration/>");
    expect(errorsOf(await second.call("<lock-configuration/>"))[0]).to.contain("locked by");
    expect(errorsOf(await second.call(loadSet(["set interfaces ae1 disable"])))[0]).to.contain("locked by");
    expect(errorsOf(await second.call("<commit-configuration/>"))[0]).to.contain("locked by");
    await first.succeed("<unlock-configuration/>");
    await second.succeed("<lock-configuration/>");
  });

  it("the lock is refused while the shared candidate holds somebody's changes", async () => {
    const [first, second] = [fabric.connect("leaf1"), fabric.connect("leaf1")];
    await first.succeed(loadSet(["set interfaces ae1 disable"]));
    expect(errorsOf(await second.call("<lock-configuration/>"))[0]).to.equal(
      "configuration database modified",
    );
    await second.succeed('<load-configuration rollback="0"/>');
    await second.succeed("<lock-configuration/>");
  });

  it("a session that dies gives its lock back and its changes up", async () => {
    const first = fabric.connect("leaf1");
    await first.succeed("<lock-configuration/>");
    await first.succeed(loadSet(["set interfaces ae1 disable"]));
    first.destroy();
    await fabric.clock.advanceBy(1);
    const second = fabric.connect("leaf1");
    await second.succeed("<lock-configuration/>");
    expect(textOf(await second.succeed(COMPARE), "configuration-output")).to.equal("");
  });

  it("a confirmed commit rolls back exactly when its time is over", async () => {
    const before = committed();
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    await client.succeed(
      "<commit-configuration><confirmed/><confirm-timeout>5</confirm-timeout></commit-configuration>",
    );
    await fabric.clock.advanceBy(299);
    expect(committed()).to.contain("ae1 disable");
    await fabric.clock.advanceBy(1);
    expect(committed()).to.equal(before);
    expect(fabric.simulator.log().map((entry) => entry.kind)).to.contain("RolledBack");
  });

  it("a second commit confirms, and so does a mere check", async () => {
    for (const confirmation of [
      "<commit-configuration/>",
      "<commit-configuration><check/></commit-configuration>",
    ]) {
      const client = fabric.connect("leaf2");
      await client.succeed(loadSet(["set interfaces ae1 disable"]));
      await client.succeed(
        "<commit-configuration><confirmed/><confirm-timeout>5</confirm-timeout></commit-configuration>",
      );
      await client.succeed(confirmation);
      await fabric.clock.advanceBy(600);
      expect(committed("leaf2")).to.contain("ae1 disable");
      await fabric.configure("leaf2", ["delete interfaces ae1 disable"]);
      client.destroy();
    }
  });

  it("a confirmed commit of a private copy is refused, a plain one is merged into what came between", async () => {
    const client = fabric.connect("leaf1");
    const warning = await client.succeed("<open-configuration><private/></open-configuration>");
    expect(textOf(warning, "error-severity")).to.equal("warning");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    const confirmed = await client.call("<commit-configuration><confirmed/></commit-configuration>");
    expect(errorsOf(confirmed)[0]).to.contain("private");
    await fabric.configure("leaf1", ["set interfaces ae2 disable"]);
    await client.succeed("<commit-configuration/>");
    expect(committed()).to.contain("ae1 disable").and.contain("ae2 disable");
  });

  it("an unconfirmed commit does not survive a reboot", async () => {
    const before = committed();
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set interfaces ae1 disable"]));
    await client.succeed(
      "<commit-configuration><confirmed/><confirm-timeout>60</confirm-timeout></commit-configuration>",
    );
    await client.succeed("<request-reboot/>");
    await fabric.clock.advanceBy(1000);
    expect(committed()).to.equal(before);
  });

  it("statements that the release does not know are syntax errors, and the same statements pass later", async () => {
    const old = new SmallFabric({ more: "devices: [{name: leaf1, release: 18.4R2-S3.4}]\n" });
    const preference = "set interfaces ae1 esi df-election-type preference value 0";
    for (const [statement, word] of [
      [GRACEFUL, "graceful-shutdown"],
      [preference, "df-election-type"],
    ] as const) {
      const reply = await old.connect("leaf1").call(loadSet([statement]));
      expect(errorsOf(reply)).to.deep.equal(["syntax error"]);
      expect(textOf(reply, "bad-element")).to.equal(word);
      await fabric.connect("leaf1").succeed(loadSet([statement]));
    }
    await old.simulator.close();
  });

  it("native EVPN maintenance mode is not known: clients find out by trying", async () => {
    const reply = await fabric
      .connect("leaf1")
      .call(loadSet(["set protocols evpn maintenance-mode erb-leaf"]));
    expect(textOf(reply, "bad-element")).to.equal("maintenance-mode");
  });

  it("the check refuses a policy that is used but not defined, and nothing is committed", async () => {
    const before = committed();
    const client = fabric.connect("leaf1");
    await client.succeed(loadSet(["set protocols bgp group UNDERLAY export NOWHERE"]));
    const check = await client.call("<commit-configuration><check/></commit-configuration>");
    expect(errorsOf(check)[0]).to.contain("NOWHERE referenced but not defined");
    expect(errorsOf(await client.call("<commit-configuration/>")).at(-1)).to.equal(
      "configuration check-out failed",
    );
    expect(committed()).to.equal(before);
  });

  it("deleting what is not there is a warning, moving it an error", async () => {
    const client = fabric.connect("leaf1");
    const reply = await client.succeed(loadSet(["delete interfaces ae77 disable"]));
    expect(textOf(reply, "error-message")).to.equal("statement not found");
    const moved = await client.call(
      loadSet(["insert protocols bgp group UNDERLAY export X before UNDERLAY-EXPORT"]),
    );
    expect(errorsOf(moved)).to.deep.equal(["statement not found"]);
  });

  it("RB a saved configuration in braces restores the device as a whole", async () => {
    const client = fabric.connect("leaf1");
    const before = committed();
    const text = textOf(
      await client.succeed('<get-configuration database="committed" format="text"/>'),
      "configuration-text",
    );
    await fabric.configure("leaf1", ["set interfaces ae1 disable", "delete protocols bgp group OVERLAY"]);
    expect(committed()).to.not.equal(before);
    await client.succeed(
      `<load-configuration action="override" format="text"><configuration-text>${text ?? ""}</configuration-text></load-configuration>`,
    );
    await client.succeed("<commit-configuration/>");
    expect(committed()).to.equal(before);
  });

  it("older configurations and the rescue configuration can be loaded", async () => {
    const before = committed();
    await fabric.configure("leaf1", ["set interfaces ae1 disable"]);
    const client = fabric.connect("leaf1");
    await client.succeed('<load-configuration rollback="1"/>');
    await client.succeed("<commit-configuration/>");
    expect(committed()).to.equal(before);
    await fabric.configure("leaf1", ["set interfaces ae2 disable"]);
    await client.succeed('<load-configuration rescue="rescue"/>');
    await client.succeed("<commit-configuration/>");
    expect(committed()).to.equal(before);
  });

  it("an unknown RPC is a syntax error that names it", async () => {
    const reply = await fabric.connect("leaf1").call("<get-weather-information/>");
    expect(errorsOf(reply)).to.deep.equal(["syntax error"]);
    expect(textOf(reply, "bad-element")).to.equal("get-weather-information");
  });

  it("a session can be killed by another, and closes itself after close-session", async () => {
    const [first, second] = [fabric.connect("leaf1"), fabric.connect("leaf1")];
    await first.succeed("<get-alarm-information/>");
    const id = first.hello === undefined ? "" : (textOf(first.hello, "session-id") ?? "");
    await second.succeed(`<kill-session><session-id>${id}</session-id></kill-session>`);
    await second.succeed("<close-session/>");
    await fabric.clock.advanceBy(1);
    expect([first.closed, second.closed]).to.deep.equal([true, true]);
    expect(fabric.simulator.devices.get("leaf1")?.openSessions).to.equal(0);
  });
});

describe("simulator: what clients may send", () => {
  it("no bytes take the simulation down: whatever is not NETCONF ends its own session only", async () => {
    const fabric = new SmallFabric();
    const honest = fabric.connect("leaf1");
    await honest.succeed("<get-alarm-information/>");
    const nonsense = [
      "",
      "<rpc/>",
      "<rpc><a>",
      "]]>]]>]]>]]>",
      "<hello/>]]>]]><hello/>]]>]]>",
      "\u0000\u0001]]>]]>",
      "x".repeat(70_000),
    ];
    for (const text of nonsense) {
      const stream = fabric.simulator.devices.get("leaf1")?.openStream();
      stream?.write(`<hello/>]]>]]>${text}]]>]]>`);
    }
    await fabric.clock.advanceBy(1);
    await honest.succeed("<get-alarm-information/>");
    expect(fabric.simulator.devices.get("leaf1")?.openSessions).to.be.at.least(1);
    await fabric.simulator.close();
    expect(fabric.simulator.devices.get("leaf1")?.openSessions).to.equal(0);
  });
});
