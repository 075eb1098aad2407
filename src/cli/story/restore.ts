/**
 * How a device is brought back by hand: the exact commands, from what its upgrade has kept. For the case that the
 * controller cannot do it any more, or that somebody takes the device over.
 */
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import type { StepName } from "../../api/steps.ts";
import { recordOf } from "../../engine/journal.ts";
import type { DeviceUpgradeStatus } from "../../engine/step.ts";
import { readPackageName } from "../../release/packageName.ts";

/** One thing to do. */
export interface RestorePart {
  /** What it is for, as a sentence. */
  readonly purpose: string;
  /** Where the commands are typed. */
  readonly at: "device, configuration mode" | "device" | "shell";
  readonly commands: readonly string[];
}

/** What is left to be taken back of an upgrade, in order; empty where nothing was changed. */
export function restoreParts({ metadata, spec, status = {} }: DeviceUpgrade): readonly RestorePart[] {
  const parts: RestorePart[] = [];
  const drained = wasBegun(status, "DrainRoutes") && !isDone(status, "UndrainRoutes");
  const vmhost = readPackageName(spec.image.deviceImageName)?.vmhost === true ? "vmhost" : "system";
  const from = status.found?.version ?? "the release before";
  if (wasBegun(status, "Reboot")) {
    parts.push({
      purpose: `back to ${from}, only while it is out of service; it takes a reboot`,
      at: "device",
      commands: [`request ${vmhost} software rollback`, `request ${vmhost} reboot`],
    });
  } else if (wasBegun(status, "Install")) {
    parts.push({
      purpose: `the package that waits for a reboot is given up; ${from} goes on`,
      at: "device",
      commands: [`request ${vmhost} software rollback`],
    });
  }
  if (drained) parts.push(undrain(status));
  const backup = status.found?.configuration;
  if (backup !== undefined && (drained || parts.length > 0)) {
    const secret = `kubectl get secret ${backup.secretName} -n ${metadata.namespace}`;
    parts.push({
      purpose: "compare with the configuration as it was found; apart from set version they are the same",
      at: "shell",
      commands: [
        `${secret} -o jsonpath='{.data.configuration\\.set\\.gz}' | base64 -d | gunzip > ${spec.deviceName}.set`,
      ],
    });
  }
  return parts;
}

function undrain({ drain }: DeviceUpgradeStatus): RestorePart {
  const purpose = "the drain is taken back: first the links to servers, then the routes";
  const at = "device, configuration mode";
  const undo = drain?.undo;
  if (undo === undefined || undo === "") {
    // Every change of ours is marked on the device itself.
    return {
      purpose: `${purpose}; the macro names each change`,
      at,
      commands: ["show apply-macro hitless", "show | compare rollback 1"],
    };
  }
  return { purpose, at, commands: ["configure exclusive", ...undo.split("\n"), "commit and-quit"] };
}

function isDone(status: DeviceUpgradeStatus, step: StepName): boolean {
  return recordOf(status, step).state === "Done";
}

/** Something may have been sent. What was undone is as it was. */
function wasBegun(status: DeviceUpgradeStatus, step: StepName): boolean {
  const { state, attempts } = recordOf(status, step);
  return state !== "Undone" && attempts > 0;
}
