import { getEventListeners, once } from "node:events";
import { Duplex } from "node:stream";

import { expect } from "chai";

import { encodeMessage } from "../../src/netconf/framing.ts";
import { openSession, type NetconfSession, type SessionOptions } from "../../src/netconf/session.ts";
import { element, textAt } from "../../src/netconf/xmlNode.ts";
import { duplexPair } from "../support/duplexPair.ts";
import { controlledWait } from "./controlledWait.ts";
import { asNetconfError, netconfFailure, rpcFailure } from "./failure.ts";
import { HELLO, serveFakeDevice, type FakeDevice, type ReceivedRpc } from "./fakeDevice.ts";

interface Setup {
  readonly session: NetconfSession;
  readonly device: FakeDevice;
  /** The device's end of the link. */
  readonly far: Duplex;
}

async function setUp(onRpc?: (rpc: ReceivedRpc) => void, options: SessionOptions = {}): Promise<Setup> {
  const [near, far] = duplexPair();
  const device = serveFakeDevice(far, onRpc);
  const session = await openSession(near, options);
  return { session, device, far };
}

/** Opens a session with a device that says just this. */
function openWith(greeting: string, options: SessionOptions = {}): Promise<NetconfSession> {
  const [near, far] = duplexPair();
  serveFakeDevice(far, undefined, Buffer.from(greeting));
  return openSession(near, options);
}

/** A device that lets a test know when it has an RPC, and answers nothing by itself. */
function silentDevice(): { onRpc: (rpc: ReceivedRpc) => void; next: () => Promise<ReceivedRpc> } {
  const arrived: ReceivedRpc[] = [];
  const waiting: ((rpc: ReceivedRpc) => void)[] = [];
  return {
    onRpc: (rpc) => {
      const taker = waiting.shift();
      if (taker === undefined) arrived.push(rpc);
      else taker(rpc);
    },
    next: () => {
      const rpc = arrived.shift();
      return rpc === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(rpc);
    },
  };
}

const GET = element("get-software-information");

describe("netconf session, hello", () => {
  it("gives session id and capabilities, and announces base:1.0 only", async () => {
    const [near, far] = duplexPair();
    const fromClient: Buffer[] = [];
    far.on("data", (chunk: Buffer) => fromClient.push(chunk));
    far.write(encodeMessage(HELLO));
    const session = await openSession(near);
    expect(session.sessionId).to.equal("4711");
    expect(session.capabilities).to.include("http://xml.juniper.net/netconf/junos/1.0");
    const said = Buffer.concat(fromClient).toString();
    expect(said).to.include("urn:ietf:params:netconf:base:1.0");
    expect(said).to.not.include("base:1.1");
    far.destroy();
    await session.closed;
  });

  const noises: Readonly<Record<string, string>> = {
    "comments and a banner": "<!-- No zombies were killed -->\n<!-- user x -->\nAuthorized use only\n",
    "complaints of the management daemon": "mgd: error: schema: init: 'foo' <bar>\n",
    "a whole message of noise": "mgd: error: something\n]]>]]>\n",
  };
  for (const [what, noise] of Object.entries(noises)) {
    it(`is found after ${what}`, async () => {
      const session = await openWith(`${noise}${HELLO}\n]]>]]>`);
      expect(session.sessionId).to.equal("4711");
      await session.close();
    });
  }

  it("is accepted with a prefix, with the legacy capability only, and without a session id", async () => {
    const session = await openWith(
      '<nc:hello xmlns:nc="urn:x"><nc:capabilities><nc:capability>\nurn:ietf:params:xml:ns:netconf:base:1.0?module=ietf-netconf&amp;revision=2011-06-01\n</nc:capability></nc:capabilities></nc:hello>]]>]]>',
    );
    expect(session.sessionId).to.equal(undefined);
    await session.close();
  });

  it("that does not speak base:1.0 is refused", async () => {
    await netconfFailure(openWith(`${HELLO.replaceAll("base:1.0", "base:1.1")}]]>]]>`), "HelloInvalid");
  });

  it("that is broken is refused", async () => {
    await netconfFailure(openWith(`${HELLO.replace("</capability>", "")}]]>]]>`), "HelloInvalid");
  });

  it("that never comes is an error which quotes what came instead", async () => {
    const time = controlledWait();
    const opening = openWith("mgd: out of memory\n]]>]]>please wait", {
      helloTimeoutSeconds: 7,
      wait: time.wait,
    });
    const failure = netconfFailure(opening, "HelloMissing");
    await new Promise(setImmediate);
    time.expire(7);
    expect((await failure).message).to.equal(
      "no hello within 7 s; the device said: mgd: out of memory please wait",
    );
  });

  it("ends with the link, and says why where the device did", async () => {
    const [near, far] = duplexPair();
    const opening = openSession(near);
    far.end("Connection limit exceeded\n");
    const error = await netconfFailure(opening, "ConnectionLost");
    expect(error.message).to.include("the device said: Connection limit exceeded");
    expect(near.destroyed).to.equal(true);
  });

  it("is not waited for on a stream that is already gone", async () => {
    const [near] = duplexPair();
    near.destroy();
    await netconfFailure(openSession(near), "ConnectionLost");
  });

  it("is not waited for after an abort, be it before or during the wait", async () => {
    for (const before of [true, false]) {
      const [near] = duplexPair();
      const abort = new AbortController();
      if (before) abort.abort();
      const opening = openSession(near, { signal: abort.signal });
      abort.abort();
      await netconfFailure(opening, "Aborted");
      expect(near.destroyed).to.equal(true);
    }
  });
});

