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
  /** Where the commands are typed: `device`, `device, configuration mode`, `shell`, or on which routing engine or node. */
  readonly at: string;
  readonly commands: readonly string[];
}

/** What is left to be taken back of an upgrade, in order; empty where nothing was changed. */
export function restoreParts(upgrade: DeviceUpgrade): readonly RestorePart[] {
  const { status = {} } = upgrade;
  // As it should be; to go back is a campaign of its own.
  if (status.state === "HitlessImageUpgradeSuccessful") return [];
  const parts = [...clusterParts(upgrade), ...engineParts(upgrade), ...releaseParts(upgrade)];
  if (isLeft(status, "DrainRoutes", "UndrainRoutes")) parts.push(undrain(status));
  if (parts.length > 0 || isLeft(status, "SuspendRedundancy", "RestoreRedundancy")) {
    parts.push(...configurationParts(upgrade));
  }
  return parts;
}

/** The only routing engine, or the one that is named. */
function releaseParts({ spec, status = {} }: DeviceUpgrade): readonly RestorePart[] {
  const kind = kindOf(spec);
  const from = status.found?.version ?? "the release before";
  if (wasBegun(status, "Reboot")) return [rollback({ kind, from, at: "device", rebooted: true })];
  return wasBegun(status, "Install") ? [rollback({ kind, from, at: "device", rebooted: false })] : [];
}

/** Two routing engines: the one that is not in charge first. */
function engineParts({ spec, status = {} }: DeviceUpgrade): readonly RestorePart[] {
  const kind = kindOf(spec);
  const found = status.found?.controlPlanes ?? [];
  const nameOf = (role: "Master" | "Backup"): string =>
    found.find((each) => each.role === role)?.name ?? `the former ${role.toLowerCase()}`;
  const part = (role: "Master" | "Backup", install: StepName, reboot: StepName): readonly RestorePart[] => {
    if (!wasBegun(status, install)) return [];
    const from = found.find((each) => each.role === role)?.version ?? "the release before";
    return [rollback({ kind, from, at: `device, on ${nameOf(role)}`, rebooted: wasBegun(status, reboot) })];
  };
  // Both at the same time: there is no other release on either side to wait for.
  const together = (["Backup", "Master"] as const).flatMap((role) =>
    part(role, "InstallEngines", "RebootEngines"),
  );
  if (together.length > 0) return together;
  const formerMaster = part("Master", "InstallFormerMaster", "RebootFormerMaster");
  const back: RestorePart = {
    purpose: `${nameOf("Master")} is in charge again; only once it is up, and while the device is out of service`,
    at: "device",
    commands: ["request chassis routing-engine master switch"],
  };
  return [
    ...formerMaster,
    ...(wasBegun(status, "SwitchMastership") ? [back] : []),
    ...part("Backup", "InstallBackupEngine", "RebootBackupEngine"),
  ];
}

/** A chassis cluster whose in-service upgrade was begun and has not come to its end. */
function clusterParts({ status = {} }: DeviceUpgrade): readonly RestorePart[] {
  if (!isLeft(status, "ConsolidateGroups", "RestoreGroups")) return [];
  const groups = status.found?.redundancyGroups ?? [];
  const from = status.found?.version ?? "the release before";
  const upgrading = isLeft(status, "InServiceUpgrade", "EndInServiceUpgrade");
  const mixed = wasBegun(status, "SecondaryUpgrade") && !isDone(status, "PrimaryUpgrade");
  return [
    ...(upgrading
      ? [
          {
            purpose: "the in-service upgrade is given up; clean only before the secondary node has rebooted",
            at: "device, on the primary node of group 0",
            commands: ["request chassis cluster in-service-upgrade abort"],
          },
        ]
      : []),
    ...(mixed
      ? [
          {
            purpose: `back to ${from} on a node that runs another release, only while it is secondary of all groups`,
            at: "device, on that node",
            commands: ["request system software rollback", "request system reboot"],
          },
        ]
      : []),
    ...(groups.length === 0
      ? []
      : [
          {
            purpose: "the redundancy groups are where they were found",
            at: "device",
            commands: groups.flatMap(({ group, primary }) => [
              `request chassis cluster failover redundancy-group ${String(group)} node ${primary.replace(/^node/, "")}`,
              `request chassis cluster failover reset redundancy-group ${String(group)}`,
            ]),
          },
        ]),
  ];
}

interface Rollback {
  readonly kind: "system" | "vmhost";
  readonly from: string;
  readonly at: string;
  readonly rebooted: boolean;
}

function rollback({ kind, from, at, rebooted }: Rollback): RestorePart {
  return rebooted
    ? {
        purpose: `back to ${from}, only while it is out of service; it takes a reboot`,
        at,
        commands: [`request ${kind} software rollback`, `request ${kind} reboot`],
      }
    : {
        purpose: `the package that waits for a reboot is given up; ${from} goes on`,
        at,
        commands: [`request ${kind} software rollback`],
      };
}

function kindOf({ image }: DeviceUpgrade["spec"]): "system" | "vmhost" {
  return readPackageName(image.deviceImageName)?.vmhost === true ? "vmhost" : "system";
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

/** The configuration as it was found, to compare with, and as the last way to have it back to the letter. */
function configurationParts({ metadata, spec, status = {} }: DeviceUpgrade): readonly RestorePart[] {
  const backup = status.found?.configuration;
  if (backup === undefined) return [];
  const file = `${spec.deviceName}.set`;
  const secret = `kubectl get secret ${backup.secretName} -n ${metadata.namespace}`;
  return [
    {
      purpose: "the configuration as it was found, apart from its set version",
      at: "shell",
      commands: [
        `${secret} -o jsonpath='{.data.configuration\\.set\\.gz}' | base64 -d | gunzip > ${file}`,
        `scp -O ${file} ${spec.deviceName}:/var/tmp/${file}`,
      ],
    },
    {
      purpose: "all of it put back, where taking back the changes was not enough; look before you commit",
      at: "device, configuration mode",
      commands: [
        "configure exclusive",
        "delete",
        `load set /var/tmp/${file}`,
        "show | compare",
        "commit and-quit",
      ],
    },
  ];
}

/** Something of that step may be on the device, and nothing has taken it back. */
function isLeft(status: DeviceUpgradeStatus, step: StepName, undo: StepName): boolean {
  return wasBegun(status, step) && !isDone(status, undo);
}

function isDone(status: DeviceUpgradeStatus, step: StepName): boolean {
  return recordOf(status, step).state === "Done";
}

/** Something may have been sent. What was undone is as it was. */
function wasBegun(status: DeviceUpgradeStatus, step: StepName): boolean {
  const { state, attempts } = recordOf(status, step);
  return state !== "Undone" && attempts > 0;
}
