/** Probes over HTTP: one GET request, without redirects, on a connection of its own. Only the status code counts. */
import { linkSignals } from "../../api/signalLink.ts";
import { Agent, request } from "undici";
import { explain } from "../../api/reasons.ts";
import { parseDurationSeconds } from "../../api/time.ts";
import type { Probe, ProbeAnswer } from "../../engine/probes.ts";
import type { ProbeContext, Question } from "./probes.ts";

/** The key of the Secret whose value is sent as the header of that name. */
const AUTHORIZATION = "authorization";

/** Somebody waits meanwhile: a hold, for one. */
const LONGEST_SECONDS = 60;

/** Asks a service. Throws only the signal's reason, or what the store throws for the Secret. */
export async function askHttp(
  { store }: Pick<ProbeContext, "store">,
  { campaign, probe, occasion, http }: Question & { readonly http: NonNullable<Probe["http"]> },
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const unknown = (why: string): ProbeAnswer => ({
    is: "Unknown",
    because: explain("ProbeUnanswered", `probe ${probe.name}: ${why}`),
  });
  const { namespace, name } = campaign.metadata;
  const headers: Record<string, string> = {
    "hitless-campaign": `${namespace}/${name}`,
    "hitless-point": occasion.point,
    ...(occasion.batch === undefined ? {} : { "hitless-batch": String(occasion.batch) }),
    ...(occasion.device === undefined ? {} : { "hitless-device": occasion.device }),
  };
  if (http.secretRef !== undefined) {
    const secret = await store.get("Secret", { namespace, name: http.secretRef.name }, { signal });
    const value = secret?.data?.[AUTHORIZATION];
    if (value === undefined) return unknown(`Secret ${http.secretRef.name} has no key ${AUTHORIZATION}`);
    headers[AUTHORIZATION] = Buffer.from(value, "base64").toString("utf8").trim();
  }
  const seconds = Math.min(LONGEST_SECONDS, Math.max(1, parseDurationSeconds(http.timeout)));
  const timeout = AbortSignal.timeout(seconds * 1000);
  const until = linkSignals(signal, timeout);
  const agent = new Agent({ connections: 1 });
  try {
    const { statusCode } = await request(http.url, {
      dispatcher: agent,
      headers,
      signal: until.signal,
    });
    return statusCode === http.expectedStatus
      ? { is: "Passed" }
      : {
          is: "Failed",
          final: false,
          because: explain(
            "ProbeFailed",
            `probe ${probe.name}: it answers ${String(statusCode)}, not ${String(http.expectedStatus)}`,
          ),
        };
  } catch (error) {
    signal.throwIfAborted();
    return unknown(
      timeout.aborted ? `no answer within ${String(seconds)} s` : `no answer (${codeOf(error)})`,
    );
  } finally {
    until.release();
    // The body is nobody's business here: what is left of it goes with the connection.
    await agent.destroy();
  }
}

/** The code of what went wrong: its message may name the address. */
function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "failed";
}
