/** The schema of every kind: ours from `crds/`, the files that are also applied to a cluster. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { CustomKind, Kind } from "../../api/kinds.ts";
import {
  CONFIG_MAP_SCHEMA,
  CRON_JOB_SCHEMA,
  EVENT_SCHEMA,
  JOB_SCHEMA,
  LEASE_SCHEMA,
  SECRET_SCHEMA,
} from "./coreSchemas.ts";
import type { StructuralSchema } from "./structural.ts";

/** Where the CustomResourceDefinitions are. */
export const CRD_DIRECTORY = path.resolve(import.meta.dirname, "../../../crds");

/** The list of them, for `kubectl apply -k`. */
const KUSTOMIZATION = "kustomization.yaml";

/** The part of a CustomResourceDefinition that is read here. */
export interface CustomResourceDefinition {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly name: string;
      readonly additionalPrinterColumns?: readonly {
        readonly name: string;
        readonly type: string;
        readonly jsonPath: string;
      }[];
      readonly schema: { readonly openAPIV3Schema: StructuralSchema };
    }[];
  };
}

/** All CustomResourceDefinitions, sorted by file name. Their shape is the subject of the tests of `crds/`. */
export function readDefinitions(directory = CRD_DIRECTORY): readonly CustomResourceDefinition[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml") && file !== KUSTOMIZATION)
    .toSorted()
    .map((file): CustomResourceDefinition => parse(readFileSync(path.join(directory, file), "utf8")));
}

const COMMON_PROPERTIES: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

let schemas: ReadonlyMap<string, StructuralSchema> | undefined;

/** The schema of a kind without apiVersion, kind and metadata, which all kinds have alike. */
export function schemaOf(kind: Kind): StructuralSchema {
  switch (kind) {
    case "ConfigMap":
      return CONFIG_MAP_SCHEMA;
    case "Secret":
      return SECRET_SCHEMA;
    case "Lease":
      return LEASE_SCHEMA;
    case "Event":
      return EVENT_SCHEMA;
    case "Job":
      return JOB_SCHEMA;
    case "CronJob":
      return CRON_JOB_SCHEMA;
    case "Fabric":
    case "DeviceImage":
    case "UpgradeCampaign":
    case "DeviceUpgrade":
      return customSchema(kind);
  }
}

function customSchema(kind: CustomKind): StructuralSchema {
  schemas ??= new Map(
    readDefinitions().map((definition) => [definition.spec.names.kind, contentsOf(definition)]),
  );
  const schema = schemas.get(kind);
  if (schema === undefined) throw new Error(`no CustomResourceDefinition of ${kind} in ${CRD_DIRECTORY}`);
  return schema;
}

function contentsOf({ spec, metadata }: CustomResourceDefinition): StructuralSchema {
  const schema = spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${metadata.name} has no version`);
  const properties = Object.entries(schema.properties ?? {}).filter(([name]) => !COMMON_PROPERTIES.has(name));
  return { ...schema, properties: Object.fromEntries(properties) };
}
