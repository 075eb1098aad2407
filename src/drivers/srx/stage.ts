/**
 * Stage: the package lies on the node that runs the cluster, whole, and either node has room for it: the device copies it
 * to the other one by itself, and gives up when it does not fit there.
 */
import { PACKAGE_DIRECTORY } from "../../api/names.ts";
import type { Step } from "../../engine/step.ts";
import { freeBytesAt, readFilesystems } from "../../junos/storage.ts";
import type { RunContext } from "../driver.ts";
import { stage } from "../steps/stage.ts";

export const clusterStage: Step<RunContext> = {
  ...stage,
  async observe(context) {
    const { device, image } = context;
    const staged = await stage.observe(context);
    if (staged.is !== "Done" && !(staged.is === "Blocked" && staged.reason === "DiskFull")) return staged;
    const { main } = await context.connect(device.name);
    const filesystems = await readFilesystems(main);
    for (const node of ["node0", "node1"]) {
      const own = filesystems.filter(({ engineName }) => engineName === node);
      const free = freeBytesAt(own, PACKAGE_DIRECTORY);
      if (free === undefined) {
        return { is: "Blocked", reason: "DiskFull", message: `${node} does not tell what is free in /var` };
      }
      if (free < image.sizeBytes) {
        return {
          is: "Blocked",
          reason: "DiskFull",
          message: `${node} has ${String(free)} bytes free under ${PACKAGE_DIRECTORY}, the upgrade needs ${String(image.sizeBytes)}`,
        };
      }
    }
    return staged;
  },
};