describe("netconf session, calls", () => {
  it("resolve with the reply", async () => {
    const { session } = await setUp((rpc) => {
      rpc.reply("<software-information><host-name>leaf1</host-name></software-information>");
    });
    const { signal } = new AbortController();
    const reply = await session.call(GET, { signal });
    expect(getEventListeners(signal, "abort")).to.have.length(0);
    expect(reply.name).to.equal("rpc-reply");
    expect(textAt(reply, "software-information", "host-name")).to.equal("leaf1");
    await session.close();
  });

  it("are sent one at a time, in order", async () => {
    const silent = silentDevice();
    const { session, device } = await setUp(silent.onRpc);
    const answers = ["one", "two", "three"].map((name) => session.call(element(name)));
    for (const name of ["one", "two", "three"]) {
      const rpc = await silent.next();
      expect(rpc.name).to.equal(name);
      expect(device.received.at(-1)).to.equal(name);
      rpc.reply(`<answer>${name}</answer>`);
    }
    const replies = await Promise.all(answers);
    expect(replies.map((reply) => textAt(reply, "answer"))).to.deep.equal(["one", "two", "three"]);
    session.close().catch(() => undefined);
    (await silent.next()).reply("<ok/>");
    await session.closed;
  });

  it("fail with what the device says, keep its data, and leave the session usable", async () => {
    const { session } = await setUp((rpc) => {
      if (rpc.name !== "bad") rpc.reply("<ok/>");
      else rpc.reply("<rpc-error><error-message>no re0</error-message></rpc-error><data>re1</data>");
    });
    const error = await rpcFailure(session.call(element("bad")));
    expect(error.message).to.equal("no re0");
    expect(textAt(error.reply, "data")).to.equal("re1");
    await session.call(element("good"));
    await session.close();
  });

  it("succeed despite warnings", async () => {
    const { session } = await setUp((rpc) => {
      rpc.reply(
        "<rpc-error><error-severity>warning</error-severity><error-message>hm</error-message></rpc-error>",
      );
    });
    await session.call(GET);
    await session.close();
  });

  it("take the malformed commit reply of old releases", async () => {
    const { session } = await setUp((rpc) => {
      rpc.reply("<routing-engine><name>re0</name><commit-success/><ok/>");
    });
    const reply = await session.call(element("commit-configuration"));
    expect(reply.children.map((child) => child.name)).to.deep.equal(["routing-engine", "ok"]);
    await session.close();
  });

  it("that time out close the session, so that a late reply answers nobody", async () => {
    const silent = silentDevice();
    const time = controlledWait();
    const { session, far, device } = await setUp(silent.onRpc, { wait: time.wait });
    const slow = session.call(element("slow"), { timeoutSeconds: 9 });
    const queued = session.call(element("queued"));
    const rpc = await silent.next();
    time.expire(9);
    await netconfFailure(slow, "ReplyTimeout");
    asNetconfError((await netconfFailure(queued, "SessionClosed")).cause, "ReplyTimeout");
    rpc.reply("<late/>");
    await netconfFailure(session.call(GET), "SessionClosed");
    asNetconfError(await session.closed, "ReplyTimeout");
    await once(far, "end");
    expect(device.received).to.deep.equal(["slow"]);
    expect(time.pendingSeconds()).to.deep.equal([]);
  });

  it("are only timed from when they are sent", async () => {
    const silent = silentDevice();
    const time = controlledWait();
    const { session } = await setUp(silent.onRpc, { wait: time.wait, defaultTimeoutSeconds: 60 });
    const first = session.call(element("first"), { timeoutSeconds: 1800 });
    const second = session.call(element("second"));
    const rpc = await silent.next();
    expect(time.pendingSeconds()).to.deep.equal([1800]);
    rpc.reply("<ok/>");
    await first;
    expect(time.pendingSeconds()).to.deep.equal([60]);
    (await silent.next()).reply("<ok/>");
    await second;
    expect(time.pendingSeconds()).to.deep.equal([]);
    const closing = session.close();
    (await silent.next()).reply("<ok/>");
    await closing;
  });

  it("that are aborted while the device works on them close the session", async () => {
    const silent = silentDevice();
    const { session } = await setUp(silent.onRpc);
    const abort = new AbortController();
    const call = session.call(GET, { signal: abort.signal });
    await silent.next();
    abort.abort();
    await netconfFailure(call, "Aborted");
    asNetconfError(await session.closed, "Aborted");
  });

  it("that are aborted before they are sent leave the session usable", async () => {
    const silent = silentDevice();
    const { session, device } = await setUp(silent.onRpc);
    const abort = new AbortController();
    const first = session.call(element("first"));
    const aborted = session.call(element("aborted"), { signal: abort.signal });
    const third = session.call(element("third"));
    abort.abort();
    await netconfFailure(aborted, "Aborted");
    await netconfFailure(session.call(GET, { signal: abort.signal }), "Aborted");
    (await silent.next()).reply("<ok/>");
    (await silent.next()).reply("<ok/>");
    await Promise.all([first, third]);
    expect(device.received).to.deep.equal(["first", "third"]);
    const closing = session.close();
    (await silent.next()).reply("<ok/>");
    await closing;
  });

  it("that XML cannot hold are refused, and nothing is sent", async () => {
    const { session, device } = await setUp();
    const error = await session.call(element("a b")).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(RangeError);
    await session.call(GET);
    expect(device.received).to.deep.equal([GET.name]);
    await session.close();
  });
});

