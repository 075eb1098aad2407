/** The server for probes and metrics: three addresses, two methods, and nothing else. */
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import {
  serveStatus,
  type StatusServer,
  type StatusServerOptions,
} from "../../src/observability/statusServer.ts";

describe("observability: the status server", () => {
  let server: StatusServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  async function start(changed: Partial<StatusServerOptions> = {}): Promise<string> {
    server = await serveStatus({
      host: "127.0.0.1",
      port: 0,
      notReady: async () => [],
      metrics: async () => ({ contentType: "text/plain; version=0.0.4", text: "a 1\n" }),
      ...changed,
    });
    return `http://${server.address}`;
  }

  it("MO-3 says that it is alive, ready, and what there is to measure", async () => {
    const url = await start();
    for (const [path, text] of [
      ["/healthz", "ok\n"],
      ["/readyz", "ready\n"],
      ["/readyz?verbose", "ready\n"],
      ["/metrics", "a 1\n"],
    ] as const) {
      const reply = await fetch(url + path);
      expect(reply.status, path).to.equal(200);
      expect(await reply.text(), path).to.equal(text);
    }
    const head = await fetch(`${url}/metrics`, { method: "HEAD" });
    expect(head.headers.get("content-length")).to.equal("4");
    expect(head.headers.get("content-type")).to.equal("text/plain; version=0.0.4");
    expect(await head.text()).to.equal("");
  });

  it("says why it is not ready, in words, and is alive all the same", async () => {
    const url = await start({ notReady: async () => ["no API server", "nothing read"] });
    const reply = await fetch(`${url}/readyz`);
    expect(reply.status).to.equal(503);
    expect(await reply.text()).to.equal("no API server\nnothing read\n");
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
  });

  it("serves nothing else, and only to those who ask", async () => {
    const url = await start();
    for (const path of ["/", "/debug/pprof", "/metrics/", "/healthz/../etc/passwd", "/%00"]) {
      expect((await fetch(url + path)).status, path).to.equal(404);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const reply = await fetch(`${url}/metrics`, { method });
      expect(reply.status, method).to.equal(405);
      expect(reply.headers.get("allow")).to.equal("GET, HEAD");
    }
  });

  it("keeps what went wrong to itself", async () => {
    const url = await start({ metrics: async () => Promise.reject(new Error("the password is hunter2")) });
    const reply = await fetch(`${url}/metrics`);
    expect(reply.status).to.equal(500);
    expect(await reply.text()).to.equal("internal error\n");
  });

  it("closes at once, also while somebody says nothing or waits for an answer", async () => {
    const url = await start({ notReady: () => new Promise<never>(() => undefined) });
    const { hostname, port } = new URL(url);
    const silent = connect(Number(port), hostname);
    await once(silent, "connect");
    const waiting = fetch(`${url}/readyz`).catch(() => "cut off");
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
    const ended = once(silent, "close");
    await server?.close();
    server = undefined;
    await ended;
    expect(await waiting).to.equal("cut off");
  });

  it("refuses an address that is taken", async () => {
    const url = await start();
    const port = Number(new URL(url).port);
    let code: unknown;
    try {
      await serveStatus({
        host: "127.0.0.1",
        port,
        notReady: async () => [],
        metrics: async () => ({ contentType: "", text: "" }),
      });
    } catch (error) {
      code = error instanceof Error && "code" in error ? error.code : undefined;
    }
    expect(code).to.equal("EADDRINUSE");
  });
});
