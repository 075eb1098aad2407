/** Packages that the controller sends: a few at a time, whoever wants them. */
import { expect } from "chai";
import { createServer, type Server } from "node:http";
import { imageTransfers } from "../../../src/controllers/device/imageTransfers.ts";
import type { DeviceConnection, PinnedImage } from "../../../src/drivers/driver.ts";
import { NetconfError } from "../../../src/netconf/errors.ts";

const CONTENT = "x".repeat(1000);

describe("controllers: image transfers", () => {
  let server: Server;
  let image: PinnedImage;

  beforeEach(async () => {
    server = createServer((request, response) => {
      if (request.url === "/short") response.writeHead(200, { "content-length": 10 }).end("0123456789");
      else response.writeHead(200).end(CONTENT);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    image = {
      name: "junos",
      uid: "uid",
      generation: 1,
      deviceImageName: "junos.tgz",
      osVersion: "23.4R2",
      sizeBytes: CONTENT.length,
      checksum: {},
      source: { url: `http://127.0.0.1:${String(address.port)}/junos.tgz`, push: true },
    };
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  function connection(sendFile: NonNullable<DeviceConnection["sendFile"]>): DeviceConnection {
    const unused = async (): Promise<never> => {
      throw new Error("no NETCONF is spoken here");
    };
    return { main: { call: unused }, longRunning: unused, sendFile };
  }

  const { signal } = new AbortController();
  const path = "/var/tmp/junos.tgz";

  it("PL-9 sends four at one time, and the others after them", async () => {
    const transfers = imageTransfers();
    let now = 0;
    let most = 0;
    const goOn: (() => void)[] = [];
    const device = connection(async ({ content }) => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((resolve) => goOn.push(resolve));
      content.resume();
      now -= 1;
    });
    const all = Array.from({ length: 10 }, () => transfers.push(device, { image, path }, signal));
    let done = false;
    const ended = Promise.all(all).then(() => {
      done = true;
    });
    let left = 10;
    while (!done) {
      // As many as may be there at once, and only then one goes on.
      if (goOn.length >= Math.min(4, left)) {
        goOn.shift()?.();
        left -= 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ended;
    expect(most).to.equal(4);
  });

  it("refuses a file of another size before anything is sent", async () => {
    let sent = 0;
    const device = connection(async () => {
      sent += 1;
    });
    const url = (image.source?.url ?? "").replace("/junos.tgz", "/short");
    const error = await imageTransfers()
      .push(device, { image: { ...image, source: { url, push: true } }, path }, signal)
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).and.not.instanceOf(NetconfError);
    expect(String(error)).to.contain("it has 10 bytes there, not 1000");
    expect(sent).to.equal(0);
  });

  it("reads over http and https only", async () => {
    const source = { url: "ftp://192.0.2.1/junos.tgz", push: true };
    const error = await imageTransfers()
      .push(
        connection(async () => undefined),
        { image: { ...image, source }, path },
        signal,
      )
      .catch((reason: unknown) => reason);
    expect(String(error)).to.contain("http and https only");
  });
});
