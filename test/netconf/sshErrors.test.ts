import { expect } from "chai";

import type { NetconfErrorCode } from "../../src/netconf/errors.ts";
import { classifySshError } from "../../src/netconf/sshErrors.ts";

function classified(properties: object, isLoggedIn = false): ReturnType<typeof classifySshError> {
  const error = Object.assign(
    new Error("message" in properties ? String(properties.message) : "x"),
    properties,
  );
  return classifySshError(error, { target: "leaf1:830", isLoggedIn });
}

describe("errors of the SSH layer", () => {
  const cases: readonly [string, object, NetconfErrorCode][] = [
    ["a closed port", { code: "ECONNREFUSED", level: "client-socket" }, "ConnectionRefused"],
    ["an unanswered TCP connection", { code: "ETIMEDOUT", level: "client-socket" }, "ConnectTimeout"],
    ["no route", { code: "EHOSTUNREACH", level: "client-socket" }, "HostUnreachable"],
    ["an unknown name", { code: "ENOTFOUND", level: "client-socket" }, "HostUnreachable"],
    ["name servers that do not answer", { code: "EAI_AGAIN", level: "client-socket" }, "HostUnreachable"],
    ["a reset", { code: "ECONNRESET", level: "client-socket" }, "ConnectionLost"],
    ["no handshake in time", { level: "client-timeout" }, "ConnectTimeout"],
    ["refused credentials", { level: "client-authentication" }, "AuthenticationFailed"],
    ["a disconnect after too many attempts", { code: 14 }, "AuthenticationFailed"],
    ["no common cipher", { level: "handshake", message: "no matching C->S cipher" }, "AlgorithmMismatch"],
    ["anything else", {}, "ConnectionLost"],
  ];
  for (const [what, properties, code] of cases) {
    it(`${what} is ${code}`, () => {
      expect(classified(properties).code).to.equal(code);
      expect(classified(properties, true).code).to.equal("ConnectionLost");
    });
  }

  it("name the device and keep the cause, also where the error says nothing itself", () => {
    const error = classified({ message: "", code: "ECONNREFUSED" });
    expect(error.message).to.equal('leaf1:830: "ECONNREFUSED"');
    expect(error.cause).to.be.instanceOf(Error);
  });

  it("name the address once", () => {
    const refused = { code: "ECONNREFUSED", message: "connect ECONNREFUSED leaf1:830" };
    expect(classified(refused).message).to.equal("leaf1:830: connect ECONNREFUSED");
  });
});
