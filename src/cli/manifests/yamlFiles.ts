/** Finds the YAML files that `-f` names, as `kubectl apply -f` does: a folder means the files directly in it. */
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { CliError } from "../cliError.ts";
import { readAll } from "../terminal.ts";

export interface YamlFile {
  /** As messages name it: the way the user would. */
  readonly name: string;
  readonly text: string;
}

/** So many folders are named that may be meant. */
const NAMED_FOLDERS = 8;

const EXTENSIONS: ReadonlySet<string> = new Set([".yaml", ".yml"]);

/** What messages call standard input, and what stands for it on a command line. */
const STANDARD_INPUT = { name: "standard input", path: "-" } as const;

/**
 * Reads the files, those of a folder in the order of their names; `-` is standard input where there is one. Throws
 * `CliError`.
 */
export async function readYamlFiles(
  paths: readonly string[],
  { stdin }: { readonly stdin?: Readable } = {},
): Promise<readonly YamlFile[]> {
  const files: YamlFile[] = [];
  for (const each of paths) {
    if (each === STANDARD_INPUT.path && stdin !== undefined) {
      files.push({ name: STANDARD_INPUT.name, text: await readAll(stdin) });
      continue;
    }
    for (const name of await filesAt(each)) files.push({ name, text: await readText(name) });
  }
  return files;
}

/** A file's text; undefined where there is no such file. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    throw cannotRead(file, error);
  }
}

/** A file's text. Throws `CliError` `BadInput` where there is none. */
export async function readText(file: string): Promise<string> {
  const text = await readTextIfThere(file);
  if (text === undefined) throw noSuchFile(file);
  return text;
}

async function filesAt(given: string): Promise<readonly string[]> {
  if (!(await isFolder(given))) return [given];
  const entries = await readdir(given, { withFileTypes: true });
  const files = entries
    .filter((entry) => !entry.isDirectory() && EXTENSIONS.has(path.extname(entry.name)))
    .map((entry) => path.join(given, entry.name))
    .toSorted();
  if (files.length > 0) return files;
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => path.join(given, name));
  const shown = folders.toSorted().slice(0, NAMED_FOLDERS).join(", ");
  throw new CliError("BadInput", `${given}: there is no *.yaml in this folder`, {
    hint:
      folders.length === 0
        ? "name the folder of the manifests, or the files themselves"
        : `folders in it are not looked into, name one of them: ${shown}`,
  });
}

async function isFolder(given: string): Promise<boolean> {
  try {
    return (await stat(given)).isDirectory();
  } catch (error) {
    throw errorCode(error) === "ENOENT" ? noSuchFile(given) : cannotRead(given, error);
  }
}

function noSuchFile(file: string): CliError {
  return new CliError("BadInput", `${file}: there is no such file or folder`, { hint: "check the path" });
}

function cannotRead(file: string, cause: unknown): CliError {
  return new CliError("Unreachable", `${file}: cannot be read (${errorCode(cause) ?? "unknown error"})`, {
    hint: "check the permissions",
    cause,
  });
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
