/** The alert rules of `deploy/monitoring`: they speak of metrics, states and phases that there are. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { CAMPAIGN_PHASES } from "../../src/api/campaignPhase.ts";
import { DEVICE_STATES } from "../../src/api/deviceState.ts";
import { prometheusMeter } from "../../src/observability/prometheus.ts";

const FILE = path.resolve(import.meta.dirname, "../../deploy/monitoring/hitless.rules.yaml");

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

const document: { groups: { name: string; rules: Rule[] }[] } = parse(readFileSync(FILE, "utf8"));
const rules = document.groups.flatMap((group) => group.rules);

/** The names of our metrics in an expression. */
function metricsIn({ expr }: Rule): readonly string[] {
  return expr.match(/\bhitless_[a-z_]+/g) ?? [];
}

/** The values that an expression compares a label with. */
function valuesOf({ expr }: Rule, label: string): readonly string[] {
  return [...expr.matchAll(new RegExp(`\\b${label}=~?"([^"]*)"`, "g"))].flatMap(
    (match) => match[1]?.split("|") ?? [],
  );
}

async function knownMetrics(): Promise<ReadonlyMap<string, string>> {
  const { text } = await prometheusMeter().text();
  return new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type = ""]) => [name, type]),
  );
}

describe("deploy/monitoring", () => {
  it("MO-2 alerts of devices that hang, failed, are unknown or out of service too long, and of no leader", () => {
    expect(rules.map(({ alert }) => alert)).to.include.members([
      "HitlessDeviceHung",
      "HitlessDeviceFailed",
      "HitlessDeviceUnknown",
      "HitlessDeviceOutOfServiceTooLong",
      "HitlessFabricWithoutLeader",
    ]);
  });

  it("uses metrics that there are", async () => {
    const known = await knownMetrics();
    for (const rule of rules) {
      expect(metricsIn(rule), rule.alert).not.to.deep.equal([]);
      for (const name of metricsIn(rule)) expect([...known.keys()], rule.alert).to.include(name);
    }
    expect([...known.keys()], "a name that is none").not.to.include("hitless_device");
  });

  it("is explained: docs/monitoring.md lists the metrics that there are", async () => {
    const text = readFileSync(path.resolve(import.meta.dirname, "../../docs/monitoring.md"), "utf8");
    const listed = [...text.matchAll(/^\| `(hitless_[a-z_]+)`.*\| (\w+) +\|[^|]*\|[^|]*\|$/gm)];
    const known = [...(await knownMetrics())].filter(([name]) => name.startsWith("hitless_"));
    expect(listed.map(([, name, type]) => [name, type])).to.have.deep.members(known);
  });

  it("uses states and phases that there are", () => {
    const states = rules.flatMap((rule) => valuesOf(rule, "state"));
    const phases = rules.flatMap((rule) => valuesOf(rule, "phase"));
    expect(states).not.to.deep.equal([]);
    expect(phases).not.to.deep.equal([]);
    expect(DEVICE_STATES).to.include.members(states);
    expect(CAMPAIGN_PHASES).to.include.members(phases);
  });

  it("says of each alert how grave it is and what to do", () => {
    for (const { alert, labels, annotations } of rules) {
      expect(["critical", "warning"], alert).to.include(labels["severity"]);
      expect(annotations["summary"], alert).to.be.a("string");
      expect(annotations["description"], alert).to.be.a("string");
    }
  });

  it("names metrics by Prometheus' conventions: counters _total, times in seconds", async () => {
    for (const [name, type] of await knownMetrics()) {
      if (!name.startsWith("hitless_")) continue;
      expect(name, name).to.match(type === "counter" ? /^[a-z_]+_total$/ : /^[a-z_]+(?<!_total)$/);
      if (type === "histogram") expect(name).to.match(/_seconds$/);
    }
  });
});
