/** What a Fabric may hold, asked of its CustomResourceDefinition and of the planner, so that an import never knows better. */
import { PlanningError } from "../../planner/planningError.ts";
import { buildTopology } from "../../planner/topology/topology.ts";
import { isStoreError } from "../../store/errors.ts";
import { readManifest } from "../../store/manifest.ts";
import { schemaOf } from "../../store/schema/definitions.ts";
import { schemaOfProperty, type StructuralSchema } from "../../store/schema/structural.ts";
import { DEFAULT_NAMESPACE } from "../manifests/readManifests.ts";

/** What a cluster would say against the object, and the planner against the fabric; `placeOf` names where a field is from. */
export function refusals(fabric: unknown, placeOf: (field: string) => string): string[] {
  try {
    const { object } = readManifest(fabric, { namespace: DEFAULT_NAMESPACE });
    if (object.kind === "Fabric") buildTopology(object.spec, null);
    return [];
  } catch (error) {
    if (error instanceof PlanningError) {
      return [`${placeOf(error.field)}: ${error.field}: ${error.message}`];
    }
    if (!isStoreError(error, "Invalid")) throw error;
    return error.causes.map(({ field, message }) => `${placeOf(field)}: ${field}: ${message}`);
  }
}

function deviceField(name: string): StructuralSchema | undefined {
  let schema: StructuralSchema | undefined = schemaOf("Fabric");
  for (const part of ["spec", "devices"]) {
    schema = schema === undefined ? undefined : schemaOfProperty(schema, part);
  }
  return schema?.items === undefined ? undefined : schemaOfProperty(schema.items, name);
}

/** The values that a device's field may have. */
export function enumOf(field: string): readonly string[] {
  return (deviceField(field)?.enum ?? []).filter((value) => typeof value === "string");
}

/** Why a text may not stand in a device's field; undefined when it may. */
export function textProblem(text: string, field: string): string | undefined {
  const { pattern, maxLength } = deviceField(field) ?? {};
  if (maxLength !== undefined && text.length > maxLength) {
    return `must have at most ${String(maxLength)} characters`;
  }
  return pattern !== undefined && !new RegExp(pattern).test(text)
    ? "may only have a-z, 0-9, '.' and '-', and begins and ends with a letter or digit"
    : undefined;
}
