/**
 * What an API server's refusal means: its `metav1.Status` (kubernetes.io/docs/reference: "Status") as the closed
 * codes of a store. Absence is only ever said of an object the server looked for: a server that does not know the
 * kind at all is `Unavailable`, so that nobody takes missing definitions for deleted objects.
 */
import type { Kind } from "../../api/kinds.ts";
import { isCustomKind, KINDS } from "../../api/kinds.ts";
import type { FieldCause, StoreErrorCode } from "../errors.ts";
import { refuse, StoreError } from "../errors.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { isJsonObject } from "../schema/json.ts";
import { plainMessage } from "./plainMessage.ts";

/** An error that came as a reply over HTTP. */
export class ApiError extends StoreError {
  readonly statusCode: number;
  /** How long the server asks to be left alone. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    error: StoreError,
    { statusCode, retryAfterSeconds }: { statusCode: number; retryAfterSeconds: number | undefined },
  ) {
    super(error.code, error.message, { causes: error.causes, hint: error.hint, cause: error.cause });
    this.statusCode = statusCode;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** A reply that is no success; the text may be a `metav1.Status` or anything else. */
export interface Refusal {
  readonly statusCode: number;
  readonly text: string;
  /** The value of the `Retry-After` header. */
  readonly retryAfter?: string | undefined;
}

/** Whom a request is about. `subject` names it in messages: `Fabric fabrics/dc1`. */
export interface RequestSubject {
  readonly kind: Kind;
  readonly subject: string;
}

/** The error that a refusal means. */
export function apiError(refusal: Refusal, about: RequestSubject): ApiError {
  const status = parseStatus(refusal.text);
  const retryAfterSeconds = secondsOf(refusal.retryAfter) ?? numberOf(status.details["retryAfterSeconds"]);
  const { statusCode } = refusal;
  return new ApiError(storeError(statusCode, status, about), { statusCode, retryAfterSeconds });
}

/** The error that a `metav1.Status` in a watch stream means. */
export function watchError(status: JsonObject, about: RequestSubject): ApiError {
  const statusCode = numberOf(status["code"]) ?? 500;
  return apiError({ statusCode, text: JSON.stringify(status) }, about);
}

/** Whether an error says that a resourceVersion or a continue token is too old: list again. */
export function isExpired(error: unknown): boolean {
  return error instanceof ApiError && error.statusCode === 410;
}

/** Causes without a field that add nothing to those with one. */
const ADDS_NOTHING = /^(some validation rules were not checked|Checked value must be of type )/;

/** What etcd does not take, and what is not even sent to it: the API server passes both on as internal errors. */
const TOO_LARGE = /request is too large|message larger than max/;

interface Status {
  readonly reason: string;
  readonly message: string;
  readonly details: JsonObject;
  readonly causes: readonly FieldCause[];
}

function storeError(statusCode: number, status: Status, { kind, subject }: RequestSubject): StoreError {
  const { reason, message } = status;
  const told = (code: StoreErrorCode, hint?: string) =>
    new StoreError(code, `${subject}: ${message}`, hint === undefined ? {} : { hint });
  switch (statusCode) {
    case 400:
    case 405:
    case 406:
    case 413:
    case 415:
    case 422:
      return invalid(status, { kind, subject });
    case 401:
      return told(
        "Forbidden",
        "the API server does not accept these credentials: check the kubeconfig or token",
      );
    case 403:
      return told("Forbidden");
    case 404:
      return typeof status.details["name"] === "string" ? told("NotFound") : unknownKind(kind, subject);
    case 409:
      if (reason === "AlreadyExists") return told("AlreadyExists");
      // A write of an object that is gone fails on the uid of nothing.
      return /UID in object meta: ?$/.test(message) ? told("NotFound") : told("Conflict");
    default:
      if (TOO_LARGE.test(message)) return invalid(status, { kind, subject });
      return told("Unavailable");
  }
}

function invalid({ causes, message }: Status, { kind, subject }: RequestSubject): StoreError {
  if (causes.length === 0) return new StoreError("Invalid", `${subject} is invalid: ${message}`);
  const isImmutable =
    !isCustomKind(kind) &&
    causes.every(
      ({ field, message: cause }) => !field.startsWith("metadata") && /\bis immutable\b/.test(cause),
    );
  return refuse(subject, causes, isImmutable ? "Immutable" : "Invalid");
}

function unknownKind(kind: Kind, subject: string): StoreError {
  const { apiVersion, plural } = KINDS[kind];
  const hint = isCustomKind(kind)
    ? "install the CustomResourceDefinitions of this release (crds/)"
    : "use a Kubernetes release that serves it";
  return new StoreError(
    "Unavailable",
    `${subject}: the API server does not know ${plural} of ${apiVersion}`,
    { hint },
  );
}

function parseStatus(text: string): Status {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    // A proxy's page, or the server's plain words.
    return { reason: "", message: text.trim().slice(0, 200) || "no reason given", details: {}, causes: [] };
  }
  const status = isJsonObject(json) ? json : {};
  const details = isJsonObject(status["details"]) ? status["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"].filter(isJsonObject) : [];
  return {
    reason: textOf(status["reason"]),
    message: textOf(status["message"]) || "no reason given",
    details,
    causes: causes
      .map(({ field, message }) => ({
        field: fieldOf(textOf(field)),
        message: plainMessage(textOf(message), textOf(field)),
      }))
      .filter(({ message }, _index, all) => all.length === 1 || !ADDS_NOTHING.test(message)),
  };
}

/** The server writes `<nil>` where a rule of the whole object has no path. */
function fieldOf(text: string): string {
  return text === "<nil>" ? "" : text;
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function secondsOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}
