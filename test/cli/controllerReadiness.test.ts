/** When the controller calls itself ready, and what it says where it does not. */
import { expect } from "chai";
import { readiness, type Readiness } from "../../src/cli/controller/readiness.ts";
import type { LogEntry } from "../../src/observability/logger.ts";
import { manualClock, type ManualClock } from "../../src/simulator/modelClock.ts";
import { StoreError } from "../../src/store/errors.ts";

const SERVER = "https://192.0.2.1:6443";

function silence(): StoreError {
  return new StoreError(
    "Unavailable",
    "list of Fabric: the API server cannot be reached: connect ECONNREFUSED",
  );
}

describe("hitless controller: readiness", () => {
  let clock: ManualClock;
  let probes: number;
  let failure: Error | undefined;
  let log: LogEntry[];
  let ready: Readiness;

  beforeEach(() => {
    clock = manualClock(0);
    probes = 0;
    failure = undefined;
    log = [];
    ready = readiness({
      server: SERVER,
      clock,
      log: { info: (entry) => log.push(entry), warn: (entry) => log.push(entry) },
      probe: async () => {
        probes += 1;
        if (failure !== undefined) throw failure;
      },
    });
  });

  it("is ready once all objects were read and the API server answers; who leads is no matter", async () => {
    expect(await ready.reasons()).to.deep.equal(["the objects have not all been read yet"]);
    ready.synced();
    expect(await ready.reasons()).to.deep.equal([]);
  });

  it("asks the API server only when it has not been heard of for a while", async () => {
    ready.synced();
    ready.sawRequest("OK");
    await clock.advanceBy(9);
    await ready.reasons();
    expect(probes).to.equal(0);
    await clock.advanceBy(2);
    await Promise.all([ready.reasons(), ready.reasons()]);
    expect(probes, "one for all who ask at once").to.equal(1);
    ready.sawRequest("Unavailable");
    await ready.reasons();
    expect(probes).to.equal(2);
  });

  it("names the server that does not answer, and why; a refusal is an answer", async () => {
    ready.synced();
    failure = silence();
    expect(await ready.reasons()).to.deep.equal([
      `the API server ${SERVER} does not answer: connect ECONNREFUSED`,
    ]);
    failure = new StoreError("Forbidden", "Lease default/hitless: no");
    expect(await ready.reasons()).to.deep.equal([]);
  });

  it("says what could not be read, as long as that is so", async () => {
    ready.sawInterruption("Fabric", new StoreError("Forbidden", "list of Fabric: you may not"));
    expect(await ready.reasons()).to.deep.equal([
      "the objects have not all been read yet; Fabric: list of Fabric: you may not",
    ]);
    ready.synced();
    expect(await ready.reasons()).to.deep.equal([]);
  });

  it("does not fill the log: the same once in half a minute, and one line when the server is back", async () => {
    for (let second = 0; second < 60; second += 1) {
      ready.sawInterruption("Fabric", silence());
      await clock.advanceBy(1);
    }
    expect(log.map(({ action, code }) => `${action} ${code}`)).to.deep.equal([
      "WatchFabric Unavailable",
      "WatchFabric Unavailable",
    ]);
    expect(log[0]).to.include({ object: SERVER, message: "Fabric: connect ECONNREFUSED; it is tried again" });
    ready.sawRequest("OK");
    ready.sawRequest("OK");
    expect(log.slice(2).map(({ message }) => message)).to.deep.equal(["the API server answers again"]);
  });

  it("is not ready while it ends", async () => {
    ready.synced();
    ready.stopping();
    expect(await ready.reasons()).to.deep.equal(["the controller stops"]);
    expect(probes).to.equal(0);
  });
});
