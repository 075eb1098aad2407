/**
 * Devices as they were found, each in an immutable Secret: configurations hold `$9$` secrets. The name carries
 * the checksum of the configuration, so that a backup is never overwritten by another one.
 */
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { DeviceUpgrade } from "../../api/deviceUpgrade.gen.ts";
import { ownerReference } from "../../api/kinds.ts";
import type { Backup } from "../../drivers/driver.ts";
import { isStoreError } from "../../store/errors.ts";
import type { Store } from "../../store/store.ts";

const CONFIGURATION_KEY = "configuration.set.gz";
const READINGS_KEY = "readings.json";
const PACKAGES_KEY = "packages.json";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function secretNameOf(upgrade: DeviceUpgrade, checksum: string): string {
  return `${upgrade.metadata.name}-${checksum.slice(0, 12)}`;
}

/** Where the backup of a configuration is; undefined while there is none. */
export async function findBackup(
  store: Store,
  upgrade: DeviceUpgrade,
  configuration: string,
): Promise<{ secretName: string; sha256: string } | undefined> {
  const checksum = sha256(configuration);
  const secretName = secretNameOf(upgrade, checksum);
  const { namespace } = upgrade.metadata;
  const secret = await store.get("Secret", { namespace, name: secretName });
  return secret === undefined ? undefined : { secretName, sha256: checksum };
}

export async function saveBackup(
  store: Store,
  upgrade: DeviceUpgrade,
  { configuration, readings, packages = [] }: Backup,
): Promise<void> {
  const secretName = secretNameOf(upgrade, sha256(configuration));
  try {
    await store.create("Secret", {
      metadata: {
        namespace: upgrade.metadata.namespace,
        name: secretName,
        ownerReferences: [ownerReference(upgrade)],
      },
      type: "hitless.dev/backup",
      immutable: true,
      data: {
        [CONFIGURATION_KEY]: gzipSync(configuration).toString("base64"),
        [READINGS_KEY]: Buffer.from(JSON.stringify(readings)).toString("base64"),
        [PACKAGES_KEY]: Buffer.from(JSON.stringify(packages)).toString("base64"),
      },
    });
  } catch (error) {
    // The same configuration was saved before; the first readings of it are the ones to compare with.
    if (!isStoreError(error, "AlreadyExists")) throw error;
  }
}

export async function loadBackup(store: Store, upgrade: DeviceUpgrade): Promise<Backup | undefined> {
  const found = upgrade.status?.found?.configuration;
  if (found === undefined) return undefined;
  const { namespace } = upgrade.metadata;
  const secret = await store.get("Secret", { namespace, name: found.secretName });
  const configuration = secret?.data?.[CONFIGURATION_KEY];
  const readings = secret?.data?.[READINGS_KEY];
  if (configuration === undefined || readings === undefined) return undefined;
  const backup: Backup = {
    configuration: gunzipSync(Buffer.from(configuration, "base64")).toString("utf8"),
    readings: JSON.parse(Buffer.from(readings, "base64").toString("utf8")),
  };
  return backup;
}
