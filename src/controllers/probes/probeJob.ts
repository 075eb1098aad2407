/**
 * Probes that are Jobs, made from a CronJob that somebody has written, as `kubectl create job --from` does. The name
 * of the Job follows from the occasion: however often it is asked for, by whichever process, it runs once.
 */
import { createHash } from "node:crypto";
import type { CronJob, Job, JobSpec } from "../../api/coreKinds.ts";
import { ownerReference } from "../../api/kinds.ts";
import { LABELS } from "../../api/names.ts";
import { explain } from "../../api/reasons.ts";
import { parseDurationSeconds } from "../../api/time.ts";
import type { Probe, ProbeAnswer } from "../../engine/probes.ts";
import { isStoreError } from "../../store/errors.ts";
import type { Draft } from "../../store/store.ts";
import type { ProbeContext, Question } from "./probes.ts";

type JobQuestion = Question & { readonly job: NonNullable<Probe["job"]> };

/** Pods carry the name of their Job as a label: 63 characters. */
const NAME_LENGTH = 63;
const HASH_DIGITS = 12;

/** How long after its time a Job may still be told to have failed, before it counts as one that nobody runs. */
const GRACE_SECONDS = 60;

/** Looks at the Job of this occasion, and makes it where it is missing. Throws what the store throws. */
export async function askJob(
  { store, clock, door }: ProbeContext,
  question: JobQuestion,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { campaign, probe, job: asked, occasion } = question;
  const { namespace } = campaign.metadata;
  const name = jobNameOf(question);
  const unknown = (why: string): ProbeAnswer => ({
    is: "Unknown",
    because: explain("ProbeUnanswered", `probe ${probe.name}: ${why}`),
  });
  try {
    const job = await store.get("Job", { namespace, name }, { signal });
    if (job !== undefined) return judge(job, question, clock.now());
    const cronJob = await store.get("CronJob", { namespace, name: asked.cronJobRef.name }, { signal });
    if (cronJob === undefined) return unknown(`CronJob ${asked.cronJobRef.name} does not exist`);
    const draft = draftOf(cronJob, { ...question, name });
    await door.run(occasion.device ?? `UpgradeCampaign/${campaign.metadata.name}`, "CreateProbeJob", () =>
      store.create("Job", draft, { signal }),
    );
    return running(probe, name);
  } catch (error) {
    // Another process was faster: the Job is the same.
    if (isStoreError(error, "AlreadyExists")) return running(probe, name);
    if (isStoreError(error, "Forbidden") || isStoreError(error, "Invalid")) return unknown(error.message);
    throw error;
  }
}

function running(probe: Probe, name: string): ProbeAnswer {
  return { is: "Running", because: explain("ProbeRunning", `probe ${probe.name}: Job ${name} runs`) };
}

function judge({ metadata, status }: Job, { campaign, probe, job }: JobQuestion, now: number): ProbeAnswer {
  const about = `probe ${probe.name}: Job ${metadata.name}`;
  if (metadata.ownerReferences?.some(({ uid }) => uid === campaign.metadata.uid) !== true) {
    return { is: "Unknown", because: explain("ProbeUnanswered", `${about} is somebody else's`) };
  }
  const has = (type: string) =>
    status?.conditions?.find((condition) => condition.type === type && condition.status === "True");
  if (has("Complete") !== undefined) return { is: "Passed" };
  const failed = has("Failed");
  if (failed !== undefined) {
    const because = explain("ProbeFailed", `${about} has failed (${failed.reason ?? "no reason given"})`);
    return { is: "Failed", because, final: true };
  }
  const lastSecond = secondsOf(job) + GRACE_SECONDS;
  return now - Date.parse(metadata.creationTimestamp) > lastSecond * 1000
    ? {
        is: "Unknown",
        because: explain("ProbeUnanswered", `${about} has not ended within ${String(secondsOf(job))} s`),
      }
    : running(probe, metadata.name);
}

function secondsOf({ timeout }: NonNullable<Probe["job"]>): number {
  return Math.max(1, parseDurationSeconds(timeout));
}

/** The same for the same occasion; another one for a probe that was changed, whose answer is another one, too. */
function jobNameOf({ campaign, probe, occasion }: Question): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([campaign.metadata.uid, probe.name, probe.job, occasion.key]))
    .digest("hex")
    .slice(0, HASH_DIGITS);
  const readable = `${campaign.metadata.name}-${probe.name}`
    .replaceAll(".", "-")
    .slice(0, NAME_LENGTH - HASH_DIGITS - 1)
    .replace(/-+$/, "");
  return `${readable}-${hash}`;
}

function draftOf(
  { spec }: CronJob,
  { campaign, occasion, job, name }: JobQuestion & { readonly name: string },
): Draft<"Job"> {
  const { metadata: template, spec: written } = spec.jobTemplate;
  // Deleted by itself, its result would be lost, and it would run again.
  const { ttlSecondsAfterFinished: _ttl, ...kept } = written;
  const limit = Math.min(secondsOf(job), written.activeDeadlineSeconds ?? Infinity);
  return {
    metadata: {
      namespace: campaign.metadata.namespace,
      name,
      labels: { ...template?.labels, [LABELS.campaign]: campaign.metadata.name },
      ...(template?.annotations === undefined ? {} : { annotations: template.annotations }),
      ownerReferences: [ownerReference(campaign)],
    },
    spec: {
      ...withEnvironment(kept, environmentOf(campaign.metadata.name, occasion)),
      activeDeadlineSeconds: limit,
    },
  };
}

function environmentOf(
  campaign: string,
  { point, batch, device }: Question["occasion"],
): readonly { readonly name: string; readonly value: string }[] {
  return [
    { name: "HITLESS_CAMPAIGN", value: campaign },
    { name: "HITLESS_POINT", value: point },
    ...(batch === undefined ? [] : [{ name: "HITLESS_BATCH", value: String(batch) }]),
    ...(device === undefined ? [] : [{ name: "HITLESS_DEVICE", value: device }]),
  ];
}

/** The Job's containers are told what they are asked about. */
function withEnvironment(
  spec: JobSpec,
  environment: readonly { readonly name: string; readonly value: string }[],
): JobSpec {
  const { template } = spec;
  const containers = template.spec?.containers?.map((each) => ({
    ...each,
    env: [...(each.env ?? []), ...environment],
  }));
  return containers === undefined
    ? spec
    : { ...spec, template: { ...template, spec: { ...template.spec, containers } } };
}
