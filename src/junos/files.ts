/** Files on the device: what is there, its checksum, copying and deleting. */
import { descendants, element, find, findAll, type XmlNode } from "../netconf/xmlNode.ts";
import { numberOf, outputOf, textOf } from "./reply.ts";
import { isJunosError } from "./replyErrors.ts";
import { ask, type CallOptions, type RpcCaller } from "./rpcCaller.ts";

export interface FileEntry {
  /** Absolute where the device tells the directory. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly directory: boolean;
}

export type ChecksumAlgorithm = "md5" | "sha1" | "sha256";

const CHECKSUM_REQUESTS: Readonly<Record<ChecksumAlgorithm, string>> = {
  md5: "get-checksum-information",
  sha1: "get-sha1-checksum-information",
  sha256: "get-sha256-checksum-information",
};

/** A checksum of 4 GB takes a slow routing engine minutes. */
const CHECKSUM_TIMEOUT_SECONDS = 900;
/** A copy is silent until it ends. */
const COPY_TIMEOUT_SECONDS = 3600;

/** `file list detail PATH`. */
export function fileListRequest(path: string): XmlNode {
  return element("file-list", [element("detail"), element("path", path)]);
}

/** `file checksum … PATH`. */
export function checksumRequest(path: string, algorithm: ChecksumAlgorithm): XmlNode {
  return element(CHECKSUM_REQUESTS[algorithm], [element("path", path)]);
}

/** Lists a directory, or the one file the path names. Empty when there is nothing. */
export async function listFiles(
  caller: RpcCaller,
  path: string,
  options?: CallOptions,
): Promise<readonly FileEntry[]> {
  try {
    return parseFileList(await ask(caller, fileListRequest(path), options));
  } catch (error) {
    if (isJunosError(error, "FileNotFound")) return [];
    throw error;
  }
}

/** Finds one file by its absolute path; null when it is not there. */
export async function findFile(
  caller: RpcCaller,
  path: string,
  options?: CallOptions,
): Promise<FileEntry | null> {
  const entries = await listFiles(caller, path, options);
  return entries.find((entry) => entry.path === path && !entry.directory) ?? null;
}

/** Reads a file's checksum in small hexadecimal digits; null when the file is not there. */
export async function readChecksum(
  caller: RpcCaller,
  file: { path: string; algorithm: ChecksumAlgorithm },
  options?: CallOptions,
): Promise<string | null> {
  const rpc = checksumRequest(file.path, file.algorithm);
  try {
    return parseChecksum(await ask(caller, rpc, { timeoutSeconds: CHECKSUM_TIMEOUT_SECONDS, ...options }));
  } catch (error) {
    if (isJunosError(error, "FileNotFound")) return null;
    throw error;
  }
}

/** Reads the reply of `fileListRequest`. */
export function parseFileList(reply: XmlNode): readonly FileEntry[] {
  return [...descendants(reply, "directory")].flatMap((directory) => {
    const at = textOf(directory, "directory-name") ?? directory.attributes["name"] ?? "";
    return findAll(directory, "file-information").map((file) => {
      const name = textOf(file, "file-name") ?? "";
      return {
        path: name.startsWith("/") || at === "" ? name : `${at.replace(/\/+$/, "")}/${name}`,
        sizeBytes: numberOf(file, "file-size") ?? 0,
        directory: find(file, "file-directory") !== undefined,
      };
    });
  });
}

/** Reads the reply of `checksumRequest`; null when it holds none. */
export function parseChecksum(reply: XmlNode): string | null {
  for (const node of descendants(reply, "file-checksum")) {
    const checksum = textOf(node, "checksum");
    if (checksum !== undefined) return checksum.toLowerCase();
  }
  return null;
}

/**
 * Lets the device fetch a file (http, https, ftp, scp, or `re1:/var/tmp/…`). Its reply proves nothing: success may be
 * an empty reply and failure plain text. Prove the copy by size and checksum. Returns the device's words.
 */
export async function requestFileCopy(
  caller: RpcCaller,
  copy: { source: string; destination: string; routingInstance?: string },
  options?: CallOptions,
): Promise<string> {
  const rpc = element("file-copy", [
    element("source", copy.source),
    element("destination", copy.destination),
    ...(copy.routingInstance === undefined ? [] : [element("routing-instance", copy.routingInstance)]),
  ]);
  return outputOf(await ask(caller, rpc, { timeoutSeconds: COPY_TIMEOUT_SECONDS, ...options }));
}

/** Deletes a file; that it is gone already is fine. */
export async function deleteFile(caller: RpcCaller, path: string, options?: CallOptions): Promise<void> {
  try {
    await ask(caller, element("file-delete", [element("path", path)]), options);
  } catch (error) {
    if (!isJunosError(error, "FileNotFound")) throw error;
  }
}
