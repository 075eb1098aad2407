/** File systems and how full they are (`show system storage`), and what a cleanup would delete. */
import { descendants, element, type XmlNode } from "../netconf/xmlNode.ts";
import { enginePartsOf, expectElement, numberOf, textOf } from "./reply.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

/** Blocks in these replies are of this size, whatever the file system's own block size. */
const BLOCK_BYTES = 512;

export interface Filesystem {
  readonly engineName: string | null;
  readonly name: string;
  readonly mountedOn: string;
  readonly totalBytes: number;
  readonly usedBytes: number;
  /** What can still be written; never below zero. */
  readonly freeBytes: number;
  readonly usedPercent: number | undefined;
}

export interface CleanupFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** `show system storage`. */
export function storageRequest(): XmlNode {
  return element("get-system-storage");
}

/** Reads the file systems with their free bytes, of every routing engine. Throws `JunosError` `ReplyUnexpected`. */
export async function readFilesystems(
  caller: RpcCaller,
  options?: CallOptions,
): Promise<readonly Filesystem[]> {
  return parseFilesystems(
    expectElement(await ask(caller, storageRequest(), options), "system-storage-information"),
  );
}

/** Reads the reply of `storageRequest`; entries without numbers are left out. */
export function parseFilesystems(reply: XmlNode): readonly Filesystem[] {
  return enginePartsOf(reply, "filesystem").flatMap(({ engineName, node }) => {
    const mountedOn = textOf(node, "mounted-on");
    const available = numberOf(node, "available-blocks");
    if (mountedOn === undefined || available === undefined) return [];
    return [
      {
        engineName,
        name: textOf(node, "filesystem-name") ?? "",
        mountedOn,
        totalBytes: (numberOf(node, "total-blocks") ?? 0) * BLOCK_BYTES,
        usedBytes: (numberOf(node, "used-blocks") ?? 0) * BLOCK_BYTES,
        freeBytes: Math.max(0, available) * BLOCK_BYTES,
        usedPercent: numberOf(node, "used-percent"),
      },
    ];
  });
}

/**
 * Free bytes where the path lies: on the file system with the longest mount point above it. Upgraded FreeBSD
 * lists its disk under `/.mount` and no `/var` of its own. With several engines the fullest one counts.
 * Undefined when no listed file system holds the path.
 */
export function freeBytesAt(filesystems: readonly Filesystem[], path: string): number | undefined {
  const engines = new Set(filesystems.map(({ engineName }) => engineName));
  const free = [...engines].map((engine) => {
    const holders = filesystems
      .filter(({ engineName, mountedOn }) => engineName === engine && isAbove(visiblePath(mountedOn), path))
      .toSorted((a, b) => visiblePath(b.mountedOn).length - visiblePath(a.mountedOn).length);
    return holders.at(0)?.freeBytes;
  });
  const known = free.filter((bytes) => bytes !== undefined);
  return known.length === 0 || known.length < free.length ? undefined : Math.min(...known);
}

/** Deletes old logs and files in /var/tmp, a staged package too: only ever before a copy. */
export function storageCleanupRequest(options: { dryRun: boolean }): XmlNode {
  return element(
    "request-system-storage-cleanup",
    options.dryRun ? [element("dry-run")] : [element("no-confirm")],
  );
}

/** Reads the reply of `storageCleanupRequest`: what was deleted, or would be. */
export function parseStorageCleanup(reply: XmlNode): readonly CleanupFile[] {
  return [...descendants(reply, "file")].map((node) => ({
    path: textOf(node, "file-name") ?? "",
    sizeBytes: numberOf(node, "size") ?? 0,
  }));
}

/** Where users see what is mounted there: `/.mount/var` is their `/var`, `/.mount` their `/`. */
function visiblePath(mountedOn: string): string {
  const inside = /^\/\.mount(?<rest>\/.*)?$/.exec(mountedOn);
  return inside === null ? mountedOn : (inside.groups?.["rest"] ?? "/");
}

function isAbove(mountedOn: string, path: string): boolean {
  return mountedOn === "/" || path === mountedOn || path.startsWith(`${mountedOn}/`);
}
