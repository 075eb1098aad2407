/** Installing and rebooting: RPCs that take long, survive their client, and whose replies may never come. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { beginReboot, cancelScheduledReboot, scheduleReboot } from "../device/lifecycle.ts";
import { beginInstall, PENDING_INSTALL_TEXT, rollBackSoftware } from "../device/software.ts";
import type { InstallRefusal } from "../device/software.ts";
import { refuse } from "../rpcFailure.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { formatDateTime, output, perRoutingEngine } from "./shape.ts";

export const SOFTWARE_RPCS: RpcTable = {
  "request-package-checks-pending-install": reads(({ device }) => [
    ...(device.pendingRelease === undefined ? [] : [output(PENDING_INSTALL_TEXT)]),
    packageResult(device.pendingRelease === undefined ? 0 : 1),
  ]),
  "request-package-validate": reads(validatePackage),
  "request-package-add": writes(addPackage),
  "request-package-rollback": writes(({ world, device, session }) => {
    const text = rollBackSoftware(world, device, session.sessionId);
    if (text === undefined) {
      return perRoutingEngine(device, [
        output("ERROR: Cannot rollback: no backup software\nrollback aborted"),
        packageResult(1),
      ]);
    }
    return perRoutingEngine(device, [output(text), packageResult(0)]);
  }),
  "request-reboot": writes(reboot),
  "get-reboot-information": reads(({ device }) => [
    output(
      device.scheduledReboot === undefined
        ? "No shutdown/reboot scheduled."
        : `reboot requested by ${device.scheduledReboot.by} at ${formatDateTime(device.scheduledReboot.at)}`,
    ),
  ]),
  "clear-reboot": writes(({ world, device }) => [
    output(cancelScheduledReboot(world, device) ? "reboot request cleared" : "No shutdown/reboot scheduled."),
  ]),
};

async function addPackage({
  world,
  device,
  session,
  operation,
  until,
}: RpcContext): Promise<readonly XmlNode[]> {
  const path = packagePath(operation);
  const validate = find(operation, "no-validate") === undefined;
  const refusal = beginInstall(world, device, { path, validate, processId: session.sessionId });
  if (refusal !== undefined) return refusalReply(refusal, path);
  const { install } = device;
  await until(() => install?.result !== undefined);
  const result = install?.result ?? { ok: false, output: "" };
  return [
    ignoreSignals(),
    ...perRoutingEngine(device, [output(result.output), packageResult(result.ok ? 0 : 1)]),
  ];
}

function validatePackage({ device, operation }: RpcContext): readonly XmlNode[] {
  const path = packagePath(operation);
  const file = device.files.get(path);
  if (file?.release === undefined) return refusalReply("NotFound", path);
  return [
    ignoreSignals(),
    output(
      [
        "Checking compatibility with configuration",
        "Initializing...",
        "Validating against /config/juniper.conf.gz",
        "mgd: error: schema: dbs_remap_daemon_index: could not find daemon name 'jinsightd'",
        "mgd: commit complete",
        "Validation succeeded",
      ].join("\n"),
    ),
    packageResult(0),
  ];
}

function refusalReply(refusal: InstallRefusal, path: string): readonly XmlNode[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  switch (refusal) {
    // Without a package-result, as the device does.
    case "NotFound":
      return [ignoreSignals(), output(`ERROR: package: ${path} is not found or empty`)];
    case "Running":
      throw refuse("Another package installation in progress, try again later", "request-package-add");
    case "Pending":
      return [ignoreSignals(), output(PENDING_INSTALL_TEXT), packageResult(1)];
    case "NoSpace":
      return [
        ignoreSignals(),
        output(`ERROR: Not enough space in /var/tmp to unpack ${name}\nERROR: insufficient space`),
        packageResult(1),
      ];
    case "NotAPackage":
      return [
        ignoreSignals(),
        output(`ERROR: ${name} is not a valid package for this platform`),
        packageResult(1),
      ];
  }
}

function reboot({ world, device, session, operation }: RpcContext): readonly XmlNode[] {
  const minutes = textAt(operation, "in");
  const clock = textAt(operation, "at");
  const at = rebootTime(world.now, minutes, clock);
  if (device.power !== "Running") throw refuse("Shutdown already in progress", "request-reboot");
  if (at <= world.now) beginReboot(world, device, session.user);
  else scheduleReboot(world, device, { at, by: session.user });
  const text = at <= world.now ? "Shutdown NOW!" : `Shutdown at ${formatDateTime(at)}`;
  return [
    element("request-reboot-results", [
      element("request-reboot-status", `\n${text}\n[pid ${17_000 + session.sessionId}]\n`, {
        "reboot-time": String(Math.floor(at / 1000)),
      }),
    ]),
  ];
}

/** `in` is minutes; `at` is `now`, `+minutes`, or `yymmddhhmm`. */
function rebootTime(now: number, minutes: string | undefined, clock: string | undefined): number {
  if (minutes !== undefined) return now + Number(minutes) * 60_000;
  if (clock === undefined || clock === "now") return now;
  const relative = /^\+(\d+)$/.exec(clock);
  if (relative !== null) return now + Number(relative[1]) * 60_000;
  const parts = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(clock);
  if (parts === null) throw refuse("invalid time", "at");
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0] = parts.slice(1).map(Number);
  return Date.UTC(2000 + year, month - 1, day, hour, minute);
}

function packagePath(operation: XmlNode): string {
  const path = textAt(operation, "package-name") ?? textAt(find(operation, "set"), "package-name");
  if (path === undefined || path === "")
    throw refuse("syntax error, expecting <package-name>", operation.name);
  return path.startsWith("/") ? path : `/var/tmp/${path}`;
}

function packageResult(result: 0 | 1): XmlNode {
  return element("package-result", `\n${result}\n`);
}

/** The device goes on when the client hangs up, and says so. */
function ignoreSignals(): XmlNode {
  return element("cli", [element("ignore-signals", "\nhup\n")]);
}
