/**
 * Routing engines that are VM hosts: Junos runs in a virtual machine, two sets of host and guest lie on disk, and
 * requests of their own install and reboot them.
 */
import { readPackageName } from "../release/packageName.ts";
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { INSTALL_TIMEOUT_SECONDS } from "./install.ts";
import { classifyInstallReply, type InstallReply } from "./installReply.ts";
import { allTextOf, outputOf, textOf } from "./reply.ts";
import { parseRebootReply, type RebootReply } from "./reboot.ts";
import { ask, askLeniently, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** One of the two sets of software. */
export interface VmhostSet {
  /** `p` or `b`. */
  readonly name: string;
  /** `junos-install-mx-x86-64-24.2R2.1`. */
  readonly junosPackage: string;
  readonly release: string | undefined;
}

export interface VmhostVersion {
  /** The set that runs. */
  readonly currentSet: string | undefined;
  /** `Primary` or `Backup`. */
  readonly bootDisk: string | undefined;
  readonly sets: readonly VmhostSet[];
}

/** As text: before 22.2R3 the XML form is broken. */
export function vmhostVersionRequest(): XmlNode {
  return element("get-vmhost-version-information", [], { format: "text" });
}

/** Reads which set of software runs, and what the other one holds (`show vmhost version`). */
export async function readVmhostVersion(caller: RpcCaller, options?: CallOptions): Promise<VmhostVersion> {
  return parseVmhostVersion(await ask(caller, vmhostVersionRequest(), options));
}

/** Reads the reply of `vmhostVersionRequest`, as text or as XML. */
export function parseVmhostVersion(reply: XmlNode): VmhostVersion {
  const [information] = descendants(reply, "vmhost-version-information");
  if (information !== undefined && find(information, "set-disk-info") !== undefined) {
    return {
      currentSet: textOf(information, "current-root-set"),
      bootDisk: textOf(information, "current-boot-disk"),
      sets: findAll(information, "set-disk-info").map((set) =>
        toSet(
          textOf(set, "set-disk-name")?.replace(/^set\s+/, "") ?? "",
          textOf(set, "set-junos-version") ?? "",
        ),
      ),
    };
  }
  const text = allTextOf(reply);
  const sets = [
    ...text.matchAll(/^\s*Version:\s*set\s+(?<name>\w+)(?<body>[\s\S]*?)(?=^\s*Version:|$(?![\s\S]))/gm),
  ];
  return {
    currentSet: /^\s*Current root set:\s*(?<set>\w+)/m.exec(text)?.groups?.["set"],
    bootDisk: /^\s*Current boot disk:\s*(?<disk>\w+)/m.exec(text)?.groups?.["disk"],
    sets: sets.map(({ groups }) =>
      toSet(
        groups?.["name"] ?? "",
        /^\s*Junos Disk:\s*(?<disk>\S+)/m.exec(groups?.["body"] ?? "")?.groups?.["disk"] ?? "",
      ),
    ),
  };
}

/** Asks the kernel; null when the login may not start a shell or the answer is none. */
export function vmhostProbeRequest(): XmlNode {
  return element("request-shell-execute", [element("command", "sysctl -n hw.re.vmhost_mode")]);
}

/** Reads the reply of `vmhostProbeRequest`. */
export function parseVmhostProbe(reply: XmlNode): boolean | null {
  const answer = outputOf(reply).trim();
  return answer === "1" ? true : answer === "0" ? false : null;
}

/** Stages host and guest. Runs for minutes, goes on without us, and its reply proves nothing. */
export async function requestVmhostPackageAdd(
  caller: RpcCaller,
  options: CallOptions & { packagePath: string; validate: boolean; engine?: "re0" | "re1" },
): Promise<InstallReply> {
  const { packagePath, validate, engine, ...callOptions } = options;
  const rpc = element("request-vmhost-package-add", [
    element("package-name", packagePath),
    ...(validate ? [] : [element("no-validate")]),
    ...(engine === undefined ? [] : [element(engine)]),
  ]);
  return classifyInstallReply(
    await askLeniently(caller, rpc, { timeoutSeconds: INSTALL_TIMEOUT_SECONDS, ...callOptions }),
  );
}

/** Reboots host and guest, by default of this engine. Its reply proves nothing, and may never come. */
export async function requestVmhostReboot(
  caller: RpcCaller,
  options: CallOptions & { engine?: "both" | "other" } = {},
): Promise<RebootReply> {
  const { engine, ...callOptions } = options;
  const rpc = element(
    "request-vmhost-reboot",
    engine === undefined ? [] : [element("routing-engine", engine)],
  );
  return parseRebootReply(await askLeniently(caller, rpc, callOptions));
}

function toSet(name: string, junosPackage: string): VmhostSet {
  return { name, junosPackage, release: readPackageName(`${junosPackage}.tgz`)?.release };
}
