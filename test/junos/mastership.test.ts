import { expect } from "chai";
import { parseMastershipSwitch } from "../../src/junos/mastership.ts";
import { parseXml } from "../../src/netconf/xml.ts";

const verdictOf = (content: string): string =>
  parseMastershipSwitch(parseXml(Buffer.from(`<rpc-reply>${content}</rpc-reply>`))).verdict;

describe("junos: the reply to a switch of mastership", () => {
  it("RE-3 says so where it is done, in one output or in several messages", () => {
    expect(
      verdictOf(
        "<output>Resolving mastership...\nComplete. The other routing engine becomes the master.</output>",
      ),
    ).to.equal("Accepted");
    expect(
      verdictOf(
        "<chassis-routing-engine-state><message>Resolving mastership...</message><message>Complete. The other routing engine becomes the master.</message></chassis-routing-engine-state>",
      ),
    ).to.equal("Accepted");
  });

  it("RE-3 knows the refusals, and the question that nobody answered", () => {
    for (const text of [
      "Command aborted. Not ready for mastership switch, try after 30 secs.",
      "error: mastership switch request NOT honored, backup not ready",
      "Mastership switch not supported during fru reconnect",
      "error: Backup RE not running",
      "Toggle mastership between routing engines ? [yes,no] (no) ",
    ]) {
      expect(verdictOf(`<output>${text}</output>`), text).to.equal("Refused");
    }
    expect(
      verdictOf(
        "<rpc-error><error-severity>error</error-severity><error-message>permission denied</error-message></rpc-error>",
      ),
    ).to.equal("Refused");
  });

  it("takes anything else for no proof at all", () => {
    expect(verdictOf("")).to.equal("Unproven");
    expect(verdictOf("<output>Resolving mastership...</output>")).to.equal("Unproven");
  });
});
