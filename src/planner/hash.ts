/**
 * The name of a plan: what an approval approves. It covers what makes the plan and what came out, and nothing
 * that a run, a flapping port or the order of a list changes.
 */
import type { DeviceImage } from "../api/deviceImage.gen.ts";
import type { Fabric } from "../api/fabric.gen.ts";
import type { Plan } from "../api/plan.ts";
import type { UpgradeCampaign } from "../api/upgradeCampaign.gen.ts";
import { imagesNamed } from "./imagePath.ts";
import { compareTexts } from "./naturalOrder.ts";
import { portText } from "./topology/ports.ts";
import type { Port } from "./topology/ports.ts";
import type { Endpoint, Topology } from "./topology/topology.ts";

/** Hexadecimal digits of a plan's hash: 128 bits, as `kubectl get -o wide` can show it. */
const HASH_DIGITS = 32;

/** Hexadecimal SHA-256 of texts in UTF-8, as if they were one. */
export type Sha256 = (texts: Iterable<string>) => string;

export interface HashInput {
  readonly fabric: Fabric;
  readonly campaign: UpgradeCampaign;
  /** The images of the assignments. */
  readonly images: readonly DeviceImage[];
  readonly topology: Topology;
  readonly plan: Omit<Plan, "hash">;
  readonly sha256: Sha256;
}

export function planHash(input: HashInput): string {
  return input.sha256(hashedTexts(input)).slice(0, HASH_DIGITS);
}

/** JSON that is equal for equal values: keys sorted, no spaces; what is undefined is left out. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const texts: [string, string][] = [];
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) texts.push([key, canonicalJson(item)]);
    }
    return objectText(texts);
  }
  return JSON.stringify(value) ?? "null";
}

/** An object of values that are canonical JSON already. */
function objectText(entries: readonly (readonly [string, string])[]): string {
  const members = entries
    .toSorted(([a], [b]) => compareTexts(a, b))
    .map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  return `{${members.join(",")}}`;
}

/** A list in which order means nothing. */
function listText(texts: readonly string[]): string {
  return `[${texts.toSorted().join(",")}]`;
}

function unordered(items: readonly unknown[]): string {
  return listText(items.map(canonicalJson));
}

/** A part of what is hashed: a member of an object, whose text comes piece by piece. */
type Part = readonly [key: string, texts: Iterable<string>];

/** An object of such parts. */
function* objectTexts(parts: readonly Part[]): Generator<string> {
  yield "{";
  for (const [place, [key, texts]] of parts.toSorted(([a], [b]) => compareTexts(a, b)).entries()) {
    yield `${place === 0 ? "" : ","}${JSON.stringify(key)}:`;
    yield* texts;
  }
  yield "}";
}

/** So many items of a list are written at once. */
const RUN = 250;

/** A list run by run: what the texts are put together from is dropped early. */
function* listTexts<Item>(items: readonly Item[], textOf: (item: Item) => string): Generator<string> {
  yield "[";
  for (let from = 0; from < items.length; from += RUN) {
    if (from > 0) yield ",";
    yield items
      .slice(from, from + RUN)
      .map(textOf)
      .join(",");
  }
  yield "]";
}

function* sortedTexts(texts: readonly string[]): Generator<string> {
  yield* listTexts(texts.toSorted(), (text) => text);
}

/** One JSON text, of which only a piece is in memory at a time: of a large fabric it has a hundred megabytes. */
function hashedTexts({ fabric, campaign, images, topology, plan }: HashInput): Iterable<string> {
  const { fabricRef, imageAssignments, strategy } = campaign.spec;
  const headroom: [string, string][] =
    strategy.minHeadroomPercent === undefined
      ? []
      : [["minHeadroomPercent", canonicalJson(strategy.minHeadroomPercent)]];
  const used = new Set(imagesNamed(campaign));
  const usedImages = images.filter(({ metadata }) => used.has(metadata.name));
  const devices = Object.entries(plan.devices).toSorted(([a], [b]) => compareTexts(a, b));
  const campaignText = objectText([
    ["fabricRef", canonicalJson(fabricRef)],
    ["imageAssignments", unordered(imageAssignments)],
    ["maxBatchSize", canonicalJson(strategy.maxBatchSize)],
    ["canary", canonicalJson(strategy.canary)],
    ...headroom,
    ["acceptNonHitless", unordered(strategy.acceptNonHitless ?? [])],
    ...listed("acceptWarnings", strategy.acceptWarnings),
  ]);
  const parts: readonly (readonly [string, string])[] = [
    ["campaign", campaignText],
    ["images", unordered(usedImages.map(({ metadata, spec }) => ({ name: metadata.name, ...spec })))],
    ["skipped", unordered(plan.skipped.map(({ device, reason }) => ({ device, reason })))],
    [
      "exposed",
      unordered(
        plan.exposed.map(({ device, endpoints }) => ({
          device,
          endpoints: endpoints.toSorted(compareTexts),
        })),
      ),
    ],
    ...listed("deviceWarnings", plan.deviceWarnings),
  ];
  return objectTexts([
    ...parts.map(([key, text]): Part => [key, [text]]),
    ["fabric", fabricTexts(fabric)],
    ["topology", topologyTexts(topology)],
    [
      "batches",
      listTexts(plan.batches, ({ tier, canary, protects, level, devices: members }) =>
        canonicalJson({ tier, canary, protects, level, devices: members }),
      ),
    ],
    [
      "devices",
      listTexts(devices, ([name, { from, to, hops, batch }]) =>
        // Canonical, as the keys are sorted: there may be tens of thousands of them.
        JSON.stringify({ batch, from, hops: hops?.map(({ image }) => image), name, to }),
      ),
    ],
  ]);
}

