/** Reads a plan as `hitless plan -o json` prints it. A plan may have been edited by hand: nothing is believed. */
import { Ajv } from "ajv";
import { isMap, parseDocument } from "yaml";
import { TIERS, type Plan } from "../api/plan.ts";
import { isReason } from "../api/reasons.ts";
import { WARNINGS } from "../api/warnings.ts";
import { CliError } from "./cliError.ts";
import { foundAt } from "./manifests/fieldPath.ts";
import { toJson } from "../store/schema/json.ts";
import { propertyPath } from "../store/schema/structural.ts";

const TEXT = { type: "string" } as const;
const TEXTS = { type: "array", items: TEXT } as const;
const TIME = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ$" } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
const SECONDS = { type: "number", minimum: 0 } as const;

const IMPACT = withOptional(
  object({
    cutOff: TEXTS,
    withoutSpare: COUNT,
    kept: {
      type: "array",
      items: object({ kind: { enum: ["Role", "Group"] }, name: TEXT, left: COUNT, of: COUNT, needed: COUNT }),
    },
    outSeconds: SECONDS,
    goBackSeconds: SECONDS,
    backup: TEXTS,
  }),
  { uplinksLeftPercent: { type: "integer", minimum: 0, maximum: 100 } },
);

const PLAN_SCHEMA = object({
  hash: { type: ["string", "null"] },
  source: { enum: ["devices", "declarations"] },
  hitless: { type: "boolean" },
  lowerBound: COUNT,
  batches: {
    type: "array",
    items: withOptional(
      object({
        index: { type: "integer", minimum: 1 },
        tier: { enum: TIERS },
        canary: { type: "boolean" },
        devices: TEXTS,
        estimateSeconds: SECONDS,
      }),
      {
        protects: TEXTS,
        level: { type: "integer", minimum: 1 },
        impact: IMPACT,
        window: object({ from: TIME, until: TIME }),
      },
    ),
  },
  devices: {
    type: "object",
    additionalProperties: withOptional(
      object({
        from: { type: ["string", "null"] },
        to: TEXT,
        batch: { type: "integer", minimum: 1 },
        estimateSeconds: SECONDS,
        peers: TEXTS,
        reasons: TEXTS,
      }),
      { estimatedBy: { enum: ["Defaults", "EarlierCampaigns"] } },
    ),
  },
  skipped: { type: "array", items: object({ device: TEXT, reason: TEXT, message: TEXT }) },
  exposed: { type: "array", items: object({ device: TEXT, endpoints: TEXTS }) },
});

function object<Properties extends Readonly<Record<string, unknown>>>(
  properties: Properties,
): { type: "object"; required: string[]; additionalProperties: false; properties: Properties } {
  return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

/** What plans made by earlier versions don't have, and what not every plan has. */
function withOptional(
  schema: ReturnType<typeof object>,
  optional: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return { ...schema, properties: { ...schema.properties, ...optional } };
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Plan>(
  withOptional(PLAN_SCHEMA, {
    lowerBoundSeconds: SECONDS,
    warnings: { type: "array", items: object({ reason: TEXT, devices: TEXTS, message: TEXT }) },
    deviceWarnings: {
      type: "array",
      items: object({ device: TEXT, warning: { enum: WARNINGS }, message: TEXT }),
    },
  }),
);

/** Reads JSON or YAML. `file` is how messages name it. Throws `CliError` `BadInput`. */
export function parsePlan(text: string, file: string): Plan {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined || !isMap(document.contents)) {
    throw new CliError("BadInput", `${file}: this is no plan: ${error?.message ?? "it is not a mapping"}`, {
      hint: "make one with: hitless plan -o json",
    });
  }
  const json = toJson(document.toJS());
  const plan: unknown = json;
  if (!validate(plan)) {
    const lines = (validate.errors ?? []).map(({ instancePath, keyword, params, message }) => {
      const around = instancePath
        .split("/")
        .slice(1)
        .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
        .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : propertyPath(path, part)), "");
      if (keyword === "required") {
        return `${file}: ${propertyPath(around, String(params["missingProperty"]))}: found nothing; is required`;
      }
      if (keyword === "additionalProperties") {
        const field = propertyPath(around, String(params["additionalProperty"]));
        return `${file}: ${field}: found ${foundAt(json, field)}; is an unknown field of a plan`;
      }
      const allowed: unknown = params["allowedValues"];
      const rule = Array.isArray(allowed)
        ? `must be one of ${allowed.join(", ")}`
        : (message ?? "is not valid");
      return `${file}: ${around}: found ${foundAt(json, around)}; ${rule}`;
    });
    throw new CliError("BadInput", lines.slice(0, 20));
  }
  for (const [list, entries] of Object.entries({ skipped: plan.skipped, warnings: plan.warnings ?? [] })) {
    const strange = entries.findIndex(({ reason }) => !isReason(reason));
    if (strange < 0) continue;
    const field = `${list}[${String(strange)}].reason`;
    throw new CliError(
      "BadInput",
      `${file}: ${field}: found ${foundAt(json, field)}; is none of the known reasons`,
    );
  }
  return plan;
}
