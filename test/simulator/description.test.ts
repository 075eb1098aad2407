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

const SERVER = "servers: [{name: s, attachments: [leaf1/xe-0/0/1], aggregate: ae1}]\n";
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
    expect(refusal("devices: [{name: extra}]")).to.contain("devices[0].name");
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
    expect(refusal(`${SERVER}faults: [${faults.join(", ")}]`)).to.equal("accepted");
  });

  it("refuses faults that could never happen, with what the fabric has", () => {
    const ofFault = (fields: string): string => refusal(`${SERVER}faults: [{device: leaf1, ${fields}}]`);
    expect(ofFault("fault: linkDown, interface: et-0/0/99")).to.match(
      /^simulation\.yaml: faults\[0\]\.interface: leaf1 has no cable in et-0\/0\/99; there are cables in .*et-0\/0\/48/,
    );
    expect(ofFault("fault: lacpDown, interface: ae99")).to.match(
      /faults\[0\]\.interface: found "ae99"; known are ae1/,
    );
    expect(ofFault("fault: bgpDown, peer: spine9")).to.match(
      /faults\[0\]\.peer: found "spine9"; known are .*spine1/,
    );
    expect(ofFault("fault: bgpDown, peer: 10.255.0.1")).to.equal("accepted");
    expect(ofFault("fault: diskFull, controlPlane: re1")).to.match(
      /controlPlane: leaf1 has no re1; it has re0$/,
    );
    expect(ofFault("fault: lineCardDead, slot: 7")).to.match(/faults\[0\]\.slot: found "7"; known are 0$/);
    expect(ofFault("fault: replyLost, rpc: reboot")).to.match(
      /faults\[0\]\.rpc: found "reboot"; known are request-reboot/,
    );
    expect(ofFault("fault: diskFull, when: {onRpc: rebooting-now}")).to.match(
      /faults\[0\]\.when\.onRpc: found "rebooting-now"; known are close-session/,
    );
    expect(ofFault("fault: upgradeAborts, phase: Copying")).to.match(
      /faults\[0\]\.fault: upgradeAborts needs a chassis cluster, and leaf1 is none; this fabric has none/,
    );
    const pair = "devices: [{name: spine1, controlPlanes: [{name: re0}, {name: re1}]}]";
    expect(refusal(`${pair}\nfaults: [{device: leaf1, fault: mastershipMoves}]`)).to.match(
      /two routing engines, and leaf1 is none; such are spine1$/,
    );
    expect(refusal(`${pair}\nfaults: [{device: spine1, fault: mastershipMoves}]`)).to.equal("accepted");
    const nodes = "devices: [{name: leaf1, controlPlanes: [{name: node0}, {name: node1}]}]";
    expect(refusal(`${nodes}\nfaults: [{device: leaf1, fault: priorityZero, group: 2}]`)).to.match(
      /faults\[0\]\.group: found "2"; known are 0, 1$/,
    );
    expect(refusal(`${nodes}\nfaults: [{device: leaf1, fault: priorityZero, group: 1}]`)).to.equal(
      "accepted",
    );
  });

  it("takes exactly one moment for a fault to begin at", () => {
    const ofMoment = (when: string): string =>
      refusal(`faults: [{device: leaf1, fault: diskFull, when: ${when}}]`);
    const expected = "one of atSeconds, onRpc, afterReboot is expected";
    expect(ofMoment("{}")).to.contain(`faults[0].when: found nothing; ${expected}`);
    expect(ofMoment("{atSeconds: 1, afterReboot: 1}")).to.contain(
      `faults[0].when: found atSeconds and afterReboot; ${expected}`,
    );
    expect(ofMoment("{atSeconds: 1, occurrence: 2}")).to.contain(
      "faults[0].when.occurrence: found without onRpc",
    );
    expect(ofMoment("{onRpc: request-reboot, occurrence: 2}")).to.equal("accepted");
  });

  it("sets a clock forward and back", () => {
    expect(refusal("faults: [{device: leaf1, fault: clockSteps, seconds: -7200}]")).to.equal("accepted");
    expect(refusal("faults: [{device: leaf1, fault: clockSteps, seconds: 2h}]")).to.contain(
      'faults[0].seconds: found "2h"; a number is expected',
    );
  });

  it("names the file and what the Fabric has where a port or a device is none", () => {
    expect(refusal("links: [{a: leaf1, b: spine1/et-0/0/1}]")).to.match(
      /^simulation\.yaml: links\[0\]\.a: "leaf1" does not name .*; write device\/interface/,
    );
    expect(refusal("devices: [{name: leaf33, release: 22.2R3}]")).to.match(
      /devices\[0\]\.name: "leaf33" is no device of the Fabric; known are .*leaf1.*needs model and role/,
    );
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