describe("netconf session, a device that misbehaves", () => {
  const answers: Readonly<Record<string, (rpc: ReceivedRpc) => string>> = {
    "answers another message": () => '<rpc-reply message-id="999"><ok/></rpc-reply>]]>]]>',
    "answers out of order": ({ messageId }) =>
      `<rpc-reply message-id="${Number(messageId) + 1}"><ok/></rpc-reply>]]>]]>`,
    "leaves the message id out": () => "<rpc-reply><ok/></rpc-reply>]]>]]>",
    "sends something else than a reply": ({ messageId }) => `<notification message-id="${messageId}"/>]]>]]>`,
    "truncates the reply": ({ messageId }) => `<rpc-reply message-id="${messageId}"><a><b>1</b>]]>]]>`,
    "sends two replies as one": ({ messageId }) =>
      `<rpc-reply message-id="${messageId}"/><rpc-reply message-id="${messageId}"/>]]>]]>`,
    "declares a document type": ({ messageId }) =>
      `<!DOCTYPE x [<!ENTITY y "z">]><rpc-reply message-id="${messageId}">&y;</rpc-reply>]]>]]>`,
    "prints text": () => "*** System shutdown message from root ***\n]]>]]>",
  };
  for (const [what, answer] of Object.entries(answers)) {
    it(`and ${what} loses the session`, async () => {
      const { session } = await setUp((rpc) => {
        rpc.send(answer(rpc));
      });
      await netconfFailure(session.call(GET), "ReplyMalformed");
      asNetconfError(await session.closed, "ReplyMalformed");
      await netconfFailure(session.call(GET), "SessionClosed");
    });
  }

  it("and answers what nobody asked loses the session", async () => {
    const { session, far } = await setUp();
    far.write('<rpc-reply message-id="1"><ok/></rpc-reply>]]>]]>');
    asNetconfError(await session.closed, "ReplyMalformed");
  });

  it("may send comments and blank messages", async () => {
    const { session } = await setUp((rpc) => {
      rpc.send("\n<!-- one --><!-- two -->\n]]>]]>]]>]]>");
      rpc.reply("<ok/>");
    });
    await session.call(GET);
    await session.close();
  });

  it("and whose errors hold secrets of its configuration does not get them quoted", async () => {
    const { session } = await setUp((rpc) => {
      rpc.send(`<rpc-reply message-id="${rpc.messageId}"><secret>$9$abcdef</secret><x>]]>]]>`);
    });
    const error = await netconfFailure(session.call(GET), "ReplyMalformed");
    expect(error.message).to.not.include("$9$");
  });

  it("and sends 64 MiB is cut off without buffering them", async () => {
    const maxReplyBytes = 1024 * 1024;
    const totalBytes = 64 * 1024 * 1024;
    let sentBytes = 0;
    const chunk = Buffer.alloc(64 * 1024, "x");
    const { session, far } = await setUp(
      () => {
        // A packet at a time, as from a network: the end of the link must have a chance to arrive.
        const sendMore = (): void => {
          if (sentBytes >= totalBytes || far.destroyed) return;
          sentBytes += chunk.length;
          far.write(chunk, () => setImmediate(sendMore));
        };
        sendMore();
      },
      { maxReplyBytes },
    );
    far.once("end", () => far.destroy());
    await netconfFailure(session.call(GET), "ReplyTooLarge");
    asNetconfError(await session.closed, "ReplyTooLarge");
    expect(sentBytes).to.be.below(2 * maxReplyBytes);
  });
});

