/** Installing and rebooting: RPCs that take long, survive their client, and whose replies may never come. */
import { element, find, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { beginReboot, cancelScheduledReboot, scheduleReboot } from "../device/lifecycle.ts";
import { beginInstall, PENDING_INSTALL_TEXT, rollBackSoftware } from "../device/software.ts";
import type { InstallRefusal } from "../device/software.ts";
import { isUp } from "../controlPlane.ts";
import type { ControlPlane } from "../controlPlane.ts";
import { isFaultyPlane } from "../faults/faultQueries.ts";
import { refuse, rpcErrorElement } from "../rpcFailure.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { formatDateTime, output, perRoutingEngine } from "./shape.ts";

export const SOFTWARE_RPCS: RpcTable = {
  "request-package-checks-pending-install": reads(({ plane }) => [
    ...(plane.pendingRelease === undefined ? [] : [output(PENDING_INSTALL_TEXT)]),
    packageResult(plane.pendingRelease === undefined ? 0 : 1),
  ]),
  "request-package-validate": reads(validatePackage),
  "request-package-add": writes((context) => addPackage(context, false)),
  "request-package-rollback": writes(rollBackPackage),
  "request-snapshot": writes(({ world, device, plane }) => {
    if (isFaultyPlane(world, plane, ({ fault }) => fault === "diskFull")) {
      throw refuse("No space left on device", "request-snapshot");
    }
    return perRoutingEngine(device, [output("Snapshot completed successfully")]);
  }),
  "request-reboot": writes((context) => reboot(context, false)),
  "get-reboot-information": reads(({ plane }) => [
    output(
      plane.scheduledReboot === undefined
        ? "No shutdown/reboot scheduled."
        : `reboot requested by ${plane.scheduledReboot.by} at ${formatDateTime(plane.scheduledReboot.at)}`,
    ),
  ]),
  "clear-reboot": writes(({ world, plane }) => [
    output(cancelScheduledReboot(world, plane) ? "reboot request cleared" : "No shutdown/reboot scheduled."),
  ]),
};

/** Takes back what is staged, or stages what ran before. */
export function rollBackPackage({ world, device, plane, session }: RpcContext): readonly XmlNode[] {
  const text = rollBackSoftware(world, plane, session.sessionId);
  return perRoutingEngine(
    device,
    text === undefined
      ? [output("ERROR: Cannot rollback: no backup software\nrollback aborted"), packageResult(1)]
      : [output(text), packageResult(0)],
  );
}

/** Installs on the routing engine that answers, or on the one that the request names; by `host` with the host below it. */
export async function addPackage(context: RpcContext, host: boolean): Promise<readonly XmlNode[]> {
  const { world, device, session, operation, until } = context;
  const path = packagePath(operation);
  const validate = find(operation, "no-validate") === undefined;
  const content: XmlNode[] = [];
  for (const plane of namedPlanes(context)) {
    const refusal = beginInstall(world, plane, { path, validate, host, processId: session.sessionId });
    if (refusal !== undefined) return refusalReply(refusal, path);
    const { install } = plane;
    await until(() => install?.result !== undefined);
    const result = install?.result ?? { ok: false, output: "" };
    if (validate && host) content.push(output(validationLines().join("\n")));
    content.push(output(result.output), packageResult(result.ok ? 0 : 1));
  }
  return [ignoreSignals(), ...perRoutingEngine(device, content)];
}

/** Those that the request names, as `re1` or `other-routing-engine`; the one that answers where it names none. */
export function namedPlanes({ device, plane, operation }: RpcContext): readonly ControlPlane[] {
  const asked = [...operation.children.map(({ name }) => name), textAt(operation, "routing-engine") ?? ""];
  const others = device.planes.filter((each) => each !== plane);
  const isOther = asked.some((name) => name === "other-routing-engine" || name === "other");
  const isBoth = asked.some((name) => name === "both-routing-engines" || name === "both");
  const role = asked.find((name) => name === "master" || name === "backup");
  const found = isBoth
    ? device.planes
    : isOther
      ? others
      : role !== undefined
        ? device.planes.filter((each) => (each === device.master) === (role === "master"))
        : device.planes.filter((each) => asked.includes(each.name));
  if (found.length === 0 && (isOther || role !== undefined)) {
    throw refuse("no other routing engine", operation.name);
  }
  const away = found.find((each) => each !== plane && !isUp(each));
  if (away !== undefined) throw refuse(`Could not connect to ${away.name} : No route to host`);
  return found.length === 0 ? [plane] : found;
}

function validatePackage({ world, plane, operation }: RpcContext): readonly XmlNode[] {
  const path = packagePath(operation);
  const file = plane.files.get(path);
  if (file?.release === undefined) return refusalReply("NotFound", path);
  if (isFaultyPlane(world, plane, ({ fault }) => fault === "validationFails")) {
    const refused =
      "Validating against /config/juniper.conf.gz\nmgd: error: configuration check-out failed\nValidation failed";
    return [ignoreSignals(), output(refused), packageResult(1)];
  }
  return [ignoreSignals(), output(validationLines().join("\n")), packageResult(0)];
}

function validationLines(): readonly string[] {
  return [
    "Checking compatibility with configuration",
    "Initializing...",
    "Validating against /config/juniper.conf.gz",
    "mgd: error: schema: dbs_remap_daemon_index: could not find daemon name 'jinsightd'",
    "mgd: commit complete",
    "Validation succeeded",
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

/** Reboots now or later; where the request is for the host, guest and host go down together. */
export function reboot(context: RpcContext, host: boolean): readonly XmlNode[] {
  const { world, session, operation } = context;
  const at = rebootTime(world.now, textAt(operation, "in"), textAt(operation, "at"));
  const planes = namedPlanes(context);
  if (planes.some((plane) => plane.power !== "Running"))
    throw refuse("Shutdown already in progress", operation.name);
  for (const plane of planes) {
    if (at <= world.now) beginReboot(world, plane, { by: session.user, host });
    else scheduleReboot(world, plane, { at, by: session.user });
  }
  if (host) {
    return planes.flatMap((plane) => [
      rpcErrorElement({ severity: "warning", message: `Rebooting ${plane.name}` }),
      output("Initiating vmhost reboot...  ok\nInitiating Junos shutdown... shutdown initiated"),
    ]);
  }
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
