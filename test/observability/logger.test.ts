import { expect } from "chai";
import { Writable } from "node:stream";
import type { LogLevel } from "../../src/observability/logger.ts";
import { createLogger } from "../../src/observability/logger.ts";

const at = Date.UTC(2026, 2, 1, 10);

/** A logger and the lines it has written. */
function logging(redact: readonly string[] = [], level: LogLevel = "info") {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const log = createLogger({ level, stream, redact, now: () => at });
  const last = () => {
    const line: Record<string, unknown> = JSON.parse(lines.at(-1) ?? "null");
    return line;
  };
  return { log, lines, last };
}

const entry = {
  object: "leaf1",
  action: "Install",
  code: "InstallFailed",
  message: "the package was refused",
};

describe("logger", () => {
  it("LG-1 LG-2 writes one JSON object a line with exactly these keys, in this order", () => {
    const { log, lines } = logging();
    log.warn(entry);
    expect(lines).to.deep.equal([
      '{"timestamp":"2026-03-01T10:00:00.000Z","level":"warn","object":"leaf1","action":"Install",' +
        '"code":"InstallFailed","message":"the package was refused"}\n',
    ]);
  });

  it("LG-2 adds details, and nothing else", () => {
    const { log, last } = logging();
    log.info({ ...entry, details: { percent: 40 } });
    expect(Object.keys(last())).to.deep.equal([
      "timestamp",
      "level",
      "object",
      "action",
      "code",
      "message",
      "details",
    ]);
    expect(last()["details"]).to.deep.equal({ percent: 40 });
  });

  it("writes an error with everything it knows, and its causes", () => {
    const { log, last } = logging();
    const cause = new TypeError("socket closed");
    const error = Object.assign(new Error("no reply", { cause }), { code: "ReplyTimeout" });
    log.error({ ...entry, error });
    const written = Reflect.get(Object(last()["details"]), "error");
    expect(written).to.deep.include({ name: "Error", message: "no reply", code: "ReplyTimeout" });
    expect(written).to.have.nested.property("cause.name", "TypeError");
    expect(written).to.have.nested.property("cause.message", "socket closed");
    expect(written).to.have.property("stack").that.includes("logger.test");
  });

  it("writes what JSON cannot: circles, bytes, maps, big and impossible numbers", () => {
    const { log, last } = logging();
    const circle: Record<string, unknown> = { name: "a" };
    circle["self"] = circle;
    const map = new Map([["x", new Set([1])]]);
    log.info({ ...entry, details: { circle, bytes: Buffer.alloc(3), map, big: 2n, nothing: Number.NaN } });
    expect(last()["details"]).to.deep.equal({
      circle: { name: "a", self: "[circular]" },
      bytes: "[3 bytes]",
      map: { x: [1] },
      big: "2",
      nothing: "NaN",
    });
  });

  it("leaves out what is below its level", () => {
    const { log, lines } = logging([], "warn");
    log.info(entry);
    log.debug(entry);
    expect(lines).to.deep.equal([]);
    log.error(entry);
    expect(lines).to.have.length(1);
  });

  describe("secrets", () => {
    const secret = "p<4>&ss'w\"rd+$1.*";

    it("replaces a secret wherever it stands", () => {
      const { log, lines } = logging([secret]);
      const error = new Error(`login with ${secret} failed`, { cause: { nested: [secret] } });
      log.error({
        object: secret,
        action: secret,
        code: secret,
        message: `a ${secret} b ${secret}`,
        error,
        details: { [secret]: { deep: [{ deeper: `x${secret}y` }] } },
      });
      expect(lines.join("")).not.to.include("ss'w").and.not.to.include("rd+$1");
      expect(lines.join("").split("[redacted]")).to.have.length.greaterThan(8);
    });

    it("replaces it in XML and in URLs", () => {
      const { log, lines } = logging([secret]);
      log.info({ ...entry, message: "<password>p&lt;4&gt;&amp;ss'w\"rd+$1.*</password>" });
      log.info({ ...entry, message: `https://user:${encodeURIComponent(secret)}@images.example` });
      expect(lines.join("")).not.to.include("ss'w").and.not.to.include("ss'w%22rd");
    });

    for (const [before, after] of [
      ["", ""],
      ["admin:", ""],
      ["a", "b"],
      ["ab", "c"],
      ["abc", "de"],
    ] as const) {
      it(`replaces it in base64, between "${before}" and "${after}"`, () => {
        const { log, last } = logging(["Sup3rS3cretPassw0rd"]);
        const encoded = Buffer.from(`${before}Sup3rS3cretPassw0rd${after}`).toString("base64");
        log.info({ ...entry, message: `Authorization: Basic ${encoded}` });
        const message = String(last()["message"]);
        expect(message).to.include("[redacted]");
        const rest = message.replace("Authorization: Basic ", "").split("[redacted]");
        for (const piece of rest) expect(piece.length).to.be.lessThan(12);
        expect(Buffer.from(rest.join(""), "base64").toString("latin1")).not.to.match(/S3cret|Passw/);
      });
    }

    it("replaces each line of a private key", () => {
      const { log, lines } = logging();
      const line = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmU";
      log.registerSecret(
        `-----BEGIN OPENSSH PRIVATE KEY-----\n${line}\nQUJD\n-----END OPENSSH PRIVATE KEY-----\n`,
      );
      log.info({ ...entry, message: `cannot parse ${line}` });
      expect(lines.join("")).not.to.include(line);
    });

    it("replaces a secret that is registered later, from then on", () => {
      const { log, last } = logging();
      log.info({ ...entry, message: "hunter22" });
      expect(last()["message"]).to.equal("hunter22");
      log.registerSecret("hunter22");
      log.info({ ...entry, message: "hunter22" });
      expect(last()["message"]).to.equal("[redacted]");
    });

    it("leaves nothing of a secret that holds another", () => {
      const { log, last } = logging(["secret", "secretive"]);
      log.info({ ...entry, message: "secretive secret" });
      expect(last()["message"]).to.equal("[redacted] [redacted]");
    });

    it("takes no empty text for a secret", () => {
      const { log, last } = logging([""]);
      log.registerSecret("");
      log.info(entry);
      expect(last()["message"]).to.equal(entry.message);
    });
  });
});
