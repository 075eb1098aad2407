/** Reads a plan as `hitless plan -o json` prints it. A plan may have been edited by hand: nothing is believed. */
import { Ajv } from "ajv";
import { isMap, parseDocument } from "yaml";
import { TIERS, type BatchImpact, type Plan, type PlannedBatch, type PlannedDevice } from "../api/plan.ts";
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

const IMPACT = shape<BatchImpact>(
  {
    cutOff: TEXTS,
    withoutSpare: COUNT,
    kept: {
      type: "array",
      items: object({ kind: { enum: ["Role", "Group"] }, name: TEXT, left: COUNT, of: COUNT, needed: COUNT }),
    },
    outSeconds: SECONDS,
    goBackSeconds: SECONDS,
    backup: TEXTS,
  },
  { uplinksLeftPercent: { type: "integer", minimum: 0, maximum: 100 } },
);

const BATCH = shape<PlannedBatch>(
  {
    index: { type: "integer", minimum: 1 },
    tier: { enum: TIERS },
    canary: { type: "boolean" },
    devices: TEXTS,
    estimateSeconds: SECONDS,
  },
  {
    protects: TEXTS,
    level: { type: "integer", minimum: 1 },
    impact: IMPACT,
    window: object({ from: TIME, until: TIME }),
  },
);

const DEVICE = shape<PlannedDevice>(
  {
    from: { type: ["string", "null"] },
    to: TEXT,
    batch: { type: "integer", minimum: 1 },
    estimateSeconds: SECONDS,
    peers: TEXTS,
    reasons: TEXTS,
  },
  {
    hops: { type: "array", items: object({ image: TEXT, to: TEXT, estimateSeconds: SECONDS }) },
    estimatedBy: { enum: ["Defaults", "EarlierCampaigns"] },
    drain: { type: "array", items: object({ name: TEXT, why: TEXT }) },
  },
);

const PLAN = shape<Plan>(
  {
    hash: { type: ["string", "null"] },
    source: { enum: ["devices", "declarations"] },
    hitless: { type: "boolean" },
    lowerBound: COUNT,
    batches: { type: "array", items: BATCH },
    devices: { type: "object", additionalProperties: DEVICE },
    skipped: { type: "array", items: object({ device: TEXT, reason: TEXT, message: TEXT }) },
    exposed: { type: "array", items: object({ device: TEXT, endpoints: TEXTS }) },
  },
  {
    lowerBoundSeconds: SECONDS,
    warnings: { type: "array", items: object({ reason: TEXT, devices: TEXTS, message: TEXT }) },
    headroom: object({
      percent: { type: "integer", minimum: 0, maximum: 100 },
      uplinksNeeded: { type: "object", additionalProperties: COUNT },
    }),
    deviceWarnings: {
      type: "array",
      items: object({ device: TEXT, warning: { enum: WARNINGS }, message: TEXT }),
    },
  },
);

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];
type Schemas<Keys extends PropertyKey> = Readonly<Record<Keys, unknown>>;

/** A schema for each field of a type: one that is forgotten does not compile, and a plan with it could not be read. */
function shape<T>(
  required: Schemas<Exclude<keyof T, OptionalKeys<T>>>,
  optional: Schemas<OptionalKeys<T>>,
): Readonly<Record<string, unknown>> {
  const schema = object(required);
  return { ...schema, properties: { ...schema.properties, ...optional } };
}

function object<Properties extends Readonly<Record<string, unknown>>>(
  properties: Properties,
): { type: "object"; required: string[]; additionalProperties: false; properties: Properties } {
  return { type: "object", required: Object.keys(properties), additionalProperties: false, properties };
}

const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile<Plan>(PLAN);

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
