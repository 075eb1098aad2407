import { expect } from "chai";
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

import { parseSimulation, simulationFromFabric } from "../../src/simulator/descriptionFile.ts";
import { createFabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { readFabricInput } from "../../src/simulator/fabricInput.ts";
import type { FabricInput } from "../../src/simulator/fabricInput.ts";
import { manualClock } from "../../src/simulator/modelClock.ts";
import { SimulationError } from "../../src/simulator/simulationError.ts";
import { FABRIC, START } from "./support/smallFabric.ts";

const HEAD = "apiVersion: simulation.hitless.dev/v1alpha1\nkind: Simulation\n";

function refusal(text: string): string {
  try {
    parseSimulation(HEAD + text, { file: "simulation.yaml", fabric: FABRIC });
  } catch (error) {
    if (error instanceof SimulationError && error.code === "DescriptionInvalid") return error.message;
    throw error;
  }
  return "accepted";
}

describe("simulator: descriptions", () => {
  it("refuses mistakes with file, field, what was found and what is allowed", () => {
    expect(refusal("serverz: []")).to.match(/^simulation\.yaml: serverz: .*not known.*servers/);
    expect(refusal("timings: {bootSeconds: -1}")).to.match(/timings\.bootSeconds: found -1; .*at least 0/);
    expect(refusal("timings: {bootSecond: 1}")).to.contain("timings.bootSecond");
    expect(refusal("servers: [{name: s, attachments: [leaf1]}]")).to.contain(
      '"leaf1" does not name a device and an interface',
    );
    expect(refusal("servers: [{name: s, lacp: quick, attachments: [leaf1/xe-0/0/1]}]")).to.match(
      /servers\[0\]\.lacp: found "quick"; allowed are fast, slow, none/,
    );
    expect(refusal("servers: [{name: s, attachments: [leaf7/xe-0/0/1]}]")).to.contain('"leaf7" is no device');
    expect(refusal("servers: [{name: s, attachments: [leaf1/et-0/0/48]}]")).to.contain("used twice");
    expect(refusal("faults: [{device: leaf1, fault: explodes}]")).to.match(
      /faults\[0\]\.fault: found "explodes"; allowed are deviceDead/,
    );
    expect(refusal("faults: [{device: leaf1, fault: diskFull, peer: x}]")).to.contain("faults[0].peer");
    expect(refusal("defaults: {packages: [{name: a, sizeBytes: 1, sha256: zz, release: x}]}")).to.contain(
      "sha256",
    );
    expect(refusal("devices: [{name: extra}]")).to.contain("devices[0].model");
    expect(refusal("a: [")).to.match(/^simulation\.yaml:\d: this is not YAML: [^\n]*$/);
    expect(refusal("timings: {bootSeconds: 1}")).to.equal("accepted");
  });

  it("refuses another kind of document", () => {
    expect(() => parseSimulation("kind: Fabric", { file: "f.yaml" })).to.throw(SimulationError, "apiVersion");
    expect(() => parseSimulation("- 1", { file: "f.yaml" })).to.throw(
      SimulationError,
      "a mapping is expected",
    );
  });

  it("every fault of the catalogue can be written in the file", () => {
    const faults = [
      "{device: leaf1, fault: deviceDead, when: {atSeconds: 5}, forSeconds: 3}",
      "{device: leaf1, fault: bgpDown, peer: spine1}",
      "{device: leaf1, fault: lacpDown, interface: ae1}",
      "{device: leaf1, fault: alarm, description: x}",
      "{device: leaf1, fault: replyLost, rpc: request-package-add, when: {onRpc: request-package-add}}",
      "{device: leaf1, fault: commitFails}",
      "{device: leaf1, fault: slowReply, seconds: 3}",
      "{device: leaf1, fault: dropSession, executed: true}",
      "{device: leaf1, fault: bootsNever, when: {afterReboot: 1}}",
    ];
    expect(refusal(`faults: [${faults.join(", ")}]`)).to.equal("accepted");
  });

  it("a Fabric alone makes a simulation: a cable from every leaf to every spine, a server for every segment", async () => {
    const fabric: FabricInput = {
      ...FABRIC,
      spec: {
        ...FABRIC.spec,
        multihoming: {
          segments: [
            { name: "db", members: ["leaf1/ae3", "leaf2/ae3"] },
            { name: "web", members: ["leaf3/ae1", "leaf4/ae1"] },
            { name: "old", members: ["leaf4/xe-0/0/9"] },
          ],
        },
      },
    };
    const description = simulationFromFabric(fabric);
    expect(description.links).to.have.length(8);
    expect(description.servers.map((server) => [server.lacp, server.aggregate])).to.deep.equal([
      ["fast", "ae3"],
      ["fast", "ae1"],
      ["none", undefined],
    ]);
    const clock = manualClock(START);
    const simulator = createFabricSimulator({ description, clock });
    await clock.advanceBy(10);
    expect(simulator.traffic.report()).to.include({ sent: 6 * 1000, lost: 0 });
    await simulator.close();
  });

  it("the quickstart describes a fabric that works, and whose thirteenth server hangs on one leaf", async () => {
    const folder = path.resolve(import.meta.dirname, "../../examples/quickstart");
    const manifest: unknown = parse(readFileSync(path.join(folder, "fabric.yaml"), "utf8"));
    const fabric = readFabricInput(manifest, "fabric.yaml");
    const file = path.join(folder, "simulation/simulation.yaml");
    const description = parseSimulation(readFileSync(file, "utf8"), { file, fabric });
    expect(description.servers).to.have.length(13);
    expect(
      description.servers.filter((server) => server.attachments.length === 1).map((server) => server.name),
    ).to.deep.equal(["server13"]);
    const clock = manualClock(START);
    const simulator = createFabricSimulator({ description, clock });
    await clock.advanceBy(10);
    expect(simulator.traffic.report()).to.include({ lost: 0, sent: 13 * 12 * 1000 });
    await simulator.close();
  });
});
