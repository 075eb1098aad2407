import { expect } from "chai";
import { CAMPAIGN_PHASES } from "../../src/api/campaignPhase.ts";
import { DEVICE_STATES } from "../../src/api/deviceState.ts";
import { KIND_NAMES, KINDS } from "../../src/api/kinds.ts";
import { TIERS } from "../../src/api/plan.ts";
import type { CustomResourceDefinition } from "../../src/store/schema/definitions.ts";
import { readDefinitions } from "../../src/store/schema/definitions.ts";
import type { StructuralSchema } from "../../src/store/schema/structural.ts";
import { badPrinterColumns, NODE_RULES, nodesOf, offenders } from "./crdRules.ts";

const description = "A thing.";
const text = { description, type: "string", maxLength: 8 } as const;

/** For every rule a schema that breaks it and no other. */
const BROKEN: Readonly<Record<keyof typeof NODE_RULES, StructuralSchema>> = {
  "every node has a type, or is int-or-string": { description },
  "every node has a description, in a sentence": { ...text, description: "a thing" },
  "every list has maxItems, and says what is in it": { description, type: "array", items: text },
  "every string has maxLength, an enum or a format": { description, type: "string" },
  "every map has maxProperties": { description, type: "object", additionalProperties: text },
  "every object says what is in it": { description, type: "object" },
  "conditions are a map list by type": {
    description,
    type: "object",
    properties: { conditions: { description, type: "array", maxItems: 8, items: text } },
  },
  "the keys of map lists are required or defaulted": {
    description,
    type: "array",
    maxItems: 8,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["name"],
    items: { description, type: "object", properties: { name: text } },
  },
  "lists of objects say whether they are maps": {
    description,
    type: "array",
    maxItems: 8,
    items: { description, type: "object", properties: { name: text } },
  },
  "enums are CamelCase texts, never what YAML reads as a boolean": {
    description,
    type: "string",
    enum: [true],
  },
  "what is required exists": {
    description,
    type: "object",
    required: ["nothing"],
    properties: { name: text },
  },
  "an empty default needs nothing": {
    description,
    type: "object",
    default: {},
    required: ["name"],
    properties: { name: text },
  },
};

describe("CustomResourceDefinitions", () => {
  const definitions = readDefinitions();

  it("are those of our kinds", () => {
    const custom = KIND_NAMES.filter((kind) => KINDS[kind].custom);
    expect(definitions.map(({ spec }) => spec.names.kind)).to.have.members(custom);
    for (const kind of custom) {
      const definition = definitions.find(({ spec }) => spec.names.kind === kind);
      expect(definition?.spec.names.plural).to.equal(KINDS[kind].plural);
    }
  });

  for (const definition of definitions) {
    describe(definition.spec.names.kind, () => {
      for (const [name, rule] of Object.entries(NODE_RULES)) {
        it(name, () => expect(offenders(schemaOf(definition), rule)).to.deep.equal([]));
      }

      it("has conditions", () => {
        const paths = nodesOf(schemaOf(definition)).map(({ path }) => path);
        expect(paths).to.include("status.conditions").and.to.include("status.observedGeneration");
      });

      it("selects conditions by type in its printer columns, and ends with Age", () => {
        expect(badPrinterColumns(definition)).to.deep.equal([]);
      });
    });
  }

  it("have the states, phases and tiers of the code", () => {
    const enumOf = (kind: string, at: string) => {
      const definition = definitions.find(({ spec }) => spec.names.kind === kind);
      const nodes = definition === undefined ? [] : nodesOf(schemaOf(definition));
      return nodes.find(({ path }) => path === at)?.schema.enum;
    };
    expect(enumOf("DeviceUpgrade", "status.state")).to.deep.equal([...DEVICE_STATES]);
    expect(enumOf("UpgradeCampaign", "status.phase")).to.deep.equal([...CAMPAIGN_PHASES]);
    expect(enumOf("Fabric", "spec.devices[].role")).to.deep.equal([...TIERS]);
  });
});

describe("lint of CustomResourceDefinitions", () => {
  for (const [name, rule] of Object.entries(NODE_RULES)) {
    it(`refuses what breaks: ${name}`, () => {
      const broken = BROKEN[name];
      if (broken === undefined) throw new Error("no negative case");
      expect(offenders(broken, rule)).not.to.deep.equal([]);
    });
  }

  it("looks into lists, maps and objects", () => {
    const schema: StructuralSchema = {
      ...text,
      type: "object",
      properties: { list: { ...text, items: { ...text, additionalProperties: text } } },
    };
    expect(nodesOf(schema).map(({ path }) => path)).to.deep.equal(["", "list", "list[]", "list[]{}"]);
  });

  describe("refuses a printer column", () => {
    const AGE = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };
    const condition: StructuralSchema = {
      ...text,
      type: "object",
      properties: { status: text, reason: text },
    };
    const status: StructuralSchema = {
      ...text,
      type: "object",
      properties: { phase: text, conditions: { ...text, type: "array", items: condition } },
    };
    const withColumns = (columns: readonly { readonly name: string; readonly jsonPath: string }[]) => ({
      metadata: { name: "things.example.org" },
      spec: {
        names: { kind: "Thing", plural: "things" },
        versions: [
          {
            name: "v1",
            schema: { openAPIV3Schema: { ...text, type: "object" as const, properties: { status } } },
            additionalPrinterColumns: columns.map((column) => ({ type: "string", ...column })),
          },
        ],
      },
    });
    const bad = (name: string, jsonPath: string) => badPrinterColumns(withColumns([{ name, jsonPath }, AGE]));
    const READY = '.status.conditions[?(@.type=="Ready")].status';

    it("that takes a condition by its place", () => {
      expect(bad("State", ".status.conditions[-1:].reason")).to.deep.equal(["State"]);
      expect(bad("State", ".status.conditions[0].status")).to.deep.equal(["State"]);
      expect(bad("State", READY)).to.deep.equal([]);
    });

    it("that is the last one and not the age", () => {
      expect(badPrinterColumns(withColumns([{ name: "State", jsonPath: READY }]))).to.deep.equal(["State"]);
    });

    it("of something that the schema does not have", () => {
      expect(bad("State", ".status.phase")).to.deep.equal([]);
      expect(bad("State", ".status.phse")).to.deep.equal(["State"]);
      expect(bad("State", READY.replace(".status.", ".spec."))).to.deep.equal(["State"]);
    });

    it("whose header is two words, or is there already", () => {
      expect(bad("VM host", READY)).to.deep.equal(["VM host"]);
      expect(bad("Name", READY)).to.deep.equal(["Name"]);
      const twice = [{ name: "Ready", jsonPath: READY }, { name: "READY", jsonPath: ".status.phase" }, AGE];
      expect(badPrinterColumns(withColumns(twice))).to.deep.equal(["READY"]);
    });
  });
});

function schemaOf({ metadata, spec }: CustomResourceDefinition): StructuralSchema {
  const schema = spec.versions[0]?.schema.openAPIV3Schema;
  if (schema === undefined) throw new Error(`${metadata.name} has no version`);
  return schema;
}
