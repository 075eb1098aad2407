/** The story of one device's upgrade, for people. */
import { deviceStateTitle, DEVICE_STATES } from "../../api/deviceState.ts";
import type { DeviceStory, StoryCheck, StoryStep } from "../story/deviceStory.ts";
import { formatDuration } from "./duration.ts";
import { renderTable } from "./table.ts";

const INDENT = { indent: "  " };

/** All of it; of the health checks only what does not pass, unless `all`. */
export function renderStory(story: DeviceStory, { all }: { readonly all: boolean }): string {
  return [
    renderHead(story),
    renderFailure(story),
    renderSupport(story),
    renderSteps(story),
    renderHealth(story, all),
    renderRestore(story),
  ]
    .filter((section) => section !== "")
    .join("\n\n");
}

function renderHead(story: DeviceStory): string {
  const { device, campaign, fabric, batch, state, message, from, to, outOfServiceSince, backup, drain } =
    story;
  const rows = [
    ["campaign", `${campaign}, batch ${String(batch)} of fabric ${fabric}`],
    ["state", titleOf(state)],
    ["message", message === "" ? "-" : message],
    ["release", from === null ? `to be ${to}` : `${from} → ${to}`],
    ["package", story.package],
    ["out of service", outOfServiceSince === null ? "no" : `since ${outOfServiceSince}`],
    ...drain.techniques.map(({ name, why }, index) => [index === 0 ? "drained by" : "", `${name}: ${why}`]),
    ["backup", backup === null ? "none yet" : `Secret ${backup.secretName}`],
  ];
  return `${device}\n${renderTable([], rows, INDENT)}`;
}

function titleOf(state: string): string {
  const known = DEVICE_STATES.find((each) => each === state);
  return known === undefined ? state : deviceStateTitle(known);
}

function renderFailure({ failure }: DeviceStory): string {
  if (failure === null) return "";
  const { step, reason, message, hint, landing } = failure;
  const rows = [
    ["reason", reason],
    ...(step === null ? [] : [["step", step]]),
    ["what", message],
    ...(hint === "" ? [] : [["what to do", hint]]),
    ["landing", LANDING_TEXT[landing] ?? landing],
  ];
  return `Why\n${renderTable([], rows, INDENT)}`;
}

function renderSupport({ support }: DeviceStory): string {
  return support === null
    ? ""
    : `Support information, without secrets, if the device still answered\n    ${support.command}`;
}

const LANDING_TEXT: Readonly<Record<string, string>> = {
  InService: "brought back into service as it was found",
  Drained: "stays out of service until somebody mends it",
  Forward: "only finishing is safe",
};

function renderSteps({ steps }: DeviceStory): string {
  const touched = steps.filter(({ state }) => state !== "Pending");
  if (touched.length === 0) return "Steps\n  none was begun: nothing was changed on the device";
  const rows = touched.map((step) => [
    step.startedAt ?? "-",
    step.step,
    step.state,
    tookOf(step),
    step.evidence,
  ]);
  return `Steps\n${renderTable(["begun", "step", "state", "took", "what was seen"], rows, INDENT)}`;
}

function tookOf({ seconds, state, attempts }: StoryStep): string {
  const took = seconds === null ? (state === "Running" ? "runs" : "-") : formatDuration(seconds);
  return attempts > 1 ? `${took}, ${String(attempts)} times` : took;
}

function renderHealth({ health }: DeviceStory, all: boolean): string {
  const failed = health.filter(({ passed }) => !passed);
  const shown = all ? health : failed;
  if (shown.length === 0) return health.length === 0 ? "" : `Health\n  ${countsOf(health)}`;
  const rows = shown.map(({ phase, check, observed, allowed, passed }) => [
    phase,
    check,
    observed,
    allowed,
    passed ? "yes" : "NO",
  ]);
  const table = renderTable(["phase", "check", "observed", "allowed", "passed"], rows, INDENT);
  return `Health\n  ${countsOf(health)}\n${table}`;
}

function countsOf(health: readonly StoryCheck[]): string {
  return `${String(health.filter(({ passed }) => passed).length)} of ${String(health.length)} checks passed`;
}

function renderRestore({ restore, steps }: DeviceStory): string {
  if (restore.length === 0) {
    return steps.some(({ state }) => state !== "Pending")
      ? "By hand\n  nothing is left to be taken back on the device"
      : "";
  }
  const parts = restore.map(({ purpose, at, commands }) =>
    [`  ${purpose} (${at}):`, ...commands.map((command) => `    ${command}`)].join("\n"),
  );
  return ["By hand, if the controller cannot", ...parts].join("\n");
}

/** One line for each thing that happened, in the order of time. */
export function renderLog({ steps, failure, health, support, state, message }: DeviceStory): string {
  const lines = steps.flatMap(({ step, startedAt, finishedAt, state: how, seconds, evidence, attempts }) => [
    ...(startedAt === null ? [] : [{ at: startedAt, text: `${step}: begun` }]),
    ...(finishedAt === null
      ? []
      : [
          {
            at: finishedAt,
            text: `${step}: ${how}${seconds === null ? "" : ` after ${formatDuration(seconds)}`}: ${evidence}`,
          },
        ]),
    ...(finishedAt === null && startedAt !== null && evidence !== ""
      ? [{ at: startedAt, text: `${step}: ${how}, ${String(attempts)} times asked for: ${evidence}` }]
      : []),
  ]);
  const sorted = lines.toSorted((one, other) => one.at.localeCompare(other.at));
  const failed = health.filter(({ passed }) => !passed);
  return [
    ...sorted.map(({ at, text }) => `${at}  ${text}`),
    ...failed.map(
      ({ phase, check, observed, allowed }) =>
        `health (${phase}): ${check}: ${observed}, allowed: ${allowed}`,
    ),
    ...(failure === null ? [] : [`why: ${failure.reason}: ${failure.message}`]),
    ...(support === null ? [] : [`support information: Secret ${support.secretName}`]),
    `now: ${titleOf(state)}: ${message}`,
  ].join("\n");
}
