/** Files by the old protocol of scp, against the simulator's end of it and against ends that misbehave. */
import { expect } from "chai";
import { createHash } from "node:crypto";
import { duplexPair, Readable, type Duplex } from "node:stream";
import { NetconfError } from "../../src/netconf/errors.ts";
import { FileRefused, receivingCommand, sendFile } from "../../src/netconf/scp.ts";
import { receiveFile, scpTarget } from "../../src/simulator/management/scpSink.ts";

const PATH = "/var/tmp/junos-23.4R2-S3.9.tgz";
const CONTENT = Buffer.from("package ".repeat(50_000));

function send(
  channel: Duplex,
  { content = CONTENT, sizeBytes = CONTENT.length, signal = new AbortController().signal } = {},
): Promise<unknown> {
  const pieces = [content.subarray(0, 1000), content.subarray(1000)];
  return sendFile(channel, { path: PATH, sizeBytes, content: Readable.from(pieces), signal }).then(
    () => "sent",
    (error: unknown) => error,
  );
}

describe("netconf: scp", () => {
  let client: Duplex;
  let server: Duplex;

  beforeEach(() => {
    [client, server] = duplexPair();
    server.on("error", () => undefined);
  });

  afterEach(() => {
    client.destroy();
    server.destroy();
  });

  it("IM-13 carries a file, whole", async () => {
    const received = receiveFile(server, () => undefined).then((file) => {
      server.end("\0");
      return file;
    });
    expect(await send(client)).to.equal("sent");
    const sha256 = createHash("sha256").update(CONTENT).digest("hex");
    expect(await received).to.include({ sizeBytes: CONTENT.length, sha256 });
  });

  it("tells the device's words when it does not take the file", async () => {
    void receiveFile(server, () => "No space left on device");
    const error = await send(client);
    expect(error).to.be.instanceOf(FileRefused).with.property("message", "scp: No space left on device");
  });

  it("loses the connection, and says so", async () => {
    server.write("\0");
    server.once("data", () => server.destroy());
    server.once("close", () => client.destroy());
    expect(await send(client))
      .to.be.instanceOf(NetconfError)
      .with.property("code", "ConnectionLost");
  });

  it("is cut off where its source gives less, and sends no more than was announced", async () => {
    void receiveFile(server, () => undefined);
    expect(await send(client, { sizeBytes: CONTENT.length + 1 }))
      .to.be.instanceOf(NetconfError)
      .with.property("code", "ConnectionLost");
    [client, server] = duplexPair();
    server.on("error", () => undefined);
    void receiveFile(server, () => undefined);
    expect(await send(client, { sizeBytes: CONTENT.length - 1 })).to.be.instanceOf(FileRefused);
  });

  it("ends when it is aborted", async () => {
    const over = new AbortController();
    server.once("data", () => over.abort(new Error("the controller stops")));
    server.write("\0");
    expect(await send(client, { signal: over.signal })).to.be.instanceOf(Error);
    expect(client.destroyed).to.equal(true);
  });

  it("puts nothing into a command but a plain path", () => {
    expect(scpTarget(receivingCommand(PATH))).to.equal(PATH);
    for (const path of ["/var/tmp/a b", "/var/tmp/$(reboot)", "/var/tmp/a;b", "tmp/a", "/var/tmp/a'"]) {
      expect(() => receivingCommand(path), path).to.throw(RangeError);
    }
  });
});
