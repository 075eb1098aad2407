/** Why a device stands where it stands, for people. */
import { REASONS } from "../../api/reasons.ts";
import type { DeviceExplanation, Placement, SeparationCause } from "../explain/explainDevice.ts";
import type { Support } from "../explain/describeConstraint.ts";
import { countOf } from "./duration.ts";
import { durationsText, releaseText } from "./planReport.ts";
import { namesCell, sentencesCell, type Cell, type Report, type Section } from "./report.ts";

const WITNESS_WIDTH = 76;
const DEVICES_WIDTH = 24;

/** Batches and rules beyond are in the JSON. */
const SHOWN_ROWS = 24;

const CAUSE_TEXT: Readonly<Record<SeparationCause, string>> = {
  Endpoint: "same server",
  Path: "same way",
  Uplink: "uplinks",
  EvpnPeer: "route reflector",
  Role: "overlay role",
  Group: "declared group",
  OneByOne: "one by one",
  Canary: "canary",
  Gateway: "gateway",
  Full: "batch is full",
  Nothing: "nothing",
};

/** The report. */
export function explanationReport(explanation: DeviceExplanation): Report {
  const { device, placement } = explanation;
  const sections = [
    { title: "", table: { head: [], rows: summaryRows(explanation) } },
    ...(placement === null ? [] : [why(placement), separations(placement)]),
    supports(explanation),
  ];
  return {
    title: placement === null ? `Device ${device}` : `Device ${device} in batch ${String(placement.batch)}`,
    sections: sections.filter((section) => section !== undefined),
  };
}

function summaryRows(explanation: DeviceExplanation): readonly (readonly Cell[])[] {
  const { is, placement, skipped, exposed } = explanation;
  const roles = ["roles", [explanation.role, ...explanation.overlayRoles].join(", ")];
  const nobody = explanation.staysInService ? "nobody: it stays in service while it is upgraded" : "nobody";
  const cutOff = exposed.length === 0 ? nobody : exposed.join(", ");
  if (placement !== null) {
    const { batch, batches, tier, canary } = placement;
    return [
      roles,
      ["release", releaseText(placement)],
      ["batch", `${String(batch)} of ${String(batches)}, ${tier}${canary ? " (canary)" : ""}`],
      ["time", `about ${durationsText(placement)}`],
      ["cuts off", cutOff],
    ];
  }
  const left = is === "NotSelected" ? "no assignment of the campaign selects it" : (skipped?.message ?? "");
  const todo = skipped === null ? "" : REASONS[skipped.reason].hint;
  return [
    roles,
    ["left out", skipped === null ? left : `${skipped.reason}: ${left}`],
    ...(todo === "" ? [] : [["what to do", todo]]),
  ];
}

function why({ reasons }: Placement): Section {
  return { title: "Why in this batch", text: reasons };
}

/** Earlier batches first: they are why it is not earlier. */
function separations({ batch: own, separations: all, tier }: Placement): Section {
  const title = `What keeps it out of the other batches of tier ${tier}`;
  if (all.length === 0) return { title, text: ["there is no other"] };
  const shown = all.slice(0, SHOWN_ROWS);
  const rows = shown.map(({ batch, because, devices, witness, cutOff }) => [
    batch < own ? String(batch) : `${String(batch)} (later)`,
    CAUSE_TEXT[because],
    namesCell(devices, DEVICES_WIDTH),
    sentencesCell([witness], WITNESS_WIDTH),
    sentencesCell(cutOff === null ? [] : cutOff.length > 0 ? cutOff : ["nobody at once"], WITNESS_WIDTH),
  ]);
  const more = all.length - shown.length;
  return {
    title,
    ...(more > 0 ? { text: [`the first ${String(shown.length)} of ${String(all.length)}`] } : {}),
    table: { head: ["batch", "because of", "with", "witness", "together they cut off"], rows },
    grows: true,
  };
}

function supports({ supports: all, is }: DeviceExplanation): Section | undefined {
  if (all.length === 0) return undefined;
  const shown = all.slice(0, SHOWN_ROWS);
  const rows = shown.map((support) => [
    CAUSE_TEXT[support.kind],
    support.count === 1 ? support.subject : `${support.subject} and ${String(support.count - 1)} more`,
    namesCell(support.carriedBy.length === 0 ? ["nobody"] : support.carriedBy, WITNESS_WIDTH / 2),
    leftText(support),
  ]);
  const more = all.length - shown.length;
  return {
    title: is === "Planned" ? "What depends on it, and who carries that meanwhile" : "What depends on it",
    ...(more > 0 ? { text: [`the first ${String(shown.length)} of ${countOf(all.length, "rule")}`] } : {}),
    table: { head: ["rule", "who", "carried by", "ways left"], rows },
    grows: true,
  };
}

function leftText({ left, needed }: Support): string {
  return `${String(left)}, ${String(needed)} needed${left < needed ? ": cut off" : ""}`;
}
