/**
 * `npm run demo`: the command `hitless demo`. With --cluster, and no cluster named, it first builds an API server
 * with etcd (once; cached outside of the checkout) and starts it on a free port of the loopback; it ends with the demo.
 */
import path from "node:path";
import process from "node:process";
import { buildCluster, whyNoCluster } from "../test/support/cluster/buildCluster.ts";
import { startCluster, type Cluster } from "../test/support/cluster/startCluster.ts";

const args = process.argv.slice(2);
const namesCluster = args.some((arg) => arg === "--kubeconfig" || arg.startsWith("--kubeconfig="));
const isHelp = args.some((arg) => arg === "--help" || arg === "-h");
let cluster: Cluster | undefined;
if (args.includes("--cluster") && !namesCluster && !isHelp) {
  const why = whyNoCluster();
  if (why !== undefined) {
    console.error(`hitless: no cluster can be started: ${why}; or name one with --kubeconfig FILE`);
    process.exit(2);
  }
  cluster = await startCluster({
    binaries: await buildCluster({ onProgress: (line) => console.error(line) }),
  });
  const plugins = path.resolve(import.meta.dirname, "../bin");
  process.env["PATH"] = [cluster.binaries, process.env["PATH"]].join(path.delimiter);
  console.log("For a second terminal:\n");
  console.log(`  export KUBECONFIG=${cluster.kubeconfig} PATH=${cluster.binaries}:${plugins}:$PATH\n`);
  process.argv.push("--kubeconfig", cluster.kubeconfig);
}
process.argv.splice(2, 0, "demo");
await import("../src/cli/main.ts");
await cluster?.stop();
