/** The package is pushed: the controller reads it from a server that the device does not reach, and sends it over SSH. */
import { expect } from "chai";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { parseSimulation } from "../../src/simulator/descriptionFile.ts";
import type { SimulationDescription } from "../../src/simulator/description.ts";
import type { FabricRun } from "../support/fabricRun.ts";
import {
  applyFabric,
  campaignDraft,
  fabricDraft,
  imageDraft,
  OLD_RELEASE,
  only,
  PACKAGE,
  TARGET_RELEASE,
} from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

/** Larger than any buffer on the way. */
const CONTENT = Buffer.alloc(3_000_000, "a package\n");
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

function withImage(): SimulationDescription {
  const { spec } = fabricDraft();
  const text = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: ${OLD_RELEASE}
images:
    - {name: ${PACKAGE}, sizeBytes: ${String(CONTENT.length)}, sha256: ${SHA256}, release: ${TARGET_RELEASE}}
servers:
  - {name: web1, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1], aggregate: ae1}
  - {name: db1, attachments: [leaf3/xe-0/0/1, leaf4/xe-0/0/1], aggregate: ae1}
`;
  const fabric = { metadata: { name: "dc1" }, spec: { devices: spec.devices } };
  return parseSimulation(text, { file: "simulation.yaml", fabric });
}

describe("drivers: the package is pushed", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({});
  let server: Server;
  let url: string;
  /** How many bytes are sent before the connection breaks, for each request; all where there is none. */
  let cuts: number[];
  let content: Buffer;
  let asked: number;

  beforeEach(async () => {
    cuts = [];
    content = CONTENT;
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      if (request.url !== `/${PACKAGE}`) {
        response.writeHead(404).end();
        return;
      }
      response.writeHead(200, { "content-length": content.length });
      const cut = cuts.shift();
      if (cut === undefined) response.end(content);
      else response.write(content.subarray(0, cut), () => response.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the server has no port");
    url = `http://127.0.0.1:${String(address.port)}/${PACKAGE}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  async function begin(from = url): Promise<FabricRun> {
    const image = imageDraft({
      sizeBytes: CONTENT.length,
      checksum: { sha256: SHA256 },
      source: { url: from, push: true },
    });
    return start({
      transport: "ssh",
      stage: {
        simulation: withImage,
        apply: (store, served) => applyFabric(store, served, image),
        campaign: (spec) => campaignDraft({ ...only("leaf1"), ...spec }),
      },
    });
  }

  const stageOf = async (fabric: FabricRun): Promise<string> =>
    (await fabric.upgrade("leaf1"))?.status?.steps?.find(({ name }) => name === "Stage")?.message ?? "";

  it("IM-13 TS-1 over the same SSH, whole, and the device proves it", async () => {
    const fabric = await begin();
    await fabric.untilPhase("Completed");
    expect(await stageOf(fabric)).to.match(/is on leaf1, sha256 agrees/);
    expect(asked).to.equal(1);
    expect(fabric.device("leaf1").rpcLog.map(({ rpc }) => rpc)).not.to.include("file-copy");
    expect(fabric.device("leaf1").counters).to.include({ installsStarted: 1, reboots: 1 });
    expect(fabric.lost).to.equal(0);
  });

  it("IM-13 one that was cut off is begun again, and never installed broken", async () => {
    cuts = [1_000_000];
    const fabric = await begin();
    await fabric.untilPhase("Completed");
    expect(asked).to.equal(2);
    expect(await stageOf(fabric)).to.match(/sha256 agrees/);
    expect(fabric.device("leaf1").counters).to.include({ installsStarted: 1, reboots: 1 });
  });

  it("IM-13 another content of the same size is refused by its checksum, with nothing drained", async () => {
    content = Buffer.alloc(CONTENT.length, "something else\n");
    const fabric = await begin();
    const { status } = await fabric.untilPhase("Failed");
    expect(status?.failed?.[0]?.reason).to.equal("ChecksumMismatch");
    expect(fabric.device("leaf1").counters).to.include({ commits: 0, installsStarted: 0, reboots: 0 });
  });

  it("IM-13 a server that does not have it ends the run in service, with what it says", async () => {
    const fabric = await begin(`${url}.old`);
    const { status } = await fabric.untilPhase("Failed");
    expect(status?.failed?.[0]?.reason).to.equal("TransferFailed");
    expect(await stageOf(fabric)).to.contain("its server answers 404");
    expect(fabric.device("leaf1").counters).to.include({ commits: 0, installsStarted: 0, reboots: 0 });
  });
});
