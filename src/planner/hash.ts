/**
 * The name of a plan: what an approval approves. It covers what makes the plan and what came out, and nothing
 * that a run, a flapping port or the order of a list changes.
 */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { portText } from "./topology/ports.ts";
import type { Topology } from "./topology/topology.ts";

/** Hexadecimal digits of a plan's hash: 128 bits, as `kubectl get -o wide` can show it. */
const HASH_DIGITS = 32;

export interface HashInput {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  /** The images of the assignments. */
  readonly images: readonly DeviceImage[];
  readonly topology: Topology;
  readonly plan: Omit<Plan, "hash">;
  /** Hexadecimal SHA-256 of a text in UTF-8. */
  readonly sha256: (text: string) => string;
}

export function planHash(input: HashInput): string {
  return input.sha256(canonicalJson(hashedContent(input))).slice(0, HASH_DIGITS);
}

/** JSON that is equal for equal values: keys sorted, no spaces; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
    return `{${entries.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

function hashedContent({ fabric, campaign, images, topology, plan }: HashInput): unknown {
  const { fabricRef, imageAssignments, strategy } = campaign.spec;
  const used = new Set(imageAssignments.map(({ imageRef }) => imageRef.name));
  return {
    fabric: fabricContent(fabric),
    campaign: {
      fabricRef,
      imageAssignments: sortedAsText(imageAssignments),
      maxBatchSize: strategy.maxBatchSize,
      canary: strategy.canary,
      acceptNonHitless: sortedAsText(strategy.acceptNonHitless ?? []),
    },
    images: sortedAsText(
      images
        .filter(({ metadata }) => used.has(metadata.name))
        .map(({ metadata, spec }) => ({ name: metadata.name, ...spec })),
    ),
    topology: topologyContent(topology),
    batches: plan.batches.map(({ tier, canary, devices }) => ({ tier, canary, devices })),
    devices: Object.entries(plan.devices)
      .map(([name, { from, to, batch }]) => ({ name, from, to, batch }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    skipped: sortedAsText(plan.skipped.map(({ device, reason }) => ({ device, reason }))),
    exposed: sortedAsText(
      plan.exposed.map(({ device, endpoints }) => ({ device, endpoints: [...endpoints].toSorted() })),
    ),
  };
}

/** Not how devices are reached, nor how they are drained: that changes how a plan runs, not what it is. */
function fabricContent({ spec }: Fabric): unknown {
  return {
    devices: sortedAsText(
      spec.devices.map(({ name, address, model, family, role, overlayRoles }) => ({
        name,
        address,
        model,
        family,
        role,
        overlayRoles: [...(overlayRoles ?? [])].toSorted(),
      })),
    ),
    links: sortedAsText(spec.links ?? []),
    discovery: spec.multihoming.discovery,
    segments: sortedAsText(spec.multihoming.segments ?? []),
    redundancyGroups: sortedAsText(spec.redundancyGroups ?? []),
  };
}

/**
 * The topology's structure as it was read. Whether a port was up at that moment is left out, and so are plain
 * ports, which exist only while they are up: where either changed the plan, its batches and exposed endpoints
 * say so.
 */
function topologyContent({ source, links, endpoints }: Topology): unknown {
  return {
    source,
    links: links.map(({ a, b }) => `${portText(a)} ${portText(b)}`).toSorted(),
    segments: sortedAsText(
      endpoints
        .filter(({ esi }) => esi !== null)
        .map(({ esi, minAvailable, attachments }) => ({
          esi,
          minAvailable,
          ports: attachments.map(portText).toSorted(),
        })),
    ),
  };
}

function sortedAsText(items: readonly unknown[]): unknown[] {
  return items
    .map((item) => ({ item, text: canonicalJson(item) }))
    .toSorted((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0))
    .map(({ item }) => item);
}
