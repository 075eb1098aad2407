/** Replies that are good for a few minutes: which, for whom, and for how long. */
import { expect } from "chai";
import { steadyReplies } from "../../src/junos/steadyReplies.ts";
import type { RpcCaller } from "../../src/junos/rpcCaller.ts";
import { element } from "../../src/netconf/xmlNode.ts";

describe("steady replies", () => {
  let now = 0;
  let asked: string[] = [];
  const device: RpcCaller = {
    call(rpc) {
      asked.push(rpc.name);
      return Promise.resolve(element("rpc-reply", String(asked.length)));
    },
  };
  const LLDP = element("get-lldp-neighbors-information");
  const LACP = element("get-lacp-interface-information");

  beforeEach(() => {
    now = 0;
    asked = [];
  });

  it("are those of release and cables; everything else is asked for each time", async () => {
    const replies = steadyReplies({ now: () => now });
    for (let count = 0; count < 3; count += 1) {
      const caller = replies.of("leaf1", device, "Memory");
      await caller.call(LLDP);
      await caller.call(LACP);
    }
    expect(asked).to.deep.equal([LLDP.name, LACP.name, LACP.name, LACP.name]);
  });

  it("are good for five minutes, and for one device", async () => {
    const replies = steadyReplies({ now: () => now });
    const first = await replies.of("leaf1", device, "Memory").call(LLDP);
    now = 299_000;
    expect(await replies.of("leaf1", device, "Memory").call(LLDP)).to.equal(first);
    expect(await replies.of("leaf2", device, "Memory").call(LLDP)).not.to.equal(first);
    now = 300_000;
    expect(await replies.of("leaf1", device, "Memory").call(LLDP)).not.to.equal(first);
  });

  it("are never given to who asks the device itself, whose reply is kept", async () => {
    const replies = steadyReplies({ now: () => now });
    await replies.of("leaf1", device, "Memory").call(LLDP);
    const fresh = await replies.of("leaf1", device, "Device").call(LLDP);
    expect(asked).to.have.lengthOf(2);
    expect(await replies.of("leaf1", device, "Memory").call(LLDP)).to.equal(fresh);
  });

  it("are forgotten when the device does not answer any more", async () => {
    const replies = steadyReplies({ now: () => now });
    await replies.of("leaf1", device, "Memory").call(LLDP);
    const silent: RpcCaller = { call: () => Promise.reject(new Error("silent")) };
    const failed = await replies
      .of("leaf1", silent, "Device")
      .call(LLDP)
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Error);
    await replies.of("leaf1", device, "Memory").call(LLDP);
    expect(asked).to.have.lengthOf(2);
  });
});
