/**
 * Asks the probes of a campaign: a service over HTTP as often as it takes, a Job once for each occasion. What is told of
 * them is their name and what came back, never an address, a header or a body.
 */
import { explain } from "../../api/reasons.ts";
import type { UpgradeCampaign } from "../../api/upgradeCampaign.gen.ts";
import { probesAt, type Probe, type ProbeAnswer, type ProbeOccasion } from "../../engine/probes.ts";
import type { ControllerContext } from "../controllerContext.ts";
import { askHttp } from "./probeHttp.ts";
import { askJob } from "./probeJob.ts";

export type ProbeContext = Pick<ControllerContext, "store" | "clock" | "door" | "log">;

/** One probe, and on which occasion it is asked. */
export interface Question {
  readonly campaign: UpgradeCampaign;
  readonly probe: Probe;
  readonly occasion: ProbeOccasion;
}

/** Asks all probes of these occasions, one occasion after the other; the first answer that stops is the answer. */
export async function askProbes(
  context: ProbeContext,
  { campaign, occasions }: { campaign: UpgradeCampaign; occasions: readonly ProbeOccasion[] },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  for (const occasion of occasions) {
    const answers = await Promise.all(
      probesAt(campaign, occasion.point).map((probe) => ask(context, { campaign, probe, occasion }, signal)),
    );
    const worst = STOPPING.map((is) => answers.find((answer) => answer.is === is)).find(
      (answer) => answer !== undefined,
    );
    if (worst !== undefined) return worst;
  }
  return { is: "Passed" };
}

/** What stops, the worst first. */
const STOPPING = ["Failed", "Unknown", "Running"] as const;

async function ask(context: ProbeContext, question: Question, signal: AbortSignal): Promise<ProbeAnswer> {
  const { campaign, probe, occasion } = question;
  const answer = await answerOf(context, question, signal);
  context.log.info({
    object: occasion.device ?? campaign.metadata.name,
    action: occasion.point,
    code: answer.is === "Passed" ? "Succeeded" : answer.because.reason,
    message: answer.is === "Passed" ? `probe ${probe.name} has passed` : answer.because.message,
  });
  return answer;
}

async function answerOf(
  context: ProbeContext,
  question: Question,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { http, job, name } = question.probe;
  if (http !== undefined) return askHttp(context, { ...question, http }, signal);
  if (job !== undefined) return askJob(context, { ...question, job }, signal);
  return { is: "Unknown", because: explain("ProbeUnanswered", `probe ${name} asks nobody`) };
}