/** Only where there is something: plans that were made before know nothing of it, and keep their hash. */
function listed(name: string, items: readonly unknown[] = []): readonly (readonly [string, string])[] {
  return items.length === 0 ? [] : [[name, unordered(items)]];
}

/** Not how devices are reached, nor how they are drained: that changes how a plan runs, not what it is. */
function fabricTexts({ spec }: Fabric): Iterable<string> {
  const devices = spec.devices.map(({ address, family, model, name, overlayRoles = [], role }) =>
    JSON.stringify({
      address,
      family,
      model,
      name,
      overlayRoles: overlayRoles.toSorted(compareTexts),
      role,
    }),
  );
  return objectTexts([
    ["devices", sortedTexts(devices)],
    ["links", sortedTexts((spec.links ?? []).map(canonicalJson))],
    ["discovery", [canonicalJson(spec.multihoming.discovery)]],
    ["segments", sortedTexts((spec.multihoming.segments ?? []).map(canonicalJson))],
  ]);
}

/**
 * The topology's structure as it was read. Whether a port was up at that moment is left out, and so are plain
 * ports, which exist only while they are up: where either changed the plan, its batches and exposed endpoints
 * say so.
 */
function topologyTexts({ source, links, endpoints, groups, protectedEndpoints }: Topology): Iterable<string> {
  const segments = endpoints
    .filter(({ esi }) => esi !== null)
    .toSorted(
      (a, b) => compareTexts(a.esi ?? "", b.esi ?? "") || compareTexts(segmentText(a), segmentText(b)),
    );
  return objectTexts([
    ["source", [canonicalJson(source)]],
    ["links", sortedTexts(links.map(({ a, b }) => quoted(`${portText(a)} ${portText(b)}`)))],
    ["segments", listTexts(segments, segmentText)],
    // With the devices that their selectors found.
    ["redundancyGroups", [unordered(groups)]],
    ["protectedEndpoints", [unordered(protectedEndpoints)]],
  ]);
}

/** There may be a hundred thousand of them: written out here, not taken apart by canonicalJson. */
function segmentText({ esi, minAvailable, attachments }: Endpoint): string {
  return `{"esi":${quoted(esi ?? "")},"minAvailable":${String(minAvailable)},"ports":${portsText(attachments)}}`;
}

/** Almost every endpoint is on one or two ports. */
function portsText(attachments: readonly Port[]): string {
  const [first, second] = attachments;
  if (first === undefined || attachments.length > 2) return listText(attachments.map(quotedPort));
  if (second === undefined) return `[${quotedPort(first)}]`;
  const [one, other] = isBefore(second, first) ? [second, first] : [first, second];
  return `[${quotedPort(one)},${quotedPort(other)}]`;
}

/** As the texts of the ports compare, without making them. */
function isBefore(a: Port, b: Port): boolean {
  return a.device === b.device ? a.interface < b.interface : `${a.device}/` < `${b.device}/`;
}

function quotedPort({ device, interface: name }: Port): string {
  return isPlain(device) && isPlain(name) ? `"${device}/${name}"` : JSON.stringify(`${device}/${name}`);
}

/** The text as JSON. */
function quoted(text: string): string {
  return isPlain(text) ? `"${text}"` : JSON.stringify(text);
}

/** Printable ASCII without quotes and backslashes needs no escapes. To see that is quicker than to write it out. */
function isPlain(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x20 || code > 0x7e || code === QUOTE || code === BACKSLASH) return false;
  }
  return true;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
