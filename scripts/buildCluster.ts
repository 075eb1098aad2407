/** Builds the API server of the tests and prints where its binaries are. Nothing happens if they are there already. */
import { buildCluster } from "../test/support/cluster/buildCluster.ts";

console.log(await buildCluster({ onProgress: (line) => console.error(line) }));
