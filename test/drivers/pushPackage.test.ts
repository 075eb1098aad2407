/** The package is pushed: the controller reads it from a server that the device does not reach, and sends it over SSH. */
import { expect } from "chai";
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import { update } from "../../src/store/retryOnConflict.ts";
import { changedStage, type FabricRun, type FabricStage } from "../support/fabricRun.ts";
import { FIREWALL, FIREWALL_PACKAGE, firewallStage } from "../support/firewallFabric.ts";
import { assigned } from "../support/largeDevices.ts";
import { MX_PACKAGE, mixedFabric } from "../support/mixedFabric.ts";
import {
  applyFabric,
  campaignDraft,
  imageDraft,
  NAMESPACE,
  only,
  PACKAGE,
  simulation,
  TARGET_RELEASE,
} from "../support/smallFabric.ts";
import { startsFabricRuns } from "../support/startsFabricRuns.ts";

/** Larger than any buffer on the way. */
const CONTENT = Buffer.alloc(3_000_000, "a package\n");
const SHA256 = createHash("sha256").update(CONTENT).digest("hex");

/** A device, and where its package has to lie: each of those is sent one. */
interface Subject {
  readonly title: string;
  readonly device: string;
  readonly image: string;
  readonly file: string;
  readonly places: readonly string[];
  readonly stage: FabricStage;
}

const SWITCH: Subject = {
  title: "a switch",
  device: "leaf1",
  image: "junos",
  file: PACKAGE,
  places: ["leaf1"],
  stage: {
    simulation,
    apply: (store, served) => applyFabric(store, served, imageDraft()),
    campaign: (spec) => campaignDraft({ ...only("leaf1"), ...spec }),
  },
};

const ROUTER: Subject = {
  title: "a router with two routing engines",
  device: "spine1",
  image: "mx",
  file: MX_PACKAGE,
  places: ["re0", "re1"],
  stage: {
    ...mixedFabric(),
    campaign: (spec) => mixedFabric().campaign({ ...assigned({ spine1: "mx" }), ...spec }),
  },
};

/** The node that runs the cluster is sent it, and copies it to the other one by itself. */
const CLUSTER: Subject = {
  title: "a chassis cluster",
  device: FIREWALL,
  image: "junos",
  file: FIREWALL_PACKAGE,
  places: [FIREWALL],
  stage: firewallStage(),
};

/** The package lies nowhere but on a server, from which it is pushed. */
function pushing({ stage, image, file }: Subject, url: string): FabricStage {
  const sent = { sizeBytes: CONTENT.length, checksum: { sha256: SHA256 }, source: { url, push: true } };
  const key = { namespace: NAMESPACE, name: image };
  return changedStage(stage, {
    simulation: (usual) => ({
      ...usual,
      images: [{ name: file, sizeBytes: CONTENT.length, sha256: SHA256, release: TARGET_RELEASE }],
      devices: usual.devices.map((device) => ({
        ...device,
        packages: device.packages.filter(({ name }) => name !== file),
      })),
    }),
    apply: (store) =>
      update({ store, kind: "DeviceImage", key }, (copy) => {
        copy.spec = { ...copy.spec, ...sent };
      }),
  });
}

describe("drivers: the package is pushed", function () {
  this.timeout(120_000);

  const start = startsFabricRuns({ transport: "ssh" });
  let server: Server;
  let url: string;
  /** How many bytes are sent before the connection breaks, for each request; all where there is none. */
  let cuts: (number | undefined)[];
  let content: Buffer;
  let asked: number;

  beforeEach(async () => {
    cuts = [];
    content = CONTENT;
    asked = 0;
    server = createServer((request, response) => {
      asked += 1;
      if (request.url?.endsWith(".tgz") !== true) {
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
    url = `http://127.0.0.1:${String(address.port)}`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const begin = (subject: Subject, ending = ""): Promise<FabricRun> =>
    start({ stage: pushing(subject, `${url}/${subject.file}${ending}`) });

  const stageOf = async (fabric: FabricRun, { device }: Subject): Promise<string> =>
    (await fabric.upgrade(device))?.status?.steps?.find(({ name }) => name === "Stage")?.message ?? "";

  function expectWhole(said: string, { places }: Subject): void {
    for (const place of places) expect(said).to.contain(`is on ${place}, sha256 agrees`);
  }

  function expectUpgradedOnce(fabric: FabricRun, { device }: Subject): void {
    const { rpcLog } = fabric.device(device);
    for (const { name, release, counters } of fabric.device(device).truth().controlPlanes) {
      expect(release, name).to.equal(TARGET_RELEASE);
      expect(counters.reboots, name).to.equal(1);
    }
    expect(rpcLog.map(({ rpc }) => rpc)).not.to.include("file-copy");
  }

  for (const subject of [SWITCH, ROUTER, CLUSTER]) {
    const { title, places, device } = subject;

    it(`IM-13 TS-1 to ${title} over the same SSH, whole, and the device proves it`, async () => {
      const fabric = await begin(subject);
      await fabric.untilPhase("Completed");
      expectWhole(await stageOf(fabric, subject), subject);
      expect(asked).to.equal(places.length);
      expectUpgradedOnce(fabric, subject);
      expect(fabric.lost).to.equal(0);
    });

    it(`IM-13 to ${title}: one that was cut off is begun again, until it is whole`, async () => {
      // The last one that is sent.
      cuts = [...places.slice(1).map(() => undefined), 1_000_000];
      const fabric = await begin(subject);
      await fabric.untilStep(device, "Stage", "Done");
      expect(asked).to.equal(places.length + 1);
      expectWhole(await stageOf(fabric, subject), subject);
    });

    it(`IM-13 to ${title}: another content of the same size is refused by its checksum, with nothing drained`, async () => {
      content = Buffer.alloc(CONTENT.length, "something else\n");
      const fabric = await begin(subject);
      const { status } = await fabric.untilPhase("Failed");
      expect(status?.failed?.[0]?.reason).to.equal("ChecksumMismatch");
      expect(fabric.device(device).counters).to.include({ commits: 0, installsStarted: 0, reboots: 0 });
    });
  }

  it("IM-13 a server that does not have it ends the run in service, with what it says", async () => {
    const fabric = await begin(SWITCH, ".old");
    const { status } = await fabric.untilPhase("Failed");
    expect(status?.failed?.[0]?.reason).to.equal("TransferFailed");
    expect(await stageOf(fabric, SWITCH)).to.contain("its server answers 404");
    expect(fabric.device("leaf1").counters).to.include({ commits: 0, installsStarted: 0, reboots: 0 });
  });
});
