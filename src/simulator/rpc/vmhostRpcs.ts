/** Routing engines that are guests of a host: requests of their own install and reboot both together. */
import { element, find } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import type { VmhostDisk } from "../controlPlane.ts";
import { refuse } from "../rpcFailure.ts";
import { addPackage, reboot, rollBackPackage } from "./softwareRpcs.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { output } from "./shape.ts";

export const VMHOST_RPCS: RpcTable = {
  "get-vmhost-version-information": reads((context) => [version(diskOf(context))]),
  "request-vmhost-package-add": writes((context) => {
    diskOf(context);
    return addPackage(context, true);
  }),
  "request-vmhost-package-rollback": writes((context) => {
    diskOf(context);
    return rollBackPackage(context);
  }),
  "request-vmhost-reboot": writes((context) => {
    diskOf(context);
    const both = find(context.operation, "both-routing-engines");
    if (both !== undefined) throw refuse("syntax error, expecting <invoke-on>", both.name);
    return reboot(context, true);
  }),
  "request-vmhost-snapshot": writes((context) => {
    const disk = diskOf(context);
    disk.releases[disk.currentSet] = context.plane.release;
    return [output("warning: Existing data on the target may be lost\nSoftware snapshot done")];
  }),
};

/** Other routing engines do not know these requests. */
function diskOf({ plane, operation }: RpcContext): VmhostDisk {
  if (plane.vmhost === undefined) throw refuse("syntax error", operation.name);
  return plane.vmhost;
}

function version({ currentSet, releases }: VmhostDisk): XmlNode {
  const set = (name: "p" | "b"): readonly string[] => [
    `Version: set ${name}`,
    "VMHost Version: 7",
    `VMHost Root: vmhost-x86_64-${releases[name]}_builder`,
    `VMHost Core: vmhost-core-x86-64-${releases[name]}`,
    "kernel: 5",
    `Junos Disk: junos-install-mx-x86-64-${releases[name]}`,
    "",
  ];
  return element(
    "output",
    [
      "",
      `Current root details,           Device sda, Label: jroot${currentSet}_P, Partition: sda${currentSet === "p" ? 3 : 4}`,
      "Current boot disk: Primary",
      `Current root set: ${currentSet}`,
      "UEFI    Version: CBEP_P_SUM1_0",
      "",
      "Primary Disk, Upgrade Time: Tue Jan 14 17:38:51 UTC 2025",
      "",
      ...set("p"),
      ...set("b"),
    ].join("\n"),
  );
}