describe("netconf session, its end", () => {
  it("rejects every pending call when the link dies, without an error event", async () => {
    const silent = silentDevice();
    const { session, far } = await setUp(silent.onRpc);
    const calls = [1, 2, 3].map(() => session.call(GET));
    const failures = Promise.all([
      netconfFailure(calls[0] ?? expect.fail(), "ConnectionLost"),
      netconfFailure(calls[1] ?? expect.fail(), "SessionClosed"),
      netconfFailure(calls[2] ?? expect.fail(), "SessionClosed"),
    ]);
    await silent.next();
    far.destroy();
    await failures;
    asNetconfError(await session.closed, "ConnectionLost");
  });

  it("rejects them when the stream only closes, as an SSH channel of a killed peer does", async () => {
    class Channel extends Duplex {
      override _read(): void {
        // Everything is pushed.
      }
      override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
        done();
      }
    }
    const channel = new Channel({ emitClose: false });
    channel.push(encodeMessage(HELLO));
    const session = await openSession(channel);
    const call = session.call(GET);
    channel.emit("close");
    await netconfFailure(call, "ConnectionLost");
  });

  it("keeps the cause when the stream breaks, and survives a second error", async () => {
    const silent = silentDevice();
    const [near, far] = duplexPair();
    serveFakeDevice(far, silent.onRpc);
    const session = await openSession(near);
    const call = session.call(GET);
    await silent.next();
    near.destroy(new Error("ECONNRESET"));
    const error = await netconfFailure(call, "ConnectionLost");
    expect(error.cause).to.be.instanceOf(Error).with.property("message", "ECONNRESET");
    near.emit("error", new Error("again"));
  });

  it("comes with close-session, and without a reason", async () => {
    const { session, device, far } = await setUp();
    await session.close();
    expect(device.received).to.deep.equal(["close-session"]);
    expect(await session.closed).to.equal(undefined);
    await netconfFailure(session.call(GET), "SessionClosed");
    await session.close();
    await once(far, "end");
  });

  it("comes too when the device hangs up instead of answering close-session", async () => {
    const { session } = await setUp(undefined);
    const { session: other, far } = await setUp(() => far.destroy());
    await Promise.all([session.close(), other.close()]);
    expect(await other.closed).to.equal(undefined);
  });

  it("comes after a grace when the device does not answer close-session", async () => {
    const silent = silentDevice();
    const time = controlledWait();
    const { session } = await setUp(silent.onRpc, { wait: time.wait });
    const closing = session.close();
    await silent.next();
    time.expire(2);
    await closing;
    expect(await session.closed).to.equal(undefined);
  });

  it("does not wait for an RPC that is outstanding", async () => {
    const silent = silentDevice();
    const { session, device } = await setUp(silent.onRpc);
    const failures = Promise.all([
      netconfFailure(session.call(element("install")), "SessionClosed"),
      netconfFailure(session.call(element("queued")), "SessionClosed"),
    ]);
    await silent.next();
    await session.close();
    await failures;
    expect(device.received).to.deep.equal(["install"]);
  });
});
