import { expect } from "chai";
import fc from "fast-check";

import { NetconfError } from "../../src/netconf/errors.ts";
import { MessageSplitter } from "../../src/netconf/framing.ts";
import { readHello } from "../../src/netconf/hello.ts";
import { RpcError, rpcErrors } from "../../src/netconf/rpcError.ts";
import { openSession } from "../../src/netconf/session.ts";
import { parseReply, parseXml, renderXml } from "../../src/netconf/xml.ts";
import { descendants, element } from "../../src/netconf/xmlNode.ts";
import { duplexPair } from "../support/duplexPair.ts";
import { RAW_SESSION, describeWithReplies, readReply, replyNames } from "../support/replies.ts";
import { thrownBy } from "./failure.ts";

describeWithReplies("real replies", () => {
  it("all parse, and parse the same after we wrote them", () => {
    const names = replyNames();
    expect(names.length).to.be.at.least(70);
    for (const name of names) {
      const root = parseXml(readReply(name));
      expect(parseXml(renderXml(root)), name).to.deep.equal(root);
      expect(parseReply(readReply(name)), name).to.deep.equal(root);
    }
  });

  it("keep every one of 366 rows", () => {
    const root = parseXml(readReply("napalm__bridge-mac-table_mx.xml"));
    expect([...descendants(root, "l2ald-mac-entry")]).to.have.length(366);
  });

  it("cut anywhere are refused, never read as a shorter document", () => {
    const source = readReply("rustjunosmcp__chassis-cluster-information_vsrx.xml").toString().trimEnd();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: source.length - 1 }), (end) => {
        expect(thrownBy(() => parseReply(source.slice(0, end)))).to.be.instanceOf(NetconfError);
      }),
      { seed: 1, numRuns: 100 },
    );
  });
});

describeWithReplies("a real session, byte for byte", () => {
  /** The messages, with the stream cut into packets of that size. */
  function messages(packetBytes: number): Buffer[] {
    const bytes = readReply(RAW_SESSION);
    const splitter = new MessageSplitter();
    const packets = Array.from({ length: Math.ceil(bytes.length / packetBytes) }, (_, index) =>
      bytes.subarray(index * packetBytes, (index + 1) * packetBytes),
    );
    return packets.flatMap((packet) => splitter.push(packet));
  }

  it("gives the same messages in packets of any size", () => {
    const whole = messages(1_000_000).map(String);
    expect(whole.length).to.be.above(5);
    for (const packetBytes of [1, 5, 6, 7, 1460]) {
      expect(messages(packetBytes).map(String)).to.deep.equal(whole);
    }
  });

  it("begins with a hello behind two comments", () => {
    const hello = readHello(String(messages(1460)[0]));
    expect(hello?.sessionId).to.equal("82327");
    expect(hello?.capabilities).to.have.length(16);
    expect(hello?.capabilities).to.include("http://xml.juniper.net/netconf/junos/1.0");
  });

  it("goes on with replies that all parse", () => {
    for (const message of messages(1460).slice(1)) {
      expect(parseReply(message).name).to.equal("rpc-reply");
    }
  });

  it("is what a session of ours understands", async () => {
    const [near, far] = duplexPair();
    const [hello, ...replies] = messages(1460).map(String);
    const splitter = new MessageSplitter();
    let answered = -1;
    far.on("data", (chunk: Buffer) => {
      for (const message of splitter.push(chunk)) {
        const messageId = parseXml(message).attributes["message-id"] ?? "";
        // The first message is our hello.
        const reply = replies[answered++];
        if (reply !== undefined)
          far.write(`${reply.replace(/message-id="[^"]*"/, `message-id="${messageId}"`)}]]>]]>`);
      }
    });
    far.write(`${hello ?? ""}]]>]]>`);
    const session = await openSession(near);
    // The last reply answers close-session.
    for (const _ of replies.slice(1)) {
      const outcome = await session.call(element("get")).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).to.be.instanceOf(RpcError);
    }
    await session.close();
    expect(answered).to.equal(replies.length);
  });
});

describeWithReplies("mutated replies", () => {
  const snippets = [
    "<",
    ">",
    "/",
    "&",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "&#0;",
    "&lt;",
    '"',
    "\u0000",
    "é",
    "ok",
    "<ok/>",
    "routing-engine>",
    "</rpc-reply>",
    "<rpc-error>",
    "<!DOCTYPE",
  ];
  const mutation = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.nat({ max: 60 }),
    insert: fc.constantFrom("", ...snippets),
  });

  function mutate(
    source: Buffer,
    mutations: readonly { at: number; remove: number; insert: string }[],
  ): Buffer {
    return mutations.reduce((bytes, { at, remove, insert }) => {
      const start = Math.floor(at * bytes.length);
      return Buffer.concat([bytes.subarray(0, start), Buffer.from(insert), bytes.subarray(start + remove)]);
    }, source);
  }

  const names = (): string[] => replyNames().filter((name) => readReply(name).length < 8000);

  it("are read or refused with a NetconfError, and nothing else", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names()),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        (name, mutations) => {
          const bytes = mutate(readReply(name), mutations);
          const thrown = thrownBy(() => rpcErrors(parseReply(bytes)));
          if (thrown !== undefined) expect(thrown).to.be.instanceOf(NetconfError);
        },
      ),
      { seed: 2, numRuns: 1500 },
    );
  });

  it("settle every call of a session with a reply, an RpcError or a NetconfError", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names()),
        fc.array(mutation, { minLength: 1, maxLength: 4 }),
        async (name, mutations) => {
          const [near, far] = duplexPair();
          far.on("error", () => undefined);
          const hello =
            "<hello><capabilities><capability>urn:ietf:params:netconf:base:1.0</capability></capabilities></hello>]]>]]>";
          const body = readReply(name)
            .toString()
            .replace(/^\uFEFF/, "");
          const reply = Buffer.from(`<rpc-reply message-id="1">${body}</rpc-reply>]]>]]>`);
          far.write(Buffer.concat([Buffer.from(hello)]));
          const session = await openSession(near);
          const call = session.call(element("get"));
          far.end(mutate(reply, mutations));
          const outcome = await call.catch((error: unknown) => error);
          if (outcome instanceof Error) {
            expect(outcome instanceof NetconfError || outcome instanceof RpcError, String(outcome)).to.equal(
              true,
            );
          }
          await session.closed;
        },
      ),
      { seed: 3, numRuns: 300 },
    );
  });

  it("as a hello are understood, missed or refused, and nothing else", () => {
    const raw = readReply(RAW_SESSION);
    const hello = raw.subarray(0, raw.indexOf("]]>]]>"));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
        const thrown = thrownBy(() => readHello(mutate(hello, mutations).toString()));
        if (thrown !== undefined)
          expect(thrown).to.be.instanceOf(NetconfError).with.property("code", "HelloInvalid");
      }),
      { seed: 4, numRuns: 500 },
    );
  });
});
