/**
 * Keeps what a device says of itself when its run is in trouble, for who has to find out why: `request support
 * information`, once for each run, without secrets, in a Secret beside its backup. Nothing waits for it, and it changes
 * nothing; a controller that dies meanwhile asks again, or not at all.
 */
import { linkSignals } from "../../api/signalLink.ts";
import { gzipSync } from "node:zlib";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { ownerReference } from "../../api/kinds.ts";
import { supportSecretName } from "../../api/names.ts";
import type { Fabric } from "../../api/fabric.gen.ts";
import type { Instant } from "../../api/time.ts";
import { isInTrouble } from "../../engine/trouble.ts";
import { withoutSecrets } from "../../junos/secretsInText.ts";
import { readSupportInformation } from "../../junos/supportInformation.ts";
import { isStoreError } from "../../store/errors.ts";
import type { ControllerContext } from "../controllerContext.ts";

const KEY = "support.txt.gz";

/** A Secret takes 1 MiB. */
const MAX_COMPRESSED_BYTES = 900 * 1024;
/** Of more text than that the beginning is kept: what is said first says most. */
const MAX_TEXT_LENGTH = 12 * 1024 * 1024;

/** Model time after which a device that did not answer is asked again, as long as its run is looked at. */
const RETRY_SECONDS = 600;

export interface SupportInformation {
  /** Called after each look at a run; returns at once. */
  note(
    context: ControllerContext,
    about: { upgrade: DeviceUpgrade; fabric: Fabric },
    signal: AbortSignal,
  ): void;
}

export function supportInformation(): SupportInformation {
  const done = new Set<string>();
  const askedAt = new Map<string, Instant>();
  return {
    note(context, { upgrade, fabric }, signal) {
      const { uid } = upgrade.metadata;
      if (done.has(uid) || !isInTrouble(upgrade.status ?? {})) return;
      const last = askedAt.get(uid);
      if (last !== undefined && context.clock.now() - last < RETRY_SECONDS * 1000) return;
      askedAt.set(uid, context.clock.now());
      keep(context, { upgrade, fabric }, signal).then(
        () => {
          done.add(uid);
          askedAt.delete(uid);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          context.log.warn({
            object: upgrade.spec.deviceName,
            action: "KeepSupportInformation",
            code: "RpcFailed",
            message: error instanceof Error ? error.message : "not kept",
          });
        },
      );
    },
  };
}

async function keep(
  { store, pool, log, news, redact }: ControllerContext,
  { upgrade, fabric }: { upgrade: DeviceUpgrade; fabric: Fabric },
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = upgrade.metadata;
  const name = supportSecretName(upgrade.metadata.name);
  if ((await store.get("Secret", { namespace, name }, { signal })) !== undefined) return;
  const text = redact(withoutSecrets(await ask({ pool }, { upgrade, fabric }, signal)));
  const compressed = compress(text);
  try {
    await store.create(
      "Secret",
      {
        metadata: { namespace, name, ownerReferences: [ownerReference(upgrade)] },
        type: "hitless.dev/support",
        immutable: true,
        data: { [KEY]: compressed.toString("base64") },
      },
      { signal },
    );
  } catch (error) {
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
  const message = `support information is in Secret ${name}`;
  log.info({
    object: upgrade.spec.deviceName,
    action: "KeepSupportInformation",
    code: "EvidenceKept",
    message,
  });
  news.tell(upgrade, {
    type: "Normal",
    reason: "EvidenceKept",
    action: "KeepSupportInformation",
    note: message,
  });
}

async function ask(
  { pool }: Pick<ControllerContext, "pool">,
  { upgrade, fabric }: { upgrade: DeviceUpgrade; fabric: Fabric },
  signal: AbortSignal,
): Promise<string> {
  const connection = await pool.connect(fabric, upgrade.spec.deviceName);
  // A session of its own: it takes minutes, and more than a session may carry ends that one only.
  const until = linkSignals(signal);
  try {
    const session = await connection.longRunning(until.signal);
    return await readSupportInformation(session, { signal: until.signal });
  } finally {
    until.abort(new Error("it is told"));
  }
}

/** As much of the text as fits. */
function compress(text: string): Buffer {
  for (let length = Math.min(text.length, MAX_TEXT_LENGTH); ; length = Math.floor(length / 2)) {
    const kept =
      length < text.length
        ? `${text.slice(0, length)}\n[cut: ${String(text.length)} characters in all]\n`
        : text;
    const compressed = gzipSync(kept);
    if (compressed.length <= MAX_COMPRESSED_BYTES) return compressed;
  }
}
