/** Signals that follow others, and leave nothing behind. */
import { getEventListeners } from "node:events";
import { expect } from "chai";
import { linkSignals } from "../../src/api/signalLink.ts";

describe("linked signals", () => {
  const listenersOf = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

  it("follow the first source that is aborted, with its reason, and leave all of them", () => {
    const [one, other] = [new AbortController(), new AbortController()];
    const { signal } = linkSignals(one.signal, undefined, other.signal);
    expect([listenersOf(one.signal), listenersOf(other.signal)]).to.deep.equal([1, 1]);
    other.abort("enough");
    expect(signal.aborted).to.equal(true);
    expect(signal.reason).to.equal("enough");
    expect([listenersOf(one.signal), listenersOf(other.signal)]).to.deep.equal([0, 0]);
  });

  it("are aborted from the beginning where a source is", () => {
    const one = new AbortController();
    const { signal } = linkSignals(one.signal, AbortSignal.abort("before"));
    expect(signal.reason).to.equal("before");
    expect(listenersOf(one.signal)).to.equal(0);
  });

  it("are let go: what becomes of the sources no longer counts", () => {
    const source = new AbortController();
    const { signal, release } = linkSignals(source.signal);
    release();
    expect(listenersOf(source.signal)).to.equal(0);
    source.abort();
    expect(signal.aborted).to.equal(false);
  });

  it("can be aborted alone", () => {
    const source = new AbortController();
    const { signal, abort } = linkSignals(source.signal);
    const reason = new Error("over");
    abort(reason);
    expect(signal.reason).to.equal(reason);
    expect(source.signal.aborted).to.equal(false);
    expect(listenersOf(source.signal)).to.equal(0);
  });
});
