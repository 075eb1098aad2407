/**
 * The simulated fabric as a process of its own: devices that speak NETCONF over SSH and count for themselves how
 * often they were installed and rebooted. Answers what the parent asks of the truth, one question at a time; ends
 * with it.
 */
import { twinReport } from "../../src/cli/twin/twinReport.ts";
import { createFabricSimulator, type FabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import type { SimulatedDevice } from "../../src/simulator/simulatedDevice.ts";
import type { Answer, DeviceFacts, DeviceLook, Question, Setting } from "./simulatorProtocol.ts";

function say(answer: Answer): void {
  process.send?.(answer);
}

function lookAt(device: SimulatedDevice): DeviceLook {
  const { power, management } = device.truth();
  return { name: device.name, counters: device.counters, power, management };
}

function factsOf(device: SimulatedDevice, simulator: FabricSimulator): DeviceFacts {
  const received = new Map<string, number>();
  for (const { rpc } of device.rpcLog) received.set(rpc, (received.get(rpc) ?? 0) + 1);
  return {
    ...lookAt(device),
    release: device.truth().release,
    log: simulator.log().filter((entry) => entry.device === device.name),
    received,
    configuration: device.committedConfiguration("text"),
  };
}

process.once("message", ({ description, clock }: Setting) => {
  const simulator = createFabricSimulator({ description, clock: scaledClock(clock) });
  const devices = [...simulator.devices.values()];
  process.on("message", (question: Question) => {
    switch (question.ask) {
      case "look":
        say({ to: "look", is: devices.map(lookAt) });
        break;
      case "facts":
        say({ to: "facts", is: devices.map((device) => factsOf(device, simulator)) });
        break;
      case "report":
        say({ to: "report", is: twinReport({ ...question.input, simulator, description }) });
        break;
    }
  });
  process.once("disconnect", () => void simulator.close());
  void simulator.serve({ freePorts: true }).then((served) => say({ to: "served", is: served }));
});
