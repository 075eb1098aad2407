/** Four leaves under two routers with two routing engines each; the second pair is made of VM hosts. */
import { parseSimulation } from "../../../src/simulator/descriptionFile.ts";
import { createFabricSimulator } from "../../../src/simulator/fabricSimulator.ts";
import type { FabricSimulator } from "../../../src/simulator/fabricSimulator.ts";
import { manualClock } from "../../../src/simulator/modelClock.ts";
import type { ManualClock } from "../../../src/simulator/modelClock.ts";
import { RawClient } from "./rawClient.ts";
import { START } from "./smallFabric.ts";

export const ROUTER_PACKAGE = "junos-install-mx-x86-64-23.4R2-S3.9.tgz";
export const VMHOST_PACKAGE = "junos-vmhost-install-mx-x86-64-23.4R2-S3.9.tgz";
export const ROUTER_TARGET = "23.4R2-S3.9";
export const ROUTER_RELEASE = "21.4R3-S5.4";

const DESCRIPTION = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
metadata: {name: routers}
defaults:
  release: ${ROUTER_RELEASE}
devices:
  - name: spine1
    model: MX480
    role: Spine
    packages: [{name: ${ROUTER_PACKAGE}, sizeBytes: 2147483648, sha256: ${"ab".repeat(32)}, release: ${ROUTER_TARGET}}]
    controlPlanes: [{name: re0}, {name: re1}]
    REDUNDANCY
  - name: spine2
    model: MX10003
    role: Spine
    packages: [{name: ${VMHOST_PACKAGE}, sizeBytes: 3221225472, sha256: ${"cd".repeat(32)}, release: ${ROUTER_TARGET}}]
    controlPlanes: [{name: re0}, {name: re1}]
  - {name: leaf1, model: QFX5120-48Y-8C, role: Leaf}
  - {name: leaf2, model: QFX5120-48Y-8C, role: Leaf}
links:
  - {a: spine1/et-0/0/1, b: leaf1/et-0/0/48}
  - {a: spine1/et-0/0/2, b: leaf2/et-0/0/48}
  - {a: spine2/et-0/0/1, b: leaf1/et-0/0/49}
  - {a: spine2/et-0/0/2, b: leaf2/et-0/0/49}
servers:
  - {name: server1, attachments: [leaf1/xe-0/0/1], vlan: 100}
  - {name: server2, attachments: [leaf2/xe-0/0/1], vlan: 100}
  - {name: server3, attachments: [leaf1/xe-0/0/2], vlan: 100}
  - {name: server4, attachments: [leaf2/xe-0/0/2], vlan: 100}
traffic: {packetsPerSecond: 100}
`;

/** A simulation of routers on a clock that the test moves. */
export class RouterFabric {
  readonly clock: ManualClock;
  readonly simulator: FabricSimulator;

  constructor(options: { redundancy?: string; more?: string } = {}) {
    this.clock = manualClock(START);
    const redundancy = options.redundancy === undefined ? "" : `redundancy: ${options.redundancy}`;
    const text = DESCRIPTION.replace("REDUNDANCY", redundancy) + (options.more ?? "");
    this.simulator = createFabricSimulator({
      description: parseSimulation(text, { file: "simulation.yaml" }),
      clock: this.clock,
    });
  }

  /** At the device's address, or at a control plane's own. */
  connect(device: string, controlPlane?: string): RawClient {
    const found = this.simulator.devices.get(device);
    if (found === undefined) throw new Error(`no device ${device}`);
    return new RawClient(found.openStream("hitless", controlPlane));
  }

  async ask(device: string, operation: string, controlPlane?: string): ReturnType<RawClient["succeed"]> {
    const client = this.connect(device, controlPlane);
    const reply = await client.succeed(operation);
    client.destroy();
    return reply;
  }

  truth(device: string): ReturnType<FabricSimulator["truth"]>["devices"][string] {
    const found = this.simulator.truth().devices[device];
    if (found === undefined) throw new Error(`no device ${device}`);
    return found;
  }

  lost(): number {
    return this.simulator.traffic.report().lost;
  }
}
