/** What would follow if a step failed, for people. */
import { deviceStateTitle } from "../../api/deviceState.ts";
import type { Landing } from "../../api/steps.ts";
import type { Desired } from "../../engine/deviceWorld.ts";
import type { Forecast, ProcedureForecast } from "../failure/forecast.ts";
import type { Failure, RecoveryAct } from "../failure/recovery.ts";
import { countOf, formatDuration } from "./duration.ts";
import { namesCell, sentencesCell, type Cell, type Report, type Section } from "./report.ts";

const FAILURE_TEXT: Readonly<Record<Failure, string>> = {
  Fails: "the device says that it did not work",
  Refused: "the device refuses it",
  Late: "it takes longer than it may",
  Waits: "something outside has to change first",
  Silent: "the device does not answer any more",
  Unclear: "what the device did cannot be told",
  PeerLost: "a device that carries the traffic is lost",
  Stopped: "somebody holds or deletes the campaign",
};

const LANDING_TEXT: Readonly<Record<Landing, string>> = {
  InService: "back into service, as it was found",
  Drained: "out of service: it stays there until somebody mends it",
  Forward: "only at the end: it is finished",
};

const FAILURE_WIDTH = 22;
const ACTS_WIDTH = 46;
const END_WIDTH = 30;
const CAMPAIGN_WIDTH = 40;
const NAMES_WIDTH = 48;
const SHOWN_DEVICES = 20;

/** The report. */
export function forecastReport(forecast: Forecast): Report {
  const { step, procedures } = forecast;
  return {
    title: `If ${step} fails on a device`,
    sections: [...procedures.flatMap(procedureSections), ...whileOut(forecast), byBatch(forecast)],
  };
}

function procedureSections({ procedure, devices, rule, failures }: ProcedureForecast): readonly Section[] {
  const rows = failures.map(
    ({
      failure,
      acts,
      expectedSeconds,
      atMostSeconds,
      state,
      inService,
      release,
      notTakenBack,
      campaign,
    }) => [
      sentencesCell([FAILURE_TEXT[failure]], FAILURE_WIDTH),
      sentencesCell(
        acts.map((act, place) => `${String(place + 1)}. ${actText(act)}`),
        ACTS_WIDTH,
      ),
      expectedSeconds === null ? "?" : formatDuration(expectedSeconds),
      atMostSeconds === null ? "?" : formatDuration(atMostSeconds),
      sentencesCell(
        [
          deviceStateTitle(state),
          inService ? "in service" : "OUT OF SERVICE",
          RELEASE_TEXT[release],
          ...(notTakenBack.length === 0 ? [] : [`stays done: ${notTakenBack.join(", ")}`]),
        ],
        END_WIDTH,
      ),
      sentencesCell(
        [
          campaign.phase,
          ...(campaign.others === null ? [] : [`others of the batch: ${DESIRED_TEXT[campaign.others]}`]),
          ...(campaign.later === null ? [] : [`later batches: ${LATER_TEXT[campaign.later]}`]),
        ],
        CAMPAIGN_WIDTH,
      ),
    ],
  );
  const deadline = formatDuration(rule.deadlineSeconds);
  const head = [
    "what goes wrong",
    "what follows, in order",
    "about",
    "at most",
    "the device",
    "the campaign",
  ];
  return [
    {
      title: "",
      table: {
        head: [],
        rows: [
          ["procedure", `${procedure}, of ${countOf(devices.length, "device")}`],
          ["may stop", LANDING_TEXT[rule.landing]],
          [
            "deadline",
            `${deadline}, then it ${rule.onDeadline === "Fail" ? "fails" : "is called hung, and looked at as before"}`,
          ],
          ["asked for", rule.once ? "once: never again on a time-out alone" : "again when it had no effect"],
        ],
      },
    },
    { title: "Recovery", table: { head, rows } },
  ];
}

const RELEASE_TEXT = {
  Old: "the release that it ran before",
  New: "the new release",
  Unknown: "one release or the other",
} as const;

const DESIRED_TEXT: Readonly<Record<Desired, string>> = {
  Proceed: "go on",
  Hold: "start no further step",
  Land: "are brought to a safe place",
  Test: "are only looked at",
};

const LATER_TEXT: Readonly<Record<Desired, string>> = {
  Proceed: "go on",
  Hold: "do not start",
  Land: "do not start",
  Test: "are only looked at",
};

function actText(act: RecoveryAct): string {
  switch (act.do) {
    case "Retry":
      return `${act.step} is tried ${act.times === 1 ? "once" : `${String(act.times)} times`} more`;
    case "Wait":
      return act.seconds === null
        ? "it is looked at for as long as it takes"
        : `it is looked at for ${formatDuration(act.seconds)}`;
    case "UndoStep":
      return `${act.step} takes back what was done`;
    case "FinishStep":
      return `${act.step} is finished`;
    case "ReturnToService":
      return "the device carries traffic again";
    case "GoOn":
      return "it goes on by itself once that is gone";
    case "StayOut":
      return "the device stays out until somebody mends it";
    case "Escalate":
      return `people are told: ${deviceStateTitle(act.state)}`;
  }
}

/** Nobody loses a packet by a device that stays out but whom it cuts off; the others lose their spare. */
function whileOut({ whileOut: all, procedures }: Forecast): readonly Section[] {
  const staysOut = procedures.some(({ failures }) => failures.some(({ inService }) => !inService));
  if (!staysOut) return [];
  const title = "What is lost while a device stays out";
  if (all.length === 0) return [{ title, text: ["nothing: everybody keeps a spare"] }];
  const rows = all
    .slice(0, SHOWN_DEVICES)
    .map(({ device, cutOff, withoutSpare }): readonly Cell[] => [
      device,
      cutOff.length === 0 ? "nobody" : namesCell(cutOff, NAMES_WIDTH),
      namesCell(withoutSpare, NAMES_WIDTH),
    ]);
  const more = all.length - rows.length;
  return [
    {
      title,
      ...(more > 0 ? { text: [`the worst ${String(rows.length)} of ${String(all.length)}`] } : {}),
      table: { head: ["device", "cut off", "without a spare"], rows },
      grows: true,
    },
  ];
}

function byBatch({ batches }: Forecast): Section {
  const rows = batches.map(({ batch, doneDevices, notBegunDevices, goBackSeconds, goOnSeconds }) => [
    String(batch),
    String(doneDevices),
    String(notBegunDevices),
    goBackSeconds === 0 ? "-" : `about ${formatDuration(goBackSeconds)}`,
    `about ${formatDuration(goOnSeconds)}`,
  ]);
  return {
    title: "When it fails in batch …",
    text: [
      "Devices that are done keep the new release. Going back is a campaign of its own: batch by batch, as long as it took.",
    ],
    table: {
      head: ["batch", "done", "not begun", "to go back", "to go on"],
      rows,
      right: [1, 2],
    },
    grows: true,
  };
}
