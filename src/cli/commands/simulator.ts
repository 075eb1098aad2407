/** `hitless simulator`: the simulated fabric alone, for any NETCONF client. */
import { once } from "node:events";
import { Command } from "commander";
import { createFabricSimulator, type ServedDevice } from "../../simulator/fabricSimulator.ts";
import { scaledClock } from "../../simulator/modelClock.ts";
import { fabricInput, storeOf } from "../manifests/campaignInput.ts";
import { filesOption } from "../manifests/filesOption.ts";
import { readManifests } from "../manifests/readManifests.ts";
import { positiveNumber } from "../positiveNumber.ts";
import type { CommandContext } from "../commandContext.ts";
import { outputOption } from "../render/output.ts";
import { renderTable } from "../render/table.ts";
import { writeLine } from "../terminal.ts";
import { LOOPBACK, loopbackPorts } from "../twin/loopbackPorts.ts";
import { readSimulation } from "../twin/simulationFile.ts";

interface SimulatorOptions {
  readonly file: readonly string[];
  readonly speed: number;
  readonly output: "table" | "json";
  readonly fabric?: string;
}

const EXAMPLES = `
Examples:
  hitless simulator -f examples/quickstart
  hitless simulator -f examples/quickstart --speed 60 -o json
  ssh -s -p 28311 hitless@127.0.0.1 netconf      in another terminal: NETCONF with leaf1

Devices listen where the Fabric says, as long as that is this machine, else on free ports. Servers, releases and
faults are described in simulation/simulation.yaml beside the manifests. Serves until it is stopped. With -o json the
devices, their logins and host keys are told on one line.`;

export function simulatorCommand({ terminal }: CommandContext): Command {
  return new Command("simulator")
    .description("serve the simulated fabric by NETCONF over SSH")
    .addOption(filesOption())
    .option("--speed <factor>", "model seconds in a second", positiveNumber, 1)
    .addOption(outputOption(["table", "json"]))
    .option("--fabric <name>", "which Fabric, where the files have several")
    .addHelpText("after", EXAMPLES)
    .action(async (options: SimulatorOptions) => {
      const store = await storeOf(await readManifests(options.file, { stdin: terminal.stdin }), {
        now: Date.now,
      });
      const fabric = await fabricInput(store, options.fabric);
      const description = await readSimulation(options.file, fabric, await store.list("DeviceImage"));
      const now = Date.now();
      const clock = scaledClock({ anchorModel: now, anchorReal: now, speed: options.speed });
      const simulator = createFabricSimulator({ description, clock });
      try {
        const devices = await simulator.serve({ host: LOOPBACK, ports: loopbackPorts(fabric) });
        // On one line: whoever reads it must see where it ends, for the command goes on.
        const json = options.output === "json";
        writeLine(terminal.stdout, json ? JSON.stringify({ devices }) : renderDevices(devices));
        if (!terminal.signal.aborted) await once(terminal.signal, "abort");
      } finally {
        await simulator.close();
      }
    });
}

function renderDevices(devices: readonly ServedDevice[]): string {
  const rows = devices.map((device) => [
    device.name,
    device.address,
    String(device.port),
    device.username,
    device.password,
    device.hostKey,
  ]);
  const table = renderTable(["device", "address", "port", "user", "password", "host key"], rows);
  const [first] = devices;
  if (first === undefined) return table;
  const { port, username, address, name } = first;
  return `${table}\n\nNETCONF with ${name}:  ssh -s -p ${String(port)} ${username}@${address} netconf\nStop with Ctrl-C.`;
}
