/** Files, checksums, disk space, and the installation log. */
import { createHash } from "node:crypto";

import { element, textAt } from "../../netconf/xmlNode.ts";
import type { XmlNode } from "../../netconf/xmlNode.ts";
import { packageFile, PACKAGE_FOLDER } from "../device/createDevice.ts";
import { isFaultyPlane } from "../faults/faultQueries.ts";
import { freeBytes, installLogText } from "../device/software.ts";
import { refuse } from "../rpcFailure.ts";
import type { ControlPlane, DeviceFile } from "../controlPlane.ts";
import type { World } from "../world.ts";
import { reads, writes } from "./rpcHandler.ts";
import type { RpcContext, RpcTable } from "./rpcHandler.ts";
import { banner, number, output, ownLine, payloadNamespace, perNode } from "./shape.ts";

/** `df` counts in blocks of 512 bytes. */
const BLOCK_BYTES = 512;
const VAR_BYTES = 21_474_836_480;

export const FILE_RPCS: RpcTable = {
  "file-list": reads(({ world, plane, operation, session }) => [
    fileList(world, plane, { path: textAt(operation, "path") ?? "~", home: `/var/home/${session.user}` }),
    banner(),
  ]),
  "get-checksum-information": reads((context) => checksumReply(context, "MD5")),
  "get-sha1-checksum-information": reads((context) => checksumReply(context, "SHA1")),
  "get-sha256-checksum-information": reads((context) => checksumReply(context, "SHA256")),
  "file-copy": writes(fileCopy),
  "file-delete": writes(({ plane, operation }) => {
    const path = textAt(operation, "path") ?? "";
    if (!plane.files.delete(path)) throw refuse(`rm: ${path}: No such file or directory`);
    return [];
  }),
  "get-system-storage": reads((context) => perNode(context, (plane) => [storage(context.world, plane)])),
  "request-system-storage-cleanup": writes(storageCleanup),
  "get-log": reads(({ plane, operation }) => {
    const name = textAt(operation, "filename") ?? "messages";
    const text = name === "install" ? installLogText(plane) : "";
    if (text === "") throw refuse(`could not resolve file: ${name}`, "filename");
    return [element("file-content", `\n${text}`, { filename: `/var/log/${name}` })];
  }),
};

function fileList(
  world: World,
  plane: ControlPlane,
  { path: asked, home }: { readonly path: string; readonly home: string },
): XmlNode {
  const path = asked.replace(/^~/, home);
  const single = plane.files.get(path);
  const folder = path.replace(/\/$/, "");
  const inside = [...plane.files.values()].filter((file) => file.path.startsWith(`${folder}/`));
  const knownFolder = ["/var/tmp", "/var", home, "/var/home", "/var/log", "/config"].includes(folder);
  if (single === undefined && !knownFolder) throw refuse(`${path}: No such file or directory`);
  const files = single === undefined ? inside : [single];
  return element(
    "directory-list",
    [
      element(
        "directory",
        [
          ...(single === undefined
            ? [element("directory-name", folder), number("total-file-blocks", totalBlocks(files))]
            : []),
          ...files.map((file) =>
            fileInformation(file, single === undefined ? baseName(file.path) : file.path),
          ),
          number("total-files", files.length),
        ],
        { name: single === undefined ? folder : "" },
      ),
    ],
    { "root-path": path, "junos:seconds": String(Math.floor(world.now / 1000)), "junos:style": "verbose" },
  );
}

function fileInformation(file: DeviceFile, name: string): XmlNode {
  const seconds = Math.floor(file.writtenAt / 1000);
  return element("file-information", [
    element("file-name", name),
    element("file-permissions", "644", { "junos:format": "-rw-r--r--" }),
    element("file-owner", "root"),
    element("file-group", "wheel"),
    number("file-links", 1),
    number("file-size", file.sizeBytes),
    element("file-date", String(seconds), {
      "junos:format": new Date(file.writtenAt).toISOString().slice(5, 16),
    }),
  ]);
}

function checksumReply(
  { world, plane, operation }: RpcContext,
  method: "MD5" | "SHA1" | "SHA256",
): readonly XmlNode[] {
  const path = textAt(operation, "path") ?? "";
  const file = plane.files.get(path);
  if (file === undefined) throw refuse(`${method.toLowerCase()}: ${path}: No such file or directory`);
  return [
    element("checksum-information", [
      element("file-checksum", [
        element("computation-method", method),
        element("input-file", path),
        element(
          "checksum",
          isCorrupt(world, plane) ? spoilt(checksumOf(file, method)) : checksumOf(file, method),
        ),
      ]),
    ]),
    banner(),
  ];
}

