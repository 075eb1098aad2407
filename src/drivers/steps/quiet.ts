/**
 * Quiet: the counters say what routes and LACP promise. What passes the device's links to other devices is at
 * most the quiet rate; the traffic of single-homed servers, who have no other way, is left out of it.
 */
import type { Step } from "../../engine/step.ts";
import { readInterfaces, type PhysicalInterface } from "../../junos/interfaces.ts";
import { readLldp } from "../../junos/lldp.ts";
import type { RunContext } from "../driver.ts";

export const quiet: Step<RunContext> = {
  name: "Quiet",
  once: false,
  landing: "InService",
  deadlineSeconds: 900,
  expectedSeconds: 30,
  onDeadline: "Fail",
  outOfService: true,
  needsFreshProof: false,
  silences: false,
  pollSeconds: 10,
  async observe({ device, fabricDevices, settings, connect }) {
    const { main } = await connect(device.name);
    const fabricPorts = new Set(
      (await readLldp(main))
        .filter(
          ({ remoteSystemName }) => remoteSystemName !== undefined && fabricDevices.has(remoteSystemName),
        )
        .map(({ localPort }) => localPort),
    );
    const ports = (await readInterfaces(main, { level: "statistics" })).filter(({ operUp }) => operUp);
    const links = ports.filter(({ name }) => fabricPorts.has(name));
    const unread = links.filter((port) => rateOf(port) === undefined);
    if (unread.length > 0) {
      return {
        is: "Blocked",
        reason: "NotQuiet",
        message: `no rates on ${unread.map(({ name }) => name).join(", ")}`,
      };
    }
    const servers = ports.filter(
      ({ name, aggregate }) =>
        !fabricPorts.has(name) && aggregate === undefined && /^(?:ge|xe|et)-/.test(name),
    );
    const exempt = sum(servers);
    const rate = Math.max(0, sum(links) - exempt);
    const shown = `${String(Math.round(rate))} bit/s pass its ${String(links.length)} links`;
    return rate <= settings.quietBitsPerSecond
      ? { is: "Done", evidence: { message: exempt > 0 ? `${shown}, single-homed servers left out` : shown } }
      : {
          is: "Running",
          reason: "NotQuiet",
          message: `${shown}, ${String(settings.quietBitsPerSecond)} are quiet`,
        };
  },
};

function rateOf({ inputBitsPerSecond, outputBitsPerSecond }: PhysicalInterface): number | undefined {
  return inputBitsPerSecond === undefined || outputBitsPerSecond === undefined
    ? undefined
    : inputBitsPerSecond + outputBitsPerSecond;
}

function sum(ports: readonly PhysicalInterface[]): number {
  return ports.reduce((total, port) => total + (rateOf(port) ?? 0), 0);
}
