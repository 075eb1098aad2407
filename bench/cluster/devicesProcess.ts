/**
 * The simulated devices as a process of their own: NETCONF streams over plain TCP on one port of the loopback, where the
 * first line of a connection names the device. Ends with its standard input, after it has counted.
 */
import { createServer, type Socket } from "node:net";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { createFabricSimulator } from "../../src/simulator/fabricSimulator.ts";
import { scaledClock } from "../../src/simulator/modelClock.ts";
import { largeFabric } from "./largeFabric.ts";
import type { ClockAnchors, DevicesMessage } from "./messages.ts";

const [size = "10", anchors = "{}"] = process.argv.slice(2);
const clockAnchors: ClockAnchors = JSON.parse(anchors);

function say(message: DevicesMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

const clock = scaledClock(clockAnchors);
const simulators = largeFabric(Number(size)).simulations.map((description) =>
  createFabricSimulator({ description, clock }),
);
const devices = new Map(simulators.flatMap((each) => [...each.devices]));

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on("error", () => socket.destroy());
  socket.once("readable", () => {
    const chunk: unknown = socket.read();
    const text = Buffer.isBuffer(chunk) ? chunk.toString("utf8") : "";
    const end = text.indexOf("\n");
    const stream = open(text.slice(0, end));
    if (stream === undefined) {
      socket.destroy();
      return;
    }
    const rest = text.slice(end + 1);
    if (rest !== "") socket.unshift(Buffer.from(rest));
    socket.pipe(stream).pipe(socket);
    stream.on("close", () => socket.destroy()).on("error", () => socket.destroy());
    socket.on("close", () => stream.destroy());
  });
}

/** A device that is down takes no connection. */
function open(device: string): Duplex | undefined {
  try {
    return devices.get(device)?.openStream();
  } catch {
    return undefined;
  }
}

const server = createServer(serve).listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
say({ event: "serving", port: typeof address === "object" && address !== null ? address.port : 0 });

process.stdin.resume();
await once(process.stdin, "end");
const wrong = [...devices]
  .filter(([, { counters }]) => counters.reboots !== 1 || counters.installsStarted !== 1)
  .map(([name]) => name);
const lostPackets = simulators.reduce((sum, { traffic }) => sum + traffic.report().lost, 0);
say({ event: "counted", wrong, lostPackets });
server.close();
await Promise.all(simulators.map((each) => each.close()));
process.exit();