function checksumOf(file: DeviceFile, method: "MD5" | "SHA1" | "SHA256"): string {
  switch (method) {
    case "MD5":
      return file.md5;
    case "SHA1":
      return createHash("sha1").update(file.sha256).digest("hex");
    case "SHA256":
      return file.sha256;
  }
}

function isCorrupt(world: World, plane: ControlPlane): boolean {
  return isFaultyPlane(world, plane, (fault) => fault.fault === "packageCorrupt");
}

/** As long, and another one. */
function spoilt(checksum: string): string {
  return checksum.replaceAll(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16));
}

/** Fetches one of the described images by its file name, whatever the address; the reply of a success is empty. */
async function fileCopy({ world, plane, operation, until }: RpcContext): Promise<readonly XmlNode[]> {
  const source = textAt(operation, "source") ?? "";
  const destination = textAt(operation, "destination") ?? "";
  const name = baseName(source.split("?")[0] ?? "");
  const path = destination.endsWith("/") ? `${destination}${name}` : destination;
  const local = plane.files.get(source);
  const image = world.topology.description.images.find((each) => each.name === name);
  if (local === undefined && image === undefined) return [output(`fetch: ${source}: Not Found`)];
  const sizeBytes = local?.sizeBytes ?? image?.sizeBytes ?? 0;
  const doneAt = world.now + world.topology.timings.copySeconds * 1000;
  world.queue.schedule(doneAt, { kind: "Wake" });
  const epoch = plane.managementEpoch;
  await until(() => world.now >= doneAt);
  if (plane.managementEpoch !== epoch) return [];
  if (freeBytes(world, plane) < sizeBytes) return [output(`fetch: ${path}: No space left on device`)];
  if (local !== undefined) plane.files.set(path, { ...local, path, writtenAt: world.now });
  else if (image !== undefined) plane.files.set(path, packageFile(image, path, world.now));
  return [];
}

export function storage(world: World, plane: ControlPlane): XmlNode {
  const free = freeBytes(world, plane);
  return element(
    "system-storage-information",
    [
      filesystem("/dev/gpt/junos", "/.mount", { total: VAR_BYTES, free }),
      filesystem("tmpfs", "/.mount/tmp", { total: 762_314_752, free: 762_290_176 }),
      filesystem("tmpfs", "/.mount/mfs", { total: 705_683_456, free: 704_512_000 }),
    ],
    { ...payloadNamespace(plane, "junos"), "junos:style": "brief" },
  );
}

function filesystem(
  name: string,
  mountedOn: string,
  size: { readonly total: number; readonly free: number },
): XmlNode {
  const used = Math.max(0, size.total - size.free);
  const blocks = (leaf: string, bytes: number): XmlNode =>
    ownLine(leaf, String(Math.floor(bytes / BLOCK_BYTES)), { "junos:format": humanSize(bytes) });
  return element("filesystem", [
    ownLine("filesystem-name", name),
    blocks("total-blocks", size.total),
    blocks("used-blocks", used),
    blocks("available-blocks", size.free),
    ownLine("used-percent", ` ${Math.min(100, Math.round((used / size.total) * 100))}`),
    ownLine("mounted-on", mountedOn),
  ]);
}

/** Deletes what lies in /var/tmp, a staged package included: the reason to clean up before copying, never after. */
function storageCleanup({ plane, operation }: RpcContext): readonly XmlNode[] {
  const dryRun = operation.children.some((child) => child.name === "dry-run");
  const doomed = [...plane.files.values()].filter((file) => file.path.startsWith(`${PACKAGE_FOLDER}/`));
  if (!dryRun) for (const file of doomed) plane.files.delete(file.path);
  return [
    element("system-storage-cleanup-information", [
      element(
        "file-list",
        doomed.map((file) =>
          element("file", [element("file-name", file.path), number("size", file.sizeBytes)]),
        ),
      ),
      element("success"),
    ]),
  ];
}

function totalBlocks(files: readonly DeviceFile[]): number {
  return files.reduce((sum, file) => sum + Math.ceil(file.sizeBytes / BLOCK_BYTES), 0);
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function humanSize(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)}G`;
  return bytes >= 2 ** 20 ? `${Math.round(bytes / 2 ** 20)}M` : `${Math.round(bytes / 1024)}K`;
}
