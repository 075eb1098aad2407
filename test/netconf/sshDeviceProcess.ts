/** An SSH device in a process of its own, to be killed. Tells where it listens, and when an RPC has come. */
import { startSshDevice } from "./sshDevice.ts";

const device = await startSshDevice({
  onRpc: (rpc) => {
    process.stdout.write(`received ${rpc.name}\n`);
  },
});
process.stdout.write(`${device.port}\n${device.knownHost}\n`);
