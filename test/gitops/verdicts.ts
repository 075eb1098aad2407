/**
 * What GitOps tools say of objects, offline: Argo CD by a health check in Lua, in the virtual machine and with the
 * libraries that it gives such a check, and Flux by the reference library of kstatus. Both are one small Go program.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { json } from "node:stream/consumers";
import { parse } from "yaml";
import type { CustomKind } from "../../src/api/kinds.ts";
import { buildGoPrograms, goVersion } from "../support/goBuild.ts";
import { skipSuite } from "../support/skipped.ts";

export type ArgoHealth = "Healthy" | "Suspended" | "Progressing" | "Degraded";
export type Kstatus = "Current" | "InProgress" | "Failed" | "Terminating";

interface Verdict<S> {
  readonly status: S;
  readonly message: string;
}

export interface Verdicts {
  readonly argo: Verdict<ArgoHealth>;
  readonly kstatus: Verdict<Kstatus>;
}

/** An object as the API server returns it. */
export interface ServedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string };
}

const MODULE = path.join(import.meta.dirname, "go");
const SETTINGS = path.resolve(import.meta.dirname, "../../deploy/argocd/argocd-cm.yaml");

/** Declares a suite that needs the program; without Go it is left out, and named at the end of the run. */
export function describeWithVerdicts(title: string, declare: () => void): void {
  if (goVersion(MODULE) === undefined)
    skipSuite(title, "it needs Go to build kstatus; install it from go.dev");
  else {
    describe(title, () => {
      before("build", async function () {
        this.timeout(10 * 60_000);
        await build();
      });
      declare();
    });
  }
}

/** The health check of a kind, as users get it. */
export function healthCheckOf(kind: CustomKind): string {
  const { data }: { data: Readonly<Record<string, string>> } = parse(readFileSync(SETTINGS, "utf8"));
  const script = data[`resource.customizations.health.hitless.dev_${kind}`];
  if (script === undefined) throw new Error(`${SETTINGS} has no health check of ${kind}`);
  return script;
}

/** What is said of each object, in their order. `checkOf` gives the health check; by default that of the kind. */
export async function verdictsOn(
  objects: readonly ServedObject[],
  checkOf: (object: ServedObject) => string = ({ kind }) => healthCheckOf(customKind(kind)),
): Promise<readonly Verdicts[]> {
  const program = spawn(path.join(await build(), "gitops"), { stdio: ["pipe", "pipe", "inherit"] });
  program.stdin.end(JSON.stringify(objects.map((object) => ({ object, script: checkOf(object) }))));
  const [answers] = await Promise.all([json(program.stdout), once(program, "close")]);
  return readAnswers(answers);
}

function readAnswers(answers: unknown): readonly Verdicts[] {
  const list: readonly (Verdicts & { readonly error?: string })[] = Array.isArray(answers) ? answers : [];
  for (const { error } of list) if (error !== undefined) throw new Error(error);
  return list;
}

function customKind(kind: string): CustomKind {
  switch (kind) {
    case "Fabric":
    case "DeviceImage":
    case "UpgradeCampaign":
    case "DeviceUpgrade":
      return kind;
    default:
      throw new Error(`no kind of ours: ${kind}`);
  }
}

function build(): Promise<string> {
  return buildGoPrograms(
    {
      title: "kstatus and the Lua of Argo CD",
      name: "gitops",
      module: MODULE,
      sources: ["go.mod", "go.sum", "main.go"],
      packages: ["."],
      linkerFlags: "-s -w",
      binaries: ["gitops"],
      takes: "half a minute",
    },
    { onProgress: (line) => console.log(line) },
  );
}
