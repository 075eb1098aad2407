/**
 * Bundles what `src/store/kubernetes/clientLibrary.ts` exports, with all it needs, into one file. The library itself keeps
 * some 35 MB of classes in memory for ever; of those a controller uses none.
 */
import path from "node:path";
import { rolldown } from "rolldown";

const ROOT = path.resolve(import.meta.dirname, "..");
const SOURCE = path.join(ROOT, "src/store/kubernetes/clientLibrary.ts");

/** Writes the bundle to a file. undici stays outside: the library's pools are handed to our own requests. */
export async function bundleClientLibrary(file: string): Promise<void> {
  const bundle = await rolldown({
    input: SOURCE,
    platform: "node",
    external: ["undici"],
    treeshake: {
      // Its modules define classes and do nothing else; without this each would be kept for what loading it might do.
      moduleSideEffects: (id) => !id.includes("/@kubernetes/client-node/"),
    },
  });
  try {
    await bundle.write({ file, format: "esm" });
  } finally {
    await bundle.close();
  }
}
