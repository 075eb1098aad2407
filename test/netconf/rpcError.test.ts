import { expect } from "chai";

import { RpcError, hasFailed, rpcErrors } from "../../src/netconf/rpcError.ts";
import { parseXml } from "../../src/netconf/xml.ts";
import { find } from "../../src/netconf/xmlNode.ts";
import { describeWithReplies, readReply } from "../support/replies.ts";

function errorsIn(source: string | Buffer): ReturnType<typeof rpcErrors> {
  return rpcErrors(parseXml(source));
}

describe("rpc errors", () => {
  it("are found at any depth, in any namespace, in document order", () => {
    const errors = errorsIn(
      `<rpc-reply><a><b><nc:rpc-error><nc:error-severity>error</nc:error-severity>
        <nc:error-tag>operation-failed</nc:error-tag><nc:error-path>\n[edit protocols bgp]\n</nc:error-path>
        <nc:error-message>\nfirst\n</nc:error-message></nc:rpc-error></b></a>
        <xnm:error><message>second</message><edit-path>[edit]</edit-path><token>x</token></xnm:error></rpc-reply>`,
    );
    expect(errors).to.deep.equal([
      { severity: "error", tag: "operation-failed", message: "first", path: "[edit protocols bgp]" },
      { severity: "error", tag: "", message: "second", path: "[edit]", badElement: "x" },
    ]);
  });

  it("count as errors when they do not say how severe they are", () => {
    expect(hasFailed(errorsIn("<r><rpc-error><error-message>x</error-message></rpc-error></r>"))).to.equal(
      true,
    );
  });

  it("are warnings when they say so, in both shapes", () => {
    const errors = errorsIn(
      `<r><rpc-error><error-severity>warning</error-severity><error-message>statement not found</error-message>
       </rpc-error><xnm:warning><message>uncommitted changes</message></xnm:warning></r>`,
    );
    expect(errors.map((item) => item.severity)).to.deep.equal(["warning", "warning"]);
    expect(hasFailed(errors)).to.equal(false);
  });

  it("are none when the message is empty and the device says ok", () => {
    const empty = "<rpc-error><error-severity>error</error-severity><error-message/></rpc-error>";
    expect(
      errorsIn(`<r><load-configuration-results>${empty}<ok/></load-configuration-results></r>`),
    ).to.have.length(0);
    expect(
      errorsIn(`<r><load-configuration-results>${empty}</load-configuration-results><ok/></r>`),
    ).to.have.length(0);
    expect(errorsIn(`<r>${empty}</r>`)).to.have.length(1);
    expect(errorsIn(`<r><x><ok/></x><y>${empty}</y></r>`), "ok of another element").to.have.length(1);
  });

  it("are errors despite ok when they have a message", () => {
    expect(errorsIn("<r><ok/><rpc-error><error-message>no</error-message></rpc-error></r>")).to.have.length(
      1,
    );
  });

  it("do not include data that is called error", () => {
    expect(errorsIn("<r><interface><error>12</error><error/></interface></r>")).to.have.length(0);
  });

  it("say in one line what the device said", () => {
    const reply = parseXml(
      `<r><rpc-error><error-message>syntax error</error-message><error-info><bad-element>get-x</bad-element>
       </error-info></rpc-error><rpc-error><error-severity>warning</error-severity>
       <error-message>hm</error-message></rpc-error><rpc-error><error-tag>lock-denied</error-tag></rpc-error></r>`,
    );
    const error = new RpcError(reply);
    expect(error.message).to.equal("syntax error (get-x); lock-denied");
    expect(error.errors).to.have.length(3);
    expect(error.reply).to.equal(reply);
  });
});

describeWithReplies("rpc errors in real replies", () => {
  it("permission denied names the RPC", () => {
    expect(errorsIn(readReply("pyez__rpc-error_permission-denied.xml"))).to.deep.equal([
      { severity: "error", tag: "", message: "permission denied", badElement: "get-permission-denied" },
    ]);
  });

  it("an unknown RPC is a syntax error", () => {
    expect(errorsIn(readReply("rustjunosmcp__rpc-error_unknown-rpc.xml"))).to.deep.equal([
      {
        severity: "error",
        tag: "operation-failed",
        message: "syntax error",
        badElement: "get-system-storage-information",
      },
    ]);
  });

  it("a refused commit gives both errors", () => {
    const errors = errorsIn(readReply("pyez__commit-configuration_errors.xml"));
    expect(errors.map((item) => item.message)).to.deep.equal([
      "interface-range 'axp' is not defined",
      "interface-ranges expansion failed",
    ]);
    expect(hasFailed(errors)).to.equal(true);
  });

  it("a refused load is found within its results", () => {
    const errors = errorsIn(readReply("pyez__load-configuration_error.xml"));
    expect(errors.map((item) => item.badElement)).to.deep.equal(["system1", "}"]);
    expect(hasFailed(errors)).to.equal(true);
  });

  it("the warnings of a vmhost reboot are a success", () => {
    const errors = errorsIn(readReply("pyez__request-vmhost-reboot_warnings.xml"));
    expect(errors.map((item) => item.message)).to.deep.equal([
      "Rebooting re0 in 1 min",
      "Initiating Junos shutdown...",
    ]);
    expect(hasFailed(errors)).to.equal(false);
  });

  it("an error of the XML API counts", () => {
    const errors = errorsIn(readReply("rustjunosmcp__chassis-cluster-information_not-enabled.xml"));
    expect(errors).to.deep.equal([
      { severity: "error", tag: "", message: "error: Chassis cluster is not enabled" },
    ]);
  });

  it("a subsystem that is not running is an error, without the newlines around it", () => {
    const errors = errorsIn(readReply("rustjunosmcp__bgp-summary_routing-subsystem-not-running.xml"));
    expect(errors.map((item) => item.message)).to.deep.equal(["the routing subsystem is not running"]);
  });

  it("data of one routing engine stays beside the error of the other", () => {
    const error = new RpcError(parseXml(readReply("pyez__software-information_mx960-re0-unreachable.xml")));
    expect(error.message).to.include("Could not connect to re0 : No route to host");
    expect(find(error.reply, "multi-routing-engine-results")).to.not.equal(undefined);
  });

  it("text that only sounds like an error is none", () => {
    for (const name of ["pyez__request-package-validate_ok.xml", "pyez__chassis-inventory_not-master.xml"]) {
      expect(errorsIn(readReply(name)), name).to.have.length(0);
    }
  });
});
