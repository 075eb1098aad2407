/** Two spines, two pairs of leaves, four servers; and the operations that tests do by hand. */
import { parseSimulation } from "../../../src/simulator/descriptionFile.ts";
import { createFabricSimulator } from "../../../src/simulator/fabricSimulator.ts";
import type { FabricSimulator } from "../../../src/simulator/fabricSimulator.ts";
import type { FabricInput } from "../../../src/simulator/fabricInput.ts";
import { manualClock } from "../../../src/simulator/modelClock.ts";
import type { ManualClock } from "../../../src/simulator/modelClock.ts";
import { RawClient } from "./rawClient.ts";

export const PACKAGE = "jinstall-host-qfx-5e-x86-64-23.4R2-S3.9-secure-signed.tgz";
export const TARGET_RELEASE = "23.4R2-S3.9";
export const START = Date.UTC(2025, 0, 15, 12);

export const FABRIC: FabricInput = {
  metadata: { name: "small" },
  spec: {
    devices: [
      ...["spine1", "spine2"].map((name) => ({
        name,
        address: "127.0.0.1",
        model: "QFX5120-32C",
        role: "Spine" as const,
      })),
      ...["leaf1", "leaf2", "leaf3", "leaf4"].map((name) => ({
        name,
        address: "127.0.0.1",
        model: "QFX5120-48Y-8C",
        role: "Leaf" as const,
      })),
    ],
  },
};

const DESCRIPTION = `
apiVersion: simulation.hitless.dev/v1alpha1
kind: Simulation
defaults:
  release: 21.4R3-S5.4
  packages:
    - name: ${PACKAGE}
      sizeBytes: 1879048192
      sha256: ${"ab".repeat(32)}
      release: ${TARGET_RELEASE}
servers:
  - {name: server1, lacp: LACP, attachments: [leaf1/xe-0/0/1, leaf2/xe-0/0/1], aggregate: ae1, vlan: 100}
  - {name: server2, lacp: LACP, attachments: [leaf1/xe-0/0/2, leaf2/xe-0/0/2], aggregate: ae2, vlan: 100}
  - {name: server3, lacp: LACP, attachments: [leaf3/xe-0/0/1, leaf4/xe-0/0/1], aggregate: ae1, vlan: 100}
  - {name: server4, lacp: LACP, attachments: [leaf3/xe-0/0/2, leaf4/xe-0/0/2], aggregate: ae2, vlan: 100}
traffic: {packetsPerSecond: 100}
`;

/** The simulation of the fabric, as a file. */
export const SMALL_SIMULATION = DESCRIPTION.replaceAll("LACP", "fast");

/** A simulation on a clock that the test moves, with the file's further lines added. */
export class SmallFabric {
  readonly clock: ManualClock;
  readonly simulator: FabricSimulator;

  constructor(options: { lacp?: "fast" | "slow"; more?: string; fabric?: FabricInput; speed?: number } = {}) {
    this.clock = manualClock(START);
    const text = DESCRIPTION.replaceAll("LACP", options.lacp ?? "fast") + (options.more ?? "");
    const description = parseSimulation(text, { file: "simulation.yaml", fabric: options.fabric ?? FABRIC });
    this.simulator = createFabricSimulator({ description, clock: this.clock });
  }

  connect(device: string): RawClient {
    const found = this.simulator.devices.get(device);
    if (found === undefined) throw new Error(`no device ${device}`);
    return new RawClient(found.openStream());
  }

  /** Loads `set` lines into the locked candidate and commits them. */
  async configure(device: string, lines: readonly string[]): Promise<void> {
    const client = this.connect(device);
    await client.succeed("<lock-configuration/>");
    await client.succeed(loadSet(lines));
    await client.succeed("<commit-configuration/>");
    await client.succeed("<unlock-configuration/>");
    client.destroy();
  }

  async ask(device: string, operation: string): ReturnType<RawClient["succeed"]> {
    const client = this.connect(device);
    const reply = await client.succeed(operation);
    client.destroy();
    return reply;
  }

  lost(): number {
    return this.simulator.traffic.report().lost;
  }
}

export function loadSet(lines: readonly string[]): string {
  return `<load-configuration action="set" format="text"><configuration-set>${lines.join("\n")}</configuration-set></load-configuration>`;
}

/** Takes a leaf out of EVPN and of the underlay, softly. */
export const LEAF_ROUTE_DRAIN = [
  "set policy-options policy-statement DRAIN-EVPN term EAD from family evpn",
  "set policy-options policy-statement DRAIN-EVPN term EAD from nlri-route-type 1",
  "set policy-options policy-statement DRAIN-EVPN term EAD then reject",
  "set policy-options policy-statement DRAIN-EVPN then next policy",
  "set protocols bgp group OVERLAY export DRAIN-EVPN",
];
export const LEAF_ROUTE_RESTORE = [
  "delete protocols bgp group OVERLAY export DRAIN-EVPN",
  "delete policy-options policy-statement DRAIN-EVPN",
];
export const LEAF_ACCESS_DOWN = ["set interfaces ae1 disable", "set interfaces ae2 disable"];
export const LEAF_ACCESS_UP = ["delete interfaces ae1 disable", "delete interfaces ae2 disable"];

/** Makes a spine the last choice of every leaf. */
export const SPINE_DRAIN = [
  'set policy-options policy-statement DRAIN-UNDERLAY then as-path-prepend "4200009999 4200009999 4200009999"',
  "set policy-options policy-statement DRAIN-UNDERLAY then next policy",
  "set protocols bgp group UNDERLAY export DRAIN-UNDERLAY",
  "insert protocols bgp group UNDERLAY export DRAIN-UNDERLAY before UNDERLAY-EXPORT",
];
export const SPINE_RESTORE = [
  "delete protocols bgp group UNDERLAY export DRAIN-UNDERLAY",
  "delete policy-options policy-statement DRAIN-UNDERLAY",
];
